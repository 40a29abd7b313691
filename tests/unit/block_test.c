/*
 * The block format: bit-exact, checksummed, never trusting its bytes.
 */
#include "check.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "store/block.h"

static struct arena *arena;

__attribute__((constructor(101))) static void
start(void)
{
	arena = arena_new();
}

__attribute__((destructor)) static void
finish(void)
{
	arena_free(arena);
}

/* A small generator with a seed, so that a failure can be repeated. */
static uint64_t
draw(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

static bool
same(const struct readings *a, const struct readings *b)
{
	size_t i;

	if (a->n != b->n)
		return false;
	for (i = 0; i < a->n; i++)
		if (a->v[i].sensor != b->v[i].sensor ||
		    a->v[i].time != b->v[i].time ||
		    a->v[i].quality != b->v[i].quality ||
		    a->v[i].rev != b->v[i].rev ||
		    memcmp(&a->v[i].value, &b->v[i].value, sizeof(double)) != 0)
			return false;
	return true;
}

static bool
comes_back(struct readings *r)
{
	struct readings back;
	struct bytes b;

	(void)readings_settle(r, arena);
	b = block_encode(arena, NULL, r);
	return block_decode(&back, arena, b) == NULL && same(r, &back);
}

TEST(every_kind_of_double_comes_back_bit_by_bit)
{
	double odd[] = { 0.0, -0.0, 1, -1, 0.1, 118.45, 1e300, -1e-300, 5e-324,
		INFINITY, -INFINITY, NAN, 9007199254740993.0, 1.0 / 3, 4.35,
		1e15, 123456789.123456 };
	struct reading v[sizeof(odd) / sizeof(*odd)];
	uint64_t payload = UINT64_C(0x7ff4000000abcdef);
	struct readings r = { .v = v, .n = sizeof(odd) / sizeof(*odd) };
	size_t i;

	memcpy(&odd[11], &payload, sizeof(payload));
	for (i = 0; i < r.n; i++)
		v[i] = (struct reading){ .time = (int64_t)i,
			.value = odd[i],
			.sensor = 7,
			.quality = 100 };
	CHECK(comes_back(&r));
	for (i = 0; i < sizeof(odd) / sizeof(*odd); i++) {
		struct reading one = { .time = 1,
			.value = odd[i],
			.sensor = 1 };
		struct readings alone = { .v = &one, .n = 1 };

		CHECK(comes_back(&alone));
	}
}

TEST(random_readings_of_many_sensors_come_back)
{
	uint64_t seed = 42;
	int round;

	for (round = 0; round < 200; round++) {
		size_t n = draw(&seed) % 300, i;
		struct readings r = { .v = arena_array(arena, n, sizeof(*r.v)),
			.n = n };

		for (i = 0; i < n; i++)
			r.v[i] =
			    (struct reading){ .time = (int64_t)draw(&seed) >>
						      (draw(&seed) % 60),
				    .value =
					(double)(int64_t)(draw(&seed) % 20001) /
					    100 -
					100,
				    .sensor = (int32_t)(draw(&seed) % 9) + 1,
				    .rev = (uint16_t)(draw(&seed) % 3),
				    .quality = (uint8_t)(draw(&seed) % 101) };
		CHECK(comes_back(&r));
		arena_reset(arena);
	}
}

TEST(a_run_cut_out_by_the_directory_is_that_sensor)
{
	struct reading v[] = { { 1, 10, 3, 0, 100 }, { 2, 11, 3, 0, 100 },
		{ 1, 20, 5, 0, 50 } };
	struct readings r = { .v = v, .n = 3 }, run;
	struct directory dir;
	struct bytes b = block_encode(arena, &dir, &r), cut;

	CHECK(dir.n == 2 && dir.sensor[0] == 3 && dir.sensor[1] == 5);
	cut = (struct bytes){ b.p + dir.offset[1],
		(size_t)(dir.offset[2] - dir.offset[1]) };
	CHECK(run_decode(&run, arena, cut) == NULL);
	CHECK(run.n == 1 && run.v[0].sensor == 5 && run.v[0].value == 20);
	CHECK((size_t)dir.offset[2] == b.n);
}

TEST(a_flipped_bit_anywhere_is_found)
{
	struct reading v[40];
	struct readings r = { .v = v, .n = 40 }, back;
	struct bytes b;
	size_t i;

	for (i = 0; i < 40; i++)
		v[i] = (struct reading){ .time = (int64_t)i * 1000,
			.value = (double)i / 10,
			.sensor = (int32_t)(i / 10) + 1,
			.quality = 100 };
	b = block_encode(arena, NULL, &r);
	for (i = 0; i < b.n * 8; i++) {
		char *copy = arena_copy(arena, b.p, b.n);

		copy[i / 8] = (char)(copy[i / 8] ^ (1 << i % 8));
		CHECK(
		    block_decode(&back, arena,
			(struct bytes){ (unsigned char *)copy, b.n }) != NULL);
	}
}

TEST(a_block_cut_short_is_refused)
{
	struct reading v[] = { { 1, 10, 3, 0, 100 }, { 2, 11, 4, 0, 100 } };
	struct readings r = { .v = v, .n = 2 }, back;
	struct bytes b = block_encode(arena, NULL, &r);
	size_t n;

	for (n = 0; n < b.n; n++)
		CHECK(block_decode(&back, arena, (struct bytes){ b.p, n }) !=
		      NULL);
	CHECK(block_decode(&back, arena, b) == NULL);
}

TEST(a_steady_decimal_series_takes_three_bytes_a_reading)
{
	struct readings r = { .v = arena_array(arena, 1000, sizeof(*r.v)),
		.n = 1000 };
	size_t i;

	for (i = 0; i < r.n; i++)
		r.v[i] = (struct reading){ .time = INT64_C(1763703600000000) +
						   (int64_t)i * 1000000,
			.value = (double)(11845 + i % 7) / 100,
			.sensor = 1,
			.quality = 100 };
	CHECK(block_encode(arena, NULL, &r).n < 3000);
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
