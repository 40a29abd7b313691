/*
 * ints.h - a column of integers in few bytes.
 *
 * What a column is close to (a value, a step, a straight line) is taken off,
 * and the rest is packed 128 at a time: a width in bits and the lowest value
 * of the block, and what does not fit the width stands behind as exceptions.
 * Byte by byte in README.md.
 */
#ifndef STORE_INTS_H
#define STORE_INTS_H

#include "store/wire.h"

enum {
	INTS_MAX = 4096,   /* integers in a column */
	INTS_PACKED = 128, /* of them packed together */

	/* A column takes no more: a head, and every block at full width. */
	INTS_BYTES_MAX = 1 + 2 * VARINT_MAX + 8 * INTS_MAX +
			 (INTS_MAX / INTS_PACKED + 1) * (3 + VARINT_MAX)
};

/* What is taken off; one head byte of the column each. */
enum ints_form {
	INTS_PLAIN,  /* nothing */
	INTS_DELTA,  /* the one before */
	INTS_CHANGE, /* the one before, and its difference to its own before */
	INTS_LINE,   /* a straight line */
	INTS_SAME,   /* all are equal: nothing is left to pack */
	INTS_STEPS,  /* all differ by the same step: neither */
	INTS_FORMS,
	INTS_SMALL = 0x80 /* all are equal, 0 to 127, in the head itself */
};

struct ints_plan {
	enum ints_form form;
	size_t bits; /* what the column takes then, measured on samples */
};

/* 1 <= n <= INTS_MAX for all of them. */
struct ints_plan ints_plan(const int64_t *, size_t n);

/* Write the column as planned; room for INTS_BYTES_MAX must be there. */
unsigned char *ints_put(unsigned char *to, const int64_t *, size_t n,
    struct ints_plan);

void ints_get(int64_t *, size_t n, struct cursor *);

/* When all are equal: true, *v is the one, and the column is passed. */
bool ints_same(int64_t *v, struct cursor *);

/* The line's height at each place, for those who add or take it off. */
enum { INTS_SLOPE_BITS = 16 };

#endif
