/* rollup_test.c - hours, days, counters and what holds, without a database. */
#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/zone.h"
#include "check.h"
#include "roller_bench.h"

static int64_t
at(const char *iso)
{
	int64_t us = 0;

	CHECK(clock_from_iso(&us, iso));
	return us;
}

/* clang-format off */
static const struct {
	const char *zone, *noon; /* an instant of the day, */
	const char *start, *end; /* its edges, */
	size_t hours;            /* and how many hours it has */
} days[] = {
	{ "Europe/Berlin", "2026-03-29T10:00:00Z",
	    "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z", 23 },
	{ "Europe/Berlin", "2026-10-25T12:00:00Z",
	    "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z", 25 },
	{ "Europe/Berlin", "2026-07-01T12:00:00Z",
	    "2026-06-30T22:00:00Z", "2026-07-01T22:00:00Z", 24 },
	{ "UTC", "2026-03-29T10:00:00Z",
	    "2026-03-29T00:00:00Z", "2026-03-30T00:00:00Z", 24 },
	{ "Asia/Kolkata", "2026-05-01T12:00:00Z",
	    "2026-04-30T18:30:00Z", "2026-05-01T18:30:00Z", 24 },
	{ "Asia/Kathmandu", "2026-05-01T12:00:00Z",
	    "2026-04-30T18:15:00Z", "2026-05-01T18:15:00Z", 24 },
	/* The clock goes by half an hour: one hour of the day has 90 min. */
	{ "Australia/Lord_Howe", "2026-04-05T01:00:00Z",
	    "2026-04-04T13:00:00Z", "2026-04-05T13:30:00Z", 24 },
	{ "Australia/Lord_Howe", "2026-10-04T01:00:00Z",
	    "2026-10-03T13:30:00Z", "2026-10-04T13:00:00Z", 23 },
	/* Midnight does not exist: the day begins at 1. */
	{ "America/Sao_Paulo", "2018-11-04T12:00:00Z",
	    "2018-11-04T03:00:00Z", "2018-11-05T02:00:00Z", 23 },
	/* 23:00 comes twice. */
	{ "America/Sao_Paulo", "2018-02-17T12:00:00Z",
	    "2018-02-17T02:00:00Z", "2018-02-18T03:00:00Z", 25 },
	/* One minute past midnight the clock goes back to 23:01. */
	{ "America/St_Johns", "2010-11-07T15:00:00Z",
	    "2010-11-07T02:30:00Z", "2010-11-08T03:30:00Z", 25 },
	/* A date that never was. */
	{ "Pacific/Apia", "2011-12-30T12:00:00Z",
	    "2011-12-30T10:00:00Z", "2011-12-31T10:00:00Z", 24 },
};
/* clang-format on */

TEST(a_day_is_from_local_midnight_to_local_midnight)
{
	struct arena *a = arena_new();
	size_t i;

	for (i = 0; i < sizeof(days) / sizeof(*days); i++) {
		int64_t noon = at(days[i].noon), start = at(days[i].start);
		int64_t end = at(days[i].end);
		struct edges e;

		zone_use(days[i].zone);
		CHECK(calendar_floor(UNIT_DAY, noon) == start);
		CHECK(calendar_floor(UNIT_DAY, start) == start);
		CHECK(calendar_floor(UNIT_DAY, end - 1) == start);
		CHECK(calendar_next(UNIT_DAY, noon) == end);
		CHECK(calendar_next(UNIT_DAY, start) == end);
		e = calendar_edges(a, UNIT_HOUR, start, end);
		CHECK(e.n == days[i].hours + 1);
		CHECK(e.v[0] == start && e.v[e.n - 1] == end);
	}
	zone_use("UTC");
	arena_free(a);
}

/* Every quarter of an hour of two years, in zones of every kind. */
TEST(an_hour_begins_where_the_clock_shows_a_full_one)
{
	static const char *const zone[] = { "UTC", "Europe/Berlin",
		"Australia/Lord_Howe", "Asia/Kolkata", "Asia/Kathmandu",
		"America/St_Johns", "Nowhere/At_All" };
	size_t i;

	for (i = 0; i < sizeof(zone) / sizeof(*zone); i++) {
		int64_t t = at("2025-12-31T00:00:00Z"), last = 0;

		zone_use(zone[i]);
		for (; t < at("2028-01-01T00:00:00Z"); t += 15 * CLOCK_MIN) {
			int64_t edge = calendar_floor(UNIT_HOUR, t);
			int64_t next = calendar_next(UNIT_HOUR, t);
			struct tm tm = zone_local(edge);

			CHECK(edge <= t && t < next);
			CHECK(tm.tm_min == 0 && tm.tm_sec == 0);
			CHECK(calendar_next(UNIT_HOUR, edge) == next);
			CHECK(calendar_floor(UNIT_HOUR, next) == next);
			CHECK(next - edge <= 90 * CLOCK_MIN);
			CHECK(edge >= last);
			last = edge;
		}
	}
	zone_use("UTC");
}

/* clang-format off */
static const struct {
	double wrap, from, to, increase;
	int resets;
} steps[] = {
	{ 0, 10, 12, 2, 0 },
	{ 0, 10, 10, 0, 0 },
	{ 0, 10, 3, 3, 1 },           /* began at zero again */
	{ 65536, 65530, 5, 11, 0 },   /* went over the top */
	{ 65536, 65530, 40000, 40000, 1 }, /* too far for that */
	{ 65536, 30000, 5, 5, 1 },    /* not from high enough */
	{ 65536, 70000, 5, 5, 1 },    /* beyond its own top */
	{ 65536, 32768, 32767, 32767, 1 }, /* a small step back */
	{ 65536, 32768, 0, 32768, 0 },
	{ 100, -5, 5, 10, 0 },
};
/* clang-format on */

TEST(a_counter_goes_up_wraps_or_begins_again)
{
	size_t i;

	for (i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
		struct counter c = { .wrap = steps[i].wrap };
		struct count from = { 0, steps[i].from };
		struct count to = { 1, steps[i].to };
		int32_t resets = 0;

		CHECK(
		    counter_step(&c, &from, &to, &resets) == steps[i].increase);
		CHECK(resets == steps[i].resets);
	}
}

TEST(a_swapped_meter_loses_nothing)
{
	static const struct swap swaps[] = { { 10, 1000, 5 }, { 20, 9, 0 },
		{ 90, 0, 0 } };
	struct counter c = { 0, swaps, 3 };
	struct count a = { 9, 990 }, b = { 10, 6 }, d = { 30, 7 };
	int32_t resets = 0;

	/* A reading at the instant of the swap is the new meter's. */
	CHECK(counter_step(&c, &a, &b, &resets) == 10 + 1);
	/* Two swaps between two readings. */
	CHECK(counter_step(&c, &a, &d, &resets) == 10 + 4 + 7);
	CHECK(counter_step(&c, &b, &d, &resets) == 3 + 7);
	CHECK(resets == 0);
}

static struct bucket
window(int64_t time, double mean, double min, double max, double count,
    double deviation)
{
	const struct sample s = {
		.r = { .time = time, .value = mean, .quality = 100 },
		.facet = { [FACET_MIN] = min,
		    [FACET_MAX] = max,
		    [FACET_COUNT] = count,
		    [FACET_STDDEV] = deviation },
		.has = (1U << FACETS) - 1,
	};

	return sample_bucket(&s);
}

TEST(a_value_holds_until_the_next_and_no_longer_than_it_may)
{
	struct bench b;
	const struct rollup *h;

	bench_begin(&b, KIND_GAUGE, 30 * CLOCK_MIN);
	put(&b, 10 * CLOCK_MIN, 1); /* 10 min, */
	put(&b, 20 * CLOCK_MIN, 4); /* 30 min, then nothing, */
	put(&b, 55 * CLOCK_MIN, 2); /* 5 min, and 25 of the next hour */
	put(&b, HOUR(5), 7);
	put(&b, HOUR(5) + 6 * CLOCK_MIN, NAN); /* which ends the 7 */
	roller_end(&b.roller, ROLLUP_EVER);
	h = b.roller.out.v;
	CHECK(b.roller.out.n == 3);
	CHECK(h[0].held == 45 * CLOCK_MIN && h[0].rest == 5 * CLOCK_MIN);
	CHECK(rollup_twa(&h[0]) == (1 * 10 + 4 * 30 + 2 * 5) / 45.0);
	CHECK(h[0].count == 3 && rollup_mean(&h[0]) == 7 / 3.0);
	CHECK(h[1].start == HOUR(1) && h[1].count == 0);
	CHECK(h[1].held == 25 * CLOCK_MIN && rollup_twa(&h[1]) == 2);
	CHECK(h[2].start == HOUR(5) && h[2].held == 6 * CLOCK_MIN);
	CHECK(h[2].count == 1 && h[2].bad == 1 && h[2].quality == 0);
	CHECK(h[2].holds_to == ROLLUP_NEVER);
	arena_free(b.arena);
}

TEST(states_last_as_long_as_they_are_covered)
{
	struct bench b;
	const struct rollup *h;

	bench_begin(&b, KIND_STATE, HOUR(2));
	put(&b, 0, 2);
	put(&b, 15 * CLOCK_MIN, 0);
	put(&b, 20 * CLOCK_MIN, 2);
	roller_end(&b.roller, ROLLUP_EVER);
	h = b.roller.out.v;
	CHECK(b.roller.out.n == 3);
	CHECK(h[0].stays == 2 && h[0].stay[0].state == 0);
	CHECK(h[0].stay[0].us == 5 * CLOCK_MIN);
	CHECK(h[0].stay[1].us == 55 * CLOCK_MIN);
	CHECK(h[0].held == HOUR(1));
	CHECK(h[2].stays == 1 && h[2].stay[0].us == 20 * CLOCK_MIN);
	arena_free(b.arena);
}

TEST(too_many_states_are_counted_together)
{
	struct bench b;
	const struct rollup *h;
	int64_t sum = 0;
	size_t i;

	bench_begin(&b, KIND_STATE, HOUR(1));
	for (i = 0; i < 1000; i++)
		put(&b, (int64_t)i * CLOCK_S, (double)((i * 7) % 1000));
	roller_end(&b.roller, HOUR(1));
	h = b.roller.out.v;
	CHECK(h->stays == ROLLUP_STATES_MAX + 1);
	CHECK(isnan(h->stay[ROLLUP_STATES_MAX].state));
	for (i = 0; i < h->stays; i++)
		sum += h->stay[i].us;
	CHECK(sum == HOUR(1) && h->held == sum);
	arena_free(b.arena);
}

TEST(bad_readings_count_nothing_into_a_counter)
{
	struct bench b;
	struct bucket bad = one(CLOCK_MIN, 5000, 0);
	const struct rollup *h;

	bench_begin(&b, KIND_COUNTER, HOUR(1));
	put(&b, 0, 100);
	roller_put(&b.roller, &bad);
	put(&b, 2 * CLOCK_MIN, NAN);
	put(&b, 3 * CLOCK_MIN, 103);
	put(&b, HOUR(9), 110); /* the step is of the hour that it ends in */
	roller_end(&b.roller, ROLLUP_EVER);
	h = b.roller.out.v;
	CHECK(h[0].increase == 3 && h[0].resets == 0);
	CHECK(h[0].good == 103 && h[0].good_at == 3 * CLOCK_MIN);
	CHECK(h[1].count == 0 && h[1].increase == 0);
	CHECK(h[1].good_at == ROLLUP_NEVER);
	CHECK(h[2].start == HOUR(9) && h[2].increase == 7);
	arena_free(b.arena);
}

TEST(a_window_counts_as_the_readings_in_it)
{
	/* 2 4 4 4 5 5 7 9 in three ways: one by one, and two mixtures. */
	static const double v[] = { 2, 4, 4, 4, 5, 5, 7, 9 };
	struct bucket half = window(1000, 3.5, 2, 4, 4, 0.8660254037844386);
	struct bucket whole = window(1000, 5, 2, 9, 8, 2);
	struct bench b[3];
	size_t i;

	for (i = 0; i < 3; i++)
		bench_begin(&b[i], KIND_GAUGE, CLOCK_HOUR);
	for (i = 0; i < 8; i++)
		put(&b[0], (int64_t)i * 1000, v[i]);
	roller_put(&b[1].roller, &half);
	for (i = 4; i < 8; i++)
		put(&b[1], (int64_t)i * 1000, v[i]);
	roller_put(&b[2].roller, &whole);
	for (i = 0; i < 3; i++) {
		const struct rollup *h;

		roller_end(&b[i].roller, HOUR(1));
		h = b[i].roller.out.v;
		CHECK(h->count == 8 && h->sum == 40);
		CHECK(h->min == 2 && h->max == 9);
		CHECK(fabs(rollup_stddev(h) - 2) < 1e-12);
		arena_free(b[i].arena);
	}
}

TEST(no_sender_can_make_the_count_overflow)
{
	const struct rollup *h;
	struct bucket huge;
	struct bench b;
	int i;

	bench_begin(&b, KIND_GAUGE, CLOCK_HOUR);
	for (i = 0; i < 20000; i++) {
		huge = window(i, 5, 2, 9, 9e14, 2);
		roller_put(&b.roller, &huge);
	}
	roller_end(&b.roller, HOUR(1));
	h = b.roller.out.v;
	CHECK(h->count >= 20000 && h->count <= 20000 * INT64_C(1000000000));
	CHECK(h->min == 2 && h->max == 9);
	arena_free(b.arena);
}

static bool
is_same(const struct rollup *x, const struct rollup *y)
{
	size_t i;

	if (x->stays != y->stays)
		return false;
	for (i = 0; i < x->stays; i++)
		if (x->stay[i].state != y->stay[i].state ||
		    x->stay[i].us != y->stay[i].us)
			return false;
	return x->start == y->start && x->end == y->end &&
	       x->count == y->count && x->bad == y->bad && x->min == y->min &&
	       x->max == y->max && x->sum == y->sum && x->m2 == y->m2 &&
	       x->first == y->first && x->last == y->last &&
	       x->area == y->area && x->held == y->held && x->rest == y->rest &&
	       x->holds_to == y->holds_to && x->good_at == y->good_at &&
	       x->increase == y->increase && x->resets == y->resets &&
	       x->quality == y->quality;
}

/* Replace or append the hours that came out later. */
static void
keep(struct rollup *all, size_t *n, const struct rollups *out)
{
	size_t i, k;

	for (i = 0; i < out->n; i++) {
		for (k = 0; k < *n && all[k].start < out->v[i].start; k++)
			;
		all[k] = out->v[i];
		*n = k + 1;
	}
}

/* Random readings, folded at once or in pieces cut anywhere. */
static void
compare(unsigned seed, enum kind kind)
{
	enum { N = 400 };
	static struct bucket s[N];
	static struct rollup all[64];
	struct bench whole, part;
	struct carry carry = nothing;
	size_t i, k, n = 0;

	srand(seed);
	bench_begin(&whole, kind, (1 + rand() % 90) * CLOCK_MIN);
	bench_begin(&part, kind, whole.meaning.hold);
	for (i = 0; i < N; i++) {
		s[i] = one((i > 0 ? s[i - 1].first_at : 0) + 1 +
			       (rand() % 20 == 0
				       ? rand() % (int)CLOCK_S * 9000LL
				       : rand() % (int)CLOCK_S * 300LL),
		    rand() % 10 == 0 ? NAN : rand() % 7 + (rand() % 3) / 10.0,
		    rand() % 10 == 0 ? 0 : 100);
		if (s[i].first_at >= HOUR(56))
			break;
		roller_put(&whole.roller, &s[i]);
		roller_put(&part.roller, &s[i]);
		if (rand() % 4 > 0)
			continue;
		roller_end(&part.roller, ROLLUP_EVER);
		keep(all, &n, &part.roller.out);
		while (n > 0 && all[n - 1].count + all[n - 1].bad == 0)
			n--;
		for (k = 0; k < n; k++)
			if (all[k].good_at != ROLLUP_NEVER)
				carry.good = (struct count){ all[k].good_at,
					all[k].good };
		part.roller.out.n = 0;
		roller_resume(&part.roller, &all[n - 1], &carry);
	}
	roller_end(&whole.roller, ROLLUP_EVER);
	roller_end(&part.roller, ROLLUP_EVER);
	keep(all, &n, &part.roller.out);
	CHECK(n == whole.roller.out.n);
	for (i = 0; i < n && i < whole.roller.out.n; i++)
		CHECK(is_same(&all[i], &whole.roller.out.v[i]));
	arena_free(whole.arena);
	arena_free(part.arena);
}

TEST(folding_further_gives_the_same_bits_as_folding_at_once)
{
	unsigned seed;

	for (seed = 1; seed <= 300; seed++)
		compare(seed, (enum kind)(seed % 3));
}
