/*
 * thin_test.c - what is told when the way to the server carries less.
 * link: poller/tell.c
 * link: poller/window.c
 * link: poller/grade.c
 */
#include "tell_scene.h"

/* From here on it is told like that; with series for windows and decimals. */
static void
grade(enum grade_level level)
{
	if (scene.teller == NULL) {
		scene.sensor.facet[FACET_DECIMALS] = 15;
		scene.teller = teller_new(arena, &scene.profile, &scene.target);
	}
	teller_grade(scene.teller, &grades[level]);
}

/* One that is read so often, and told each time. */
static void
begin_every(const char *kind, int64_t step)
{
	begin(kind, 0, 0);
	scene.point.poll_s = (double)step / CLOCK_S;
	scene.step = step;
	scene.now = scene.mono = NOON;
}

TEST(at_full_quality_all_is_told_as_it_was_read)
{
	begin_every("gauge", 10 * CLOCK_MS);
	grade(GRADE_FULL);
	good(1.23456789), good(2), good(3);
	CHECK(scene.told.n == 4 && scene.told.v[0].value == 1.23456789);
	CHECK_TEXT(series(15), "0=15");
}

TEST(standard_tells_ten_a_second_as_windows_of_what_was_read)
{
	begin_every("gauge", 10 * CLOCK_MS);
	grade(GRADE_STANDARD);
	for (int i = 0; i < 31; i++)
		good(i);
	CHECK_TEXT(series(SENSOR), "0=4.5 0.1=14.5 0.2=24.5");
	CHECK_TEXT(series(11), "0=0 0.1=10 0.2=20");
	CHECK_TEXT(series(12), "0=9 0.1=19 0.2=29");
	CHECK_TEXT(series(13), "0=10 0.1=10 0.2=10");
}

TEST(basic_tells_one_a_second_and_minimal_one_a_minute)
{
	begin_every("gauge", 500 * CLOCK_MS);
	grade(GRADE_BASIC);
	for (int i = 0; i < 5; i++)
		good(i);
	CHECK_TEXT(series(SENSOR), "0=0.5 1=2.5");
	begin_every("gauge", 20 * CLOCK_S);
	grade(GRADE_MINIMAL);
	for (int i = 0; i < 7; i++)
		good(i);
	CHECK_TEXT(series(SENSOR), "0=1 60=4");
	CHECK_TEXT(series(13), "0=3 60=3");
}

TEST(what_is_seldom_read_is_told_singly_at_any_grade)
{
	begin_every("gauge", CLOCK_MIN);
	grade(GRADE_MINIMAL);
	good(1), good(2), good(3);
	CHECK_TEXT(series(SENSOR), "0=1 60=2 120=3");
}

TEST(windows_grow_from_one_second_to_ten_to_sixty)
{
	static const char *const want[GRADES] = { "0=0.5 1=2.5",
		"0=9.5 10=29.5", "0=59.5 60=179.5", "0=59.5 60=179.5" };
	static const int samples[GRADES] = { 5, 41, 241, 241 };

	for (int level = GRADE_FULL; level < GRADES; level++) {
		begin_every("gauge", 500 * CLOCK_MS);
		scene.point.window_s = 1;
		scene.target.period_s = 1;
		grade((enum grade_level)level);
		for (int i = 0; i < samples[level]; i++)
			good(i);
		CHECK_TEXT(series(SENSOR), want[level]);
	}
}

TEST(values_are_rounded_and_it_is_said_once_to_what)
{
	begin_every("gauge", CLOCK_S);
	scene.point.low = 0;
	scene.point.high = 10000;
	grade(GRADE_FULL);
	good(1.23456);
	grade(GRADE_STANDARD);
	good(1.23456), good(1.23456);
	grade(GRADE_BASIC);
	good(1.23456), good(1.25);
	grade(GRADE_FULL);
	good(1.23456);
	CHECK_TEXT(series(SENSOR),
	    "0=1.23456 1=1.23 2=1.23 3=1.2 4=1.3 5=1.23456");
	CHECK_TEXT(series(15), "0=15 1=2 3=1 5=15");
}

/* A thousandth of the range stays, or what people are shown. */
TEST(rounding_leaves_what_is_worth_reading)
{
	begin_every("gauge", CLOCK_S);
	scene.point.low = 0;
	scene.point.high = 0.5;
	grade(GRADE_BASIC);
	good(0.123456);
	CHECK_TEXT(series(SENSOR), "0=0.1235");
	CHECK_TEXT(series(15), "0=4");
	begin_every("gauge", CLOCK_S);
	scene.point.low = scene.point.high = NAN;
	scene.point.precision = 3;
	grade(GRADE_BASIC);
	good(0.123456);
	CHECK_TEXT(series(SENSOR), "0=0.123");
}

TEST(without_a_series_to_say_it_in_nothing_is_rounded_or_averaged)
{
	begin_every("gauge", 100 * CLOCK_MS);
	memset(scene.sensor.facet, 0, sizeof(scene.sensor.facet));
	scene.teller = teller_new(arena, &scene.profile, &scene.target);
	grade(GRADE_MINIMAL);
	good(1.23456), good(2.34567);
	CHECK_TEXT(told(), "0=1.23456 0.1=2.34567");
}

TEST(a_counter_is_told_less_often_with_every_turn)
{
	begin_every("counter", 100 * CLOCK_MS);
	grade(GRADE_BASIC);
	for (int i = 0; i < 21; i++)
		good(1000.12345 + i);
	good(7), good(8);
	CHECK_TEXT(told(), "0=1000.12 1=1010.12 2=1020.12 2.1=7");
	CHECK(scene.told.v[0].value == 1000.12345);
}

TEST(every_change_of_a_state_is_told_at_any_grade)
{
	begin_every("state", 100 * CLOCK_MS);
	grade(GRADE_MINIMAL);
	good(0), good(0), good(1), good(1), good(0), good(0);
	CHECK_TEXT(told(), "0=0 0.1=0 0.2=1 0.3=1 0.4=0");
}

TEST(what_is_told_by_exception_stays_as_it_is)
{
	begin("gauge", 1, 60);
	scene.point.poll_s = 1;
	grade(GRADE_MINIMAL);
	good(10.125), good(10.2), good(10.4), good(20.125);
	CHECK_TEXT(told(), "0=10.125 0=15 2=10.4 3=20.125");
}

TEST(a_quality_that_is_lost_is_told_at_any_grade)
{
	begin_every("gauge", 100 * CLOCK_MS);
	grade(GRADE_BASIC);
	for (int i = 0; i < 21; i++)
		sample(i < 10 ? 5 : NAN, i < 10 ? QUALITY_GOOD : QUALITY_BAD);
	CHECK_TEXT(series(SENSOR), "0=5 1=nan");
	CHECK_TEXT(series(13), "0=10");
}

/* No two readings of a series have one time. */
TEST(a_change_of_grade_loses_nothing_and_tells_nothing_twice)
{
	double samples = 0;
	size_t i, k;

	begin_every("gauge", 100 * CLOCK_MS);
	for (int n = 0; n < 3000; n++) {
		if (n % 37 == 0)
			grade((enum grade_level)(n * 7 / 37 % GRADES));
		good(n);
	}
	teller_close(&scene.told, arena, scene.teller, INT64_MAX);
	for (i = 0; i < scene.told.n; i++) {
		const struct reading *r = &scene.told.v[i];

		samples += r->sensor == 13 ? r->value : 0;
		if (r->sensor != SENSOR)
			continue;
		samples++;
		for (k = i + 1; k < scene.told.n; k++) {
			if (scene.told.v[k].sensor == 13 &&
			    scene.told.v[k].time == r->time)
				samples--;
			if (scene.told.v[k].sensor == SENSOR)
				break;
		}
		CHECK(k == scene.told.n || scene.told.v[k].time > r->time);
	}
	CHECK(samples == 3000);
}
