/*
 * Merging and settling: by sensor, then by time, one reading of each key.
 */
#include "arena.h"
#include "check.h"
#include "draw.h"

#include <stdlib.h>

#include "store/readings.h"

static bool
before(const struct reading *x, const struct reading *y)
{
	return x->sensor != y->sensor ? x->sensor < y->sensor
				      : x->time < y->time;
}

/* The slow way: each where it belongs; returns how many there are. */
static size_t
insert(struct reading *v, size_t n, const struct reading *r)
{
	size_t i = n;

	while (i > 0 && before(r, &v[i - 1]))
		i--;
	if (i > 0 && !before(&v[i - 1], r)) {
		if (r->rev > v[i - 1].rev)
			v[i - 1] = *r;
		return n;
	}
	memmove(&v[i + 1], &v[i], (n - i) * sizeof(*v));
	v[i] = *r;
	return n + 1;
}

static bool
is_model(const struct readings *r, const struct reading *model, size_t n)
{
	size_t i;

	for (i = 0; i < n && i < r->n; i++)
		if (r->v[i].sensor != model[i].sensor ||
		    r->v[i].time != model[i].time ||
		    r->v[i].rev != model[i].rev ||
		    r->v[i].value != model[i].value)
			return false;
	return r->n == n;
}

static struct reading
any(uint64_t *seed, int sensors, int times)
{
	return (
	    struct reading){ .sensor =
				 (int32_t)(draw(seed) % (unsigned)sensors) - 2,
		.time = (int64_t)(draw(seed) % (unsigned)times) - 3,
		.rev = (uint16_t)(draw(seed) % 2),
		.value = (double)(draw(seed) % 1000) };
}

TEST(arrays_of_any_shape_merge_as_the_model_says)
{
	static const size_t counts[] = { 0, 1, 2, 3, 5, 16, 100, 300, 2048 };
	uint64_t seed = 11;
	size_t round, i, j, k;

	for (round = 0; round < 6 * 9; round++) {
		struct readings *in, out;
		struct reading *model;
		size_t n = 0, all = 0;
		int times = round % 6 < 3 ? 8 : 1000;

		k = counts[round % 9];
		in = arena_array(arena, k, sizeof(*in));
		model = arena_array(arena, k * 9 + 1, sizeof(*model));
		for (i = 0; i < k; i++) {
			size_t some = draw(&seed) % (k > 1000 ? 3 : 10);

			in[i].v = arena_array(arena, some, sizeof(*in[i].v));
			for (j = 0; j < some; j++) {
				struct reading r = any(&seed, 5, times);

				in[i].n = insert(in[i].v, in[i].n, &r);
			}
			all += in[i].n;
			for (j = 0; j < in[i].n; j++)
				n = insert(model, n, &in[i].v[j]);
		}
		CHECK(readings_merge(&out, arena, in, k) == all - n);
		CHECK(is_model(&out, model, n));
		arena_reset(arena);
	}
}

TEST(an_array_below_all_others_is_taken_whole)
{
	struct readings in[3] = { 0 }, out;
	size_t i, k;

	for (k = 0; k < 3; k++) {
		in[k].n = 1000;
		in[k].v = arena_array(arena, 1000, sizeof(*in[k].v));
		for (i = 0; i < 1000; i++)
			in[k].v[i] = (struct reading){ .sensor = 1,
				.time = (int64_t)((2 - k) * 1000 + i) };
	}
	CHECK(readings_merge(&out, arena, in, 3) == 0 && out.n == 3000);
	for (i = 0; i < out.n; i++)
		CHECK(out.v[i].time == (int64_t)i);
	arena_reset(arena);
}

TEST(the_ends_of_time_and_of_sensors_merge_too)
{
	struct reading low = { .sensor = INT32_MIN, .time = INT64_MIN },
		       high = { .sensor = INT32_MAX, .time = INT64_MAX };
	struct reading a[] = { low, high }, b[] = { low, high };
	struct readings in[] = { { a, 2, 0 }, { b, 2, 0 } }, out;

	CHECK(readings_merge(&out, arena, in, 2) == 2 && out.n == 2);
	CHECK(out.v[0].sensor == INT32_MIN && out.v[1].time == INT64_MAX);
	arena_reset(arena);
}

TEST(settling_does_as_the_model_says)
{
	uint64_t seed = 12;
	size_t round, i;

	for (round = 0; round < 60; round++) {
		size_t n = round == 0 ? 0 : draw(&seed) % 2000, kept = 0;
		struct readings r = { .n = n };
		struct reading *model;
		int times = round % 2 ? 20 : 100000;

		r.v = arena_array(arena, n, sizeof(*r.v));
		model = arena_array(arena, n + 1, sizeof(*model));
		for (i = 0; i < n; i++) {
			r.v[i] = any(&seed, 4, times);
			if (round % 3 == 0) /* nearly sorted */
				r.v[i].time = (int64_t)(i + draw(&seed) % 3);
			kept = insert(model, kept, &r.v[i]);
		}
		CHECK(readings_settle(&r, arena) == n - kept);
		CHECK(is_model(&r, model, kept));
		arena_reset(arena);
	}
}

TEST(an_array_that_grows_keeps_what_it_has)
{
	struct reading one = { .time = 7 };
	struct readings r = { 0 }, more = { &one, 1, 0 }, none = { 0 };
	int64_t min, max;
	int i;

	readings_add(&r, arena, &none);
	for (i = 0; i < 100; i++) {
		one.time = (i * 37 + 50) % 100;
		readings_add(&r, arena, &more);
	}
	CHECK(r.n == 100 && r.v[1].time == 87);
	readings_span(&min, &max, &r);
	CHECK(min == 0 && max == 99);
	arena_reset(arena);
}

TEST(settling_sorts_and_keeps_the_first_of_equal_keys)
{
	struct reading v[] = { { 5, 1, 2, 0, 100 }, { 3, 2, 2, 0, 100 },
		{ 5, 3, 2, 0, 100 }, { 5, 4, 1, 0, 100 } };
	struct readings r = { .v = v, .n = 4 };

	CHECK(readings_settle(&r, arena) == 1);
	CHECK(r.n == 3);
	CHECK(r.v[0].sensor == 1 && r.v[1].time == 3 && r.v[2].value == 1);
}

TEST(a_higher_revision_wins_whenever_it_comes)
{
	struct reading late[] = { { 5, 1, 2, 0, 100 }, { 5, 9, 2, 1, 100 } };
	struct reading early[] = { { 5, 9, 2, 1, 100 }, { 5, 1, 2, 0, 100 } };
	struct readings a = { .v = late, .n = 2 }, b = { .v = early, .n = 2 };

	CHECK(readings_settle(&a, arena) == 1 && a.v[0].value == 9);
	CHECK(readings_settle(&b, arena) == 1 && b.v[0].value == 9);
}

TEST(settling_a_shuffled_series_gives_the_ordered_one)
{
	uint64_t seed = 7;
	int round;

	for (round = 0; round < 50; round++) {
		size_t n = 500, i;
		struct readings r = { .v = arena_array(arena, n, sizeof(*r.v)),
			.n = n };

		for (i = 0; i < n; i++)
			r.v[i] = (struct reading){ .time = (int64_t)(i / 5),
				.sensor = (int32_t)(i % 5),
				.value = (double)i };
		for (i = n - 1; i > 0; i--) {
			size_t k = draw(&seed) % (i + 1);
			struct reading swap = r.v[i];

			r.v[i] = r.v[k];
			r.v[k] = swap;
		}
		CHECK(readings_settle(&r, arena) == 0 && r.n == n);
		for (i = 0; i < n; i++)
			CHECK(r.v[i].sensor == (int32_t)(i / 100) &&
			      r.v[i].time == (int64_t)(i % 100));
		arena_reset(arena);
	}
}

TEST(a_reading_has_its_place_among_settled_ones)
{
	struct reading v[] = { { .sensor = 1, .time = 5 },
		{ .sensor = 1, .time = 9 }, { .sensor = 3, .time = -2 },
		{ .sensor = 3, .time = 9 } };
	const struct readings r = { v, 4, 0 };
	const struct readings none = { 0 };

	CHECK(readings_place(&r, 0, 0) == 0);
	CHECK(readings_place(&r, 1, 5) == 0);
	CHECK(readings_place(&r, 1, 6) == 1);
	CHECK(readings_place(&r, 1, 10) == 2);
	CHECK(readings_place(&r, 2, 7) == 2);
	CHECK(readings_place(&r, 3, INT64_MIN) == 2);
	CHECK(readings_place(&r, 3, 10) == 4);
	CHECK(readings_place(&none, 3, 10) == 0);
	CHECK(readings_from(v, 2, 5) == 0);
	CHECK(readings_from(v, 2, 6) == 1);
	CHECK(readings_from(v, 2, 10) == 2);
	CHECK(readings_from(NULL, 0, 10) == 0);
	CHECK(readings_run(v, 4) == 2 && readings_run(v, 1) == 1);
}
