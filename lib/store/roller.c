#include "store/roller.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/clock.h"

/* A new hour, in which nothing is known yet. */
static void
open_hour(struct roller *r, size_t k)
{
	r->k = k;
	r->open = (struct rollup){
		.sensor = r->meaning->sensor,
		.start = r->edges->v[k],
		.end = r->edges->v[k + 1],
		.quality = QUALITY_GOOD,
		.holds_to = ROLLUP_NEVER,
		.good_at = ROLLUP_NEVER,
	};
	r->own = false;
	r->stay_room = 0;
	if (r->covered < r->open.start)
		r->covered = r->open.start;
}

/* Where a state stands or belongs among the stays.  NaN, last, is for states
 * beyond the limit. */
static size_t
stay_at(const struct rollup *o, double state)
{
	size_t i = 0;

	if (!isnan(state)) {
		while (i < o->stays && o->stay[i].state < state)
			i++;
		return i;
	}
	i = o->stays;
	return i > 0 && isnan(o->stay[i - 1].state) ? i - 1 : i;
}

/* The place of a state among the stays, made when it is new. */
static struct stay *
stay_of(struct rollup *o, struct arena *a, size_t *room, double state)
{
	size_t i = stay_at(o, state);

	if (i < o->stays && (isnan(state) || o->stay[i].state == state))
		return &o->stay[i];
	if (o->stays >= ROLLUP_STATES_MAX) {
		if (isnan(o->stay[o->stays - 1].state))
			return &o->stay[o->stays - 1];
		i = o->stays;
		state = NAN;
	}
	if (o->stays == *room) {
		struct stay *v;

		*room = *room * 2 + 4;
		v = arena_array(a, *room, sizeof(*v));
		if (o->stays > 0)
			memcpy(v, o->stay, o->stays * sizeof(*v));
		o->stay = v;
	}
	memmove(o->stay + i + 1, o->stay + i,
	    (o->stays - i) * sizeof(*o->stay));
	o->stay[i] = (struct stay){ state, 0 };
	o->stays++;
	return &o->stay[i];
}

/* The same in the hour in hand. */
static struct stay *
stay_open(struct roller *r, double state)
{
	return stay_of(&r->open, r->arena, &r->stay_room, state);
}

/* Count what the holding value covers up to an instant; how long that is. */
static int64_t
cover(struct roller *r, int64_t to)
{
	int64_t us;

	if (to > r->carry.holds_to)
		to = r->carry.holds_to;
	us = to - r->covered;
	if (us <= 0)
		return 0;
	r->open.held += us;
	if (r->meaning->kind == KIND_STATE)
		stay_open(r, r->carry.value)->us += us;
	return us;
}

/* The same, and its part of the integral. */
static void
integrate(struct roller *r, int64_t to)
{
	int64_t us = cover(r, to);

	/* An infinite value that held for no time must not spoil the sum. */
	if (us > 0)
		r->open.area += r->carry.value * ((double)us / (double)CLOCK_S);
}

/* The hour in hand is complete: out with it, when there is anything in it. */
static void
close_hour(struct roller *r)
{
	struct rollup *o = &r->open;

	if (r->own) {
		o->rest = cover(r, o->end);
		o->holds_to = r->carry.holds_to;
	} else {
		integrate(r, o->end);
	}
	r->covered = o->end;
	if (o->count + o->bad == 0 && o->held == 0)
		return;
	if (r->out.n == r->room) {
		struct rollup *v;

		r->room = r->room * 2 + 2;
		v = arena_array(r->arena, r->room, sizeof(*v));
		if (r->out.n > 0)
			memcpy(v, r->out.v, r->out.n * sizeof(*v));
		r->out.v = v;
	}
	r->out.v[r->out.n++] = *o;
}

/* Close hours until the one that holds the instant is in hand. */
static void
advance(struct roller *r, int64_t t)
{
	assert(t < r->edges->v[r->edges->n - 1]);
	while (t >= r->open.end) {
		close_hour(r);
		open_hour(r, r->carry.holds_to > r->open.end
				 ? r->k + 1
				 : edges_find(r->edges, t));
	}
}

void
roller_begin(struct roller *r, int64_t start, const struct carry *carry)
{
	r->carry = *carry;
	r->covered = start;
	open_hour(r, edges_find(r->edges, start));
}

void
roller_resume(struct roller *r, const struct rollup *hour,
    const struct carry *carry)
{
	struct rollup *o = &r->open;

	r->k = edges_find(r->edges, hour->start);
	*o = *hour;
	r->stay_room = o->stays;
	r->carry = *carry;
	r->own = o->holds_to != ROLLUP_NEVER;
	if (!r->own) {
		r->carry.holds_to = ROLLUP_NEVER;
		return;
	}
	r->carry.value = o->last;
	r->carry.holds_to = o->holds_to;
	r->covered = o->last_at;
	if (r->meaning->kind == KIND_STATE && o->rest > 0)
		stay_open(r, o->last)->us -= o->rest;
	o->held -= o->rest;
	o->rest = 0;
	o->holds_to = ROLLUP_NEVER;
}

/* Counts beyond the limit are the limit, so that no sum can overflow. */
static int64_t
more(int64_t count, int64_t n)
{
	return n < ROLLUP_COUNT_MAX - count ? count + n : ROLLUP_COUNT_MAX;
}

/* The statistics: Welford's step for one value, Chan's join for a window. */
static void
add(struct rollup *o, const struct bucket *b)
{
	double n = (double)b->count, had = (double)o->count, apart;

	if (o->count == 0) {
		o->min = b->min;
		o->max = b->max;
		o->first = b->first;
		o->first_at = b->first_at;
		o->m2 = 0;
	} else {
		apart = b->first - o->sum / had;
		o->m2 += apart * apart * had * n / (had + n);
		o->min = b->min < o->min ? b->min : o->min;
		o->max = b->max > o->max ? b->max : o->max;
	}
	o->m2 += b->m2;
	o->sum += b->sum;
	o->count = more(o->count, (int64_t)b->count);
	o->last = b->last;
	o->last_at = b->last_at;
}

/* A counter counts from one good reading to the next. */
static void
count(struct roller *r, const struct bucket *b)
{
	struct count now = { b->first_at, b->first };

	if (b->quality == QUALITY_BAD)
		return;
	if (r->carry.good.at != ROLLUP_NEVER)
		r->open.increase += counter_step(&r->meaning->counter,
		    &r->carry.good, &now, &r->open.resets);
	r->carry.good = now;
	r->open.good = now.value;
	r->open.good_at = now.at;
}

void
roller_put(struct roller *r, const struct bucket *b)
{
	struct rollup *o = &r->open;

	advance(r, b->first_at);
	integrate(r, b->first_at);
	r->covered = b->first_at;
	if (b->quality < o->quality)
		o->quality = b->quality;
	if (b->count == 0) {
		o->bad += (int64_t)b->bad;
		r->carry.holds_to = ROLLUP_NEVER;
		r->own = false;
		return;
	}
	add(o, b);
	r->carry.value = b->first;
	r->carry.holds_to = b->first_at + r->meaning->hold;
	r->own = true;
	if (r->meaning->kind == KIND_COUNTER)
		count(r, b);
}

void
roller_end(struct roller *r, int64_t edge)
{
	while (r->open.start < edge) {
		bool is_over =
		    r->carry.holds_to <= r->open.end || r->k + 2 >= r->edges->n;

		close_hour(r);
		if (is_over)
			return;
		open_hour(r, r->k + 1);
	}
}

/* The statistics of an hour that has any: Chan's join. */
static void
join(struct rollup *day, const struct rollup *hour)
{
	double n = (double)hour->count, had = (double)day->count, apart;

	if (day->count == 0) {
		day->min = hour->min;
		day->max = hour->max;
		day->first = hour->first;
		day->first_at = hour->first_at;
	} else {
		apart = rollup_mean(hour) - rollup_mean(day);
		day->m2 += apart * apart * had * n / (had + n);
		day->min = hour->min < day->min ? hour->min : day->min;
		day->max = hour->max > day->max ? hour->max : day->max;
	}
	day->m2 += hour->m2;
	day->sum += hour->sum;
	day->count = more(day->count, hour->count);
	day->last = hour->last;
	day->last_at = hour->last_at;
}

void
roller_join(struct rollup *day, struct arena *a, const struct rollups *hours)
{
	size_t room = 0, i, k;

	day->quality = QUALITY_GOOD;
	day->holds_to = day->good_at = ROLLUP_NEVER;
	for (i = 0; i < hours->n; i++) {
		const struct rollup *h = &hours->v[i];

		if (h->count > 0)
			join(day, h);
		day->bad = more(day->bad, h->bad);
		day->resets += h->resets;
		day->increase += h->increase;
		if (h->quality < day->quality)
			day->quality = h->quality;
		day->held += h->held;
		day->area += rollup_integral(h);
		if (h->holds_to > day->holds_to)
			day->holds_to = h->holds_to;
		if (h->good_at != ROLLUP_NEVER) {
			day->good = h->good;
			day->good_at = h->good_at;
		}
		for (k = 0; k < h->stays; k++)
			stay_of(day, a, &room, h->stay[k].state)->us +=
			    h->stay[k].us;
	}
}
