/*
 * A column of integers: what was put comes back, whatever it was, and bytes
 * that nobody put are refused.
 */
#include "check.h"
#include "draw.h"

#include <stdlib.h>

#include "store/ints.h"

static int64_t x[INTS_MAX], back[INTS_MAX];
static unsigned char bytes[INTS_BYTES_MAX];

/* Decode from memory that ends where the column ends. */
static bool
gets_back(size_t n, size_t size)
{
	unsigned char *exact = malloc(size);
	struct cursor c = { exact, exact + size, false };
	bool ok;

	memcpy(exact, bytes, size);
	memset(back, 0x55, sizeof(back));
	ints_get(back, n, &c);
	ok = !c.bad && c.p == c.end && memcmp(back, x, n * sizeof(*x)) == 0;
	free(exact);
	return ok;
}

/* As planned; 0 when it does not come back, else its bytes. */
static size_t
size_of(size_t n)
{
	size_t size = (size_t)(ints_put(bytes, x, n, ints_plan(x, n)) - bytes);

	return gets_back(n, size) ? size : 0;
}

static const size_t lengths[] = { 1, 2, 3, 7, 8, 9, 16, 127, 128, 129, 130, 136,
	255, 256, 1000, INTS_MAX };
enum { LENGTHS = sizeof(lengths) / sizeof(*lengths) };

TEST(columns_of_every_length_and_form_come_back)
{
	enum ints_form form;
	uint64_t seed = 1;
	size_t i, k;

	for (k = 0; k < LENGTHS; k++)
		for (form = INTS_PLAIN; form <= INTS_LINE; form++) {
			struct ints_plan plan = { form, 0 };
			size_t n = lengths[k], size;

			for (i = 0; i < n; i++)
				x[i] = (int64_t)draw(&seed) >> draw(&seed) % 64;
			if (n == 1 && form > INTS_DELTA)
				continue;
			size = (size_t)(ints_put(bytes, x, n, plan) - bytes);
			CHECK(gets_back(n, size));
			CHECK(size_of(n) > 0);
		}
}

TEST(values_of_every_width_come_back)
{
	uint64_t seed = 2;
	unsigned width;
	size_t i, n;

	for (width = 1; width <= 64; width++)
		for (n = 120; n <= 260; n += 28) {
			for (i = 0; i < n; i++)
				x[i] = (int64_t)(draw(&seed) >> (64 - width));
			CHECK(size_of(n) > 0);
			for (i = 0; i < n; i += 50)
				x[i] = (int64_t)draw(&seed);
			CHECK(size_of(n) > 0);
		}
}

TEST(the_ends_of_the_number_line_come_back)
{
	static const int64_t ends[] = { INT64_MIN, INT64_MAX, 0, -1, 1 };
	uint64_t seed = 3;
	size_t i, k;

	for (k = 0; k < LENGTHS; k++) {
		for (i = 0; i < lengths[k]; i++)
			x[i] = ends[draw(&seed) % 5];
		CHECK(size_of(lengths[k]) > 0);
	}
	x[0] = INT64_MIN;
	x[1] = 0;
	x[2] = INT64_MAX;
	CHECK(size_of(3) > 0);
	x[0] = x[2];
	x[2] = INT64_MIN;
	CHECK(size_of(3) > 0);
}

TEST(what_is_regular_takes_a_few_bytes)
{
	size_t i;

	memset(x, 0, sizeof(x));
	CHECK(size_of(INTS_MAX) == 1);
	for (i = 0; i < INTS_MAX; i++)
		x[i] = 127;
	CHECK(size_of(INTS_MAX) == 1);
	for (i = 0; i < INTS_MAX; i++)
		x[i] = -1;
	CHECK(size_of(INTS_MAX) == 2);
	for (i = 0; i < INTS_MAX; i++)
		x[i] = 128;
	CHECK(size_of(INTS_MAX) == 3);
	for (i = 0; i < INTS_MAX; i++)
		x[i] = INT64_C(1763683200000000) + (int64_t)i * 1000000;
	CHECK(size_of(INTS_MAX) < 16);
}

/* What a form is for, it is chosen for. */
TEST(the_form_that_costs_least_is_chosen)
{
	uint64_t seed = 4;
	int64_t step = 0, at = 0;
	size_t i;

	for (i = 0; i < INTS_MAX; i++)
		x[i] = (int64_t)(draw(&seed) % 1000);
	CHECK(ints_plan(x, INTS_MAX).form == INTS_PLAIN);
	for (i = 0; i < INTS_MAX; i++)
		x[i] = at += (int64_t)(draw(&seed) % 1000);
	CHECK(ints_plan(x, INTS_MAX).form == INTS_DELTA);
	for (i = 0; i < INTS_MAX; i++)
		x[i] = at += step += (int64_t)(draw(&seed) % 9);
	CHECK(ints_plan(x, INTS_MAX).form == INTS_CHANGE);
	for (i = 0; i < INTS_MAX; i++)
		x[i] = (int64_t)(i * 1001001 + draw(&seed) % 5000);
	CHECK(ints_plan(x, INTS_MAX).form == INTS_LINE);
	CHECK(size_of(INTS_MAX) < INTS_MAX * 14 / 8);
}

TEST(a_few_outliers_cost_a_few_bytes)
{
	size_t i;

	for (i = 0; i < INTS_MAX; i++)
		x[i] = i % 400 == 399 ? 60 : 98;
	CHECK(size_of(INTS_MAX) < 120);
	for (i = 0; i < INTS_MAX; i++)
		x[i] = (int64_t)(i * 7 % 4) + (i % 130 == 100 ? 1 << 20 : 0);
	CHECK(size_of(INTS_MAX) < INTS_MAX * 2 / 8 + 350);
}

TEST(a_column_cut_short_is_refused)
{
	uint64_t seed = 5;
	enum ints_form form;
	size_t i, n;

	for (form = INTS_PLAIN; form <= INTS_STEPS; form++) {
		struct ints_plan plan = { form, 0 };
		size_t size;

		for (i = 0; i < 300; i++)
			x[i] = (int64_t)(draw(&seed) >> (i % 40 == 0 ? 1 : 50));
		for (i = 0; i < 150 && form == INTS_PLAIN; i++)
			x[i] = 5;
		size = (size_t)(ints_put(bytes, x, 300, plan) - bytes);
		for (n = 0; n < size; n++) {
			struct cursor c = { bytes, bytes + n, false };

			ints_get(back, 300, &c);
			CHECK(c.bad);
		}
	}
}

TEST(bytes_that_make_no_sense_are_refused)
{
	static const struct {
		size_t n;
		unsigned char b[16];
	} bad[] = {
		{ 9, { 6 } },			/* no such form */
		{ 9, { 0x7f } },		/* nor this */
		{ 9, { 0, 58, 0 } },		/* no such width */
		{ 9, { 0, 65, 0 } },		/* nor this */
		{ 9, { 0, 0x80 | 64, 0, 1 } },	/* full width with exceptions */
		{ 9, { 0, 0x7f, 0, 0 } },	/* a run of none */
		{ 9, { 0, 0x7f, 10, 0 } },	/* a run longer than the rest */
		{ 9, { 0, 0x80, 0, 1, 9, 1 } }, /* an exception behind all */
		{ 1, { 2, 0, 0 } }, /* no second one to start from */
		{ 9, { 1, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80,
			 0x80 } }, /* a number without end */
	};
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct cursor c = { bad[i].b, bad[i].b + 16, false };

		ints_get(back, bad[i].n, &c);
		CHECK(c.bad);
	}
}

TEST(equal_ones_are_told_from_others)
{
	static const unsigned char same[] = { INTS_SAME, 5 },
				   small[] = { INTS_SMALL | 98 },
				   other[] = { INTS_STEPS, 2, 2 };
	struct cursor c = { same, same + 2, false };
	int64_t v = 0;

	CHECK(ints_same(&v, &c) && v == -3 && c.p == c.end);
	c = (struct cursor){ small, small + 1, false };
	CHECK(ints_same(&v, &c) && v == 98 && c.p == c.end);
	CHECK(!ints_same(&v, &c));
	c = (struct cursor){ other, other + 3, false };
	CHECK(!ints_same(&v, &c) && c.p == other);
}
