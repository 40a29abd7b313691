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

TEST(a_steady_decimal_series_takes_half_a_byte_a_reading)
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
	CHECK(block_encode(arena, NULL, &r).n < 500);
}

/* A plant's series: a step a second, a value of two decimals, rare marks. */
static void
fill(struct reading *v, size_t n, int32_t sensor)
{
	uint64_t seed = (uint64_t)sensor + 99;
	size_t i;

	for (i = 0; i < n; i++)
		v[i] = (struct reading){ .time = INT64_C(1763703600000000) +
						 (int64_t)i * 1000000,
			.value = (double)(draw(&seed) % 900) / 100,
			.sensor = sensor,
			.rev = (uint16_t)(i % 401 == 7),
			.quality = i % 301 == 3 ? 60 : 98 };
}

TEST(blocks_of_many_short_runs_lay_their_columns_across)
{
	static const struct {
		int32_t sensors;
		size_t each, most; /* bytes a hundred readings, when large */
	} shapes[] = { { 1, 1, 0 }, { 3, 1, 0 }, { 1000, 1, 200 },
		{ 9000, 1, 200 }, { 5000, 3, 200 }, { 100, 10, 250 },
		{ 10, 100, 300 }, { 2, 5000, 200 } };
	size_t i;

	for (i = 0; i < sizeof(shapes) / sizeof(*shapes); i++) {
		size_t n = (size_t)shapes[i].sensors * shapes[i].each;
		struct readings r = { .v = arena_array(arena, n, sizeof(*r.v)),
			.n = n };
		struct bytes b;
		int32_t k;

		for (k = 0; k < shapes[i].sensors; k++)
			fill(r.v + (size_t)k * shapes[i].each, shapes[i].each,
			    k * 3 - 5);
		CHECK(comes_back(&r));
		b = block_encode(arena, NULL, &r);
		CHECK(shapes[i].most == 0 || b.n < n * shapes[i].most / 100);
		arena_reset(arena);
	}
}

TEST(a_block_of_one_reading_is_tiny)
{
	struct reading one = { .time = INT64_C(1763703600123456),
		.value = 21.7,
		.sensor = 4711,
		.quality = 98 };
	struct readings r = { .v = &one, .n = 1 };

	CHECK(block_encode(arena, NULL, &r).n <= 30);
}

TEST(a_block_of_nothing_comes_back)
{
	struct readings none = { 0 }, back;
	struct directory dir;

	CHECK(comes_back(&none));
	CHECK(block_decode(&back, arena, block_encode(arena, &dir, &none)) ==
	      NULL);
	CHECK(back.n == 0 && dir.n == 0);
}

TEST(long_runs_come_back_in_every_way)
{
	static const size_t lengths[] = { 1, 4095, 4096, 4097, 8192, 10000 };
	struct run again = { 0 };
	size_t i, k;

	for (k = 0; k < sizeof(lengths) / sizeof(*lengths); k++) {
		size_t n = lengths[k];
		struct readings r = { .v = arena_array(arena, n, sizeof(*r.v)),
			.n = n },
				back;
		struct bytes b;
		struct run run;

		fill(r.v, n, 9);
		b = run_encode(arena, r.v, n);
		CHECK(run_decode(&back, arena, b) == NULL && same(&r, &back));
		CHECK(run_columns(&run, arena, b) == NULL);
		CHECK(run_columns_again(&again, arena, b) == NULL);
		CHECK(run.n == n && run.sensor == 9 && again.n == n);
		CHECK(memcmp(run.value, again.value, n * 8) == 0);
		for (i = 0; i < n; i++)
			CHECK(run.time[i] == r.v[i].time &&
			      run.value[i] == r.v[i].value &&
			      run.quality[i] == r.v[i].quality &&
			      run.rev[i] == r.v[i].rev);
	}
	arena_reset(arena);
}

TEST(columns_are_used_again_where_they_have_the_room)
{
	struct reading v[100];
	struct run run = { 0 };
	int64_t *before;

	fill(v, 100, 1);
	CHECK(
	    run_columns_again(&run, arena, run_encode(arena, v, 100)) == NULL);
	before = run.time;
	CHECK(run_columns_again(&run, arena, run_encode(arena, v, 50)) == NULL);
	CHECK(run.time == before && run.n == 50 && run.room == 100);
}

TEST(noise_comes_back)
{
	struct readings r = { .v = arena_array(arena, 9000, sizeof(*r.v)),
		.n = 9000 };
	uint64_t seed = 6, bits;
	size_t i;

	for (i = 0; i < r.n; i++) {
		bits = draw(&seed);
		r.v[i] = (struct reading){ .time = (int64_t)draw(&seed),
			.sensor = 1,
			.quality = (uint8_t)draw(&seed),
			.rev = (uint16_t)draw(&seed) };
		memcpy(&r.v[i].value, &bits, sizeof(bits));
	}
	CHECK(comes_back(&r));
	CHECK(block_encode(arena, NULL, &r).n < r.n * 20);
	arena_reset(arena);
}
