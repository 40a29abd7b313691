#include "store/merge.h"

#include <stdbool.h>
#include <string.h>

/* Stands behind every sensor there is: its array is used up. */
#define OVER UINT64_MAX

/* The next reading of an array, as it plays. */
struct player {
	uint64_t sensor, time;
	size_t array;
};

struct tournament {
	struct sorted *v;
	size_t k;
	struct player *loser; /* 1..k-1: who lost there */
	struct player winner;
};

static uint64_t
sensor_key(const struct reading *r)
{
	return (uint32_t)r->sensor ^ UINT32_C(0x80000000);
}

static uint64_t
time_key(const struct reading *r)
{
	return (uint64_t)r->time ^ UINT64_C(0x8000000000000000);
}

static struct player
player_of(const struct tournament *t, size_t array)
{
	const struct sorted *s = &t->v[array];

	if (s->p == s->end)
		return (struct player){ OVER, 0, array };
	return (struct player){ sensor_key(s->p), time_key(s->p), array };
}

/* Without a branch: which of the two wins is as good as random. */
static bool
wins(const struct player *a, const struct player *b)
{
	bool earlier = (a->time < b->time) |
		       ((a->time == b->time) & (a->array < b->array));

	return (a->sensor < b->sensor) | ((a->sensor == b->sensor) & earlier);
}

/* Array i plays from node k + i; node j's parent is j / 2. */
static void
begin(struct tournament *t, struct arena *a)
{
	struct player *winner = arena_array(a, 2 * t->k, sizeof(*winner));
	size_t i;

	t->loser = arena_array(a, t->k, sizeof(*t->loser));
	for (i = 0; i < t->k; i++)
		winner[t->k + i] = player_of(t, i);
	for (i = t->k - 1; i > 0; i--) {
		bool second = wins(&winner[2 * i + 1], &winner[2 * i]);

		winner[i] = winner[2 * i + second];
		t->loser[i] = winner[2 * i + !second];
	}
	t->winner = winner[1];
}

/* Its array has moved on; find who wins now. */
static void
replay(struct tournament *t)
{
	struct player p = player_of(t, t->winner.array);
	size_t i;

	for (i = (t->k + p.array) / 2; i > 0; i /= 2)
		if (wins(&t->loser[i], &p)) {
			struct player swap = p;

			p = t->loser[i];
			t->loser[i] = swap;
		}
	t->winner = p;
}

/* Who would win without the winner: one of those whom it has beaten. */
static struct player
second(const struct tournament *t)
{
	struct player best = { OVER, UINT64_MAX, t->k };
	size_t i;

	for (i = (t->k + t->winner.array) / 2; i > 0; i /= 2)
		if (wins(&t->loser[i], &best))
			best = t->loser[i];
	return best;
}

static bool
is_below(const struct reading *r, const struct player *p)
{
	uint64_t sensor = sensor_key(r);

	return sensor < p->sensor ||
	       (sensor == p->sensor && time_key(r) < p->time);
}

/* How many of the array stand below p; the first of them is known to win. */
static size_t
leap(const struct sorted *s, const struct player *p)
{
	size_t low = 1, high = 1, n = (size_t)(s->end - s->p);

	while (high < n && is_below(&s->p[high], p)) {
		low = high + 1;
		high *= 2;
	}
	high = high < n ? high : n;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (is_below(&s->p[middle], p))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct reading *
merge_sorted(struct reading *out, struct arena *a, struct sorted *v, size_t k)
{
	struct tournament t = { .v = v, .k = k };
	size_t before = k, n;

	for (begin(&t, a); t.winner.sensor != OVER; replay(&t)) {
		struct sorted *s = &v[t.winner.array];

		n = 1;
		if (t.winner.array == before) {
			struct player p = second(&t);

			n = leap(s, &p);
		}
		memcpy(out, s->p, n * sizeof(*out));
		out += n;
		s->p += n;
		before = t.winner.array;
	}
	return out;
}

static bool
is_same(const struct reading *a, const struct reading *b)
{
	return (a->time == b->time) & (a->sensor == b->sensor);
}

size_t
merge_unite(struct reading *v, size_t n)
{
	size_t i = 1, kept;

	while (i < n && !is_same(&v[i - 1], &v[i]))
		i++;
	for (kept = i < n ? i : n; i < n; i++) {
		if (!is_same(&v[kept - 1], &v[i]))
			v[kept++] = v[i];
		else if (v[i].rev > v[kept - 1].rev)
			v[kept - 1] = v[i];
	}
	return kept;
}
