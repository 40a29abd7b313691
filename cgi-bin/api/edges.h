/*
 * edges.h - buckets that people count in, cut out of a span.
 *
 * Seconds and minutes are those of UTC; hours, days and months begin where
 * the clocks of the zone say so, and a day of 23 hours is a bucket like any
 * other.  The first and the last bucket end with the span.
 */
#ifndef API_EDGES_H
#define API_EDGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum step_unit { STEP_SECONDS, STEP_HOURS, STEP_DAYS, STEP_MONTHS };

struct step {
	enum step_unit unit;
	int64_t n;
};

/* "90s", "5min", "1h", "1d", "3mo". */
bool step_read(struct step *, const char *);

/* 400 when the zone database does not know the name. */
struct err *zone_check(const char *iana) MUST_CHECK;

/*
 * The edges of the zone in use, at most room of them; returns how many there
 * are, room + 1 when they do not fit.
 */
size_t edges_cut(int64_t *edge, size_t room, struct step, int64_t from,
    int64_t to);

/* The next edge behind t, or t itself when it is one. */
int64_t edge_after(struct step, int64_t t);

#endif
