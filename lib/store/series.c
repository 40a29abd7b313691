#include "store/series.h"

#include <math.h>

#include "base/clock.h"
#include "base/env.h"
#include "store/facet.h"
#include "store/source.h"
#include "store/walk.h"

enum { WINDOW_WANT = 500000 };

struct grid {
	const int64_t *edge;
	size_t n;
	int64_t until; /* behind this there can be no reading yet */
};

void
edges_even(int64_t *edge, size_t n, int64_t from, int64_t to)
{
	size_t i;

	for (i = 0; i <= n; i++)
		edge[i] = from + (int64_t)((double)(to - from) / (double)n *
					   (double)i);
	edge[n] = to;
}

/* The bucket of an instant that lies between the edges. */
static size_t
bucket_at(const struct grid *g, int64_t t)
{
	size_t low = 0, high = g->n;

	while (high - low > 1) {
		size_t mid = low + (high - low) / 2;

		if (g->edge[mid] <= t)
			low = mid;
		else
			high = mid;
	}
	return low;
}

/* From one reading to the next, or from an end of the span, it was silent. */
static void
silent(struct series *s, const struct grid *g, struct arena *a,
    struct window gap)
{
	size_t i;

	if (s->silence == 0 || gap.to - gap.from <= s->silence)
		return;
	if (s->gaps.n < SERIES_GAPS_MAX)
		losses_add(&s->gaps, a,
		    (struct lost){ s->sensor, gap.from, gap.to });
	else
		s->gaps_cut = true;
	if (s->missing == NULL)
		return;
	for (i = bucket_at(g, gap.from); i < g->n && g->edge[i] < gap.to; i++) {
		int64_t from = gap.from > g->edge[i] ? gap.from : g->edge[i];
		int64_t to = gap.to < g->edge[i + 1] ? gap.to : g->edge[i + 1];

		s->missing[i] += to - from;
	}
}

static void
follow(struct series *s, const struct grid *g, struct arena *a, int64_t t)
{
	silent(s, g, a,
	    (struct window){ s->is_known ? s->last_at : g->edge[0], t });
	s->is_known = true;
	s->last_at = t;
}

static void
count_up(struct series *s, double v)
{
	if (isnan(v))
		return;
	if (s->is_counted)
		s->increase += v >= s->last ? v - s->last : v;
	s->is_counted = true;
	s->last = v;
}

static void
fold_run(struct series *s, const struct grid *g, struct arena *a,
    const struct run *r)
{
	size_t first = bucket_at(g, r->time[0]), i;
	size_t last = bucket_at(g, r->time[r->n - 1]);

	buckets_fold_run(s->bucket + first, g->edge + first, last - first + 1,
	    r);
	follow(s, g, a, r->time[0]);
	for (i = 1; s->silence > 0 && i < r->n; i++)
		if (r->time[i] - r->time[i - 1] > s->silence) {
			s->last_at = r->time[i - 1];
			follow(s, g, a, r->time[i]);
		}
	s->last_at = r->time[r->n - 1];
	for (i = 0; s->is_counter && i < r->n; i++)
		count_up(s, r->value[i]);
}

static void
fold_readings(struct series *s, const struct grid *g, struct arena *a,
    const struct readings *r)
{
	size_t first = bucket_at(g, r->v[0].time), i;
	size_t last = bucket_at(g, r->v[r->n - 1].time);

	buckets_fold(s->bucket + first, g->edge + first, last - first + 1, r->v,
	    r->n);
	for (i = 0; i < r->n; i++) {
		follow(s, g, a, r->v[i].time);
		if (s->is_counter)
			count_up(s, r->v[i].value);
	}
}

/* A window of a sensor without facets; returns how many readings it had. */
static size_t
fold_plain(struct series *s, const struct grid *g, struct arena *own,
    struct sources *from, struct arena *scratch)
{
	struct source *source = source_of(from, s->sensor);
	struct part p;
	size_t n = 0;

	while (source_next(&p, from, source, scratch)) {
		struct readings r = { (struct reading *)p.v, p.n, 0 };

		n += p.n;
		if (p.n == 0)
			continue;
		if (p.run != NULL)
			fold_run(s, g, own, p.run);
		else
			fold_readings(s, g, own, &r);
	}
	return n;
}

/* A window of a sensor that has facets. */
static struct err *
fold_faceted(size_t *n, struct series *s, const struct grid *g,
    struct arena *own, struct sources *from, const struct faceted *f)
{
	struct arena *a = tx_arena(from->tx);
	struct readings mine, of[FACETS] = { 0 };
	struct samples all = { 0 };
	struct err *e;
	size_t i;

	if ((e = source_rest(&mine, a, from, source_of(from, s->sensor))) !=
	    NULL)
		return err_pass(e);
	for (i = 0; i < FACETS; i++)
		if (f->id[i] != 0 && (e = source_rest(&of[i], a, from,
					  source_of(from, f->id[i]))) != NULL)
			return err_pass(e);
	samples_join(&all, a, &mine, of);
	for (i = 0; i < all.n; i++) {
		struct bucket one = sample_bucket(&all.v[i]);

		bucket_join(&s->bucket[bucket_at(g, one.first_at)], &one);
		follow(s, g, own, one.first_at);
		if (s->is_counter)
			count_up(s, all.v[i].r.value);
	}
	*n += all.n;
	return NULL;
}

/* What a sensor, or one of its facets, has lost. */
static void
note_lost(struct series *s, struct arena *own, const struct losses *lost,
    const struct faceted *f)
{
	size_t i, k;

	for (i = 0; i < lost->n; i++) {
		int32_t of = lost->v[i].sensor;
		bool mine = of == 0 || of == s->sensor;

		for (k = 0; f != NULL && k < FACETS; k++)
			mine |= of == f->id[k];
		if (mine)
			losses_add(&s->lost, own,
			    (struct lost){ s->sensor, lost->v[i].from,
				lost->v[i].to });
	}
}

/* What a walk is about. */
struct fold {
	struct series *v;
	size_t n;
	struct grid grid;
	struct facets facets;
	struct arena *own; /* what is left of it in the end */
};

/* What was loaded of a window, into the buckets. */
static struct err *
fold_sources(size_t *got, struct fold *f, struct sources *from)
{
	struct arena *piece = arena_new();
	struct err *e = NULL;
	size_t i;

	for (i = 0; e == NULL && i < f->n; i++) {
		struct series *s = &f->v[i];
		const struct faceted *of = facets_of(&f->facets, s->sensor);

		if (of != NULL)
			e = fold_faceted(got, s, &f->grid, f->own, from, of);
		else
			*got += fold_plain(s, &f->grid, f->own, from, piece);
		note_lost(s, f->own, &from->lost, of);
	}
	arena_free(piece);
	return e != NULL ? err_pass(e) : NULL;
}

/* One window, in memory that is given back, and the way on. */
static struct err *
fold_window(struct fold *f, struct walk *w, struct window window)
{
	struct arena *scratch = arena_new();
	struct arena *before = tx_use(w->tx, scratch);
	struct sources from;
	bool again = false;
	struct err *e;
	size_t got = 0;

	e = sources_load(&from, w->tx, w->sensor, w->n, window.from, window.to,
	    true);
	if (e == NULL)
		e = fold_sources(&got, f, &from);
	else
		again = e->kind == ERR_TOO_BIG && walk_shorter(w, window);
	if (e == NULL)
		e = walk_on(w, window, got);
	(void)tx_use(w->tx, before);
	arena_free(scratch);
	return e != NULL && !again ? err_pass(e) : NULL;
}

static void
clear(struct series *s, const struct grid *g)
{
	size_t i;

	buckets_clear(s->bucket, g->edge, g->n);
	for (i = 0; s->missing != NULL && i < g->n; i++)
		s->missing[i] = 0;
	s->gaps = s->lost = (struct losses){ 0 };
	s->is_known = s->is_counted = s->gaps_cut = false;
	s->increase = 0;
}

struct err *
store_series(struct series *v, size_t n, struct tx *tx, const int64_t *edge,
    size_t buckets)
{
	struct arena *a = tx_arena(tx);
	int32_t *sensor = arena_array(a, n + 1, sizeof(*sensor)), *all;
	struct fold f = { .v = v, .n = n, .own = a };
	struct walk w = { .tx = tx,
		.from = edge[0],
		.to = edge[buckets],
		.step = CLOCK_DAY,
		.want = WINDOW_WANT };
	struct window window;
	struct err *e;
	size_t i;

	f.grid = (struct grid){ edge, buckets, env_now() };
	if (f.grid.until > edge[buckets])
		f.grid.until = edge[buckets];
	for (i = 0; i < n; i++) {
		sensor[i] = v[i].sensor;
		clear(&v[i], &f.grid);
	}
	if ((e = facets_load(&f.facets, tx, sensor, n)) != NULL)
		return err_pass(e);
	w.n = facets_series(&all, a, &f.facets, sensor, n);
	w.sensor = all;
	while (walk_window(&window, &w))
		if ((e = fold_window(&f, &w, window)) != NULL)
			return err_pass(e);
	for (i = 0; i < n; i++)
		silent(&v[i], &f.grid, a,
		    (struct window){ v[i].is_known ? v[i].last_at : edge[0],
			f.grid.until });
	return NULL;
}
