/*
 * fresh.h - rows of fresh: put, taken apart, and what of them is damaged.
 *
 * Internal to lib/store.  A row's block holds a run a sensor; its directory
 * (two arrays beside the block) says where each one is.  A damaged run costs
 * that sensor's readings of that row, and nobody else's.
 */
#ifndef STORE_FRESH_H
#define STORE_FRESH_H

#include "store/damage.h"
#include "store/store.h"

struct fresh_row {
	int tier;
	int64_t id, at;
	int64_t t_min, t_max;
	size_t n;   /* readings, as the row says */
	size_t got; /* of them read so far */
};

/* Some neighbouring runs of a block, with their part of the directory. */
struct slice {
	int32_t *sensor;
	int32_t *offset; /* n + 1 of them; the first is where piece begins */
	size_t n;
	struct bytes piece;
};

/* Damaged runs of several rows; what they hold lives in `keep`. */
struct sieve {
	struct arena *keep;
	struct damage *v;
	int64_t *row; /* whose each one is */
	size_t n, room;
};

/* Put settled readings there; at: of the oldest part, 0 for now. */
struct err *fresh_put(struct tx *, int tier, int64_t at,
    const struct readings *) MUST_CHECK;

/* No runs when the directory contradicts itself. */
void slice_read(struct slice *, const struct rows *, int row, int sensor,
    int offset, int piece);

/* Run i, which must be of the sensor that the directory says. */
struct err *slice_run(struct readings *, struct arena *, const struct slice *,
    size_t i) MUST_CHECK;

/* All runs, settled; those that are damaged go into the sieve. */
void fresh_runs(struct readings *, struct sieve *, struct arena *,
    struct fresh_row *, const struct slice *);

/*
 * The row has been read to its end: note what of it was damaged.  True in
 * *whole: readings are missing and no run of the directory is to blame, so
 * that the row as a whole is for the quarantine.
 */
struct err *fresh_close(bool *whole, struct tx *, struct sieve *,
    const struct fresh_row *) MUST_CHECK;

/* The row as a whole. */
struct err *fresh_note(struct tx *, const struct fresh_row *,
    struct bytes block) MUST_CHECK;

#endif
