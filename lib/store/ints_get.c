#include "store/ints.h"

#include <endian.h>
#include <string.h>

enum {
	RUN = 0x7f,
	PATCHED = 0x80,
	WIDTH_MAX = 57, /* but for 64: what one load of eight bytes reaches */
	LOAD = 8
};

static uint64_t
load(const unsigned char *p)
{
	uint64_t v;

	memcpy(&v, p, LOAD);
	return le64toh(v);
}

/*
 * Eight values of a width take that many bytes, so where each one stands in
 * them is known when this is compiled.  n is a multiple of eight.
 */
static inline __attribute__((always_inline)) void
unpack(int64_t *r, size_t n, const unsigned char *p, uint64_t ref,
    unsigned width, uint64_t mask)
{
	size_t i;
	unsigned k;

	for (i = 0; i < n; i += 8, p += width) {
#pragma GCC unroll 8
		for (k = 0; k < 8; k++)
			r[i + k] = (int64_t)(ref + (load(p + k * width / 8) >>
							   k * width % 8 &
						       mask));
	}
}

typedef void unpacker(int64_t *, size_t, const unsigned char *, uint64_t);

/* clang-format off */
#define EIGHT(X, a) \
	X(a##0) X(a##1) X(a##2) X(a##3) X(a##4) X(a##5) X(a##6) X(a##7)
#define WIDTHS(X) \
	EIGHT(X, 00) EIGHT(X, 01) EIGHT(X, 02) EIGHT(X, 03) EIGHT(X, 04) \
	EIGHT(X, 05) EIGHT(X, 06) X(070) X(071)

#define FUNCTION(w)                                                         \
	static void                                                         \
	unpack_##w(int64_t *r, size_t n, const unsigned char *p,            \
	    uint64_t ref)                                                   \
	{                                                                   \
		unpack(r, n, p, ref, (w), (UINT64_C(1) << (w)) - 1);        \
	}
WIDTHS(FUNCTION)

static void
unpack_wide(int64_t *r, size_t n, const unsigned char *p, uint64_t ref)
{
	unpack(r, n, p, ref, 64, ~UINT64_C(0));
}

#define NAME(w) unpack_##w,
static unpacker *const unpackers[] = {
	WIDTHS(NAME) [64] = unpack_wide
};
/* clang-format on */

/*
 * The same where bytes to load lack behind the packed ones, or places for the
 * values to go to: by way of memory that has both.
 */
static void
unpack_tail(int64_t *r, size_t n, const unsigned char *p, uint64_t ref,
    unsigned width)
{
	UNSET unsigned char padded[INTS_PACKED * 8 + 8 * LOAD + LOAD];
	UNSET int64_t v[INTS_PACKED];
	size_t size = (n * width + 7) / 8;

	memcpy(padded, p, size);
	memset(padded + size, 0, 8 * LOAD + LOAD);
	unpackers[width](v, (n + 7) / 8 * 8, padded, ref);
	memcpy(r, v, n * sizeof(*r));
}

/* The exceptions of a block; see put_block of ints.c. */
static void
patch(int64_t *r, size_t n, struct cursor *c, unsigned count, uint64_t ref,
    unsigned width)
{
	uint64_t window = UINT64_C(1) << width;

	for (; count > 0; count--) {
		size_t i = get_byte(c);
		uint64_t far = get_varint(c) << width;

		if (i >= n) {
			c->bad = true;
			return;
		}
		far |= (uint64_t)r[i] - ref;
		r[i] = (int64_t)(far & 1 ? ref - 1 - (far >> 1)
					 : ref + window + (far >> 1));
	}
}

static void
get_packed(int64_t *r, size_t n, struct cursor *c, unsigned head)
{
	unsigned width = head & (PATCHED - 1), count;
	uint64_t ref = (uint64_t)get_signed(c);
	const unsigned char *p;
	size_t whole;

	count = head & PATCHED ? get_byte(c) : 0;
	if ((width > WIDTH_MAX && width != 64) || (width == 64 && count > 0) ||
	    (p = get_bytes(c, (n * width + 7) / 8)) == NULL) {
		c->bad = true;
		return;
	}
	/* A load reaches up to eight bytes behind what it is for. */
	whole = left(c) < LOAD ? 0 : n / 8 * 8;
	unpackers[width](r, whole, p, ref);
	if (whole < n)
		unpack_tail(r + whole, n - whole, p + whole / 8 * width, ref,
		    width);
	if (count > 0)
		patch(r, n, c, count, ref, width);
}

static void
fill(int64_t *r, size_t n, int64_t v)
{
	size_t i;

	for (i = 0; i < n; i++)
		r[i] = v;
}

static void
get_blocks(int64_t *r, size_t n, struct cursor *c)
{
	while (n > 0 && !c->bad) {
		unsigned head = get_byte(c);
		size_t k = n < INTS_PACKED ? n : INTS_PACKED;

		if (head != RUN) {
			get_packed(r, k, c, head);
		} else {
			uint64_t count = get_varint(c);
			int64_t v = get_signed(c);

			if (count == 0 || count > n) {
				c->bad = true;
				return;
			}
			k = count;
			fill(r, k, v);
		}
		r += k;
		n -= k;
	}
}

static void
get_plain(int64_t *x, size_t n, struct cursor *c)
{
	get_blocks(x, n, c);
}

static void
get_delta(int64_t *x, size_t n, struct cursor *c)
{
	uint64_t v = (uint64_t)get_signed(c);
	size_t i;

	x[0] = (int64_t)v;
	get_blocks(x + 1, n - 1, c);
	for (i = 1; i < n && !c->bad; i++)
		x[i] = (int64_t)(v += (uint64_t)x[i]);
}

static void
get_change(int64_t *x, size_t n, struct cursor *c)
{
	uint64_t v = (uint64_t)get_signed(c), step = (uint64_t)get_signed(c);
	size_t i;

	if (n < 2) {
		c->bad = true;
		return;
	}
	x[0] = (int64_t)v;
	x[1] = (int64_t)(v += step);
	get_blocks(x + 2, n - 2, c);
	for (i = 2; i < n && !c->bad; i++) {
		step += (uint64_t)x[i];
		x[i] = (int64_t)(v += step);
	}
}

static void
get_line(int64_t *x, size_t n, struct cursor *c)
{
	int64_t v = get_signed(c), slope = get_signed(c);
	uint64_t up = 0;
	size_t i;

	get_blocks(x, n, c);
	for (i = 0; i < n && !c->bad; i++) {
		x[i] = plus(x[i], plus(v, (int64_t)up >> INTS_SLOPE_BITS));
		up += (uint64_t)slope;
	}
}

static void
get_same(int64_t *x, size_t n, struct cursor *c)
{
	fill(x, n, get_signed(c));
}

static void
get_steps(int64_t *x, size_t n, struct cursor *c)
{
	uint64_t v = (uint64_t)get_signed(c), step = (uint64_t)get_signed(c);
	size_t i;

	for (i = 0; i < n; i++)
		x[i] = (int64_t)(v + i * step);
}

typedef void getter(int64_t *, size_t, struct cursor *);

static getter *const getters[] = {
	[INTS_PLAIN] = get_plain,
	[INTS_DELTA] = get_delta,
	[INTS_CHANGE] = get_change,
	[INTS_LINE] = get_line,
	[INTS_SAME] = get_same,
	[INTS_STEPS] = get_steps,
};

void
ints_get(int64_t *x, size_t n, struct cursor *c)
{
	unsigned head = get_byte(c);

	if (head >= INTS_SMALL)
		fill(x, n, head - INTS_SMALL);
	else if (head < sizeof(getters) / sizeof(*getters))
		getters[head](x, n, c);
	else
		c->bad = true;
}

bool
ints_same(int64_t *v, struct cursor *c)
{
	unsigned head = left(c) > 0 ? *c->p : INTS_PLAIN;

	if (head >= INTS_SMALL) {
		*v = get_byte(c) - INTS_SMALL;
		return true;
	}
	if (head != INTS_SAME)
		return false;
	(void)get_byte(c);
	*v = get_signed(c);
	return true;
}
