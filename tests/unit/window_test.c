/*
 * window_test.c - windows stand on the wall clock, and lose no sample.
 * link: poller/window.c
 */
#include "../../poller/window.h"

#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "check.h"

enum { MANY = 64 };

/* Ten past seven, at the beginning of a minute. */
#define NOON (INT64_C(1763708400) * CLOCK_S)
#define HZ100 (10 * CLOCK_MS)

/* Two clocks, a window, and what came of it. */
static struct scene {
	struct window w;
	struct aggregate v[MANY];
	size_t n;
	int64_t now, mono, length;
} scene;

static void
begin(int64_t length, int64_t now)
{
	scene = (struct scene){ .length = length, .now = now, .mono = 77 };
}

static void
sample(double value, uint8_t quality)
{
	const struct sample s = { value, quality };

	if (scene.n < MANY)
		scene.n += window_add(&scene.v[scene.n], &scene.w, scene.length,
		    &s, scene.now, scene.mono);
}

static void
pass(int64_t us)
{
	scene.now += us;
	scene.mono += us;
}

/* n samples of that value, one each step. */
static void
samples(int n, int64_t step, double value)
{
	for (; n > 0; n--) {
		sample(value, QUALITY_GOOD);
		pass(step);
	}
}

static void
leave(void)
{
	if (scene.n < MANY)
		scene.n += window_close(&scene.v[scene.n], &scene.w);
}

TEST(a_second_at_100_hz_is_one_aggregate_of_100)
{
	begin(CLOCK_S, NOON);
	samples(300, HZ100, 2.5);
	leave();
	CHECK(scene.n == 3);
	CHECK(scene.v[1].time == NOON + CLOCK_S);
	CHECK(scene.v[1].facet[FACET_COUNT] == 100);
	CHECK(scene.v[2].facet[FACET_COUNT] == 100);
}

TEST(an_aggregate_has_the_figures_of_its_samples)
{
	static const double values[] = { 2, 4, 4, 4, 5, 5, 7, 9 };
	size_t i;

	begin(10 * CLOCK_S, NOON);
	for (i = 0; i < 8; i++) {
		sample(values[i], QUALITY_GOOD);
		pass(CLOCK_S);
	}
	leave();
	CHECK(scene.n == 1);
	CHECK(scene.v[0].mean == 5);
	CHECK(scene.v[0].facet[FACET_MIN] == 2);
	CHECK(scene.v[0].facet[FACET_MAX] == 9);
	CHECK(scene.v[0].facet[FACET_COUNT] == 8);
	CHECK(fabs(scene.v[0].facet[FACET_STDDEV] - 2) < 1e-12);
	CHECK(scene.v[0].quality == QUALITY_GOOD);
}

TEST(windows_of_each_length_begin_where_the_clocks_do)
{
	static const int lengths[] = { 1, 10, 60 };
	size_t i, k;

	for (i = 0; i < 3; i++) {
		int64_t length = lengths[i] * CLOCK_S;

		begin(length, NOON + 7 * CLOCK_S + 300 * CLOCK_MS);
		samples(200, length / 10, 1);
		CHECK(scene.n >= 18);
		CHECK(scene.v[0].time == NOON + 7 * CLOCK_S + 300 * CLOCK_MS);
		for (k = 1; k < scene.n; k++) {
			CHECK(scene.v[k].time % length == 0);
			CHECK(scene.v[k].facet[FACET_COUNT] == 10);
		}
	}
}

TEST(a_bad_sample_is_in_no_figure_but_the_quality)
{
	begin(CLOCK_S, NOON);
	samples(90, HZ100, 5);
	for (int i = 0; i < 10; i++) {
		sample(NAN, QUALITY_BAD);
		pass(HZ100);
	}
	leave();
	CHECK(scene.n == 1);
	CHECK(scene.v[0].mean == 5 && scene.v[0].facet[FACET_MIN] == 5);
	CHECK(scene.v[0].facet[FACET_COUNT] == 90);
	CHECK(scene.v[0].quality == 90);
}

TEST(one_bad_sample_among_many_still_shows)
{
	begin(CLOCK_MIN, NOON);
	samples(5999, HZ100, 5);
	sample(NAN, QUALITY_BAD);
	leave();
	CHECK(scene.v[0].quality == 99);
}

TEST(a_window_without_a_value_has_none)
{
	begin(CLOCK_S, NOON);
	sample(NAN, QUALITY_BAD);
	leave();
	CHECK(scene.n == 1);
	CHECK(isnan(scene.v[0].mean) && scene.v[0].quality == QUALITY_BAD);
	CHECK(isnan(scene.v[0].facet[FACET_COUNT]));
}

TEST(a_window_is_over_when_no_sample_can_come_into_it)
{
	begin(CLOCK_S, NOON + 250 * CLOCK_MS);
	CHECK(!window_ends(&scene.w, INT64_MAX));
	sample(1, QUALITY_GOOD);
	CHECK(!window_ends(&scene.w, 77 + 750 * CLOCK_MS - 1));
	CHECK(window_ends(&scene.w, 77 + 750 * CLOCK_MS));
	leave();
	CHECK(!window_ends(&scene.w, INT64_MAX));
}

TEST(a_jump_forward_ends_a_window)
{
	begin(10 * CLOCK_S, NOON);
	samples(5, CLOCK_S, 1);
	scene.now += CLOCK_HOUR;
	samples(6, CLOCK_S, 2);
	leave();
	CHECK(scene.n == 3);
	CHECK(scene.v[0].time == NOON && scene.v[0].mean == 1);
	CHECK(scene.v[0].facet[FACET_COUNT] == 5);
	CHECK(scene.v[1].time == NOON + CLOCK_HOUR + 5 * CLOCK_S);
	CHECK(scene.v[1].facet[FACET_COUNT] == 5);
	CHECK(scene.v[2].time == NOON + CLOCK_HOUR + 10 * CLOCK_S);
}

TEST(a_clock_set_back_gives_no_time_twice)
{
	size_t i, k, count = 0;

	begin(CLOCK_S, NOON);
	samples(100, 100 * CLOCK_MS, 1);
	scene.now -= 5 * CLOCK_S + 333;
	samples(100, 100 * CLOCK_MS, 1);
	leave();
	for (i = 0; i < scene.n; i++) {
		count += (size_t)scene.v[i].facet[FACET_COUNT];
		for (k = 0; k < i; k++)
			CHECK(scene.v[i].time != scene.v[k].time);
	}
	CHECK(count == 200);
}

TEST(a_clock_that_is_nudged_goes_on_in_its_window)
{
	begin(10 * CLOCK_S, NOON);
	samples(3, CLOCK_S, 1);
	scene.now -= 20 * CLOCK_MS;
	samples(3, CLOCK_S, 1);
	leave();
	CHECK(scene.n == 1);
	CHECK(scene.v[0].facet[FACET_COUNT] == 6);
}

TEST(a_poller_that_starts_anew_within_a_window_takes_no_time_twice)
{
	struct aggregate first;

	begin(10 * CLOCK_S, NOON);
	samples(3, CLOCK_S, 1);
	leave();
	first = scene.v[0];
	begin(10 * CLOCK_S, NOON + 5 * CLOCK_S);
	samples(3, CLOCK_S, 1);
	leave();
	CHECK(first.time == NOON);
	CHECK(scene.v[0].time == NOON + 5 * CLOCK_S);
}

/* Whatever the clock does, every sample is in one window, and no time twice. */
TEST(the_counts_of_windows_sum_to_the_samples)
{
	static const int lengths[] = { 1, 10, 60 };
	unsigned seed;

	for (seed = 1; seed <= 300; seed++) {
		size_t good = 0, bad = 0, i, k;
		double counted = 0, sum = 0, want = 0;

		srandom(seed);
		begin(lengths[seed % 3] * CLOCK_S, NOON + random() % CLOCK_DAY);
		while (good + bad < 500 && scene.n < MANY - 1) {
			double v = (double)(random() % 2000) / 8 - 100;
			bool is_bad = random() % 10 == 0;

			sample(is_bad ? NAN : v, is_bad ? 0 : 100);
			bad += is_bad;
			good += !is_bad;
			want += is_bad ? 0 : v;
			pass(1 + random() % (scene.length / 5));
			if (random() % 50 == 0)
				scene.now +=
				    random() % CLOCK_MIN - CLOCK_MIN / 2;
		}
		leave();
		for (i = 0; i < scene.n; i++) {
			const struct aggregate *a = &scene.v[i];

			if (!isnan(a->mean)) {
				counted += a->facet[FACET_COUNT];
				sum += a->mean * a->facet[FACET_COUNT];
				CHECK(a->facet[FACET_MIN] <= a->mean);
				CHECK(a->mean <= a->facet[FACET_MAX]);
				CHECK(a->facet[FACET_STDDEV] >= 0);
			}
			for (k = 0; k < i; k++)
				CHECK(a->time != scene.v[k].time);
		}
		CHECK(counted == (double)good);
		CHECK(fabs(sum - want) < 1e-6);
	}
}
