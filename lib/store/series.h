/*
 * series.h - several sensors folded into the same buckets, for any span.
 *
 * Edges cut the time line as in bucket.h; n equal ones are made by
 * edges_even, calendar ones by the caller.  Memory does not grow with the
 * span.  A sensor whose windows were aggregated before they came gives its
 * band and weights from its facets.
 */
#ifndef STORE_SERIES_H
#define STORE_SERIES_H

#include "store/store.h"

enum { SERIES_GAPS_MAX = 1000 };

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
	/*
	 * The way up of a counter.  When it falls it has begun anew at 0, and
	 * what it shows then has been counted since.
	 */
	double increase;
	bool is_known;	 /* there was a reading */
	int64_t last_at; /* of the newest */
	bool is_counted; /* one with a value */
	double last;
};

/* n + 1 edges of n equal buckets. */
void edges_even(int64_t *edge, size_t n, int64_t from, int64_t to);

/* edge[0] <= time < edge[buckets] into the buckets of all n sensors. */
struct err *store_series(struct series *, size_t n, struct tx *,
    const int64_t *edge, size_t buckets) MUST_CHECK;

#endif
