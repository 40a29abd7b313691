/*
 * block.h - many readings as one immutable, checksummed piece of bytes.
 *
 * A block holds runs, one a sensor, each decodable by itself; the directory
 * says where they are, so that a reader can take one sensor's slice.  Layout,
 * byte by byte, in lib/store/README.md.  Bit-exact for every double.
 */
#ifndef STORE_BLOCK_H
#define STORE_BLOCK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "store/reading.h"

enum {
	BLOCK_VERSION = 1,
	BLOCK_READINGS_MAX = 4 * 1024 * 1024,
	RUN_READINGS_MAX = BLOCK_READINGS_MAX
};

/* Where each sensor's run stands in a block. */
struct directory {
	int32_t *sensor; /* ascending */
	int32_t *offset; /* n + 1 of them: run i is offset[i]..offset[i+1] */
	size_t n;
};

/* Readings in an array that can grow; room is of v, 0 when it is not ours. */
struct readings {
	struct reading *v;
	size_t n, room;
};

/* Room for so many more behind the last one; the caller counts n up. */
struct reading *readings_room(struct readings *, struct arena *, size_t more);

/* Append them. */
void readings_add(struct readings *, struct arena *,
    const struct readings *more);

/*
 * Sort by (sensor, time) and keep one of each key; returns how many were
 * dropped.  Equal keys keep their order of arrival: the earlier one wins
 * unless the later has a higher rev.
 */
size_t readings_settle(struct readings *, struct arena *);

/* Encode settled readings.  *dir may be NULL. */
struct bytes block_encode(struct arena *, struct directory *dir,
    const struct readings *);

/* ERR_BUG when the bytes are damaged or of a newer version. */
struct err *block_decode(struct readings *, struct arena *,
    struct bytes) MUST_CHECK;

/* One run cut out of a block by its directory. */
struct err *run_decode(struct readings *, struct arena *,
    struct bytes) MUST_CHECK;

#endif
