/*
 * block.h - many readings as one immutable, checksummed piece of bytes.
 *
 * A block holds runs, one a sensor; short ones share their columns.  With a
 * directory it holds parts, each decodable by itself: a run, or a block of
 * short runs of neighbouring sensors; so that a reader can cut out the part
 * of one sensor.  Layout, byte by byte, in lib/store/README.md.  Bit-exact
 * for every double.
 *
 * What is decoded is settled, or it is refused; and it never takes more
 * memory than 4,096 readings for every six bytes.
 */
#ifndef STORE_BLOCK_H
#define STORE_BLOCK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "store/readings.h"

enum {
	BLOCK_VERSION = 2,
	BLOCK_READINGS_MAX = 4 * 1024 * 1024,
	RUN_READINGS_MAX = BLOCK_READINGS_MAX
};

/*
 * Where the parts stand in a block, and the first and the last sensor of each.
 * A part of one sensor is a run, any other a block.
 */
struct directory {
	int32_t *sensor, *last; /* ascending */
	int32_t *offset; /* n + 1 of them: part i is offset[i]..offset[i+1] */
	size_t n, series;
};

/*
 * Encode settled readings, BLOCK_READINGS_MAX at most.  With a directory (dir
 * not NULL) every part can be cut out by itself.
 */
struct bytes block_encode(struct arena *, struct directory *dir,
    const struct readings *);

/* ERR_BUG when the bytes are damaged or of another version. */
struct err *block_decode(struct readings *, struct arena *,
    struct bytes) MUST_CHECK;

/* One sensor's readings, settled, as a run by itself; n > 0. */
struct bytes run_encode(struct arena *, const struct reading *, size_t n);

/* A run made so, or cut out of a block as a part of one sensor. */
struct err *run_decode(struct readings *, struct arena *,
    struct bytes) MUST_CHECK;

/* The same as columns, for who folds and never looks at a single reading. */
struct run {
	int32_t sensor;
	size_t n, room; /* room is of the columns */
	int64_t *time;
	double *value;
	uint8_t *quality;
	uint16_t *rev;
};
struct err *run_columns(struct run *, struct arena *, struct bytes) MUST_CHECK;

/* The same into the columns of an earlier run, where they have the room. */
struct err *run_columns_again(struct run *, struct arena *,
    struct bytes) MUST_CHECK;

#endif
