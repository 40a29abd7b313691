/*
 * roller.h - one sensor's readings, folded in time order into its hours.
 *
 * Internal to lib/store, and pure: no database, no clock.  A roller is begun
 * where its data begin, with what holds on from before, or with the hour that
 * a roller before it has left; readings are put in; it is ended either at an
 * edge, or with the newest reading.  Hours come out in order.
 */
#ifndef STORE_ROLLER_H
#define STORE_ROLLER_H

#include <stdbool.h>

#include "store/counter.h"
#include "store/rollup.h"

/* As in flux.sensor. */
enum kind { KIND_GAUGE, KIND_COUNTER, KIND_STATE };

/* What the readings of a sensor mean. */
struct meaning {
	int32_t sensor;
	enum kind kind;
	int64_t hold; /* a value holds so long */
	struct counter counter;
};

/* What a roller begins with; ROLLUP_NEVER where there is nothing. */
struct carry {
	double value;
	int64_t holds_to;
	struct count good;
};

struct roller {
	const struct meaning *meaning;
	const struct edges *edges;
	struct arena *arena;
	struct rollups out; /* hours that are complete */
	size_t room;	    /* of out */
	size_t k;	    /* the hour in hand begins at edge k */
	struct rollup open; /* that hour, without what still holds */
	struct carry carry;
	int64_t covered; /* up to here the holding value is counted */
	bool own;	 /* the holding value is of this hour */
	size_t stay_room;
};

/* Begin at an edge. */
void roller_begin(struct roller *, int64_t start, const struct carry *);

/* Go on with an hour that roller_end left. */
void roller_resume(struct roller *, const struct rollup *,
    const struct carry *);

/* A reading, or a window of readings, as the bucket that it is by itself. */
void roller_put(struct roller *, const struct bucket *);

/*
 * No more readings come before this edge.  Hours from there on do not come
 * out; ROLLUP_EVER: all in which a value holds do, and the edges must reach.
 */
void roller_end(struct roller *, int64_t edge);

/*
 * What the hours of a day, in order, come to.  sensor, start and end of the
 * day are set by the caller, all else is 0 before.
 */
void roller_join(struct rollup *day, struct arena *, const struct rollups *);

#define ROLLUP_EVER (7258118400 * CLOCK_S) /* 2200-01-01 */

#endif
