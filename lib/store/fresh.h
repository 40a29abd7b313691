/*
 * fresh.h - rows of fresh: put, taken apart, and what of them is damaged.
 *
 * Internal to lib/store.  A row's block holds parts; its directory (three
 * arrays beside the block) says where each one is, and of which sensors.  A
 * damaged part costs the readings that it holds, and no others.
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

/* Some neighbouring parts of a block, as the directory has them. */
struct slice {
	int32_t *sensor, *last;
	int32_t *offset; /* n + 1 of them; the first is where piece begins */
	size_t n;
	struct bytes piece;
};

/* The columns of a statement in which a slice stands. */
struct slice_columns {
	int sensor, last, offset, piece;
};

/* A part that is damaged. */
struct bad_part {
	int64_t row;	/* of fresh */
	int32_t sensor; /* its first */
	struct damage damage;
};

/* Damaged parts of several rows; what they hold lives in `keep`. */
struct sieve {
	struct arena *keep;
	struct bad_part *v;
	size_t n, room;
};

/* Put settled readings there; at: of the oldest part, 0 for now. */
struct err *fresh_put(struct tx *, int tier, int64_t at,
    const struct readings *) MUST_CHECK;

/* No parts when the directory contradicts itself. */
void slice_read(struct slice *, const struct rows *, int row,
    const struct slice_columns *);

/* Part i, which must be of the sensors that the directory says. */
struct err *slice_part(struct readings *, struct arena *, const struct slice *,
    size_t i) MUST_CHECK;

/*
 * The readings of the sensors from low to high, settled.  Parts that are
 * damaged go into the sieve, each of them once.
 */
void fresh_parts(struct readings *, struct sieve *, struct arena *,
    struct fresh_row *, const struct slice *, int32_t low, int32_t high);

/*
 * The row has been read to its end: note what of it was damaged.  True in
 * *whole: readings are missing and no part of the directory is to blame, so
 * that the row as a whole is for the quarantine.
 */
struct err *fresh_close(bool *whole, struct tx *, struct sieve *,
    const struct fresh_row *) MUST_CHECK;

/* The row as a whole. */
struct err *fresh_note(struct tx *, const struct fresh_row *,
    struct bytes block) MUST_CHECK;

#endif
