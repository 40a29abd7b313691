#include "untold.h"

#include <stdlib.h>

/* Of one unit. */
struct count {
	int32_t tenant, device;
	struct tally tally;
};

struct untold {
	struct arena *arena; /* of the counts */
	struct count *v;
	size_t n;
};

struct untold *
untold_new(struct arena *a)
{
	struct untold *u = arena_alloc(a, sizeof(*u));

	u->arena = arena_small();
	return u;
}

static int
by_unit(const void *p, const void *q)
{
	const struct count *a = p, *b = q;

	if (a->tenant != b->tenant)
		return a->tenant < b->tenant ? -1 : 1;
	return (a->device > b->device) - (a->device < b->device);
}

static bool
fits(const struct tally *t, const struct tally *more)
{
	bool all = t->corrupt + more->corrupt <= UNTOLD_MOST &&
		   t->missed + more->missed <= UNTOLD_MOST;
	size_t i;

	for (i = 0; i < BUS_OUTCOMES; i++)
		all &= t->outcomes[i] + more->outcomes[i] <= UNTOLD_MOST;
	for (i = 0; i < EXCEPTIONS; i++)
		all &= t->exceptions[i] + more->exceptions[i] <= UNTOLD_MOST;
	return all;
}

/* All of it or nothing, so that times stay those of the answers counted. */
static void
tally_add(struct tally *to, const struct tally *more)
{
	size_t i;

	if (!fits(to, more)) {
		*to = *more;
		return;
	}
	for (i = 0; i < BUS_OUTCOMES; i++)
		to->outcomes[i] += more->outcomes[i];
	for (i = 0; i < EXCEPTIONS; i++)
		to->exceptions[i] += more->exceptions[i];
	to->corrupt += more->corrupt;
	to->missed += more->missed;
	to->answer_us += more->answer_us;
}

void
untold_add(const struct untold *u, struct unit_report *v, size_t n)
{
	const struct count *c;
	struct count key;
	size_t i;

	for (i = 0; i < n && u->n > 0; i++) {
		key = (struct count){ .tenant = v[i].tenant,
			.device = v[i].device };
		c = bsearch(&key, u->v, u->n, sizeof(key), by_unit);
		if (c != NULL)
			tally_add(&v[i].tally, &c->tally);
	}
}

void
untold_keep(struct untold *u, const struct unit_report *v, size_t n)
{
	size_t i, k = 0;

	arena_reset(u->arena);
	for (i = 0; i < n; i++)
		k += !v[i].told;
	u->v = k > 0 ? arena_array(u->arena, k, sizeof(*u->v)) : NULL;
	u->n = 0;
	for (i = 0; i < n; i++)
		if (!v[i].told)
			u->v[u->n++] = (struct count){ v[i].tenant, v[i].device,
				v[i].tally };
	if (u->n > 0)
		qsort(u->v, u->n, sizeof(*u->v), by_unit);
}
