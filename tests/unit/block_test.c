/*
 * The block format: bit-exact, checksummed, never trusting its bytes.
 */
#include "arena.h"
#include "check.h"
#include "draw.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "store/block.h"

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
	struct directory dir;
	struct readings back;
	struct bytes b;

	(void)readings_settle(r, arena);
	b = block_encode(arena, NULL, r);
	if (block_decode(&back, arena, b) != NULL || !same(r, &back))
		return false;
	b = block_encode(arena, &dir, r);
	return block_decode(&back, arena, b) == NULL && same(r, &back);
}

/* Bytes a reading, of so many instants of 4,000 sensors; values are noise. */
static double
weight(int instants)
{
	uint32_t state = 1;
	struct readings r = { 0 };
	struct directory dir;
	int s, i;

	(void)readings_room(&r, arena, 4000 * (size_t)instants);
	for (s = 0; s < 4000; s++)
		for (i = 0; i < instants; i++) {
			state = state * 1664525 + 1013904223;
			r.v[r.n++] = (struct reading){ .sensor = s,
				.time = i * 1000000,
				.value = (state >> 16) % 100,
				.quality = 100 };
		}
	return (double)block_encode(arena, &dir, &r).n / (double)r.n;
}

TEST(instants_that_repeat_from_sensor_to_sensor_are_zipped)
{
	CHECK(weight(4) < 1.6);
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

/* So many readings of each sensor, from sensor 1 on. */
static struct readings
of_each(const size_t *each, size_t sensors)
{
	struct readings r = { 0 };
	size_t i, k;

	for (i = 0; i < sensors; i++)
		for (k = 0; k < each[i]; k++) {
			*readings_room(&r, arena, 1) =
			    (struct reading){ .time = (int64_t)k * 1000,
				    .value = (double)(i * 10 + k % 5),
				    .sensor = (int32_t)i + 1,
				    .quality = 100 };
			r.n++;
		}
	return r;
}

TEST(short_runs_share_a_part_and_long_ones_have_their_own)
{
	static const struct {
		size_t each[5], sensors;
		int32_t bounds[8]; /* first and last sensor of each part */
		size_t parts;
	} table[] = {
		{ { 1 }, 1, { 1, 1 }, 1 },
		{ { 2, 1 }, 2, { 1, 2 }, 1 },
		{ { 127, 127, 127 }, 3, { 1, 3 }, 1 },
		{ { 128, 1, 1 }, 3, { 1, 1, 2, 3 }, 2 },
		{ { 1, 1, 128 }, 3, { 1, 2, 3, 3 }, 2 },
		{ { 3, 4096, 3, 5000, 3 }, 5, { 1, 1, 2, 2, 3, 3, 4, 4 }, 5 },
		{ { 127, 127, 127, 127, 127 }, 5, { 1, 5 }, 1 },
		{ { 0, 120, 120, 120, 120 }, 5, { 2, 5 }, 1 },
	};
	size_t t, i;

	for (t = 0; t < sizeof(table) / sizeof(*table); t++) {
		struct readings all = of_each(table[t].each, table[t].sensors);
		struct directory dir;

		(void)block_encode(arena, &dir, &all);
		CHECK(dir.n == table[t].parts);
		for (i = 0; i < dir.n && i < 4; i++)
			CHECK(dir.sensor[i] == table[t].bounds[2 * i] &&
			      dir.last[i] == table[t].bounds[2 * i + 1]);
	}
}

TEST(a_shared_part_ends_when_it_is_large)
{
	size_t each[100], i;
	struct directory dir;
	struct readings all;

	for (i = 0; i < 100; i++)
		each[i] = 100;
	all = of_each(each, 100);
	(void)block_encode(arena, &dir, &all);
	CHECK(dir.series == 100 && dir.n == 17);
	for (i = 0; i < dir.n; i++)
		CHECK(dir.last[i] == (i < 16 ? dir.sensor[i] + 5 : 100));
}

TEST(a_part_cut_out_by_the_directory_holds_its_sensors)
{
	static const size_t each[] = { 2, 3, 200, 4, 1, 300 };
	struct readings all = of_each(each, 6), part, back;
	struct directory dir;
	struct bytes b = block_encode(arena, &dir, &all), cut;
	size_t i, n = 0;

	CHECK(dir.n == 4 && dir.series == 6);
	CHECK((size_t)dir.offset[4] == b.n);
	for (i = 0; i < dir.n; i++) {
		cut = (struct bytes){ b.p + dir.offset[i],
			(size_t)(dir.offset[i + 1] - dir.offset[i]) };
		if (dir.sensor[i] == dir.last[i])
			CHECK(run_decode(&part, arena, cut) == NULL);
		else
			CHECK(block_decode(&part, arena, cut) == NULL);
		CHECK(part.v[0].sensor == dir.sensor[i]);
		CHECK(part.v[part.n - 1].sensor == dir.last[i]);
		back = (struct readings){ all.v + n, part.n, 0 };
		CHECK(same(&back, &part));
		n += part.n;
	}
	CHECK(n == all.n);
	CHECK(block_decode(&back, arena, b) == NULL && same(&all, &back));
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
			draw_series(r.v + (size_t)k * shapes[i].each,
			    shapes[i].each, k * 3 - 5);
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

		draw_series(r.v, n, 9);
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

	draw_series(v, 100, 1);
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
