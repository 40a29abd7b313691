/* The readings of a pass, as many sensors at once as memory can hold. */
#include "base/clock.h"
#include "base/ids.h"
#include "store/roll.h"
#include "store/source.h"

enum {
	FEW = 32,	      /* sensors, to begin with */
	WINDOW_MAX = 1000000, /* readings that are held at once, */
	WINDOW_GOOD = 500000, /* that should be, */
	WINDOW_FREE = 100000  /* and below which there may be more */
};

/* Some of the tracks, side by side. */
struct group {
	struct track *track;
	size_t n;
	int32_t *sensor; /* their series: their own and their facets' */
	size_t series;
	int64_t from, to; /* the span that any of them wants */
};

static void
gather(struct group *g, struct pass *p, size_t first, size_t n)
{
	size_t i, k;

	*g = (struct group){
		.track = p->track + first,
		.n = n,
		.sensor = arena_array(p->plan->arena, n * (1 + FACETS),
		    sizeof(*g->sensor)),
		.from = ROLLUP_EVER,
		.to = ROLLUP_NEVER,
	};
	for (i = 0; i < n; i++) {
		const struct track *t = &g->track[i];
		const struct subject *s = t->item->of;

		g->sensor[g->series++] = s->meaning.sensor;
		for (k = 0; k < FACETS; k++)
			if (s->facet[k] != 0)
				g->sensor[g->series++] = s->facet[k];
		if (t->from < g->from)
			g->from = t->from;
		if (t->to > g->to)
			g->to = t->to;
	}
	g->series = ids_settle(g->sensor, g->series);
}

/* What derive has stored of them; ERR_TOO_BIG above WINDOW_MAX. */
static struct err *
read_window(struct readings *out, struct pass *p, const struct group *g,
    int64_t from, int64_t to)
{
	struct arena *a = p->plan->scratch;
	struct readings some;
	struct sources s;
	struct err *e;
	size_t i;

	*out = (struct readings){ 0 };
	if ((e = sources_load(&s, p->plan->tx, g->sensor, g->series, from, to,
		 false)) != NULL)
		return err_pass(e);
	for (i = 0; i < s.n; i++) {
		if ((e = source_rest(&some, a, &s, &s.v[i])) != NULL)
			return err_pass(e);
		if (out->n + some.n > WINDOW_MAX)
			return err_raise(ERR_TOO_BIG,
			    "Too many readings at once.", "window");
		readings_add(out, a, &some);
	}
	p->is_lost |= s.lost.n > 0;
	return NULL;
}

/* A series' readings with from <= time < to, of settled ones. */
static struct readings
cut(const struct readings *r, int32_t sensor, int64_t from, int64_t to)
{
	size_t first = readings_place(r, sensor, from);

	return (struct readings){ r->v + first,
		readings_place(r, sensor, to > from ? to : from) - first, 0 };
}

static void
fold(struct track *t, const struct readings *r)
{
	const struct subject *of = t->item->of;
	struct sampler s = {
		.own = cut(r, of->meaning.sensor, t->from, t->to),
	};
	struct sample one;
	struct bucket b;
	size_t k;

	for (k = 0; k < FACETS; k++)
		if (of->facet[k] != 0)
			s.of[k] = cut(r, of->facet[k], t->from, t->to);
	while (sample_next(&one, &s)) {
		b = sample_bucket(&one);
		roller_put(&t->roller, &b);
		t->seen = one.r.time;
	}
}

/*
 * All readings of the group, at once or, of one track, in shorter and shorter
 * windows; ERR_TOO_BIG, and nothing is done: it is for a smaller group.
 */
static struct err *
feed(size_t *got, struct pass *p, const struct group *g)
{
	struct tx *tx = p->plan->tx;
	int64_t from, end, length = g->to - g->from;
	struct readings some;
	struct err *e;
	size_t i;

	*got = 0;
	for (from = g->from; from < g->to; from = end) {
		end = g->to - from < length ? g->to : from + length;
		arena_reset(p->plan->scratch);
		(void)tx_use(tx, p->plan->scratch);
		e = read_window(&some, p, g, from, end);
		(void)tx_use(tx, p->plan->arena);
		if (e != NULL && e->kind == ERR_TOO_BIG && g->n == 1 &&
		    length > CLOCK_MS) {
			length /= 2;
			end = from;
			continue;
		}
		if (e != NULL)
			return err_pass(e);
		for (i = 0; i < g->n; i++)
			fold(&g->track[i], &some);
		*got += some.n;
		if (some.n < WINDOW_FREE)
			length *= 2;
	}
	p->readings += *got;
	return NULL;
}

struct err *
pass_feed(struct pass *p)
{
	size_t first = 0, most = FEW, got;
	struct group g;
	struct err *e;

	while (first < p->n) {
		gather(&g, p, first, p->n - first < most ? p->n - first : most);
		e = feed(&got, p, &g);
		if (e != NULL && (e->kind != ERR_TOO_BIG || g.n == 1))
			return err_pass(e);
		if (e == NULL)
			first += g.n;
		if (e != NULL || (got > WINDOW_GOOD && g.n > 1))
			most = g.n / 2;
		else if (got < WINDOW_GOOD / 2)
			most *= 2;
	}
	return NULL;
}
