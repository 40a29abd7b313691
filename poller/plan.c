#include "plan.h"

#include <stdlib.h>

#include "model/frame.h"

static int
by_place(const void *a, const void *b)
{
	const struct point *p = *(const struct point *const *)a;
	const struct point *q = *(const struct point *const *)b;

	if (p->function != q->function)
		return p->function < q->function ? -1 : 1;
	return (p->address > q->address) - (p->address < q->address);
}

/* How long the request becomes when it takes in the point; 0: it cannot. */
static int
count_with(const struct read *r, const struct point *pt,
    const struct profile *p)
{
	int end = r->address + r->count, with = pt->address + pt->words;
	int most = pt->type == POINT_BIT ? FRAME_BITS_MAX : p->max_words;

	if (r->function != pt->function || pt->address - end > p->max_gap)
		return 0;
	if (with < end)
		with = end;
	return with - r->address <= most ? with - r->address : 0;
}

void
plan_make(struct plan *plan, struct arena *a, const struct profile *p)
{
	const struct point **order = arena_array(a, p->n, sizeof(*order));
	struct read *r = NULL;
	size_t i;
	int count;

	for (i = 0; i < p->n; i++)
		order[i] = &p->points[i];
	qsort(order, p->n, sizeof(*order), by_place);
	plan->reads = arena_array(a, p->n, sizeof(*plan->reads));
	plan->spots = arena_array(a, p->n, sizeof(*plan->spots));
	plan->n = 0;
	for (i = 0; i < p->n; i++) {
		const struct point *pt = order[i];
		struct spot *s = &plan->spots[pt - p->points];

		count = r != NULL ? count_with(r, pt, p) : 0;
		if (count == 0) {
			r = &plan->reads[plan->n++];
			r->function = pt->function;
			r->address = pt->address;
			count = pt->words;
		}
		r->count = count;
		s->read = plan->n - 1;
		s->offset = pt->address - r->address;
	}
}
