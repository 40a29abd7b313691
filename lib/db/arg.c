/* The values that go to a statement. */
#include <endian.h>
#include <stdio.h>
#include <string.h>

#include "db/internal.h"

/* The types of array members, by their number in pg_type. */
enum oid {
	OID_BYTEA = 17,
	OID_INT8 = 20,
	OID_INT2 = 21,
	OID_INT4 = 23,
	OID_TEXT = 25,
	OID_FLOAT8 = 701,
	OID_TIMESTAMPTZ = 1184
};

/* The length of a member that is NULL: -1. */
#define LENGTH_NULL UINT32_MAX

struct arg
arg_int(int64_t v)
{
	struct arg g = { .small = true };

	g.n = (size_t)snprintf(g.text, sizeof(g.text), "%lld", (long long)v);
	return g;
}

struct arg
arg_i32(int v)
{
	return arg_int(v);
}

struct arg
arg_real(double v)
{
	struct arg g = { .small = true };

	g.n = (size_t)snprintf(g.text, sizeof(g.text), "%.17g", v);
	return g;
}

struct arg
arg_text(const char *s)
{
	return (struct arg){ .p = s, .n = s != NULL ? strlen(s) : 0 };
}

struct arg
arg_bytes(struct bytes b)
{
	return (struct arg){ .p = b.p != NULL ? (const void *)b.p : "",
		.n = b.n,
		.binary = true };
}

struct arg
arg_time(int64_t us)
{
	struct arg g = { .small = true, .binary = true, .n = sizeof(int64_t) };
	uint64_t be = htobe64((uint64_t)(us - EPOCH_2000));

	memcpy(g.text, &be, sizeof(be));
	return g;
}

struct arg
arg_bool(bool v)
{
	return arg_text(v ? "t" : "f");
}

struct arg
arg_null(void)
{
	return arg_text(NULL);
}

/* One dimension, lower bound 1; `nulls` says that a member may be NULL. */
static struct buf
array(struct arena *a, enum oid type, size_t n, size_t each, bool nulls)
{
	struct buf b = buf_new(a, 20 + n * (4 + each));

	buf_be32(&b, n > 0);
	buf_be32(&b, nulls);
	buf_be32(&b, type);
	if (n > 0) {
		buf_be32(&b, (uint32_t)n);
		buf_be32(&b, 1);
	}
	return b;
}

static struct arg
done(const struct buf *b)
{
	return (struct arg){ .p = b->p, .n = b->n, .binary = true };
}

static uint64_t
real_bits(double v)
{
	uint64_t bits;

	memcpy(&bits, &v, sizeof(bits));
	return bits;
}

/* Members of one width, each with its length before it, all at once. */
#define WRITER(name, type, oid, bits, convert)                        \
	struct arg name(struct arena *a, const type *v, size_t n)     \
	{                                                             \
		enum { WIDTH = bits / 8, EACH = 4 + WIDTH };          \
		struct buf b = array(a, oid, n, WIDTH, false);        \
		const uint32_t width = htobe32(WIDTH);                \
		unsigned char *to = buf_room(&b, n * EACH);           \
		size_t i;                                             \
                                                                      \
		for (i = 0; i < n; i++, to += EACH) {                 \
			uint##bits##_t x = (uint##bits##_t)(convert); \
                                                                      \
			x = htobe##bits(x);                           \
			memcpy(to, &width, sizeof(width));            \
			memcpy(to + sizeof(width), &x, sizeof(x));    \
		}                                                     \
		b.n += n * EACH;                                      \
		return done(&b);                                      \
	}

WRITER(arr_int, int32_t, OID_INT4, 32, v[i])
WRITER(arr_long, int64_t, OID_INT8, 64, v[i])
WRITER(arr_small, int16_t, OID_INT2, 16, v[i])
WRITER(arr_real, double, OID_FLOAT8, 64, real_bits(v[i]))
WRITER(arr_time, int64_t, OID_TIMESTAMPTZ, 64, v[i] - EPOCH_2000)

struct arg
arr_text(struct arena *a, const char *const *v, size_t n)
{
	struct buf b = array(a, OID_TEXT, n, 24, true);
	size_t i;

	for (i = 0; i < n; i++) {
		if (v[i] == NULL) {
			buf_be32(&b, LENGTH_NULL);
			continue;
		}
		buf_be32(&b, (uint32_t)strlen(v[i]));
		buf_text(&b, v[i]);
	}
	return done(&b);
}

struct arg
arr_bytes(struct arena *a, const struct bytes *v, size_t n)
{
	size_t i, total = 0;
	struct buf b;

	for (i = 0; i < n; i++)
		total += v[i].n;
	b = array(a, OID_BYTEA, n, n > 0 ? total / n + 1 : 0, false);
	for (i = 0; i < n; i++) {
		buf_be32(&b, (uint32_t)v[i].n);
		buf_put(&b, v[i].p, v[i].n);
	}
	return done(&b);
}
