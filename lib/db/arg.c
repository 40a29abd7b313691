/* The values that go to a statement. */
#include <endian.h>
#include <stdio.h>
#include <string.h>

#include "db/db.h"

/* Postgres counts microseconds from 2000-01-01. */
#define EPOCH_2000 INT64_C(946684800000000)

/* The types of array members, by their number in pg_type. */
enum oid {
	OID_INT8 = 20,
	OID_INT2 = 21,
	OID_INT4 = 23,
	OID_TEXT = 25,
	OID_FLOAT8 = 701,
	OID_TIMESTAMPTZ = 1184
};

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

/* One dimension, no NULLs, lower bound 1. */
static void
head(struct buf *b, enum oid type, size_t n)
{
	buf_be32(b, n > 0);
	buf_be32(b, 0);
	buf_be32(b, type);
	if (n == 0)
		return;
	buf_be32(b, (uint32_t)n);
	buf_be32(b, 1);
}

static struct arg
done(const struct buf *b)
{
	return (struct arg){ .p = b->p, .n = b->n, .binary = true };
}

static struct buf
room(struct arena *a, size_t n, size_t each)
{
	return buf_new(a, 20 + n * (4 + each));
}

struct arg
arr_int(struct arena *a, const int32_t *v, size_t n)
{
	struct buf b = room(a, n, 4);
	size_t i;

	head(&b, OID_INT4, n);
	for (i = 0; i < n; i++) {
		buf_be32(&b, 4);
		buf_be32(&b, (uint32_t)v[i]);
	}
	return done(&b);
}

struct arg
arr_long(struct arena *a, const int64_t *v, size_t n)
{
	struct buf b = room(a, n, 8);
	size_t i;

	head(&b, OID_INT8, n);
	for (i = 0; i < n; i++) {
		buf_be32(&b, 8);
		buf_be64(&b, (uint64_t)v[i]);
	}
	return done(&b);
}

struct arg
arr_small(struct arena *a, const int16_t *v, size_t n)
{
	struct buf b = room(a, n, 2);
	size_t i;

	head(&b, OID_INT2, n);
	for (i = 0; i < n; i++) {
		buf_be32(&b, 2);
		buf_be16(&b, (uint16_t)v[i]);
	}
	return done(&b);
}

struct arg
arr_real(struct arena *a, const double *v, size_t n)
{
	struct buf b = room(a, n, 8);
	size_t i;

	head(&b, OID_FLOAT8, n);
	for (i = 0; i < n; i++) {
		uint64_t bits;

		memcpy(&bits, &v[i], sizeof(bits));
		buf_be32(&b, 8);
		buf_be64(&b, bits);
	}
	return done(&b);
}

struct arg
arr_time(struct arena *a, const int64_t *us, size_t n)
{
	struct buf b = room(a, n, 8);
	size_t i;

	head(&b, OID_TIMESTAMPTZ, n);
	for (i = 0; i < n; i++) {
		buf_be32(&b, 8);
		buf_be64(&b, (uint64_t)(us[i] - EPOCH_2000));
	}
	return done(&b);
}

struct arg
arr_text(struct arena *a, const char *const *v, size_t n)
{
	struct buf b = room(a, n, 24);
	size_t i;

	head(&b, OID_TEXT, n);
	for (i = 0; i < n; i++) {
		buf_be32(&b, (uint32_t)strlen(v[i]));
		buf_text(&b, v[i]);
	}
	return done(&b);
}
