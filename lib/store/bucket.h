/*
 * bucket.h - what many readings of one sensor come to.
 *
 * Edges cut the time line: bucket k is edge[k] <= time < edge[k + 1], so that
 * a day of 23 hours is as good as any.  Readings are folded in time order.
 */
#ifndef STORE_BUCKET_H
#define STORE_BUCKET_H

#include "store/block.h"

/*
 * count is of the readings that have a value; where it is 0, min to last mean
 * nothing, and bad tells whether there were readings at all.
 */
struct bucket {
	int64_t start;
	size_t count, bad;
	double min, max, sum, first, last;
	double m2; /* sum of the squared distances from the mean */
	int64_t first_at, last_at;
	uint8_t quality; /* the worst */
};

/* n empty buckets between n + 1 edges. */
void buckets_clear(struct bucket *, const int64_t *edge, size_t n);

/* What lies outside of the edges is left out. */
void buckets_fold(struct bucket *, const int64_t *edge, size_t n,
    const struct reading *, size_t readings);
void buckets_fold_run(struct bucket *, const int64_t *edge, size_t n,
    const struct run *);

/*
 * From the bytes of a run into buckets, a stripe at a time, in no memory but
 * the stack.  The sum is checked first; when it fails nothing was folded.
 * After any other error the buckets hold a part of the run.
 */
struct err *buckets_fold_coded(struct bucket *, const int64_t *edge, size_t n,
    struct bytes run) MUST_CHECK;

/* Fold a later bucket into an earlier one. */
void bucket_join(struct bucket *, const struct bucket *later);

double bucket_mean(const struct bucket *);
double bucket_stddev(const struct bucket *); /* of the population */

#endif
