#include "store/walk.h"

#include "base/clock.h"
#include "store/chunk.h"

#define STEP_MAX (32 * CLOCK_DAY)

enum { GROWTH = 4 };

bool
walk_window(struct window *out, const struct walk *w)
{
	int64_t step = w->far > w->step ? w->far : w->step;
	bool whole = w->to - w->from <= step;

	*out = (struct window){ w->from, w->to };
	if (w->from >= w->to)
		return false;
	if (whole)
		return true;
	if (w->is_down) {
		out->from = w->to - step;
		if (step >= CLOCK_DAY &&
		    chunk_day(out->from) + CLOCK_DAY < w->to)
			out->from = chunk_day(out->from) + CLOCK_DAY;
		if (out->from < w->from)
			out->from = w->from;
		return true;
	}
	out->to = w->from + step;
	if (step >= CLOCK_DAY && chunk_day(out->to) > w->from)
		out->to = chunk_day(out->to);
	return true;
}

/* As a window of chunks may be. */
static int64_t
bounded(int64_t step)
{
	return step < STEP_MAX ? step : STEP_MAX;
}

/* From an empty window to where something may be. */
static struct err *
skip(struct walk *w)
{
	struct extent x = { .from = w->from, .to = w->to };
	struct err *e;

	if ((e = store_narrow(&x, w->tx, w->sensor, w->n)) != NULL)
		return err_pass(e);
	w->from = x.from;
	w->to = x.to;
	if (x.packed_from >= x.packed_to)
		w->far = x.to - x.from;
	else
		w->far =
		    w->is_down ? x.to - x.packed_to : x.packed_from - x.from;
	return NULL;
}

struct err *
walk_on(struct walk *w, struct window done, size_t got)
{
	int64_t step = done.to - done.from;
	struct err *e;

	w->far = 0;
	if (w->is_down)
		w->to = done.from;
	else
		w->from = done.to;
	if (got > 2 * w->want && step > 2)
		w->step = bounded(step / 2);
	else if (got < w->want / GROWTH && w->step < STEP_MAX / GROWTH)
		w->step *= GROWTH;
	else if (got < w->want / 2 && w->step < STEP_MAX / 2)
		w->step *= 2;
	if (got > 0 || w->from >= w->to)
		return NULL;
	if ((e = skip(w)) != NULL)
		return err_pass(e);
	return NULL;
}

bool
walk_shorter(struct walk *w, struct window full)
{
	w->far = 0;
	w->step = bounded((full.to - full.from) / GROWTH);
	return w->step > 0;
}
