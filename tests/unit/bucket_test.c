/*
 * Buckets: what many readings come to, however they are folded.
 */
#include "arena.h"
#include "check.h"
#include "draw.h"

#include <math.h>
#include <stdlib.h>

#include "store/bucket.h"

enum { READINGS = 9000, BUCKETS = 50 };

static struct reading v[READINGS];
static int64_t edge[BUCKETS + 1];

/* Uneven steps, gaps, marks and missing values; and edges as uneven. */
static void
make(uint64_t seed, unsigned gap)
{
	int64_t time = 1000;
	size_t i;

	for (i = 0; i < READINGS; i++) {
		time += (int64_t)(draw(&seed) % 3) + 1;
		if (draw(&seed) % 1000 == 0)
			time += gap;
		v[i] = (struct reading){ .time = time,
			.value = 1e6 + (double)(draw(&seed) % 10000) / 100,
			.sensor = 1,
			.quality = (uint8_t)(50 + draw(&seed) % 50) };
		if (draw(&seed) % 300 == 0)
			v[i].value = NAN;
	}
	for (i = 0; i <= BUCKETS; i++)
		edge[i] = (int64_t)(i * i * 7 + 3000);
}

/* The slow way, bucket by bucket. */
static void
model(struct bucket *b)
{
	size_t i, k;

	for (k = 0; k < BUCKETS; k++) {
		double square = 0;

		b[k] = (struct bucket){ .start = edge[k], .quality = 255 };
		for (i = 0; i < READINGS; i++) {
			const struct reading *r = &v[i];

			if (r->time < edge[k] || r->time >= edge[k + 1])
				continue;
			b[k].quality = r->quality < b[k].quality ? r->quality
								 : b[k].quality;
			b[k].bad += isnan(r->value) ? 1 : 0;
			if (isnan(r->value))
				continue;
			if (b[k].count++ == 0) {
				b[k].min = b[k].max = b[k].first = r->value;
				b[k].first_at = r->time;
			}
			b[k].min = fmin(b[k].min, r->value);
			b[k].max = fmax(b[k].max, r->value);
			b[k].sum += r->value;
			b[k].last = r->value;
			b[k].last_at = r->time;
		}
		for (i = 0; i < READINGS; i++)
			if (v[i].time >= edge[k] && v[i].time < edge[k + 1] &&
			    !isnan(v[i].value))
				square += pow(v[i].value -
						  b[k].sum / (double)b[k].count,
				    2);
		b[k].m2 = square;
	}
}

static bool
near(double a, double b)
{
	return fabs(a - b) <= 1e-9 * (fabs(a) + fabs(b)) + 1e-6;
}

static bool
is_model(const struct bucket *b, const struct bucket *m)
{
	size_t k;

	for (k = 0; k < BUCKETS; k++) {
		if (b[k].start != m[k].start || b[k].count != m[k].count ||
		    b[k].bad != m[k].bad)
			return false;
		if (b[k].count + b[k].bad > 0 && b[k].quality != m[k].quality)
			return false;
		if (b[k].count == 0)
			continue;
		if (b[k].min != m[k].min || b[k].max != m[k].max ||
		    b[k].first != m[k].first || b[k].last != m[k].last ||
		    b[k].first_at != m[k].first_at ||
		    b[k].last_at != m[k].last_at || !near(b[k].sum, m[k].sum) ||
		    !near(b[k].m2, m[k].m2))
			return false;
	}
	return true;
}

TEST(readings_columns_and_bytes_fold_into_the_same_buckets)
{
	static const unsigned gaps[] = { 0, 50, 500, 5000 };
	static struct bucket b[BUCKETS], m[BUCKETS];
	size_t i;

	for (i = 0; i < 4; i++) {
		struct bytes bytes;
		struct run run;

		make(i + 5, gaps[i]);
		model(m);
		bytes = run_encode(arena, v, READINGS);
		buckets_clear(b, edge, BUCKETS);
		buckets_fold(b, edge, BUCKETS, v, READINGS);
		CHECK(is_model(b, m));
		CHECK(run_columns(&run, arena, bytes) == NULL);
		buckets_clear(b, edge, BUCKETS);
		buckets_fold_run(b, edge, BUCKETS, &run);
		CHECK(is_model(b, m));
		buckets_clear(b, edge, BUCKETS);
		CHECK(buckets_fold_coded(b, edge, BUCKETS, bytes) == NULL);
		CHECK(is_model(b, m));
		arena_reset(arena);
	}
}

TEST(runs_one_after_the_other_fold_as_one)
{
	static struct bucket b[BUCKETS], m[BUCKETS];
	size_t i, n;

	make(3, 20);
	model(m);
	buckets_clear(b, edge, BUCKETS);
	for (i = 0; i < READINGS; i += n) {
		n = i % 700 + 1 < READINGS - i ? i % 700 + 1 : READINGS - i;
		CHECK(buckets_fold_coded(b, edge, BUCKETS,
			  run_encode(arena, v + i, n)) == NULL);
	}
	CHECK(is_model(b, m));
	arena_reset(arena);
}

TEST(regular_readings_fill_regular_buckets)
{
	static struct bucket b[BUCKETS];
	size_t i;

	for (i = 0; i < READINGS; i++)
		v[i] = (struct reading){ .time = (int64_t)i,
			.value = (double)(i % 10),
			.sensor = 1,
			.quality = 98 };
	for (i = 0; i <= BUCKETS; i++)
		edge[i] = (int64_t)i * 100;
	buckets_clear(b, edge, BUCKETS);
	CHECK(buckets_fold_coded(b, edge, BUCKETS,
		  run_encode(arena, v, READINGS)) == NULL);
	for (i = 0; i < BUCKETS; i++)
		CHECK(b[i].count == 100 && bucket_mean(&b[i]) == 4.5 &&
		      b[i].first_at == (int64_t)i * 100 &&
		      b[i].last_at == (int64_t)i * 100 + 99 &&
		      near(bucket_stddev(&b[i]), sqrt(8.25)));
	arena_reset(arena);
}

/* The sum of squares would have no digit left here. */
TEST(a_small_spread_around_a_large_mean_is_kept)
{
	static const int64_t edges[] = { 0, 1000 };
	struct bucket b;
	size_t i;

	for (i = 0; i < 1000; i++)
		v[i] = (struct reading){ .time = (int64_t)i,
			.value = 1e9 + (double)(i % 2) * 0.001 };
	buckets_clear(&b, edges, 1);
	buckets_fold(&b, edges, 1, v, 1000);
	CHECK(fabs(bucket_stddev(&b) - 0.0005) < 1e-6);
}

TEST(what_lies_outside_of_the_edges_is_left_out)
{
	static const int64_t edges[] = { 5000, 5001 },
			     behind[] = { 99999, 100000 };
	struct bucket b;

	make(1, 0);
	buckets_clear(&b, behind, 1);
	buckets_fold(&b, behind, 1, v, READINGS);
	CHECK(b.count + b.bad == 0);
	buckets_clear(&b, edges, 1);
	CHECK(buckets_fold_coded(&b, edges, 1,
		  run_encode(arena, v, READINGS)) == NULL);
	CHECK(b.count + b.bad <= 1);
	arena_reset(arena);
}

TEST(a_damaged_run_folds_into_nothing)
{
	static const int64_t edges[] = { 0, 100000 };
	struct bytes good, bad;
	struct bucket b;

	make(1, 0);
	buckets_clear(&b, edges, 1);
	good = run_encode(arena, v, 100);
	bad = (struct bytes){ good.p, good.n - 1 };
	CHECK(buckets_fold_coded(&b, edges, 1, bad) != NULL);
	CHECK(b.count + b.bad == 0);
	/* Its sum is right, but its times fall. */
	v[7].time = 0;
	CHECK(buckets_fold_coded(&b, edges, 1, run_encode(arena, v, 100)) !=
	      NULL);
	arena_reset(arena);
}

TEST(buckets_join_as_if_they_had_been_one)
{
	static const struct bucket none, bad = { .bad = 2, .quality = 0 };
	static const int64_t edges[] = { 0, 100000 };
	struct bucket a, b, all;

	make(2, 0);
	buckets_clear(&a, edges, 1);
	buckets_clear(&b, edges, 1);
	buckets_clear(&all, edges, 1);
	buckets_fold(&a, edges, 1, v, 4000);
	buckets_fold(&b, edges, 1, v + 4000, READINGS - 4000);
	buckets_fold(&all, edges, 1, v, READINGS);
	bucket_join(&a, &b);
	CHECK(a.count == all.count && a.bad == all.bad);
	CHECK(near(a.sum, all.sum) && near(a.m2, all.m2));
	CHECK(a.min == all.min && a.max == all.max && a.last == all.last);
	b = a;
	bucket_join(&a, &none);
	CHECK(a.count == b.count && a.quality == b.quality);
	bucket_join(&a, &bad);
	CHECK(a.count == b.count && a.bad == b.bad + 2 && a.quality == 0);
	a = none;
	bucket_join(&a, &bad);
	CHECK(a.bad == 2 && a.quality == 0);
}
