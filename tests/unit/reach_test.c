/*
 * Sensors as ranges: none is left out, and there are never many.
 */
#include "arena.h"
#include "check.h"

#include "store/reach.h"

/* One reading of each sensor from `first` on, every `step`. */
static const char *
reach(int32_t first, int32_t step, size_t n)
{
	struct readings r = { 0 };
	size_t i;

	(void)readings_room(&r, arena, n);
	for (i = 0; i < n; i++)
		r.v[r.n++] =
		    (struct reading){ .sensor = first + (int32_t)i * step };
	return reach_of(arena, &r);
}

/* The first and the last of each range, one after the other. */
static size_t
ends(int32_t *low, int32_t *high, const char *text)
{
	int at = 1, used = 0;
	size_t n = 0;

	while (n < REACH_RANGES &&
	       sscanf(text + at, "[%d,%d]%n", &low[n], &high[n], &used) == 2) {
		n++;
		at += used;
		if (text[at] != ',')
			break;
		at++;
	}
	return strcmp(text + at, "}") == 0 ? n : 0;
}

TEST(few_sensors_are_named_each)
{
	struct reading v[] = { { .sensor = 3 }, { .sensor = 3, .time = 1 },
		{ .sensor = 9 } };
	struct readings r = { .v = v, .n = 3 };

	CHECK_TEXT(reach(1, 1, 0), "{}");
	CHECK_TEXT(reach_of(arena, &r), "{[3,3],[9,9]}");
}

TEST(many_sensors_are_within_few_ranges_of_their_own)
{
	static const size_t counts[] = { 63, 64, 65, 127, 128, 129, 5000 };
	int32_t low[REACH_RANGES], high[REACH_RANGES];
	size_t c, i, n, k;

	for (c = 0; c < sizeof(counts) / sizeof(*counts); c++) {
		n = ends(low, high, reach(7, 3, counts[c]));
		CHECK(n > 0);
		for (i = 0, k = 0; i < counts[c]; i++) {
			int32_t sensor = 7 + (int32_t)i * 3;

			if (k < n && sensor > high[k])
				k++;
			CHECK(k < n && low[k] <= sensor && sensor <= high[k]);
		}
		CHECK(low[0] == 7 && k == n - 1);
	}
}
