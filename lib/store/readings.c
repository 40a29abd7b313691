#include "store/readings.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "store/merge.h"

/* Arrays whose players stay in the nearest memory. */
enum { TOGETHER = 256 };

/* The order of the store is by sensor, then by time. */
static bool
falls(const struct reading *x, const struct reading *y)
{
	return (x->sensor > y->sensor) |
	       ((x->sensor == y->sensor) & (x->time > y->time));
}

/* How many from r on ascend. */
static size_t
ascent(const struct reading *r, size_t n)
{
	size_t i = 1;

	while (i < n && !falls(&r[i - 1], &r[i]))
		i++;
	return i;
}

/* Cut v into what ascends already; part has room for as many. */
static size_t
cut(struct sorted *part, const struct reading *v, size_t n)
{
	size_t i, k;

	for (i = 0, k = 0; i < n; k++) {
		part[k].p = v + i;
		i += ascent(v + i, n - i);
		part[k].end = v + i;
	}
	return k;
}

/* Merge the parts, neighbours first, until one is left. */
static void
sort(struct reading *v, size_t n, struct arena *a)
{
	struct reading *from = v, *to = arena_room(a, n, sizeof(*to)), *out;
	struct sorted *part;
	size_t i, k = 1, m;

	for (i = 1; i < n; i++)
		k += falls(&v[i - 1], &v[i]);
	part = arena_array(a, k, sizeof(*part));
	for (k = cut(part, v, n); k > 1; k = m) {
		out = to;
		for (i = 0, m = 0; i < k; i += TOGETHER, m++) {
			size_t some = k - i < TOGETHER ? k - i : TOGETHER;
			struct sorted whole = { .p = out };

			out = merge_sorted(out, a, part + i, some);
			whole.end = out;
			part[m] = whole;
		}
		to = from;
		from = out - n;
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
		v = arena_room(a, r->room, sizeof(*v));
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
	size_t n = r->n;

	if (n == 0)
		return 0;
	if (ascent(r->v, n) < n)
		sort(r->v, n, a);
	r->n = merge_unite(r->v, n);
	return n - r->n;
}

/* An array to be merged. */
struct stretch {
	const struct readings *r;
	size_t knot; /* those of one overlap, and end before the next */
};

static int
by_first(const void *x, const void *y)
{
	const struct stretch *a = x, *b = y;

	return falls(a->r->v, b->r->v) - falls(b->r->v, a->r->v);
}

/* Among themselves as they were given. */
static int
by_knot(const void *x, const void *y)
{
	const struct stretch *a = x, *b = y;

	if (a->knot != b->knot)
		return (a->knot > b->knot) - (a->knot < b->knot);
	return (a->r > b->r) - (a->r < b->r);
}

/* Senders whose sensors lie apart need not be compared with each other. */
static void
tie_up(struct stretch *v, size_t k)
{
	const struct reading *last = NULL;
	size_t i, knot = 0;

	qsort(v, k, sizeof(*v), by_first);
	for (i = 0; i < k; i++) {
		const struct readings *r = v[i].r;

		if (i > 0 && falls(r->v, last))
			knot++;
		v[i].knot = knot;
		if (i == 0 || falls(r->v + r->n - 1, last))
			last = r->v + r->n - 1;
	}
	qsort(v, k, sizeof(*v), by_knot);
}

/* Merge each knot, one after the other. */
static void
merge_knots(struct reading *out, struct arena *a, const struct stretch *v,
    size_t k)
{
	struct sorted *part = arena_array(a, k, sizeof(*part));
	size_t i, n = 0;

	for (i = 0; i < k; i++) {
		part[n].p = v[i].r->v;
		part[n++].end = v[i].r->v + v[i].r->n;
		if (i + 1 < k && v[i + 1].knot == v[i].knot)
			continue;
		out = merge_sorted(out, a, part, n);
		n = 0;
	}
}

size_t
readings_merge(struct readings *out, struct arena *a, const struct readings *in,
    size_t k)
{
	struct stretch *v = arena_array(a, k, sizeof(*v));
	size_t i, n = 0, arrays = 0;

	for (i = 0; i < k; i++) {
		if (in[i].n == 0)
			continue;
		v[arrays++].r = &in[i];
		n += in[i].n;
	}
	*out = (struct readings){ 0 };
	if (n == 0)
		return 0;
	out->v = arena_room(a, n, sizeof(*out->v));
	out->room = n;
	tie_up(v, arrays);
	merge_knots(out->v, a, v, arrays);
	out->n = merge_unite(out->v, n);
	return n - out->n;
}

size_t
readings_runs(const struct readings *r)
{
	size_t i, n = r->n > 0;

	for (i = 1; i < r->n; i++)
		n += r->v[i].sensor != r->v[i - 1].sensor;
	return n;
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

size_t
readings_place(const struct readings *r, int32_t sensor, int64_t time)
{
	size_t low = 0, high = r->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		const struct reading *m = &r->v[mid];

		if (m->sensor < sensor ||
		    (m->sensor == sensor && m->time < time))
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

size_t
readings_from(const struct reading *v, size_t n, int64_t t)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (v[mid].time < t)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}
