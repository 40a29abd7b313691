#include "store/scan.h"

#include <stdlib.h>

#include "base/clock.h"
#include "store/source.h"

struct err *
scan_begin(struct scan *s, struct tx *tx, const struct scan_of *of)
{
	int32_t *all;
	struct err *e;

	*s = (struct scan){ .sensor = of->sensor, .n = of->n };
	if ((e = facets_known(&s->facets, tx, of->sensor, of->n)) != NULL)
		return err_pass(e);
	s->walk = (struct walk){ .tx = tx,
		.from = of->from,
		.to = of->to,
		.step = CLOCK_HOUR,
		.want = of->want,
		.is_down = of->newest_first };
	s->walk.n =
	    facets_series(&all, tx_arena(tx), &s->facets, of->sensor, of->n);
	s->walk.sensor = all;
	return NULL;
}

static int
oldest_first(const void *a, const void *b)
{
	const struct sample *x = a, *y = b;

	if (x->r.time != y->r.time)
		return x->r.time < y->r.time ? -1 : 1;
	return (x->r.sensor > y->r.sensor) - (x->r.sensor < y->r.sensor);
}

static int
newest_first(const void *a, const void *b)
{
	const struct sample *x = a, *y = b;

	if (x->r.time != y->r.time)
		return x->r.time > y->r.time ? -1 : 1;
	return (x->r.sensor > y->r.sensor) - (x->r.sensor < y->r.sensor);
}

/* One sensor's part of the window. */
static struct err *
join(struct samples *out, struct scan *s, struct sources *from, int32_t sensor)
{
	const struct faceted *f = facets_of(&s->facets, sensor);
	struct arena *a = tx_arena(s->walk.tx);
	struct readings own, of[FACETS] = { 0 };
	struct err *e;
	size_t i;

	if ((e = source_rest(&own, a, from, source_of(from, sensor))) != NULL)
		return err_pass(e);
	for (i = 0; f != NULL && i < FACETS; i++)
		if (f->id[i] != 0 && (e = source_rest(&of[i], a, from,
					  source_of(from, f->id[i]))) != NULL)
			return err_pass(e);
	if (out->n + own.n > STORE_READ_MAX)
		return err_raise(ERR_TOO_BIG,
		    "Too many readings at once; ask for fewer sensors.",
		    "more than %d readings", STORE_READ_MAX);
	samples_join(out, a, &own, f != NULL ? of : NULL);
	return NULL;
}

static struct err *
load(struct samples *out, struct losses *lost, struct scan *s,
    struct window window)
{
	const struct walk *w = &s->walk;
	struct sources from;
	struct err *e;
	size_t i;

	*out = (struct samples){ 0 };
	if ((e = sources_load(&from, w->tx, w->sensor, w->n, window.from,
		 window.to, true)) != NULL)
		return err_pass(e);
	for (i = 0; i < s->n; i++)
		if ((e = join(out, s, &from, s->sensor[i])) != NULL)
			return err_pass(e);
	for (i = 0; i < from.lost.n; i++)
		losses_add(lost, tx_arena(w->tx), from.lost.v[i]);
	if (out->n > 1 && (s->n > 1 || w->is_down))
		qsort(out->v, out->n, sizeof(*out->v),
		    w->is_down ? newest_first : oldest_first);
	return NULL;
}

struct err *
scan_next(bool *more, struct samples *out, struct losses *lost, struct scan *s)
{
	struct walk *w = &s->walk;
	size_t lost_before = lost->n;
	struct window window;
	struct err *e;

	*out = (struct samples){ 0 };
	while ((*more = walk_window(&window, w))) {
		e = load(out, lost, s, window);
		if (e != NULL && e->kind == ERR_TOO_BIG &&
		    walk_shorter(w, window))
			continue;
		if (e != NULL || (e = walk_on(w, window, out->n)) != NULL)
			return err_pass(e);
		if (out->n > 0 || lost->n > lost_before)
			return NULL;
	}
	return NULL;
}
