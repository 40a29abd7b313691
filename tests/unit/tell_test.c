/*
 * tell_test.c - what is told of a signal, and that it is enough to draw it.
 * link: poller/tell.c
 * link: poller/window.c
 * link: poller/grade.c
 */
#include <stdlib.h>

#include "tell_scene.h"

enum { MANY = 4000 };

TEST(without_a_report_every_value_is_told)
{
	begin("gauge", 0, 0);
	good(5), good(5), good(5);
	CHECK_TEXT(told(), "0=5 1=5 2=5");
}

TEST(a_value_within_the_deadband_is_not_told)
{
	begin("gauge", 1, 60);
	good(10), good(10.5), good(11), good(9);
	CHECK_TEXT(told(), "0=10");
}

TEST(what_leaves_the_deadband_is_told_with_the_sample_before)
{
	begin("gauge", 1, 60);
	good(10), good(10.2), good(10.4), good(20), good(20.1);
	CHECK_TEXT(told(), "0=10 2=10.4 3=20");
}

TEST(a_sample_that_was_told_is_not_told_again_before_a_jump)
{
	begin("gauge", 1, 60);
	good(10), good(20), good(30);
	CHECK_TEXT(told(), "0=10 1=20 2=30");
}

TEST(a_creeping_value_is_told_when_it_has_crept_far_enough)
{
	begin("gauge", 1, 60);
	for (int i = 0; i < 5; i++)
		good(10 + i * 0.5);
	CHECK_TEXT(told(), "0=10 2=11 3=11.5");
}

TEST(after_max_s_the_sample_of_that_instant_is_told)
{
	begin("gauge", 1, 3);
	for (int i = 0; i < 8; i++)
		good(10 + i % 2 * 0.5);
	CHECK_TEXT(told(), "0=10 3=10.5 6=10");
}

/* One poll early by a hair is not a poll late. */
TEST(polls_that_are_not_quite_even_keep_to_max_s)
{
	begin("gauge", 1, 3);
	scene.step = CLOCK_S - 500;
	for (int i = 0; i < 7; i++)
		good(10);
	CHECK(scene.told.n == 3);
	CHECK(scene.told.v[1].time == NOON + 3 * scene.step);
}

TEST(the_period_of_the_device_bounds_max_s)
{
	begin("gauge", 1, 3600);
	scene.target.period_s = 4;
	for (int i = 0; i < 9; i++)
		good(10);
	CHECK_TEXT(told(), "0=10 4=10 8=10");
}

TEST(another_quality_is_told_at_once)
{
	begin("gauge", 1, 60);
	good(10), good(10.1), sample(10.2, QUALITY_UNCERTAIN), good(10.3);
	CHECK_TEXT(told(), "0=10 1=10.1 2=10.2 3=10.3");
	CHECK(scene.told.v[2].quality == QUALITY_UNCERTAIN);
}

TEST(a_value_that_goes_and_comes_back_is_told_each_time)
{
	begin("gauge", 1, 600);
	good(10), good(10.1), sample(NAN, 0), sample(NAN, 0), good(10);
	CHECK_TEXT(told(), "0=10 1=10.1 2=nan 4=10");
}

TEST(no_value_is_said_once_a_minute)
{
	begin("gauge", 0, 0);
	for (int i = 0; i < 130; i++)
		sample(NAN, 0);
	CHECK_TEXT(told(), "0=nan 60=nan 120=nan");
}

TEST(without_series_beside_it_the_same_is_told)
{
	const struct sensor alone = { SENSOR, "p", { 0 } };

	begin("gauge", 0, 0);
	scene.sensor = alone;
	good(5), good(5), sample(5, QUALITY_UNCERTAIN);
	for (int i = 3; i < 130; i++)
		sample(NAN, 0);
	good(6);
	CHECK_TEXT(told(), "0=5 1=5 2=5 3=nan 63=nan 123=nan 130=6");
	CHECK(scene.told.v[2].quality == QUALITY_UNCERTAIN);
}

TEST(a_sensor_asked_once_a_minute_says_each_time_that_it_has_no_value)
{
	const struct sensor alone = { SENSOR, "p", { 0 } };

	begin("gauge", 0, 0);
	scene.sensor = alone;
	scene.step = CLOCK_MIN;
	sample(NAN, 0);
	scene.mono -= CLOCK_MS;
	sample(NAN, 0), sample(NAN, 0);
	CHECK_TEXT(told(), "0=nan 60=nan 120=nan");
}

TEST(no_state_is_said_once_a_minute)
{
	begin("state", 0, 0);
	for (int i = 0; i < 130; i++)
		sample(NAN, 0);
	CHECK_TEXT(told(), "0=nan 60=nan 120=nan");
}

TEST(a_state_is_told_when_it_changes_whatever_the_deadband)
{
	begin("state", 5, 60);
	good(1), good(1), good(1), good(2), good(2), good(1);
	CHECK_TEXT(told(), "0=1 2=1 3=2 4=2 5=1");
}

TEST(a_counter_that_falls_is_told_with_what_it_had)
{
	begin("counter", 10, 60);
	good(100), good(104), good(108), good(3), good(6);
	CHECK_TEXT(told(), "0=100 2=108 3=3");
}

/* It is below what was told before by less than the deadband. */
TEST(a_counter_that_falls_a_little_is_told_too)
{
	begin("counter", 10, 60);
	good(0), good(6), good(1), good(4);
	CHECK_TEXT(told(), "0=0 1=6 2=1");
}

TEST(a_point_that_was_not_asked_says_nothing)
{
	static const bool asked[] = { false };
	const struct sample s = { NAN, QUALITY_BAD };

	begin("gauge", 0, 0);
	good(5);
	teller_tell(&scene.told, arena, scene.teller, &s, asked, scene.now,
	    scene.mono);
	good(5);
	CHECK_TEXT(told(), "0=5 1=5");
}

TEST(a_window_is_told_as_five_series)
{
	begin("gauge", 0, 0);
	scene.point.window_s = 1;
	scene.step = 100 * CLOCK_MS;
	for (int i = 0; i < 11; i++)
		good(i);
	CHECK_TEXT(series(SENSOR), "0=4.5");
	CHECK_TEXT(series(11), "0=0");
	CHECK_TEXT(series(12), "0=9");
	CHECK_TEXT(series(13), "0=10");
	CHECK_TEXT(series(14), "0=2.87228");
	CHECK(scene.told.n == 5);
}

TEST(a_window_that_no_poll_falls_into_any_more_is_told)
{
	begin("gauge", 0, 0);
	scene.point.window_s = 10;
	good(1), good(3);
	teller_close(&scene.told, arena, scene.teller, scene.mono + CLOCK_S);
	CHECK(scene.told.n == 0);
	teller_close(&scene.told, arena, scene.teller, scene.mono + CLOCK_MIN);
	CHECK_TEXT(series(SENSOR), "0=2");
	CHECK_TEXT(series(13), "0=2");
}

TEST(the_period_of_the_device_bounds_the_window)
{
	begin("gauge", 0, 0);
	scene.point.window_s = 60;
	scene.target.period_s = 30;
	for (int i = 0; i < 21; i++)
		good(1);
	CHECK_TEXT(series(SENSOR), "0=1 10=1");
}

TEST(a_counter_is_never_averaged)
{
	begin("counter", 0, 0);
	scene.point.window_s = 10;
	for (int i = 0; i < 21; i++)
		good(i);
	CHECK_TEXT(told(), "0=0 10=10 20=20");
}

TEST(a_state_is_never_averaged)
{
	begin("state", 0, 0);
	scene.point.window_s = 10;
	for (int i = 0; i < 12; i++)
		good(i > 4);
	CHECK_TEXT(told(), "0=0 4=0 5=1");
}

TEST(a_dead_device_in_windows_says_so_once_a_minute)
{
	begin("gauge", 0, 0);
	scene.point.window_s = 1;
	good(1);
	for (int i = 0; i < 100; i++)
		sample(NAN, 0);
	CHECK_TEXT(series(SENSOR), "0=1 1=nan 61=nan");
	CHECK_TEXT(series(13), "0=1");
}

struct seen {
	int64_t time;
	double value;
};

/* A signal that rests, creeps, swings and jumps. */
static double
next_of(double v)
{
	switch (random() % 12) {
	case 0:
		return v + (double)(random() % 400 - 200);
	case 1:
	case 2:
	case 3:
		return v;
	default:
		return v + (double)(random() % 200 - 100) / 100;
	}
}

/* The error of holding what was told last, and of a line between two. */
static void
errors(double *held, double *drawn, const struct seen *v, size_t n)
{
	const struct reading *r = scene.told.v;
	double share;
	size_t i, k = 0;

	*held = *drawn = 0;
	for (i = 0; i < n; i++) {
		while (k + 1 < scene.told.n && r[k + 1].time <= v[i].time)
			k++;
		*held = fmax(*held, fabs(v[i].value - r[k].value));
		if (k + 1 == scene.told.n)
			continue;
		share = (double)(v[i].time - r[k].time) /
			(double)(r[k + 1].time - r[k].time);
		*drawn =
		    fmax(*drawn, fabs(v[i].value - r[k].value -
				      share * (r[k + 1].value - r[k].value)));
	}
}

static bool
was_seen(const struct reading *r, const struct seen *v, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (v[i].time == r->time)
			return v[i].value == r->value;
	return false;
}

TEST(what_is_told_is_the_signal_within_its_deadband)
{
	static struct seen v[MANY];
	double deadband, value, held, drawn;
	unsigned seed;
	size_t i;

	for (seed = 1; seed <= 100; seed++) {
		srandom(seed);
		deadband = (double)(1 + random() % 40) / 10;
		begin("gauge", deadband, (double)(5 + random() % 100));
		value = 0;
		for (i = 0; i < 400; i++) {
			scene.step = CLOCK_MS * (500 + random() % 1000);
			value = next_of(value);
			v[i] = (struct seen){ scene.now, value };
			good(value);
		}
		errors(&held, &drawn, v, i);
		CHECK(held <= deadband);
		CHECK(drawn <= 2 * deadband + 1e-9);
		for (i = 0; i < scene.told.n; i++) {
			CHECK(was_seen(&scene.told.v[i], v, 400));
			CHECK(i == 0 ||
			      scene.told.v[i].time > scene.told.v[i - 1].time);
		}
	}
}

/* However it wraps, what it grew by between falls is never lost. */
TEST(what_is_told_of_a_counter_has_its_whole_increase)
{
	unsigned seed;
	size_t i;

	for (seed = 1; seed <= 100; seed++) {
		double value = 0, before, grown = 0, sum = 0;

		srandom(seed);
		begin("counter", (double)(random() % 50), 60);
		good(value);
		for (i = 0; i < 500; i++) {
			before = value;
			value += (double)(random() % 10);
			if (random() % 20 == 0)
				value = (double)(random() % 5);
			grown += value < before ? value : value - before;
			good(value);
		}
		/* The last one, whatever the deadband. */
		sample(value, QUALITY_UNCERTAIN);
		for (i = 1; i < scene.told.n; i++) {
			double a = scene.told.v[i - 1].value;
			double b = scene.told.v[i].value;

			sum += b < a ? b : b - a;
		}
		CHECK(sum == grown);
	}
}
