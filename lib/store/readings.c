#include "store/readings.h"

#include <stdbool.h>
#include <string.h>

/* The order of the store: by sensor, then by time. */
static int
compare(const struct reading *x, const struct reading *y)
{
	if (x->sensor != y->sensor)
		return x->sensor < y->sensor ? -1 : 1;
	if (x->time != y->time)
		return x->time < y->time ? -1 : 1;
	return 0;
}

static bool
is_sorted(const struct reading *v, size_t n)
{
	size_t i;

	for (i = 1; i < n; i++)
		if (compare(&v[i - 1], &v[i]) > 0)
			return false;
	return true;
}

/* Merge the sorted halves a and b into out; of equals, a's come first. */
static void
merge(struct reading *out, const struct reading *a, size_t na,
    const struct reading *b, size_t nb)
{
	while (na > 0 && nb > 0) {
		if (compare(a, b) <= 0) {
			*out++ = *a++;
			na--;
		} else {
			*out++ = *b++;
			nb--;
		}
	}
	if (na > 0)
		memcpy(out, a, na * sizeof(*a));
	else if (nb > 0)
		memcpy(out, b, nb * sizeof(*b));
}

/* Stable, bottom up; sorts in v with the help of as much other space. */
static void
sort(struct reading *v, size_t n, struct arena *arena)
{
	struct reading *to = arena_array(arena, n, sizeof(*to)), *from = v;
	size_t width, i;

	for (width = 1; width < n; width *= 2) {
		struct reading *swap = from;

		for (i = 0; i < n; i += 2 * width) {
			size_t a = n - i < width ? n - i : width;
			size_t b = n - i - a < width ? n - i - a : width;

			merge(to + i, from + i, a, from + i + a, b);
		}
		from = to;
		to = swap;
	}
	if (from != v)
		memcpy(v, from, n * sizeof(*v));
}

struct reading *
readings_room(struct readings *r, struct arena *a, size_t more)
{
	if (r->n + more > r->room) {
		struct reading *v;

		r->room = (r->n + more) * 2;
		v = arena_array(a, r->room, sizeof(*v));
		if (r->n > 0)
			memcpy(v, r->v, r->n * sizeof(*v));
		r->v = v;
	}
	return r->v + r->n;
}

void
readings_add(struct readings *r, struct arena *a, const struct readings *more)
{
	struct reading *to = readings_room(r, a, more->n);

	if (more->n > 0)
		memcpy(to, more->v, more->n * sizeof(*to));
	r->n += more->n;
}

size_t
readings_settle(struct readings *r, struct arena *a)
{
	size_t i, kept = 0, n = r->n;

	if (!is_sorted(r->v, n))
		sort(r->v, n, a);
	for (i = 0; i < n; i++) {
		if (kept > 0 && compare(&r->v[kept - 1], &r->v[i]) == 0) {
			if (r->v[i].rev > r->v[kept - 1].rev)
				r->v[kept - 1] = r->v[i];
			continue;
		}
		r->v[kept++] = r->v[i];
	}
	r->n = kept;
	return n - kept;
}

size_t
readings_merge(struct readings *out, struct arena *a, const struct readings *in,
    size_t k)
{
	size_t i, n = 0;

	for (i = 0; i < k; i++)
		n += in[i].n;
	*out = (struct readings){ 0 };
	(void)readings_room(out, a, n);
	for (i = 0; i < k; i++)
		readings_add(out, a, &in[i]);
	return readings_settle(out, a);
}

void
readings_span(int64_t *min, int64_t *max, const struct readings *r)
{
	size_t i;

	*min = *max = r->v[0].time;
	for (i = 1; i < r->n; i++) {
		if (r->v[i].time < *min)
			*min = r->v[i].time;
		if (r->v[i].time > *max)
			*max = r->v[i].time;
	}
}
