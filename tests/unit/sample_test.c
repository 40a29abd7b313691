/* sample_test.c - windows that came aggregated, and numbers that name things.
 */
#include "store/sample.h"

#include <math.h>

#include "base/ids.h"
#include "check.h"

TEST(a_facet_is_known_by_its_name)
{
	CHECK(facet_named("min") == FACET_MIN);
	CHECK(facet_named("max") == FACET_MAX);
	CHECK(facet_named("count") == FACET_COUNT);
	CHECK(facet_named("stddev") == FACET_STDDEV);
	CHECK(facet_named("") == FACETS);
	CHECK(facet_named("mean") == FACETS);
}

TEST(a_facet_speaks_of_its_own_instant_alone)
{
	struct reading own[] = { { .time = 1, .value = 5 },
		{ .time = 2, .value = 6 }, { .time = 4, .value = NAN },
		{ .time = 7, .value = 8 } };
	struct reading min[] = { { .time = 0, .value = 1 },
		{ .time = 2, .value = 2 }, { .time = 3, .value = 3 },
		{ .time = 7, .value = NAN } };
	struct sampler s = { .own = { own, 4, 0 } };
	struct sample one;
	size_t i;

	s.of[FACET_MIN] = (struct readings){ min, 4, 0 };
	for (i = 0; sample_next(&one, &s); i++) {
		CHECK(one.r.time == own[i].time);
		CHECK(one.has == (i == 1 ? 1U << FACET_MIN : 0));
	}
	CHECK(i == 4);
}

/* clang-format off */
static const struct {
	double value, count, deviation;
	size_t n, bad;
	double sum, m2;
} windows[] = {
	{ 5,   4,    2,   4, 0, 20, 16 },
	{ 5,   4.9,  0,   4, 0, 20, 0 },
	{ 5,   0,    1,   1, 0, 5,  1 },  /* no such count: it is one */
	{ 5,   -3,   0,   1, 0, 5,  0 },
	{ 5,   1e9,  0,   1000000000, 0, 5e9, 0 },
	{ 5,   2e9,  0,   1, 0, 5,  0 },  /* nobody counts so fast */
	{ NAN, 4,    2,   0, 1, 0,  0 },
};
/* clang-format on */

TEST(a_window_is_the_bucket_that_it_says)
{
	size_t i;

	for (i = 0; i < sizeof(windows) / sizeof(*windows); i++) {
		const struct sample s = {
			.r = { .time = 9, .value = windows[i].value },
			.facet = { [FACET_COUNT] = windows[i].count,
			    [FACET_STDDEV] = windows[i].deviation },
			.has = 1U << FACET_COUNT | 1U << FACET_STDDEV,
		};
		struct bucket b = sample_bucket(&s);

		CHECK(b.count == windows[i].n && b.bad == windows[i].bad);
		CHECK(b.sum == windows[i].sum && b.m2 == windows[i].m2);
		CHECK(b.first_at == 9 && b.last_at == 9);
	}
}

TEST(ids_are_sorted_and_each_is_there_once)
{
	int32_t v[] = { 5, -1, 7, 5, 5, 7, 0 };
	size_t n = ids_settle(v, 7);

	CHECK(n == 4 && v[0] == -1 && v[1] == 0 && v[2] == 5 && v[3] == 7);
	CHECK(ids_find(v, n, 5) == v + 2);
	CHECK(ids_find(v, n, 6) == NULL);
	CHECK(ids_find(v, 0, 5) == NULL);
	CHECK(ids_settle(v, 0) == 0);
}
