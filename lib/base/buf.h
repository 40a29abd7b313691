/*
 * buf.h - bytes that grow, in an arena.
 *
 * The data always has a NUL behind it, so a buf of text is a C string.  Old
 * copies stay in the arena until it is reset; give a good first size.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

struct bytes {
	const unsigned char *p;
	size_t n;
};

struct buf {
	struct arena *arena;
	unsigned char *p;
	size_t n, cap;
};

struct buf buf_new(struct arena *, size_t first);
void buf_put(struct buf *, const void *, size_t n);
void buf_text(struct buf *, const char *);
void buf_byte(struct buf *, unsigned char);
void buf_printf(struct buf *, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Big-endian integers, as the network and Postgres want them. */
void buf_be16(struct buf *, uint16_t);
void buf_be32(struct buf *, uint32_t);
void buf_be64(struct buf *, uint64_t);

/* Room for n more bytes; returns where to write, the caller adds to b->n. */
unsigned char *buf_room(struct buf *, size_t n);

#endif
