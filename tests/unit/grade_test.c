/*
 * grade_test.c - how finely is told, from shipments and the time they took.
 * link: poller/grade.c
 */
#include "../../poller/grade.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/env.h"
#include "check.h"

#define KBIT INT64_C(1000)

static int64_t clock_us;
static struct uplink uplink;

static int64_t
model_clock(void)
{
	return clock_us;
}

static void
begin(const char *quality)
{
	static struct env env;

	env = env_real;
	env.now_us = env.mono_us = model_clock;
	env_use(&env);
	clock_us = CLOCK_DAY;
	CHECK(uplink_open(&uplink, quality, true) == NULL);
}

/* n shipments of two seconds' worth over a way that carries that much. */
static enum grade_level
sends(int n, int64_t bits)
{
	for (; n > 0; n--) {
		clock_us += 2 * CLOCK_S;
		uplink_sent(&uplink, (size_t)(bits / 4), 2 * CLOCK_S - 1);
	}
	return (enum grade_level)atomic_load(&uplink.level);
}

/* What is above a bound is above it by a bit. */
TEST(each_bound_has_its_grade)
{
	static const struct {
		int64_t bits;
		enum grade_level level;
	} v[] = {
		{ INT64_MAX, GRADE_FULL },
		{ 1000 * KBIT + 1, GRADE_FULL },
		{ 1000 * KBIT, GRADE_STANDARD },
		{ 100 * KBIT + 1, GRADE_STANDARD },
		{ 100 * KBIT, GRADE_BASIC },
		{ 10 * KBIT + 1, GRADE_BASIC },
		{ 10 * KBIT, GRADE_MINIMAL },
		{ 1, GRADE_MINIMAL },
		{ 0, GRADE_MINIMAL },
	};
	size_t i;

	for (i = 0; i < sizeof(v) / sizeof(*v); i++)
		CHECK(grade_for(v[i].bits) == v[i].level);
}

TEST(a_grade_says_how_often_how_long_and_how_exactly)
{
	static const struct {
		int64_t step, window;
		int decimals;
	} v[GRADES] = {
		{ 10 * CLOCK_MS, CLOCK_S, DECIMALS_ALL },
		{ 100 * CLOCK_MS, 10 * CLOCK_S, 2 },
		{ CLOCK_S, CLOCK_MIN, 1 },
		{ CLOCK_MIN, CLOCK_MIN, 1 },
	};
	size_t i;

	for (i = 0; i < GRADES; i++)
		CHECK(grades[i].step == v[i].step &&
		      grades[i].window == v[i].window &&
		      grades[i].decimals == v[i].decimals);
}

/* What a setting leads to; -1: it is refused. */
static int
opened(const char *quality, bool is_link)
{
	begin("auto");
	if (uplink_open(&uplink, quality, is_link) != NULL)
		return -1;
	return uplink.fixed;
}

TEST(a_setting_names_a_grade_or_none)
{
	CHECK(opened("auto", true) == GRADE_AUTO);
	CHECK(opened("full", true) == GRADE_FULL);
	CHECK(opened("standard", true) == GRADE_STANDARD);
	CHECK(opened("basic", true) == GRADE_BASIC);
	CHECK(opened("minimal", true) == GRADE_MINIMAL);
	CHECK(opened("", true) == -1 && opened("FULL", true) == -1);
	/* A database is told all. */
	CHECK(opened("auto", false) == GRADE_AUTO);
	CHECK(opened("full", false) == GRADE_FULL);
	CHECK(opened("basic", false) == -1);
}

TEST(what_is_measured_sets_the_grade)
{
	begin("auto");
	CHECK(uplink_grade(&uplink) == &grades[GRADE_FULL]);
	CHECK(sends(3, 64 * KBIT) == GRADE_BASIC);
	CHECK(atomic_load(&uplink.bits) == 64 * KBIT);
	CHECK(sends(3, 400 * KBIT) == GRADE_STANDARD);
	CHECK(sends(3, 5000 * KBIT) == GRADE_FULL);
	CHECK(sends(5, 5 * KBIT) == GRADE_MINIMAL);
}

/* One that was held up says nothing of the way. */
TEST(two_slow_shipments_among_five_change_nothing)
{
	begin("auto");
	(void)sends(3, 5000 * KBIT);
	CHECK(sends(2, 20 * KBIT) == GRADE_FULL);
	CHECK(sends(1, 20 * KBIT) == GRADE_BASIC);
}

TEST(a_rate_about_a_bound_does_not_flap)
{
	begin("auto");
	CHECK(sends(5, 95 * KBIT) == GRADE_STANDARD);
	CHECK(sends(5, 80 * KBIT) == GRADE_BASIC);
	CHECK(sends(5, 105 * KBIT) == GRADE_BASIC);
	CHECK(sends(5, 120 * KBIT) == GRADE_STANDARD);
	CHECK(sends(5, 95 * KBIT) == GRADE_STANDARD);
}

/* A long way is not a narrow one. */
TEST(the_time_of_the_way_itself_does_not_count)
{
	begin("auto");
	for (int i = 0; i < 9; i++) {
		uplink_sent(&uplink, 600, 80 * CLOCK_MS);
		uplink_sent(&uplink, 8192, 90 * CLOCK_MS);
	}
	CHECK(atomic_load(&uplink.level) == GRADE_FULL);
	CHECK(atomic_load(&uplink.bits) > 2000 * KBIT);
	begin("auto");
	for (int i = 0; i < 9; i++) {
		uplink_sent(&uplink, 600, 104 * CLOCK_MS);
		uplink_sent(&uplink, 8192, 408 * CLOCK_MS);
	}
	CHECK(atomic_load(&uplink.level) == GRADE_STANDARD);
	CHECK(llabs(atomic_load(&uplink.bits) - 215 * KBIT) < KBIT);
}

TEST(a_small_shipment_says_nothing)
{
	begin("auto");
	for (int i = 0; i < 20; i++) {
		uplink_sent(&uplink, 4095, CLOCK_S * 3 / 4 - 1);
		uplink_sent(&uplink, 255, CLOCK_MIN);
	}
	CHECK(atomic_load(&uplink.level) == GRADE_FULL);
	CHECK(atomic_load(&uplink.bits) == 0);
}

/* The courier's shipments come near to a second, and on a line of 32 kbit/s
 * that is less than what tells at once. */
TEST(a_line_that_fits_little_into_a_second_is_measured)
{
	begin("auto");
	uplink_sent(&uplink, 371, 215 * CLOCK_MS);
	for (int i = 0; i < 3; i++)
		uplink_sent(&uplink, 3300, 949 * CLOCK_MS);
	CHECK(atomic_load(&uplink.level) == GRADE_BASIC);
	CHECK(llabs(atomic_load(&uplink.bits) - 36 * KBIT) < KBIT);
}

/* Moves the clock and says that nothing waits; the level then. */
static enum grade_level
idles(int64_t us)
{
	clock_us += us;
	uplink_idle(&uplink);
	return (enum grade_level)atomic_load(&uplink.level);
}

TEST(who_sends_little_is_tried_finer_and_less_often_when_that_failed)
{
	begin("auto");
	CHECK(sends(3, 5 * KBIT) == GRADE_MINIMAL);
	CHECK(idles(CLOCK_MIN - 1) == GRADE_MINIMAL);
	CHECK(idles(1) == GRADE_BASIC);
	CHECK(sends(3, 5 * KBIT) == GRADE_MINIMAL);
	CHECK(idles(CLOCK_MIN) == GRADE_MINIMAL);
	CHECK(idles(CLOCK_MIN) == GRADE_BASIC);
	CHECK(idles(2 * CLOCK_MIN) == GRADE_STANDARD);
	CHECK(idles(2 * CLOCK_MIN) == GRADE_FULL);
	CHECK(idles(CLOCK_DAY) == GRADE_FULL);
}

TEST(a_grade_that_is_set_stays)
{
	begin("standard");
	CHECK(uplink_grade(&uplink) == &grades[GRADE_STANDARD]);
	CHECK(sends(9, 5 * KBIT) == GRADE_STANDARD);
	CHECK(idles(CLOCK_DAY) == GRADE_STANDARD);
	CHECK(atomic_load(&uplink.bits) == 5 * KBIT);
}

TEST(without_an_uplink_all_is_told)
{
	CHECK(uplink_grade(NULL) == &grades[GRADE_FULL]);
}
