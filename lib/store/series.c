#include "store/series.h"

#include <math.h>

#include "base/clock.h"
#include "base/env.h"
#include "store/facet.h"
#include "store/lane.h"
#include "store/source.h"

enum { WINDOW_WANT = 500000 };

void
edges_even(int64_t *edge, size_t n, int64_t from, int64_t to)
{
	size_t i;

	for (i = 0; i <= n; i++)
		edge[i] = from + (int64_t)((double)(to - from) / (double)n *
					   (double)i);
	edge[n] = to;
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
	for (i = grid_at(g, gap.from); i < g->n && g->edge[i] < gap.to; i++) {
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
count_up(struct series *s, int64_t at, double v, uint8_t quality)
{
	struct count now = { at, v };
	int32_t resets = 0;

	if (isnan(v) || quality == QUALITY_BAD)
		return;
	if (s->is_counted)
		s->increase +=
		    counter_step(&s->counter, &s->last, &now, &resets);
	s->is_counted = true;
	s->last = now;
}

static void
fold_run(struct series *s, const struct grid *g, struct arena *a,
    const struct run *r)
{
	size_t first = grid_at(g, r->time[0]), i;
	size_t last = grid_at(g, r->time[r->n - 1]);

	buckets_fold_run(s->bucket + first, g->edge + first, last - first + 1,
	    r);
	follow(s, g, a, r->time[0]);
	for (i = 1; s->silence > 0 && i < r->n; i++) {
		/* Mostly so few periods are short enough at one look. */
		if (i + 2 < r->n &&
		    r->time[i + 2] - r->time[i - 1] <= s->silence) {
			i += 2;
		} else if (r->time[i] - r->time[i - 1] > s->silence) {
			s->last_at = r->time[i - 1];
			follow(s, g, a, r->time[i]);
		}
	}
	s->last_at = r->time[r->n - 1];
	for (i = 0; s->is_counter && i < r->n; i++)
		count_up(s, r->time[i], r->value[i], r->quality[i]);
}

static void
fold_readings(struct series *s, const struct grid *g, struct arena *a,
    const struct readings *r)
{
	size_t first = grid_at(g, r->v[0].time), i;
	size_t last = grid_at(g, r->v[r->n - 1].time);

	buckets_fold(s->bucket + first, g->edge + first, last - first + 1, r->v,
	    r->n);
	for (i = 0; i < r->n; i++) {
		follow(s, g, a, r->v[i].time);
		if (s->is_counter)
			count_up(s, r->v[i].time, r->v[i].value,
			    r->v[i].quality);
	}
}

/* What a counter counted in an hour or a day; the step into it is its own. */
static void
count_row(struct series *s, const struct rollup *r)
{
	double own = r->good - r->first;
	bool knows = s->is_counted || r->resets > 0 || own < 0;

	if (r->good_at == ROLLUP_NEVER)
		return;
	s->increase += knows ? r->increase : fmin(own, r->increase);
	s->is_counted = true;
	s->last = (struct count){ r->good_at, r->good };
}

/* A row of the rollups into the bucket that holds its start. */
static void
fold_row(struct series *s, const struct grid *g, struct arena *a,
    const struct rollup *r)
{
	struct bucket one = { .count = (size_t)r->count,
		.bad = (size_t)r->bad,
		.min = r->min,
		.max = r->max,
		.sum = r->sum,
		.first = r->first,
		.last = r->last,
		.m2 = r->m2,
		.first_at = r->first_at,
		.last_at = r->last_at,
		.quality = r->quality };

	bucket_join(&s->bucket[grid_at(g, r->start)], &one);
	if (r->count + r->bad == 0)
		return;
	/* Of those without a value it is not known when they were. */
	follow(s, g, a, r->bad == 0 ? r->first_at : r->start);
	s->last_at = r->bad == 0 ? r->last_at : r->end - 1;
	if (s->is_counter)
		count_row(s, r);
}

/* The rows that begin before t and have not had their turn. */
static void
fold_rows(struct series *s, const struct grid *g, struct arena *a,
    struct lane *l, int64_t t)
{
	for (; l->at < l->n && l->row[l->at].start < t; l->at++)
		fold_row(s, g, a, &l->row[l->at]);
}

static int64_t
part_time(const struct part *p, size_t i)
{
	return p->run != NULL ? p->run->time[i] : p->v[i].time;
}

/* The first from i on that is not before t. */
static size_t
part_from(const struct part *p, size_t i, int64_t t)
{
	size_t high = p->n;

	while (i < high) {
		size_t mid = i + (high - i) / 2;

		if (part_time(p, mid) < t)
			i = mid + 1;
		else
			high = mid;
	}
	return i;
}

/* Readings i to end of a part. */
static void
fold_slice(struct series *s, const struct grid *g, struct arena *a,
    const struct part *p, size_t i, size_t end)
{
	struct readings r = { (struct reading *)p->v + i, end - i, 0 };
	struct run run;

	if (p->run == NULL) {
		fold_readings(s, g, a, &r);
		return;
	}
	run = *p->run;
	run.time += i;
	run.value += i;
	run.quality += i;
	run.rev += i;
	run.n = end - i;
	fold_run(s, g, a, &run);
}

/* What of a part lies in the raw pieces of its lane. */
static void
fold_part(struct series *s, const struct grid *g, struct arena *a,
    struct lane *l, const struct part *p)
{
	const struct window *piece;
	size_t i = 0, end;

	while (i < p->n && (piece = lane_piece(l, part_time(p, i))) != NULL) {
		i = part_from(p, i, piece->from);
		end = part_from(p, i, piece->to);
		if (i < end) {
			fold_rows(s, g, a, l, piece->from);
			fold_slice(s, g, a, p, i, end);
		}
		i = end;
	}
}

/* What a walk is about. */
struct fold {
	struct series *v;
	size_t n;
	struct grid grid;
	struct lanes lanes;
	struct facets facets;
	struct arena *own; /* what is left of it in the end */
};

/* A window of a sensor without facets; returns how many readings it had. */
static size_t
fold_plain(struct fold *f, size_t k, struct sources *from,
    struct arena *scratch)
{
	struct source *source = source_of(from, f->v[k].sensor);
	struct part p;
	size_t n = 0;

	while (source_next(&p, from, source, scratch)) {
		n += p.n;
		fold_part(&f->v[k], &f->grid, f->own, &f->lanes.v[k], &p);
	}
	return n;
}

/* A sample, when it lies in a raw piece. */
static void
fold_sample(struct fold *f, size_t k, const struct sample *sample)
{
	struct series *s = &f->v[k];
	struct lane *l = &f->lanes.v[k];
	struct bucket one = sample_bucket(sample);
	const struct window *piece = lane_piece(l, sample->r.time);

	if (piece == NULL || piece->from > sample->r.time)
		return;
	fold_rows(s, &f->grid, f->own, l, piece->from);
	bucket_join(&s->bucket[grid_at(&f->grid, one.first_at)], &one);
	follow(s, &f->grid, f->own, one.first_at);
	if (s->is_counter)
		count_up(s, one.first_at, sample->r.value, sample->r.quality);
}

/* A window of a sensor that has facets. */
static struct err *
fold_faceted(size_t *n, struct fold *f, size_t k, struct sources *from,
    const struct faceted *facets)
{
	struct arena *a = tx_arena(from->tx);
	struct readings mine, of[FACETS] = { 0 };
	struct samples all = { 0 };
	struct err *e;
	size_t i;

	if ((e = source_rest(&mine, a, from,
		 source_of(from, f->v[k].sensor))) != NULL)
		return err_pass(e);
	for (i = 0; i < FACETS; i++)
		if (facets->id[i] != 0 &&
		    (e = source_rest(&of[i], a, from,
			 source_of(from, facets->id[i]))) != NULL)
			return err_pass(e);
	samples_join(&all, a, &mine, of);
	for (i = 0; i < all.n; i++)
		fold_sample(f, k, &all.v[i]);
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
			e = fold_faceted(got, f, i, from, of);
		else
			*got += fold_plain(f, i, from, piece);
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
	s->grain = GRAIN_READING;
	s->grain_to = 0;
	s->counter = (struct counter){ 0 };
}

/*
 * Narrow buckets since yesterday have nothing to gain from the rollups, and no
 * retention has reached them: it deletes what is older than a day, by UTC days.
 */
static bool
is_short(const struct grid *g)
{
	int64_t since = env_now() - CLOCK_DAY;
	size_t i = 0;

	while (i < g->n && g->edge[i + 1] - g->edge[i] < CLOCK_HOUR)
		i++;
	return i == g->n && g->edge[0] >= since - since % CLOCK_DAY;
}

/* Where everything is to come from; rows in memory that is given back. */
static struct err *
choose(struct fold *f, struct tx *tx, struct arena *rows)
{
	struct arena *before;
	struct err *e;

	if (is_short(&f->grid)) {
		lanes_plain(&f->lanes, rows, f->n, &f->grid);
		return NULL;
	}
	before = tx_use(tx, rows);
	e = lanes_choose(&f->lanes, tx, f->v, f->n, &f->grid);
	(void)tx_use(tx, before);
	return e != NULL ? err_pass(e) : NULL;
}

/* What is raw, window by window, with the rows between. */
static struct err *
fold_all(struct fold *f, struct walk *w)
{
	struct window window;
	struct err *e;
	size_t i;

	for (i = 0; i < f->lanes.walk.n; i++) {
		w->from = f->lanes.walk.v[i].from;
		w->to = f->lanes.walk.v[i].to;
		while (walk_window(&window, w))
			if ((e = fold_window(f, w, window)) != NULL)
				return err_pass(e);
	}
	for (i = 0; i < f->n; i++) {
		struct series *s = &f->v[i];

		fold_rows(s, &f->grid, f->own, &f->lanes.v[i], INT64_MAX);
		s->grain = f->lanes.v[i].grain;
		s->grain_to = f->lanes.v[i].coarse_to;
		silent(s, &f->grid, f->own,
		    (struct window){ s->is_known ? s->last_at : f->grid.edge[0],
			f->grid.until });
	}
	return NULL;
}

struct err *
store_series(struct series *v, size_t n, struct tx *tx, const int64_t *edge,
    size_t buckets)
{
	struct arena *a = tx_arena(tx), *rows;
	int32_t *sensor = arena_array(a, n + 1, sizeof(*sensor)), *all;
	struct fold f = { .v = v, .n = n, .own = a };
	struct walk w = { .tx = tx, .step = CLOCK_DAY, .want = WINDOW_WANT };
	struct err *e;
	size_t i;

	f.grid = (struct grid){ edge, buckets, env_now() };
	if (f.grid.until > edge[buckets])
		f.grid.until = edge[buckets];
	for (i = 0; i < n; i++) {
		sensor[i] = v[i].sensor;
		clear(&v[i], &f.grid);
	}
	if ((e = facets_known(&f.facets, tx, sensor, n)) != NULL ||
	    (e = series_counters(v, n, tx)) != NULL)
		return err_pass(e);
	w.n = facets_series(&all, a, &f.facets, sensor, n);
	w.sensor = all;
	rows = arena_new();
	if ((e = choose(&f, tx, rows)) == NULL)
		e = fold_all(&f, &w);
	arena_free(rows);
	return e != NULL ? err_pass(e) : NULL;
}
