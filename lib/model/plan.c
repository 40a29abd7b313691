#include "model/plan.h"

#include <stdlib.h>
#include <string.h>

#include "model/frame.h"

/* A point and which of the profile's it is. */
struct ordered {
	const struct point *point;
	uint16_t index;
};

static int
by_place(const void *a, const void *b)
{
	const struct point *p = ((const struct ordered *)a)->point;
	const struct point *q = ((const struct ordered *)b)->point;

	if (p->function != q->function)
		return p->function < q->function ? -1 : 1;
	return (p->address > q->address) - (p->address < q->address);
}

/* How many registers or bits one request may ask for. */
static int
most(const struct point *pt, const struct profile *p, const struct taught *k)
{
	int n = pt->type == POINT_BIT ? FRAME_BITS_MAX : p->max_words;
	int known = taught_most(k, (int)pt->function);

	return known > 0 && known < n ? known : n;
}

/* How long the request becomes when it takes in the point; 0: it cannot. */
static int
count_with(const struct read *r, const struct point *pt,
    const struct profile *p, const struct taught *k)
{
	int end = r->address + r->count, with = pt->address + pt->words;

	if (p->one_request_per_point || r->function != pt->function ||
	    pt->address - end > p->max_gap)
		return 0;
	if (with < end)
		with = end;
	if (with - r->address > most(pt, p, k) ||
	    taught_hole(k, (int)pt->function, r->address, with))
		return 0;
	return with - r->address;
}

/* The points to read, by their place. */
static void
order_make(struct plan *plan, struct arena *a, const struct profile *p,
    const bool *among, const struct taught *k)
{
	struct ordered *v = arena_room(a, p->n, sizeof(*v));
	size_t i, n = 0;

	for (i = 0; i < p->n; i++) {
		const struct point *pt = &p->points[i];

		if ((among == NULL || among[i]) &&
		    !taught_hole(k, (int)pt->function, pt->address,
			pt->address + pt->words))
			v[n++] = (struct ordered){ pt, (uint16_t)i };
	}
	qsort(v, n, sizeof(*v), by_place);
	for (i = 0; i < n; i++)
		plan->order[i] = v[i].index;
	plan->points = n;
}

/* Put the points into requests; with reads NULL they are only counted. */
static size_t
reads_make(struct read *reads, const struct plan *plan, const struct profile *p,
    const struct taught *k)
{
	struct read r = { .n = 0 };
	size_t i, n = 0;
	int count;

	for (i = 0; i < plan->points; i++) {
		const struct point *pt = &p->points[plan->order[i]];

		count = r.n > 0 ? count_with(&r, pt, p, k) : 0;
		if (count == 0) {
			r = (struct read){ .function = pt->function,
				.address = pt->address,
				.first = i };
			count = pt->words;
			n++;
		}
		r.count = count;
		r.n++;
		if (reads != NULL)
			reads[n - 1] = r;
	}
	return n;
}

void
plan_make(struct plan *plan, struct arena *a, const struct profile *p,
    const bool *among, const struct taught *k)
{
	struct arena *scratch = arena_small();
	size_t i, n = 0;

	for (i = 0; i < p->n; i++)
		n += among == NULL || among[i];
	if (plan->order == NULL)
		plan->order = arena_array(a, n, sizeof(*plan->order));
	order_make(plan, scratch, p, among, k);
	plan->n = reads_make(NULL, plan, p, k);
	if (plan->n > plan->cap) {
		plan->cap = plan->n;
		plan->reads = arena_array(a, plan->n, sizeof(*plan->reads));
	}
	(void)reads_make(plan->reads, plan, p, k);
	arena_free(scratch);
}
