/*
 * run.h - one sensor's readings on the wire: a checksum, a head, stripes.
 *
 * Internal to lib/store.
 */
#ifndef STORE_RUN_H
#define STORE_RUN_H

#include "store/block.h"
#include "store/column.h"

/* What stands before the stripes; the cursor is behind it. */
struct run_head {
	int32_t sensor;
	size_t n;
	struct cursor c;
	bool begun;
	int64_t last; /* the time of the last reading taken, when begun */
};

void run_put(struct buf *, const struct reading *, size_t n);

/* Checks the run's sum first, and that it can hold so many readings. */
struct err *run_open(struct run_head *, struct bytes) MUST_CHECK;

/* The next n readings of it; they stand in the order of time, or it fails. */
struct err *run_next(const struct columns *, size_t n,
    struct run_head *) MUST_CHECK;

/* ERR_BUG: the bytes are not what anybody wrote. */
struct err *block_damaged(const char *what) MUST_CHECK;

uint32_t block_sum(uint32_t before, const unsigned char *, size_t n);

#endif
