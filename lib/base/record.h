/*
 * record.h - what a spool keeps on disk, one after the other in a file.
 *
 *	0  4  magic "FLXR"          16  8  seq
 *	4  4  CRC-32 of all behind  24  4  tenant
 *	8  4  bytes of payload      28  .. payload: the poller's is a block of
 *	12 4  readings in it                store/block.h
 *
 * All numbers are big-endian.  The magic lets a reader find the next record
 * behind a damaged one; only the checksum decides what a record is.
 */
#ifndef BASE_RECORD_H
#define BASE_RECORD_H

#include <stdbool.h>

#include "base/buf.h"

enum { RECORD_HEAD = 28, RECORD_PAYLOAD_MAX = 2 * 1024 * 1024 };

struct record {
	uint64_t seq;
	int32_t tenant;
	uint32_t readings;
	struct bytes payload;
};

struct bytes record_encode(struct arena *, const struct record *);

/* What stands in a file from a place on, and where the next one stands. */
enum record_found { RECORD_HERE, RECORD_CUT, RECORD_NONE };

/*
 * Find the first whole record in all[*at..].  RECORD_HERE: *at is behind it,
 * *start where it begins (what lies between is damage), its payload points
 * into `all`.  RECORD_CUT: from *start a record may go on behind the end of
 * `all`.  RECORD_NONE: the rest is damage, or nothing.
 */
enum record_found record_next(struct record *, struct bytes all, size_t *at,
    size_t *start);

#endif
