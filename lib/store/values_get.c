#include "store/values.h"

#include <endian.h>
#include <string.h>

const double values_powers[] = { 1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8,
	1e9, 1e10, 1e11, 1e12 };

int64_t
order_of(double v)
{
	int64_t bits;

	memcpy(&bits, &v, sizeof(bits));
	return bits ^ (int64_t)((uint64_t)(bits >> 63) >> 1);
}

double
of_order(int64_t place)
{
	double v;

	place ^= (int64_t)((uint64_t)(place >> 63) >> 1);
	memcpy(&v, &place, sizeof(v));
	return v;
}

int64_t
order_of_float(float v)
{
	int32_t bits;

	memcpy(&bits, &v, sizeof(bits));
	return bits ^ (int32_t)((uint32_t)(bits >> 31) >> 1);
}

float
of_order_float(int64_t place)
{
	int32_t bits = (int32_t)place;
	float v;

	bits ^= (int32_t)((uint32_t)(bits >> 31) >> 1);
	memcpy(&v, &bits, sizeof(v));
	return v;
}

/*
 * An integer below 2^51 becomes a double by being put into the low bits of
 * one of that size; unlike a conversion, this is done for several at once.
 */
static double
to_double(int64_t x)
{
	static const double base = 6755399441055744.0; /* 1.5 * 2^52 */
	int64_t bits;
	double v;

	memcpy(&bits, &base, sizeof(bits));
	bits = plus(bits, x);
	memcpy(&v, &bits, sizeof(v));
	return v - base;
}

static void
get_decimal(double *v, size_t n, struct cursor *c, unsigned places)
{
	UNSET int64_t x[INTS_MAX];
	double power = values_powers[places];
	size_t i;

	ints_get(x, n, c);
	for (i = 0; i < n && !c->bad; i++)
		v[i] = to_double(x[i]) / power;
}

static void
get_decimal32(double *v, size_t n, struct cursor *c, unsigned places)
{
	size_t i;

	get_decimal(v, n, c, places);
	for (i = 0; i < n && !c->bad; i++)
		v[i] = (double)(float)v[i];
}

/* Move each value by so many places in the order of all doubles. */
static void
get_offsets(double *v, size_t n, struct cursor *c)
{
	UNSET int64_t x[INTS_MAX];
	size_t i;

	ints_get(x, n, c);
	for (i = 0; i < n && !c->bad; i++)
		v[i] = of_order(plus(order_of(v[i]), x[i]));
}

static void
get_near(double *v, size_t n, struct cursor *c, unsigned places)
{
	get_decimal(v, n, c, places);
	get_offsets(v, n, c);
}

static void
get_near32(double *v, size_t n, struct cursor *c, unsigned places)
{
	get_decimal32(v, n, c, places);
	get_offsets(v, n, c);
}

static void
get_order32(double *v, size_t n, struct cursor *c, unsigned places)
{
	UNSET int64_t x[INTS_MAX];
	size_t i;

	(void)places;
	ints_get(x, n, c);
	for (i = 0; i < n && !c->bad; i++)
		v[i] = (double)of_order_float(x[i]);
}

static void
get_order64(double *v, size_t n, struct cursor *c, unsigned places)
{
	UNSET int64_t x[INTS_MAX];
	size_t i;

	(void)places;
	ints_get(x, n, c);
	for (i = 0; i < n && !c->bad; i++)
		v[i] = of_order(x[i]);
}

static double
get_double(const unsigned char *p)
{
	uint64_t bits;
	double v;

	memcpy(&bits, p, sizeof(bits));
	bits = le64toh(bits);
	memcpy(&v, &bits, sizeof(v));
	return v;
}

static void
get_table(double *v, size_t n, struct cursor *c, unsigned places)
{
	UNSET int64_t x[INTS_MAX];
	double table[VALUES_TABLE_MAX] = { 0 };
	size_t k = get_byte(c), i;
	const unsigned char *p = get_bytes(c, k * 8);

	(void)places;
	if (k > VALUES_TABLE_MAX || p == NULL) {
		c->bad = true;
		return;
	}
	for (i = 0; i < k; i++)
		table[i] = get_double(p + 8 * i);
	ints_get(x, n, c);
	/* A place outside of the table is damage, but never out of bounds. */
	for (i = 0; i < n && !c->bad; i++)
		v[i] = table[x[i] & (VALUES_TABLE_MAX - 1)];
}

/* The readings that did not fit: how far on, how many, and their value. */
static void
get_strays(double *v, size_t n, struct cursor *c)
{
	uint64_t count = get_varint(c);
	size_t at = 0;

	for (; count > 0 && !c->bad; count--) {
		uint64_t gap = get_varint(c), run = get_varint(c);
		const unsigned char *p = get_bytes(c, 8);

		if (p == NULL || gap > n - at || run > n - at - gap) {
			c->bad = true;
			return;
		}
		for (at += gap; run > 0; run--)
			v[at++] = get_double(p);
	}
}

typedef void getter(double *, size_t, struct cursor *, unsigned places);

static getter *const getters[] = {
	[VALUES_DECIMAL] = get_decimal,
	[VALUES_DECIMAL32] = get_decimal32,
	[VALUES_NEAR] = get_near,
	[VALUES_NEAR32] = get_near32,
	[VALUES_ORDER32] = get_order32,
	[VALUES_ORDER64] = get_order64,
	[VALUES_TABLE] = get_table,
};

void
values_get(double *v, size_t n, struct cursor *c)
{
	unsigned head = get_byte(c), places = head / VALUES_PLACES;
	unsigned form = head & (VALUES_STRAYS - 1);

	if (places > VALUES_PLACES_MAX || form >= VALUES_FORMS) {
		c->bad = true;
		return;
	}
	getters[form](v, n, c, places);
	if (head & VALUES_STRAYS)
		get_strays(v, n, c);
}
