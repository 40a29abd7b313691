/* rollup_day_test.c - hours joined into days, and values that are absurd. */
#include "check.h"
#include "roller_bench.h"

/* The day of the hours that came out. */
static struct rollup
day_of(const struct bench *b)
{
	struct rollup day = { .sensor = 1, .end = HOUR(24) };

	roller_join(&day, b->arena, &b->roller.out);
	return day;
}

/* What the same readings come to when they are taken as one. */
static void
matches(const struct rollup *day, const double *v, size_t n)
{
	double sum = 0, m2 = 0;
	size_t i;

	for (i = 0; i < n; i++)
		sum += v[i];
	for (i = 0; i < n; i++)
		m2 += (v[i] - sum / (double)n) * (v[i] - sum / (double)n);
	CHECK(day->count == (int64_t)n);
	CHECK(fabs(day->sum - sum) < 1e-9 && fabs(day->m2 - m2) < 1e-9);
	CHECK(day->first == v[0] && day->last == v[n - 1]);
}

TEST(a_day_is_what_its_hours_come_to)
{
	double v[96];
	struct bench b;
	struct rollup day;
	size_t i;

	/* A reading each quarter, but for hours 5 to 8; 9 has only bad ones. */
	bench_begin(&b, KIND_COUNTER, 10 * CLOCK_MIN);
	for (i = 0; i < 60; i++) {
		v[i] = (double)(i * i % 17) + (double)i / 3;
		put(&b, (int64_t)(i < 20 ? i : i + 20) * 15 * CLOCK_MIN, v[i]);
		if (i == 19)
			put(&b, HOUR(9), NAN);
	}
	roller_end(&b.roller, HOUR(24));
	day = day_of(&b);
	CHECK(b.roller.out.n == 16);
	matches(&day, v, 60);
	CHECK(day.bad == 1 && day.quality == 0);
	CHECK(day.first_at == 0 && day.last_at == 79 * 15 * CLOCK_MIN);
	CHECK(day.held == 60 * 10 * CLOCK_MIN && day.rest == 0);
	CHECK(fabs(rollup_twa(&day) - rollup_mean(&day)) < 1e-9);
	CHECK(day.holds_to == day.last_at + 10 * CLOCK_MIN);
	CHECK(day.good == v[59] && day.good_at == day.last_at);
	CHECK(day.increase > 0 && day.resets > 0);
	for (i = 0; i < b.roller.out.n; i++) {
		day.increase -= b.roller.out.v[i].increase;
		day.resets -= b.roller.out.v[i].resets;
	}
	CHECK(fabs(day.increase) < 1e-9 && day.resets == 0);
	arena_free(b.arena);
}

TEST(an_hour_in_which_a_value_only_held_adds_its_time)
{
	struct bench b;
	struct rollup day;

	bench_begin(&b, KIND_GAUGE, HOUR(3));
	put(&b, 30 * CLOCK_MIN, 4);
	roller_end(&b.roller, HOUR(24));
	day = day_of(&b);
	CHECK(b.roller.out.n == 4);
	CHECK(day.count == 1 && day.min == 4 && day.max == 4);
	CHECK(day.held == HOUR(3) && rollup_twa(&day) == 4);
	arena_free(b.arena);
	bench_begin(&b, KIND_GAUGE, HOUR(3));
	roller_end(&b.roller, HOUR(24));
	day = day_of(&b);
	CHECK(day.count == 0 && day.held == 0 && day.quality == 100);
	CHECK(day.holds_to == ROLLUP_NEVER && day.good_at == ROLLUP_NEVER);
	arena_free(b.arena);
}

#define HUGE_ 1.7e308
#define TINY_ 4.9406564584124654e-324

/* clang-format off */
static const struct {
	double v[3]; /* ten minutes each, one an hour or all in one */
	double min, max, sum, stddev, twa;
} extremes[] = {
	{ { TINY_, TINY_, TINY_ }, TINY_, TINY_, 3 * TINY_, 0, TINY_ },
	{ { TINY_, -0.0, TINY_ }, -0.0, TINY_, 2 * TINY_, 0, TINY_ },
	{ { -0.0, -0.0, -0.0 }, -0.0, -0.0, 0, 0, 0 },
	{ { 1, HUGE_, 1 }, 1, HUGE_, HUGE_, INFINITY, INFINITY },
	{ { HUGE_, HUGE_, HUGE_ }, HUGE_, HUGE_, INFINITY, INFINITY,
	    INFINITY },
	{ { HUGE_, -HUGE_, 0 }, -HUGE_, HUGE_, 0, INFINITY, NAN },
	{ { INFINITY, 1, 1 }, 1, INFINITY, INFINITY, INFINITY, INFINITY },
	{ { 1, -INFINITY, 1 }, -INFINITY, 1, -INFINITY, INFINITY, -INFINITY },
	{ { INFINITY, -INFINITY, 1 }, -INFINITY, INFINITY, NAN, NAN, NAN },
};
/* clang-format on */

static bool
is_equal(double x, double y)
{
	return isnan(x) ? isnan(y) : x == y && signbit(x) == signbit(y);
}

TEST(extreme_values_make_infinities_and_fail_nothing)
{
	size_t i, k, apart;

	for (i = 0; i < 2 * sizeof(extremes) / sizeof(*extremes); i++) {
		struct bench b;
		struct rollup d;
		double want;

		apart = i % 2;
		bench_begin(&b, KIND_GAUGE, 10 * CLOCK_MIN);
		for (k = 0; k < 3; k++)
			put(&b,
			    (int64_t)k * (apart ? CLOCK_HOUR : 10 * CLOCK_MIN),
			    extremes[i / 2].v[k]);
		roller_end(&b.roller, HOUR(24));
		CHECK(b.roller.out.n == (apart ? 3 : 1));
		d = day_of(&b);
		CHECK(d.count == 3 && d.bad == 0);
		CHECK(is_equal(d.min, extremes[i / 2].min));
		CHECK(is_equal(d.max, extremes[i / 2].max));
		CHECK(is_equal(d.sum + 0.0, extremes[i / 2].sum));
		want = extremes[i / 2].stddev;
		CHECK(isnan(want) || is_equal(rollup_stddev(&d), want));
		CHECK(is_equal(rollup_twa(&d) + 0.0, extremes[i / 2].twa));
		arena_free(b.arena);
	}
}

TEST(states_of_a_day_are_those_of_its_hours)
{
	struct stay a[] = { { -1, 3 }, { -0.0, 5 }, { NAN, 7 } };
	struct stay b[] = { { -INFINITY, 1 }, { 0.0, 2 }, { NAN, 4 } };
	struct rollup hour[] = { { .stay = a, .stays = 3 },
		{ .stay = NULL, .stays = 0 }, { .stay = b, .stays = 3 } };
	struct rollups hours = { hour, 3 };
	struct rollup day = { .sensor = 1 };
	struct arena *arena = arena_new();

	roller_join(&day, arena, &hours);
	CHECK(day.stays == 4);
	CHECK(day.stay[0].state == -INFINITY && day.stay[0].us == 1);
	CHECK(day.stay[1].state == -1 && day.stay[1].us == 3);
	CHECK(day.stay[2].state == 0 && signbit(day.stay[2].state));
	CHECK(day.stay[2].us == 7);
	CHECK(isnan(day.stay[3].state) && day.stay[3].us == 11);
	arena_free(arena);
}

TEST(a_day_too_counts_too_many_states_together)
{
	static struct stay stay[24][40];
	struct rollup hour[24] = { { .sensor = 1 } };
	struct rollups hours = { hour, 24 };
	struct rollup day = { .sensor = 1 };
	struct arena *a = arena_new();
	int64_t sum = 0;
	size_t i, k;

	for (i = 0; i < 24; i++) {
		for (k = 0; k < 40; k++)
			stay[i][k] = (struct stay){ (double)(k * 24 + i), 1 };
		hour[i].stay = stay[i];
		hour[i].stays = 40;
	}
	roller_join(&day, a, &hours);
	CHECK(day.stays == ROLLUP_STATES_MAX + 1);
	CHECK(isnan(day.stay[ROLLUP_STATES_MAX].state));
	for (i = 0; i < day.stays; i++) {
		CHECK(i == 0 || !(day.stay[i].state < day.stay[i - 1].state));
		sum += day.stay[i].us;
	}
	CHECK(sum == 24 * 40);
	arena_free(a);
}

TEST(counts_that_windows_claim_never_overflow)
{
	struct bucket w;
	struct bench b;
	struct rollup day;
	int64_t t;

	bench_begin(&b, KIND_GAUGE, CLOCK_MIN);
	for (t = 0; t < HOUR(3); t += CLOCK_S) {
		w = one(t, 1, 100);
		w.count = 999999999999999;
		roller_put(&b.roller, &w);
	}
	roller_end(&b.roller, HOUR(24));
	day = day_of(&b);
	CHECK(b.roller.out.v[0].count == ROLLUP_COUNT_MAX);
	CHECK(day.count == ROLLUP_COUNT_MAX);
	arena_free(b.arena);
}
