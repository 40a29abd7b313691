/*
 * lane.h - what of a long span comes from the rollups, sensor by sensor.
 *
 * Internal to store/series.h.  A day that lies in one bucket is taken whole,
 * of what is left every hour that does, and the rest is pieces of raw
 * readings: what the rollups do not have yet, what waits in flux.mark, in
 * landing or in quarantine, and the days and hours that an edge cuts.  Where
 * silence matters, a day or an hour in which something may have been silent is
 * looked at more closely, as long as that stays bounded.
 *
 * Where readings are gone (flux.raw_floor) hours are taken into the bucket
 * that holds their start, whatever its width.
 */
#ifndef STORE_LANE_H
#define STORE_LANE_H

#include "store/rollup.h"
#include "store/series.h"
#include "store/windows.h"

/* The buckets' edges. */
struct grid {
	const int64_t *edge;
	size_t n;
	int64_t until; /* behind this there can be no reading yet */
};

/* The bucket of an instant that lies between the edges. */
size_t grid_at(const struct grid *, int64_t t);

/* One sensor's: its rows of rollups and, between them, its raw pieces. */
struct lane {
	struct rollup *row; /* by start */
	size_t n, room, at; /* at: how far the fold has come */
	struct windows raw;
	size_t raw_at;
	int64_t floor, upto; /* no readings before; rolled up to here */
	int64_t gone_to;     /* the end of the last hour without readings */
	struct windows waits;
	enum grain grain;
	int64_t coarse_to;
};

struct lanes {
	struct lane *v;	     /* one for each series */
	struct windows walk; /* where any of them has raw pieces */
};

/* Nothing but readings. */
void lanes_plain(struct lanes *, struct arena *, size_t n, const struct grid *);

/* Rows and pieces are in the transaction's arena. */
struct err *lanes_choose(struct lanes *, struct tx *, const struct series *,
    size_t n, const struct grid *) MUST_CHECK;

/*
 * How far the sensors are rolled up, where their readings are gone, and what
 * waits: upto, floor and waits of n lanes.
 */
struct err *lanes_cover(struct lane *, struct tx *, const struct series *,
    size_t n, const struct grid *) MUST_CHECK;

/* Over a span of years statements are planned once and for all. */
struct err *lanes_plan(struct tx *, int64_t from, int64_t to) MUST_CHECK;

/* What a step of the counters among them means. */
struct err *series_counters(struct series *, size_t n, struct tx *) MUST_CHECK;

/* The piece that holds t or is the next behind it, or NULL. */
const struct window *lane_piece(struct lane *, int64_t t);

#endif
