/* Numbers as JSON: the text reads back as the same double, and is short. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "web/member.h"

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
