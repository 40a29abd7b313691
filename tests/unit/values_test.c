/*
 * A column of doubles: bit by bit what it was, in the form that is made for
 * it.
 */
#include "check.h"
#include "draw.h"

#include <math.h>
#include <stdlib.h>

#include "store/values.h"

static double v[INTS_MAX], back[INTS_MAX];
static unsigned char bytes[VALUES_BYTES_MAX];

/* The bytes that n of them take; 0 when they do not come back. */
static size_t
size_of(size_t n)
{
	size_t size = (size_t)(values_put(bytes, v, n) - bytes);
	struct cursor c = { bytes, bytes + size, false };

	memset(back, 0x55, sizeof(back));
	values_get(back, n, &c);
	if (c.bad || c.p != c.end || memcmp(back, v, n * sizeof(*v)) != 0)
		return 0;
	return size;
}

static enum values_form
form_of(void)
{
	return bytes[0] & (VALUES_STRAYS - 1);
}

static double
tenths(uint64_t *seed, size_t i)
{
	(void)i;
	return (double)(draw(seed) % 1000) / 10;
}

static double
tenths_of_floats(uint64_t *seed, size_t i)
{
	return (double)(float)tenths(seed, i);
}

/* A decimal that went through a sum. */
static double
nearly_tenths(uint64_t *seed, size_t i)
{
	double t = tenths(seed, i) + 1;
	int64_t bits;

	memcpy(&bits, &t, sizeof(bits));
	bits += (int64_t)(i % 3);
	memcpy(&t, &bits, sizeof(t));
	return t;
}

/* The same, a float that was printed with too few digits. */
static double
nearly_floats(uint64_t *seed, size_t i)
{
	double t = tenths_of_floats(seed, i) + 1;
	int64_t bits;

	t = (double)(float)t;
	memcpy(&bits, &t, sizeof(bits));
	bits += (int64_t)(i % 5);
	memcpy(&t, &bits, sizeof(t));
	return t;
}

static double
floats(uint64_t *seed, size_t i)
{
	(void)i;
	return (double)(float)(1 + (double)(draw(seed) % 100000007) * 1e-8);
}

static double
doubles(uint64_t *seed, size_t i)
{
	(void)i;
	return 1 + (double)(draw(seed) >> 11) * 1e-16;
}

static double
three_levels(uint64_t *seed, size_t i)
{
	static const double levels[] = { 1.0 / 3, 2.0 / 7, -1.0 / 11 };

	(void)i;
	return levels[draw(seed) % 3];
}

static const struct {
	double (*value)(uint64_t *seed, size_t i);
	enum values_form form;
	double bits; /* no more than so many a value */
} kinds[] = {
	{ tenths, VALUES_DECIMAL, 10.5 },
	{ tenths_of_floats, VALUES_DECIMAL32, 10.5 },
	{ nearly_tenths, VALUES_NEAR, 12.5 },
	{ nearly_floats, VALUES_NEAR32, 13.5 },
	{ floats, VALUES_ORDER32, 24 },
	{ doubles, VALUES_ORDER64, 54 },
	{ three_levels, VALUES_TABLE, 2.2 },
};
enum { KINDS = sizeof(kinds) / sizeof(*kinds) };

static void
make(size_t k, size_t n)
{
	uint64_t seed = k + 1;
	size_t i;

	for (i = 0; i < n; i++)
		v[i] = kinds[k].value(&seed, i);
}

TEST(each_kind_of_sensor_gets_the_form_made_for_it)
{
	size_t k, size;

	for (k = 0; k < KINDS; k++) {
		make(k, INTS_MAX);
		size = size_of(INTS_MAX);
		CHECK(size > 0 && (double)size * 8 / INTS_MAX < kinds[k].bits);
		CHECK(form_of() == kinds[k].form);
	}
}

TEST(columns_of_every_length_come_back)
{
	size_t k, n;

	for (k = 0; k < KINDS; k++)
		for (n = 1; n < 300; n++) {
			make(k, n);
			CHECK(size_of(n) > 0);
		}
}

TEST(what_does_not_fit_stands_behind_and_comes_back)
{
	uint64_t payload = UINT64_C(0x7ff4000000abcdef);
	size_t i, size;

	make(0, INTS_MAX);
	for (i = 0; i < INTS_MAX; i += 200)
		v[i] = i % 400 == 0 ? NAN : -0.0;
	memcpy(&v[5], &payload, sizeof(payload));
	v[INTS_MAX - 1] = INFINITY;
	size = size_of(INTS_MAX);
	CHECK(size > 0 && size < INTS_MAX * 11 / 8);
	CHECK(form_of() == VALUES_DECIMAL);
	CHECK((bytes[0] & VALUES_STRAYS) != 0);
}

TEST(a_sensor_that_fails_for_an_hour_costs_one_entry)
{
	size_t i, with, without;

	make(0, INTS_MAX);
	without = size_of(INTS_MAX);
	for (i = 1000; i < 2000; i++)
		v[i] = NAN;
	for (i = 2000; i < 2100; i++)
		v[i] = INFINITY;
	with = size_of(INTS_MAX);
	CHECK(with > 0 && with <= without);
}

TEST(strays_do_not_move_the_decimal_point)
{
	size_t i;

	make(0, INTS_MAX);
	for (i = 0; i < INTS_MAX; i++)
		v[i] = (double)(201 + i / 300) / 10;
	v[77] = NAN;
	CHECK(size_of(INTS_MAX) > 0 && form_of() == VALUES_DECIMAL);
	CHECK(bytes[0] / VALUES_PLACES == 1);
	/* One of a hundred has a place more: it costs less to let it stray. */
	for (i = 0; i < INTS_MAX; i++)
		v[i] = (double)(i / 500);
	v[1001] = 0.5;
	CHECK(size_of(INTS_MAX) > 0 && bytes[0] / VALUES_PLACES == 0);
}

TEST(samples_that_fit_do_not_hide_the_others)
{
	size_t i;

	make(5, INTS_MAX);
	for (i = 0; i < INTS_MAX; i += 64)
		v[i] = 1;
	CHECK(size_of(INTS_MAX) > 0);
	/* Near at the samples, no decimal at all elsewhere. */
	make(2, INTS_MAX);
	for (i = 32; i < INTS_MAX; i += 64)
		v[i] = 1e300;
	CHECK(size_of(INTS_MAX) > 0);
	/* A few values at the samples, and many between them. */
	make(5, INTS_MAX);
	for (i = 0; i < INTS_MAX; i += 64)
		v[i] = 0.1234567890123456;
	CHECK(size_of(INTS_MAX) > 0);
}

TEST(every_double_has_its_place_among_all)
{
	static const double ascending[] = { -INFINITY, -1e300, -1, -5e-324,
		-0.0, 0.0, 5e-324, 1, 1e300, INFINITY };
	uint64_t seed = 9, bits;
	size_t i;
	double d;

	for (i = 1; i < sizeof(ascending) / sizeof(*ascending); i++) {
		CHECK(order_of(ascending[i - 1]) < order_of(ascending[i]));
		CHECK(order_of_float((float)ascending[i - 1]) <=
		      order_of_float((float)ascending[i]));
	}
	for (i = 0; i < 10000; i++) {
		bits = draw(&seed);
		memcpy(&d, &bits, sizeof(d));
		d = of_order(order_of(d));
		CHECK(memcmp(&d, &bits, sizeof(d)) == 0);
	}
}

TEST(a_column_cut_short_is_refused)
{
	size_t k, n, size;

	for (k = 0; k < KINDS; k++) {
		make(k, 200);
		v[7] = NAN;
		size = size_of(200);
		CHECK(size > 0);
		for (n = 0; n < size; n++) {
			struct cursor c = { bytes, bytes + n, false };

			values_get(back, 200, &c);
			CHECK(c.bad);
		}
	}
}

TEST(bytes_that_make_no_sense_are_refused)
{
	static const unsigned char bad[][32] = {
		{ 0xd0 },	      /* thirteen places */
		{ VALUES_FORMS },     /* no such form */
		{ VALUES_TABLE, 65 }, /* a table too large */
		{ VALUES_TABLE, 4 },  /* and one longer than the bytes */
		{ VALUES_STRAYS, 0x80, 1, 10, 1 }, /* a stray behind all */
		{ VALUES_STRAYS, 0x80, 1, 8, 2 },  /* more than are left */
	};
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct cursor c = { bad[i], bad[i] + sizeof(bad[i]), false };

		values_get(back, 9, &c);
		CHECK(c.bad);
	}
}
