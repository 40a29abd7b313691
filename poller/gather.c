#include "gather.h"

#include "store/block.h"

enum {
	TENANTS = 16,	/* at a time; the first has to go for another */
	TOGETHER = 1000 /* readings of a record */
};

struct gather {
	struct spool *spool;
	struct {
		int32_t tenant;
		struct readings r;
	} v[TENANTS];
	size_t n;
};

struct gather *
gather_new(struct arena *a, struct spool *spool)
{
	struct gather *g = arena_alloc(a, sizeof(*g));

	g->spool = spool;
	return g;
}

static void
put(struct gather *g, size_t i, struct arena *a)
{
	struct readings *r = &g->v[i].r;

	if (r->n > 0) {
		(void)readings_settle(r, a);
		spool_append(g->spool, a, g->v[i].tenant, (uint32_t)r->n,
		    block_encode(a, NULL, r));
	}
	*r = (struct readings){ .n = 0 };
}

void
gather_add(struct gather *g, struct arena *a, int32_t tenant,
    const struct readings *r)
{
	size_t i = 0;

	while (i < g->n && g->v[i].tenant != tenant)
		i++;
	if (i == TENANTS)
		put(g, i = 0, a);
	if (i == g->n)
		g->n++;
	g->v[i].tenant = tenant;
	readings_add(&g->v[i].r, a, r);
	if (g->v[i].r.n >= TOGETHER)
		put(g, i, a);
}

void
gather_flush(struct gather *g, struct arena *a)
{
	size_t i;

	for (i = 0; i < g->n; i++)
		put(g, i, a);
	g->n = 0;
}
