/*
 * calendar.h - where the hours and days of a place begin.
 *
 * An hour begins when the local clock shows a full hour, a day with the first
 * instant of its date.  Where the clock is put by half an hour (Lord Howe)
 * one hour of that day has 90 minutes.  Edges are of the zone in use, see
 * base/zone.h.
 */
#ifndef STORE_CALENDAR_H
#define STORE_CALENDAR_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

enum unit { UNIT_HOUR, UNIT_DAY };

/* Instants at which buckets begin, ascending; one more than buckets. */
struct edges {
	int64_t *v;
	size_t n;
};

/* The last edge that is not after the instant, and the first after it. */
int64_t calendar_floor(enum unit, int64_t);
int64_t calendar_next(enum unit, int64_t);

/* From the floor of `from` to the first edge at or after `to`; from < to. */
struct edges calendar_edges(struct arena *, enum unit, int64_t from,
    int64_t to);

/* Which bucket holds the instant, which lies between the first and last. */
size_t edges_find(const struct edges *, int64_t);

#endif
