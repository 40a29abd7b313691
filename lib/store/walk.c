#include "store/walk.h"

#include "base/clock.h"
#include "store/chunk.h"

#define STEP_MAX (32 * CLOCK_DAY)

enum { GROWTH = 4 };

bool
walk_window(struct window *out, const struct walk *w)
{
	bool whole = w->to - w->from <= w->step;

	*out = (struct window){ w->from, w->to };
	if (w->from >= w->to)
		return false;
	if (whole)
		return true;
	if (w->is_down) {
		out->from = w->to - w->step;
		if (w->step >= CLOCK_DAY &&
		    chunk_day(out->from) + CLOCK_DAY < w->to)
			out->from = chunk_day(out->from) + CLOCK_DAY;
		if (out->from < w->from)
			out->from = w->from;
		return true;
	}
	out->to = w->from + w->step;
	if (w->step >= CLOCK_DAY && chunk_day(out->to) > w->from)
		out->to = chunk_day(out->to);
	return true;
}

struct err *
walk_on(struct walk *w, struct window done, size_t got)
{
	int64_t step = done.to - done.from;
	struct err *e;

	if (w->is_down)
		w->to = done.from;
	else
		w->from = done.to;
	if (got > 2 * w->want && step > 2)
		w->step = step / 2;
	else if (got < w->want / GROWTH && w->step < STEP_MAX / GROWTH)
		w->step *= GROWTH;
	else if (got < w->want / 2 && w->step < STEP_MAX / 2)
		w->step *= 2;
	if (got > 0 || w->from >= w->to)
		return NULL;
	if ((e = store_narrow(&w->from, &w->to, w->tx, w->sensor, w->n)) !=
	    NULL)
		return err_pass(e);
	return NULL;
}

bool
walk_shorter(struct walk *w, struct window full)
{
	w->step = (full.to - full.from) / GROWTH;
	return w->step > 0;
}
