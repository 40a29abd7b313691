#include "store/calendar.h"

#include "base/clock.h"
#include "base/zone.h"

static int64_t
modulo(int64_t a, int64_t b)
{
	int64_t m = a % b;

	return m < 0 ? m + b : m;
}

/* The first whole second after from, up to `to`, that has to's offset. */
static int64_t
change(int64_t from, int64_t to)
{
	int64_t offset = zone_offset(to);

	while (to - from > CLOCK_S) {
		int64_t middle = from + (to - from) / 2;

		middle -= modulo(middle, CLOCK_S);
		if (middle <= from)
			return to;
		if (zone_offset(middle) == offset)
			to = middle;
		else
			from = middle;
	}
	return to;
}

static int64_t
hour_floor(int64_t t)
{
	for (;;) {
		int64_t offset = zone_offset(t);
		int64_t edge = t - modulo(t + offset, CLOCK_HOUR);

		if (zone_offset(edge) == offset)
			return edge;
		/* The clock was put since, and did not show a full hour. */
		t -= modulo(t, CLOCK_S);
		t = change(edge, t) - 1;
	}
}

static int64_t
hour_next(int64_t t)
{
	for (;;) {
		int64_t offset = zone_offset(t);
		int64_t edge = t + CLOCK_HOUR - modulo(t + offset, CLOCK_HOUR);

		if (zone_offset(edge) == offset)
			return edge;
		t = change(t, edge);
		if (modulo(t + zone_offset(t), CLOCK_HOUR) == 0)
			return t;
	}
}

/* Days of the local calendar since 1970. */
static int64_t
date(int64_t t)
{
	int64_t local = t + zone_offset(t);

	return (local - modulo(local, CLOCK_DAY)) / CLOCK_DAY;
}

/*
 * The first hour after this one whose date is a later one.  Dates that come
 * again because the clock was put back over midnight begin only once.
 */
static int64_t
day_next(int64_t t)
{
	int64_t today = date(t), edge;

	/* Far enough for a day of 20 hours, then hour by hour. */
	edge = hour_floor(t);
	do
		edge = hour_next(edge);
	while (date(edge) <= today);
	return edge;
}

static int64_t
day_floor(int64_t t)
{
	int64_t edge = hour_floor(t - 2 * CLOCK_DAY), next;

	edge = day_next(edge);
	while ((next = day_next(edge)) <= t)
		edge = next;
	return edge;
}

int64_t
calendar_floor(enum unit unit, int64_t t)
{
	return unit == UNIT_HOUR ? hour_floor(t) : day_floor(t);
}

int64_t
calendar_next(enum unit unit, int64_t t)
{
	return unit == UNIT_HOUR ? hour_next(t) : day_next(t);
}

struct edges
calendar_edges(struct arena *a, enum unit unit, int64_t from, int64_t to)
{
	/* A bucket has at least half an hour, but for oddities of history. */
	size_t room = (size_t)((to - from) / (CLOCK_HOUR / 2)) + 64;
	int64_t edge = calendar_floor(unit, from);
	struct edges e;

	e.v = arena_array(a, room, sizeof(*e.v));
	e.v[0] = edge;
	e.n = 1;
	do {
		edge = calendar_next(unit, edge);
		e.v[e.n++] = edge;
	} while (edge < to && e.n < room);
	return e;
}

size_t
edges_find(const struct edges *e, int64_t t)
{
	size_t low = 0, high = e->n - 1;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (e->v[middle] <= t)
			low = middle;
		else
			high = middle;
	}
	return low;
}
