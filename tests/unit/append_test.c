/*
 * What of an append is done before there is a transaction.
 */
#include "arena.h"
#include "check.h"

#include "store/block.h"
#include "store/store.h"

enum { SENSORS = 3, INSTANTS = 50, N = SENSORS * INSTANTS };

#define START INT64_C(1763703600000000)

/* Instant by instant, as a gateway sends them; the last one twice. */
static struct readings
sent(struct arena *a)
{
	struct readings r = { .v = arena_array(a, N + 1, sizeof(*r.v)),
		.n = N + 1,
		.room = N + 1 };
	size_t i;

	for (i = 0; i < N; i++)
		r.v[i] =
		    (struct reading){ .time = START + (int64_t)(i / SENSORS),
			    .value = (double)i,
			    .sensor = (int32_t)(i % SENSORS) + 7,
			    .quality = 100 };
	r.v[N] = r.v[N - 1];
	return r;
}

TEST(readings_are_settled_and_coded_and_what_came_twice_is_counted)
{
	struct arena *a = arena_new();
	struct readings r = sent(a), back;
	struct coded c;

	CHECK(store_wrap(&c, a, &r) == NULL);
	CHECK(c.n == N && c.duplicate == 1);
	CHECK(c.t_min == START && c.t_max == START + INSTANTS - 1);
	CHECK(block_decode(&back, a, c.block) == NULL && back.n == N);
	CHECK(back.v[0].sensor == 7 && back.v[0].time == START);
	CHECK(back.v[N - 1].sensor == SENSORS + 6 &&
	      back.v[N - 1].value == N - 1);
	arena_free(a);
}

TEST(of_no_readings_there_is_no_block)
{
	struct arena *a = arena_new();
	struct readings none = { .n = 0 };
	struct coded c;

	CHECK(store_wrap(&c, a, &none) == NULL);
	CHECK(c.n == 0 && c.duplicate == 0 && c.block.n == 0);
	arena_free(a);
}

TEST(too_many_readings_are_refused_before_they_are_looked_at)
{
	struct arena *a = arena_new();
	struct readings many = { .n = STORE_APPEND_MAX + 1 };
	struct coded c;
	struct err *e = store_wrap(&c, a, &many);

	CHECK(e != NULL && e->kind == ERR_TOO_BIG);
	CHECK(c.n == 0);
	arena_free(a);
}
