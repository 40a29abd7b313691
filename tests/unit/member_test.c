/* Numbers as JSON: the text reads back as the same double, and is short. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/member.h"
#include "check.h"

static const char *
text_of(struct arena *a, double v)
{
	struct buf b = buf_new(a, 64);

	member_put_real(&b, v);
	return (const char *)b.p;
}

static const struct {
	double v;
	const char *text;
} numbers[] = {
	{ 0, "0" },
	{ -0.0, "-0" },
	{ 1, "1" },
	{ -7, "-7" },
	{ 118.45, "118.45" },
	{ -0.05, "-0.05" },
	{ 0.000001, "0.000001" },
	{ 100, "100" },
	{ 458920.09375, "458920.09375" },
	{ 999999999, "999999999" },
	{ 1e9, "1000000000" },
	{ 0.1 + 0.2, "0.30000000000000004" },
	{ 1.0 / 3, "0.3333333333333333" },
	{ -2.0 / 3, "-0.6666666666666666" },
	{ 1234.5 / 7, "176.35714285714286" },
	{ 0.001 * 1.1, "0.0011" },
	{ 0.001 / 3, "0.0003333333333333333" },
	{ 0.12345678, "0.12345678" },
	{ 999999999.9999999, "999999999.9999999" },
	{ 5e-324, "4.94065645841247e-324" },
	{ 1e300, "1e+300" },
	{ NAN, "null" },
	{ INFINITY, "null" },
};

TEST(numbers_are_written_short)
{
	struct arena *a = arena_new();
	size_t i;

	for (i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
		CHECK(strcmp(text_of(a, numbers[i].v), numbers[i].text) == 0);
	arena_free(a);
}

/* As long as the shortest of C's that reads back, and no longer. */
static bool
is_shortest(struct arena *a, double v)
{
	const char *got = text_of(a, v);
	char want[40];
	int digits = 14;

	do
		(void)snprintf(want, sizeof(want), "%.*g", ++digits, v);
	while (strtod(want, NULL) != v);
	return strtod(got, NULL) == v &&
	       (strcmp(got, want) == 0 || fabs(v) < 1e-3 || fabs(v) >= 1e9);
}

TEST(any_number_reads_back_from_as_few_digits_as_can_be)
{
	struct arena *a = arena_new();
	uint64_t seed = 88172645463325252;
	int i;

	for (i = 0; i < 300000; i++) {
		double v;

		seed ^= seed << 13;
		seed ^= seed >> 7;
		seed ^= seed << 17;
		v = (double)(int64_t)seed / ldexp(1, 34 + i % 40);
		CHECK(is_shortest(a, v));
		CHECK(is_shortest(a, (double)(seed % 100000) / (i % 4096 + 1)));
		arena_reset(a);
	}
	arena_free(a);
}

static const struct {
	bool minus;
	uint64_t n;
	int places;
	const char *text;
} decimals[] = {
	{ false, 0, 0, "0" },
	{ false, 0, 3, "0.000" },
	{ true, 5, 1, "-0.5" },
	{ false, 100, 2, "1.00" },
	{ false, 1005, 3, "1.005" },
	{ true, 123456, 2, "-1234.56" },
	{ false, UINT64_MAX, 0, "18446744073709551615" },
	{ false, UINT64_MAX, 15, "18446.744073709551615" },
};

TEST(a_point_stands_before_the_last_places)
{
	struct arena *a = arena_new();
	size_t i;

	for (i = 0; i < sizeof(decimals) / sizeof(*decimals); i++) {
		struct buf b = buf_new(a, 1);

		member_put_decimal(&b, decimals[i].minus, decimals[i].n,
		    decimals[i].places);
		CHECK(strcmp((const char *)b.p, decimals[i].text) == 0);
	}
	arena_free(a);
}

TEST(whole_numbers_are_written_to_either_end)
{
	static const int64_t ends[] = { INT64_MIN, -10, -1, 0, 9, 10, 99, 100,
		INT64_MAX };
	struct arena *a = arena_new();
	size_t i;

	for (i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		struct buf b = buf_new(a, 1);

		member_put_int(&b, ends[i]);
		CHECK(strtoll((const char *)b.p, NULL, 10) == ends[i]);
	}
	arena_free(a);
}

TEST(texts_are_written_whole_however_small_the_buf)
{
	struct arena *a = arena_new();
	struct buf b = buf_new(a, 1);

	member_put_text(&b, "plain");
	member_put_text(&b, "");
	member_put_text(&b, "a\"b\n");
	CHECK(strcmp((const char *)b.p, "\"plain\"\"\"\"a\\\"b\\u000a\"") == 0);
	CHECK(b.n == strlen((const char *)b.p));
	arena_free(a);
}

TEST(every_decimal_reads_back_as_itself)
{
	struct arena *a = arena_new();
	uint64_t seed = 1;
	int i;

	for (i = 0; i < 200000; i++) {
		double v, back;

		seed = seed * 6364136223846793005U + 1442695040888963407U;
		v = (double)((int64_t)(seed >> 20) % 2000000000) /
		    pow(10, (double)(seed % 9));
		if (seed & 1)
			v = -v;
		back = strtod(text_of(a, v), NULL);
		CHECK(memcmp(&back, &v, sizeof(v)) == 0);
		if (i % 1000 == 0)
			arena_reset(a);
	}
	arena_free(a);
}
