#include "store/column.h"

#include <string.h>

#include "base/shrink.h"

enum {
	ZIP_MIN = 192, /* below this much it never pays */
	ZIP_LEVEL = 1,
	ZIP_MAX = 32768, /* columns of noise, which do not shrink */
	ZIP_SAVES = 4,	 /* one byte in so many at least */
	ZIP_BYTES = 84,	 /* as good as that many different bytes: in vain */
	ZIP_TWICE = 16,	 /* unless one in so many is there already */
	TWICE_BITS = 10,
	TWICE = 1 << TWICE_BITS
};

struct columns
stripe_columns(struct stripe *s)
{
	return (struct columns){ s->time, s->value, s->quality, s->rev };
}

static int64_t
time_of(const void *from, size_t i)
{
	return ((const struct reading *)from)[i].time;
}

static int64_t
quality_of(const void *from, size_t i)
{
	return ((const struct reading *)from)[i].quality;
}

static int64_t
rev_of(const void *from, size_t i)
{
	return ((const struct reading *)from)[i].rev;
}

/* Compiled into each caller, where `of` is known. */
static inline __attribute__((always_inline)) unsigned char *
put_ints(unsigned char *to, const void *from, size_t n, column_of *of)
{
	UNSET int64_t x[INTS_MAX];
	size_t i;

	for (i = 0; i < n; i++)
		x[i] = of(from, i);
	return ints_put(to, x, n, ints_plan(x, n));
}

void
column_put(struct buf *b, const void *from, size_t n, column_of *of)
{
	size_t room = INTS_BYTES_MAX - 8 * (INTS_MAX - n);

	b->n = (size_t)(put_ints(buf_room(b, room), from, n, of) - b->p);
}

static unsigned char *
put_values(unsigned char *to, const struct reading *r, size_t n)
{
	UNSET double v[INTS_MAX];
	size_t i;

	for (i = 0; i < n; i++)
		v[i] = r[i].value;
	return values_put(to, v, n);
}

/*
 * Whether it could pay: most of it must be there twice, or some bytes must be
 * frequent.  n^2 over the sum of the squares of their counts is two to the
 * power of no more bits than a byte takes, however it is coded.
 */
static bool
may_shrink(const unsigned char *p, size_t n)
{
	uint16_t count[256] = { 0 }, seen[TWICE] = { 0 };
	size_t squares = 0, twice = 0, i;
	uint32_t word, before;

	for (i = 0; i < n; i++)
		count[p[i]]++;
	for (i = 0; i < 256; i++)
		squares += (size_t)count[i] * count[i];
	if (squares * ZIP_BYTES > n * n)
		return true;
	for (i = 0; i + sizeof(word) <= n; i++) {
		uint16_t *slot;

		memcpy(&word, p + i, sizeof(word));
		slot = &seen[word * UINT32_C(0x9e3779b1) >> (32 - TWICE_BITS)];
		memcpy(&before, p + *slot, sizeof(before));
		twice += before == word;
		*slot = (uint16_t)i;
	}
	return twice > n / ZIP_TWICE;
}

/* In fewer bytes, if that pays. */
static bool
zip(struct buf *b, const unsigned char *from, size_t n)
{
	size_t room = ZSTD_compressBound(n), zipped;
	unsigned char *to, *p;

	if (!may_shrink(from, n))
		return false;
	to = buf_room(b, room + 2 * VARINT_MAX);
	p = to + 2 * VARINT_MAX;
	zipped =
	    ZSTD_compressCCtx(shrink_context(), p, room, from, n, ZIP_LEVEL);
	if (zipped > n - n / ZIP_SAVES) /* errors are larger than all */
		return false;
	to = put_varint(put_varint(to, zipped), n);
	memmove(to, p, zipped);
	b->n = (size_t)(to - b->p) + zipped;
	return true;
}

static void
put_stripe(struct buf *b, const struct reading *r, size_t n)
{
	UNSET unsigned char body[STRIPE_BYTES_MAX];
	unsigned char *p = body;
	size_t size;

	p = put_ints(p, r, n, time_of);
	p = put_values(p, r, n);
	p = put_ints(p, r, n, quality_of);
	p = put_ints(p, r, n, rev_of);
	size = (size_t)(p - body);
	if (size >= ZIP_MIN && size <= ZIP_MAX && zip(b, body, size))
		return;
	buf_byte(b, 0);
	buf_put(b, body, size);
}

void
stripes_put(struct buf *b, const struct reading *r, size_t n)
{
	size_t i, k;

	for (i = 0; i < n; i += k) {
		k = n - i < STRIPE ? n - i : STRIPE;
		put_stripe(b, r + i, k);
	}
}

static void
get_qualities(uint8_t *to, size_t n, struct cursor *c)
{
	UNSET int64_t x[INTS_MAX];
	int64_t v;
	size_t i;

	if (ints_same(&v, c)) {
		memset(to, (uint8_t)v, n);
		return;
	}
	ints_get(x, n, c);
	for (i = 0; i < n && !c->bad; i++)
		to[i] = (uint8_t)x[i];
}

static void
get_revs(uint16_t *to, size_t n, struct cursor *c)
{
	UNSET int64_t x[INTS_MAX];
	int64_t v;
	size_t i;

	if (ints_same(&v, c)) {
		for (i = 0; i < n; i++)
			to[i] = (uint16_t)v;
		return;
	}
	ints_get(x, n, c);
	for (i = 0; i < n && !c->bad; i++)
		to[i] = (uint16_t)x[i];
}

static void
get_columns(const struct columns *to, size_t n, struct cursor *c)
{
	ints_get(to->time, n, c);
	values_get(to->value, n, c);
	get_qualities(to->quality, n, c);
	get_revs(to->rev, n, c);
}

static void
unzip(const struct columns *to, size_t n, struct cursor *c, size_t zipped)
{
	UNSET unsigned char raw[ZIP_MAX];
	uint64_t size = get_varint(c);
	const unsigned char *p = get_bytes(c, zipped);
	struct cursor inner = { raw, raw, false };

	if (p == NULL || size > ZIP_MAX ||
	    ZSTD_decompressDCtx(grow_context(), raw, size, p, zipped) != size) {
		c->bad = true;
		return;
	}
	inner.end += size;
	get_columns(to, n, &inner);
	c->bad |= inner.bad || left(&inner) > 0;
}

void
stripe_get(const struct columns *to, size_t n, struct cursor *c)
{
	uint64_t zipped = get_varint(c);

	if (zipped > 0)
		unzip(to, n, c, zipped);
	else
		get_columns(to, n, c);
}

bool
stripes_fit(const struct cursor *c, uint64_t n)
{
	uint64_t stripes = n / STRIPE + (n % STRIPE > 0);

	return stripes <= left(c) / STRIPE_BYTES_MIN;
}
