/*
 * readings.h - readings in an array, in the order of the store.
 *
 * Settled means: sorted by (sensor, time), one reading of each key.  Of two
 * with one key the earlier array's, or the earlier one, wins unless the other
 * has a higher rev.
 */
#ifndef STORE_READINGS_H
#define STORE_READINGS_H

#include <stddef.h>

#include "base/arena.h"
#include "store/reading.h"

/* room is of v, 0 when it is not ours to write behind n. */
struct readings {
	struct reading *v;
	size_t n, room;
};

/* Room for so many more behind the last one; the caller counts n up. */
struct reading *readings_room(struct readings *, struct arena *, size_t more);

/* Append them. */
void readings_add(struct readings *, struct arena *,
    const struct readings *more);

/* Settle them in place; returns how many were dropped. */
size_t readings_settle(struct readings *, struct arena *);

/* k settled arrays, the older first, into one; returns how many dropped. */
size_t readings_merge(struct readings *, struct arena *,
    const struct readings *in, size_t k);

/* How many runs of one sensor settled readings are: how many sensors. */
size_t readings_runs(const struct readings *);

/* The first and the last instant; n > 0. */
void readings_span(int64_t *min, int64_t *max, const struct readings *);

/* The first of settled ones that is not before (sensor, time). */
size_t readings_place(const struct readings *, int32_t sensor, int64_t time);

/* The first of n readings of one sensor, by time, that is not before t. */
size_t readings_from(const struct reading *, size_t n, int64_t t);

/* How many of n > 0 readings, from the first on, are of its sensor. */
static inline size_t
readings_run(const struct reading *r, size_t n)
{
	size_t i = 1;

	while (i < n && r[i].sensor == r->sensor)
		i++;
	return i;
}

#endif
