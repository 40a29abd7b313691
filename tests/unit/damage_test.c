/*
 * Damage: bytes that nobody wrote are refused, whether their sums are wrong
 * or made right by whom they want to fool.
 */
#include "arena.h"
#include "check.h"
#include "draw.h"

#include <stdlib.h>
#include <zlib.h>

#include "store/block.h"

/* Is a block refused, whichever bit of it is another? */
static bool
flips_are_found(struct bytes b)
{
	unsigned char *copy = (unsigned char *)arena_copy(arena, b.p, b.n);
	struct readings back;
	bool all = true;
	size_t i;

	for (i = 0; i < b.n * 8; i++) {
		copy[i / 8] ^= (unsigned char)(1 << i % 8);
		all &= block_decode(&back, arena,
			   (struct bytes){ copy, b.n }) != NULL;
		copy[i / 8] = b.p[i / 8];
	}
	return all;
}

TEST(a_flipped_bit_anywhere_is_found)
{
	struct reading v[40];
	struct readings r = { .v = v, .n = 40 };
	size_t i;

	for (i = 0; i < 40; i++)
		v[i] = (struct reading){ .time = (int64_t)i * 1000,
			.value = (double)i / 10,
			.sensor = (int32_t)(i / 10) + 1,
			.quality = 100 };
	CHECK(flips_are_found(block_encode(arena, NULL, &r)));
}

TEST(a_flipped_bit_of_a_block_with_a_directory_is_found)
{
	struct reading v[] = { { 1, 10, 3, 0, 100 }, { 2, 11, 4, 0, 100 } };
	struct readings r = { .v = v, .n = 2 };
	struct directory dir;

	CHECK(flips_are_found(block_encode(arena, &dir, &r)));
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

/* Make the sum of a run right, whatever stands in it. */
static struct bytes
seal_run(const void *bytes, size_t n)
{
	unsigned char *p = arena_alloc(arena, n + 4);
	uint32_t sum;
	int i;

	memcpy(p + 4, bytes, n);
	sum = (uint32_t)crc32_z(0, p + 4, n);
	for (i = 0; i < 4; i++)
		p[i] = (unsigned char)(sum >> 8 * i);
	return (struct bytes){ p, n + 4 };
}

/* And of a block: of its first `head` bytes but for the sum itself. */
static struct bytes
seal_block(const void *bytes, size_t n, size_t head)
{
	unsigned char *p = (unsigned char *)arena_copy(arena, bytes, n);
	uint32_t sum = (uint32_t)crc32_z(crc32_z(0, p, 4), p + 8, head - 8);
	int i;

	for (i = 0; i < 4; i++)
		p[4 + i] = (unsigned char)(sum >> 8 * i);
	return (struct bytes){ p, n };
}

static bool
is_settled(const struct readings *r)
{
	size_t i;

	for (i = 1; i < r->n; i++)
		if (r->v[i].sensor < r->v[i - 1].sensor ||
		    (r->v[i].sensor == r->v[i - 1].sensor &&
			r->v[i].time <= r->v[i - 1].time))
			return false;
	return true;
}

/* Sums do not help against who can make them. */
TEST(damage_under_a_right_sum_is_refused_or_still_settled)
{
	struct reading v[5000];
	struct readings r = { .v = v, .n = 5000 }, back;
	uint64_t seed = 5;
	int round, k;

	for (round = 0; round < 3000; round++) {
		struct bytes run, block;
		unsigned char *p;

		r.n = round % 50 == 0 ? 5000 : draw(&seed) % 60 + 1;
		draw_series(v, r.n, 1);
		for (k = 0; k < (int)r.n && round % 3 == 0; k++)
			v[k].value = v[k].value > 5 ? 1 : 0;
		run = run_encode(arena, v, r.n);
		p = (unsigned char *)arena_copy(arena, run.p, run.n);
		for (k = 0; k < 3; k++)
			p[draw(&seed) % run.n] = (unsigned char)draw(&seed);
		run = seal_run(p + 4, run.n - 4 - draw(&seed) % 2);
		CHECK(
		    run_decode(&back, arena, run) != NULL || is_settled(&back));
		for (k = 0; k < (int)r.n; k++)
			v[k].sensor = k / 2;
		block = block_encode(arena, NULL, &r);
		p = (unsigned char *)arena_copy(arena, block.p, block.n);
		for (k = 0; k < 2; k++)
			p[8 + draw(&seed) % (block.n - 8)] =
			    (unsigned char)draw(&seed);
		block = seal_block(p, block.n, block.n);
		CHECK(block_decode(&back, arena, block) != NULL ||
		      is_settled(&back));
		arena_reset(arena);
	}
}

TEST(a_run_that_is_not_one_is_refused)
{
	static const struct {
		size_t n;
		unsigned char b[24];
	} bad[] = {
		{ 0, { 0 } },	    /* no head */
		{ 2, { 1, 0x80 } }, /* a number without end */
		/* no readings */
		{ 8, { 1, 0, 0, 0x80, 0, 0x80, 0x80, 0x80 } },
		/* too many for its bytes, and for any */
		{ 11, { 1, 0x80, 0x80, 0x10, 0, 0x80, 0, 0x80, 0x80, 0x80 } },
		{ 11, { 1, 0x81, 0x80, 0x80, 2, 0, 0x80, 0, 0x80, 0x80 } },
		/* equal times; a byte too many */
		{ 8, { 1, 2, 0, 0x80, 0, 0x80, 0x80, 0x80 } },
		{ 9, { 1, 1, 0, 0x80, 0, 0x80, 0x80, 0x80, 0 } },
		/* zipped: cut short, to too many bytes, no zip at all */
		{ 8, { 1, 1, 9, 9, 0, 0, 0, 0 } },
		{ 8, { 1, 1, 1, 0x80, 0x80, 4, 0, 0 } },
		{ 8, { 1, 1, 2, 5, 1, 2, 0, 0 } },
		/* no such column */
		{ 8, { 1, 1, 0, 9, 0, 0, 0, 0 } },
	};
	static const unsigned char good[] = { 1, 1, 0, 0x80, 0, 0x80, 0x80,
		0x80 };
	struct reading v[9000];
	struct readings back;
	struct run run;
	struct bytes b;
	size_t i;

	b = seal_run(good, sizeof(good));
	CHECK(run_decode(&back, arena, b) == NULL);
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		b = seal_run(bad[i].b, bad[i].n);
		CHECK(run_decode(&back, arena, b) != NULL);
		CHECK(run_columns(&run, arena, b) != NULL);
	}
	CHECK(run_decode(&back, arena, (struct bytes){ b.p, 3 }) != NULL);
	/* Two stripes, the second of which begins before the first ended. */
	draw_series(v, 9000, 1);
	for (i = 4096; i < 9000; i++)
		v[i].time -= 5000000;
	b = run_encode(arena, v, 9000);
	CHECK(run_decode(&back, arena, b) != NULL);
	CHECK(run_columns(&run, arena, b) != NULL);
}

/* What a stripe holds is zipped where that makes it a good deal shorter. */
TEST(a_zipped_run_is_checked_inside_too)
{
	struct reading v[4096];
	struct readings back;
	struct bytes b, cut;
	unsigned char *p;
	size_t i;

	draw_series(v, 4096, 1);
	for (i = 0; i < 4096; i++)
		v[i].value = (double)(i % 96 * (i % 96));
	b = run_encode(arena, v, 4096);
	CHECK(b.p[7] != 0 && b.n < 1500);
	CHECK(run_decode(&back, arena, b) == NULL);
	/* The number of readings stands at byte 5; one more, and one fewer. */
	p = (unsigned char *)arena_copy(arena, b.p, b.n);
	p[5] = 0xff;
	p[6] = 0x1f;
	cut = seal_run(p + 4, b.n - 4);
	CHECK(run_decode(&back, arena, cut) != NULL);
	for (i = 8; i < b.n; i++) {
		p = (unsigned char *)arena_copy(arena, b.p, b.n);
		p[i] ^= 0x10;
		cut = seal_run(p + 4, b.n - 4);
		CHECK(
		    run_decode(&back, arena, cut) != NULL || is_settled(&back));
	}
	arena_reset(arena);
}

TEST(a_block_that_is_not_one_is_refused)
{
	static const struct {
		size_t n, head;
		unsigned char b[24];
	} bad[] = {
		{ 8, 8, { 'G', 'B', 2, 1 } }, { 8, 8, { 'F', 'C', 2, 1 } },
		{ 8, 8, { 'F', 'B', 1, 0 } }, /* version 1 */
		{ 8, 8, { 'F', 'B', 3, 1 } },
		{ 8, 8, { 'F', 'B', 2, 0 } }, /* no such layout */
		{ 8, 8, { 'F', 'B', 2, 1 } }, /* no head */
		{ 9, 9, { 'F', 'B', 2, 1, [8] = 0x80 } },
		{ 10, 10, { 'F', 'B', 2, 1, [8] = 1, 9 } },
		{ 12, 12, { 'F', 'B', 2, 1, [8] = 0x80, 0x80, 0x20, 0 } },
		{ 13, 13, { 'F', 'B', 2, 1, [8] = 0x81, 0x80, 0x80, 2, 0 } },
		{ 10, 10, { 'F', 'B', 2, 1, [8] = 1, 0 } },    /* lacks one */
		{ 11, 10, { 'F', 'B', 2, 1, [8] = 0, 0, 0 } }, /* and more */
		{ 16, 11, { 'F', 'B', 2, 1, [8] = 1, 1, 9 } },
		{ 16, 11, { 'F', 'B', 2, 1, [8] = 1, 1, 2, 0, 0 } },
		{ 16, 16, { 'F', 'B', 2, 1, [8] = 1, 5, 0x80, 0x80 } },
		{ 17, 17,
		    { 'F', 'B', 2, 1, [8] = 1, 1, 0x80, 0x80, 0x80, 0x80, 0x80,
			0x80, 0x80 } },
		{ 8, 8, { 'F', 'B', 2, 2 } },
		{ 10, 10, { 'F', 'B', 2, 2, [8] = 1, 2 } },
		{ 12, 12, { 'F', 'B', 2, 2, [8] = 0x80, 0x80, 0x20, 0 } },
		{ 13, 13, { 'F', 'B', 2, 2, [8] = 0x81, 0x80, 0x80, 2, 0 } },
		{ 10, 10, { 'F', 'B', 2, 2, [8] = 1, 1 } },
		{ 10, 10, { 'F', 'B', 2, 2, [8] = 1, 0 } }, /* of nobody */
		{ 24, 24, { 'F', 'B', 2, 2, [8] = 0x88, 0x27, 0x88, 0x27, 6 } },
		{ 12, 12, { 'F', 'B', 2, 2, [8] = 3, 1, 0x81, 0x84 } },
		{ 12, 12, { 'F', 'B', 2, 2, [8] = 3, 1, 0x81, 9 } },
		{ 17, 17,
		    { 'F', 'B', 2, 2, [8] = 2, 2, 0x81, 0, 0x80, 0, 0x80, 0x80,
			0x80, 0 } }, /* one sensor twice */
		{ 18, 18,
		    { 'F', 'B', 2, 2, [8] = 1, 1, 0x81, 0, 0x80, 0, 0x80, 0x80,
			0x80, 0 } }, /* a byte too many */
	};
	struct readings back;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		CHECK(block_decode(&back, arena,
			  seal_block(bad[i].b, bad[i].n, bad[i].head)) != NULL);
		CHECK(back.n == 0);
	}
	CHECK(block_decode(&back, arena, (struct bytes){ NULL, 0 }) != NULL);
}

/* Put a block together of runs that do not belong so. */
static struct bytes
block_of(size_t n, const struct bytes *run, size_t runs)
{
	struct buf b = buf_new(arena, 100);
	size_t i, head;

	buf_put(&b, "FB\2\1\0\0\0\0", 8);
	buf_byte(&b, (unsigned char)n);
	buf_byte(&b, (unsigned char)runs);
	for (i = 0; i < runs; i++)
		buf_byte(&b, (unsigned char)run[i].n);
	head = b.n;
	for (i = 0; i < runs; i++)
		buf_put(&b, run[i].p, run[i].n);
	return seal_block(b.p, b.n, head);
}

TEST(the_runs_of_a_block_are_those_of_its_head)
{
	struct reading v[3];
	struct bytes run[2], bad;
	struct readings back;

	draw_series(v, 3, 7);
	run[0] = run[1] = run_encode(arena, v, 3);
	CHECK(block_decode(&back, arena, block_of(3, run, 1)) == NULL);
	CHECK(block_decode(&back, arena, block_of(2, run, 1)) != NULL);
	CHECK(block_decode(&back, arena, block_of(4, run, 1)) != NULL);
	CHECK(block_decode(&back, arena, block_of(6, run, 2)) != NULL);
	v[0].sensor = 8;
	run[1] = run_encode(arena, v, 1);
	CHECK(block_decode(&back, arena, block_of(4, run, 2)) == NULL);
	bad = seal_run("\1\1\0\11\0\0\0\0", 8);
	CHECK(block_decode(&back, arena, block_of(1, &bad, 1)) != NULL);
}
/* A block of one part that says that short runs share it. */
static struct bytes
block_of_part(size_t n, struct bytes part)
{
	struct buf b = buf_new(arena, 100);
	size_t head;

	buf_put(&b, "FB\2\3\0\0\0\0", 8);
	buf_byte(&b, (unsigned char)n);
	buf_byte(&b, 1);
	buf_byte(&b, (unsigned char)(part.n << 1 & 0x7f) | 0x81);
	buf_byte(&b, (unsigned char)(part.n >> 6));
	head = b.n;
	buf_put(&b, part.p, part.n);
	return seal_block(b.p, b.n, head);
}

TEST(a_shared_part_is_a_block_of_short_runs_and_nothing_else)
{
	struct reading v[3] = { { 1, 10, 3, 0, 100 }, { 2, 11, 4, 0, 100 },
		{ 3, 12, 5, 0, 100 } };
	struct readings r = { .v = v, .n = 3 }, back;
	struct bytes part = block_encode(arena, NULL, &r), runs;
	struct bytes run = run_encode(arena, v, 1);

	CHECK(block_decode(&back, arena, block_of_part(3, part)) == NULL);
	CHECK(block_decode(&back, arena, block_of_part(2, part)) != NULL);
	CHECK(block_decode(&back, arena, block_of_part(4, part)) != NULL);
	CHECK(block_decode(&back, arena, block_of_part(1, run)) != NULL);
	runs = block_of(1, &run, 1);
	CHECK(block_decode(&back, arena, runs) == NULL);
	CHECK(block_decode(&back, arena, block_of_part(1, runs)) != NULL);
	part = seal_block("FB\2\2\0\0\0\0\0\0", 10, 10);
	CHECK(block_decode(&back, arena, part) == NULL && back.n == 0);
	CHECK(block_decode(&back, arena, block_of_part(0, part)) != NULL);
	part =
	    seal_block("FB\2\2\0\0\0\0\1\1\x81\0\x80\0\x80\x80\x80\0", 18, 18);
	CHECK(block_decode(&back, arena, block_of_part(1, part)) != NULL);
}
