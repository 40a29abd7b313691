#include "window.h"

#include <math.h>
#include <stdlib.h>

#include "base/clock.h"

/* The wall clock has been set when it runs off the other by more. */
#define JUMP (CLOCK_S / 2)

static int64_t
floor_to(int64_t t, int64_t length)
{
	return t - t % length;
}

/* A clock that jumps makes the next window one that begins in the middle. */
static void
window_open(struct window *w, int64_t length, int64_t now, int64_t mono,
    bool jumped)
{
	int64_t start = floor_to(now, length), told = w->told;

	*w = (struct window){ .start = start,
		.end = start + length,
		.ahead = now - mono,
		.told = told,
		.min = INFINITY,
		.max = -INFINITY };
	if (told == 0 || jumped || start < told)
		w->start = now;
}

static void
take_in(struct window *w, const struct sample *s)
{
	double off;

	w->quality += s->quality;
	if (isnan(s->value)) {
		w->bad++;
		return;
	}
	w->count++;
	off = s->value - w->mean;
	w->mean += off / (double)w->count;
	w->m2 += off * (s->value - w->mean);
	w->min = fmin(w->min, s->value);
	w->max = fmax(w->max, s->value);
}

bool
window_close(struct aggregate *to, struct window *w)
{
	if (w->end == 0)
		return false;
	*to = (struct aggregate){ .time = w->start,
		.mean = NAN,
		.facet = { NAN, NAN, NAN, NAN },
		.quality = (uint8_t)(w->quality / (w->count + w->bad)) };
	if (w->count > 0) {
		/* By rounding alone a mean may be outside of its samples. */
		to->mean = fmin(fmax(w->mean, w->min), w->max);
		to->facet[FACET_MIN] = w->min;
		to->facet[FACET_MAX] = w->max;
		to->facet[FACET_COUNT] = (double)w->count;
		to->facet[FACET_STDDEV] = sqrt(w->m2 / (double)w->count);
	}
	w->told = w->end > w->told ? w->end : w->told;
	w->end = 0;
	return true;
}

bool
window_add(struct aggregate *closed, struct window *w, int64_t length,
    const struct sample *s, int64_t now, int64_t mono)
{
	bool open = w->end != 0, over = false, jumped;

	jumped = w->told + w->end != 0 && llabs(now - mono - w->ahead) > JUMP;
	if (open && (jumped || now >= w->end))
		over = window_close(closed, w);
	if (w->end == 0)
		window_open(w, length, now, mono, jumped);
	take_in(w, s);
	return over;
}

bool
window_ends(const struct window *w, int64_t mono)
{
	return w->end != 0 && w->end - w->ahead <= mono;
}
