#include "turn.h"

#include "base/clock.h"
#include "base/env.h"

/*
 * Whoever is due while the line is held is asked late, and early the next time.
 * So 1/400 of the line's time makes one beat of 200 uneven, and 99 of 100 stay
 * as they were.
 */
enum { PART = 400 };

#define WAITS (2 * CLOCK_S) /* for a place where it holds up nobody */

static int64_t
all_of(const struct device *d)
{
	return d->profile->timeout_ms * CLOCK_MS;
}

void
turn_init(struct turn *t, struct device *v, size_t n)
{
	int64_t most = 0;
	size_t i;

	for (i = 0; i < n; i++)
		if (all_of(&v[i]) > most)
			most = all_of(&v[i]);
	*t = (struct turn){ v, n, env_mono() + PART * most };
}

int64_t
turn_hint(const struct turn *t)
{
	int64_t most = 0, one;
	size_t i;

	for (i = 0; i < t->n; i++) {
		const struct device *d = &t->v[i];

		one = d->offline ? 0 : latency_slowest(&d->latency);
		if (one > most)
			most = one;
	}
	return 2 * most;
}

/* The earliest of those that are away, or of the others; NULL: none is. */
static struct device *
earliest(const struct turn *t, bool away)
{
	struct device *best = NULL;
	int64_t due = 0, one;
	size_t i;

	for (i = 0; i < t->n; i++) {
		if (t->v[i].away != away)
			continue;
		one = device_due(&t->v[i]);
		if (best == NULL || one < due) {
			best = &t->v[i];
			due = one;
		}
	}
	return best;
}

/* Nobody who is away has gone without all its time for longer. */
static bool
is_next(const struct turn *t, const struct device *d)
{
	size_t i;

	for (i = 0; i < t->n; i++)
		if (t->v[i].away && t->v[i].shorts > d->shorts)
			return false;
	return true;
}

/*
 * May it hold the line now, on which nobody else is due before `soon`; and for
 * all its time, or only for as long as its neighbours need?
 */
static bool
may_hold(struct turn *t, bool *all, const struct device *d, int64_t soon)
{
	int64_t now = env_mono(), room = soon - now;
	bool waited = now >= device_due(d) + WAITS;

	*all = false;
	if (!device_wants_all(d))
		return waited || room >= device_span(d, turn_hint(t));
	*all = room >= all_of(d);
	if (!*all && waited && now >= t->all_at && is_next(t, d)) {
		t->all_at = now + PART * all_of(d);
		*all = true;
	}
	return *all || waited;
}

struct device *
turn_take(struct turn *t, int64_t *wake)
{
	struct device *well = earliest(t, false), *away = earliest(t, true);
	int64_t now = env_mono();
	int64_t soon = well != NULL ? device_due(well) : INT64_MAX;
	int64_t due = away != NULL ? device_due(away) : INT64_MAX;
	bool all = true;

	if (due <= now && may_hold(t, &all, away, soon)) {
		device_begin(away, all);
		return away;
	}
	if (soon <= now) {
		device_begin(well, true);
		return well;
	}
	if (due <= now)
		due += WAITS;
	*wake = soon < due ? soon : due;
	return NULL;
}
