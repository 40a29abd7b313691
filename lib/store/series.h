/*
 * series.h - several sensors folded into the same buckets, for any span.
 *
 * Edges cut the time line as in bucket.h; n equal ones are made by
 * edges_even, calendar ones by the caller.  A sensor whose windows were
 * aggregated before they came gives its band and weights from its facets.
 *
 * Days and hours that lie within one bucket come from the rollups, all else
 * from the readings: the answer is the same as from all readings, in memory
 * and time that hardly grow with the span where edges are those of the site's
 * hours or days.  Gaps are as exact: hours that may have been silent for a
 * while are read, as long as they are few.  Where that is not possible
 * `grain` says so: readings are gone, and whole hours are in the bucket that
 * holds their start; or an hour (a day) with some silence in it counts as one
 * that had none between its first and its last reading.  What readings are
 * late for a span whose readings are gone is not in it.
 */
#ifndef STORE_SERIES_H
#define STORE_SERIES_H

#include "store/counter.h"
#include "store/store.h"

enum { SERIES_GAPS_MAX = 1000 };

/* What an answer is as exact as. */
enum grain { GRAIN_READING, GRAIN_HOUR, GRAIN_DAY };

/* One sensor: above what the caller fills in, below what comes of it. */
struct series {
	int32_t sensor;
	int64_t silence; /* longer without a reading is a gap; 0: none is */
	bool is_counter; /* sum up what it has counted */
	struct bucket *bucket;
	int64_t *missing; /* of each bucket, how long it is in gaps; or NULL */

	struct losses gaps; /* to: the next reading, or the end of the span */
	bool gaps_cut;	    /* there are more than SERIES_GAPS_MAX */
	struct losses lost;
	enum grain grain; /* the coarsest of it, */
	int64_t grain_to; /* and until when something is coarse */
	/*
	 * The way up of a counter from its first good reading in the span to
	 * the last, by the steps of counter.h.  Where the first is gone with
	 * all readings of its hour, it counts from the hour's first value.
	 */
	double increase;
	bool is_known;	 /* there was a reading */
	int64_t last_at; /* of the newest */
	bool is_counted; /* one that a counter counts from */
	struct count last;
	struct counter counter;
};

/* n + 1 edges of n equal buckets. */
void edges_even(int64_t *edge, size_t n, int64_t from, int64_t to);

/* edge[0] <= time < edge[buckets] into the buckets of all n sensors. */
struct err *store_series(struct series *, size_t n, struct tx *,
    const int64_t *edge, size_t buckets) MUST_CHECK;

#endif
