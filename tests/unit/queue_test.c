/*
 * queue_test.c - whose turn it is: nobody is forgotten, nobody has two turns
 * at once, and nobody waits for ever.
 * link: worker/queue.c
 */
#include "../../worker/queue.h"

#include "check.h"

enum { QUICK, LONG, SLOW, N };

static const struct job table[N] = {
	/* clang-format off */
	[QUICK] = { "quick", .every = CLOCK_HOUR, .pause = 20 * CLOCK_MS,
	    .retry = CLOCK_S, .after = -1 },
	[LONG] = { "long", .every = CLOCK_HOUR, .retry = CLOCK_S,
	    .after = QUICK, .is_long = true },
	[SLOW] = { "slow", .every = CLOCK_HOUR, .retry = CLOCK_S,
	    .after = -1 },
	/* clang-format on */
};

static const struct outcome well = { .ok = true };
static const struct outcome useful = { .ok = true, .did = true };
static const struct outcome failed = { .ok = false };

/* Ten tenants that have been looked at once. */
static struct queue *
quiet(struct arena *a, int children, int64_t *now)
{
	struct queue *q = queue_new(a, table, N, children);
	static const int32_t ids[] = { 10, 3, 7, 1, 2, 9, 8, 6, 5, 4 };
	struct order o;

	queue_know(q, ids, 10, *now);
	while (queue_next(&o, q, *now))
		queue_done(q, &o, well, *now);
	*now += CLOCK_S;
	return q;
}

TEST(everybody_new_is_looked_at_once_for_every_job)
{
	struct arena *a = arena_new();
	struct queue *q = queue_new(a, table, N, 3);
	static const int32_t ids[] = { 5, 2 };
	int64_t now = CLOCK_S;
	struct order o;
	int n = 0;

	queue_know(q, ids, 2, now);
	queue_know(q, ids, 2, now);
	for (; queue_next(&o, q, now); n++)
		queue_done(q, &o, well, now);
	CHECK(n == 2 * N);
	arena_free(a);
}

TEST(a_tenant_has_one_turn_at_a_time_and_is_not_forgotten_meanwhile)
{
	struct arena *a = arena_new();
	int64_t now = CLOCK_S;
	struct queue *q = quiet(a, 3, &now);
	struct order o, other;

	queue_ask(q, QUICK, 5, now, false);
	queue_ask(q, QUICK, 5, now, false);
	CHECK(queue_next(&o, q, now) && o.tenant == 5 && o.job == QUICK);
	queue_ask(q, QUICK, 5, now, false);
	CHECK(!queue_next(&other, q, now + CLOCK_S));
	queue_done(q, &o, well, now + CLOCK_S);
	CHECK(queue_next(&o, q, now + CLOCK_S) && o.tenant == 5);
	queue_done(q, &o, well, now + CLOCK_S);
	CHECK(!queue_next(&o, q, now + 2 * CLOCK_S));
	arena_free(a);
}

TEST(turns_of_a_tenant_begin_a_pause_apart_and_others_go_meanwhile)
{
	struct arena *a = arena_new();
	int64_t now = CLOCK_S;
	struct queue *q = quiet(a, 3, &now);
	struct order o;

	queue_ask(q, QUICK, 5, now, false);
	CHECK(queue_next(&o, q, now));
	queue_done(q, &o, useful, now + CLOCK_MS);
	queue_ask(q, QUICK, 5, now + CLOCK_MS, false);
	queue_ask(q, QUICK, 6, now + 2 * CLOCK_MS, false);
	CHECK(queue_next(&o, q, now + 2 * CLOCK_MS) && o.tenant == 6);
	CHECK(queue_next(&o, q, now + 2 * CLOCK_MS) && o.job == LONG);
	CHECK(!queue_next(&o, q, now + 19 * CLOCK_MS));
	CHECK(queue_until(q, now + 2 * CLOCK_MS) == now + 20 * CLOCK_MS);
	CHECK(queue_next(&o, q, now + 20 * CLOCK_MS) && o.tenant == 5);
	arena_free(a);
}

TEST(who_was_asked_for_first_goes_first)
{
	struct arena *a = arena_new();
	int64_t now = CLOCK_S;
	struct queue *q = quiet(a, 3, &now);
	static const int32_t asked[] = { 7, 1, 9, 3 };
	struct order o;
	int i;

	for (i = 0; i < 4; i++)
		queue_ask(q, QUICK, asked[i], now, false);
	for (i = 0; i < 4; i++)
		CHECK(queue_next(&o, q, now) && o.tenant == asked[i]);
	arena_free(a);
}

TEST(long_jobs_leave_the_last_child_alone)
{
	struct arena *a = arena_new();
	int64_t now = CLOCK_S;
	struct queue *q = quiet(a, 3, &now);
	struct order o, one;
	int i;

	for (i = 1; i <= 5; i++)
		queue_ask(q, LONG, i, now, false);
	CHECK(queue_next(&one, q, now) && one.job == LONG);
	CHECK(queue_next(&o, q, now) && o.job == LONG);
	CHECK(!queue_next(&o, q, now));
	queue_ask(q, QUICK, 9, now, false);
	CHECK(queue_next(&o, q, now) && o.job == QUICK);
	queue_done(q, &one, well, now);
	CHECK(queue_next(&o, q, now) && o.job == LONG);
	arena_free(a);
}

TEST(the_weightier_job_goes_first_but_not_for_ever)
{
	struct arena *a = arena_new();
	int64_t now = CLOCK_S, began;
	struct queue *q = quiet(a, 3, &now);
	struct order o;

	began = now;
	queue_ask(q, SLOW, 1, now, false);
	do {
		now += 30 * CLOCK_MS;
		queue_ask(q, QUICK, 2, now, false);
		CHECK(queue_next(&o, q, now));
		queue_done(q, &o, well, now);
	} while (o.job == QUICK && now < began + CLOCK_HOUR);
	CHECK(o.job == SLOW);
	CHECK(now - began > QUEUE_PATIENCE);
	CHECK(now - began < QUEUE_PATIENCE + 100 * CLOCK_MS);
	arena_free(a);
}

TEST(what_failed_comes_again_after_a_while)
{
	struct arena *a = arena_new();
	int64_t now = CLOCK_S;
	struct queue *q = quiet(a, 3, &now);
	struct order o;

	queue_ask(q, QUICK, 4, now, true);
	CHECK(queue_next(&o, q, now) && o.force);
	queue_done(q, &o, failed, now);
	CHECK(!queue_next(&o, q, now + CLOCK_S - 1));
	CHECK(queue_next(&o, q, now + CLOCK_S) && o.tenant == 4 && o.force);
	arena_free(a);
}

TEST(what_follows_is_asked_for_only_when_something_was_done)
{
	struct arena *a = arena_new();
	int64_t now = CLOCK_S;
	struct queue *q = quiet(a, 3, &now);
	struct order o;

	queue_ask(q, QUICK, 4, now, false);
	CHECK(queue_next(&o, q, now));
	queue_done(q, &o, well, now);
	CHECK(!queue_next(&o, q, now));
	now += CLOCK_S;
	queue_ask(q, QUICK, 4, now, false);
	CHECK(queue_next(&o, q, now));
	queue_done(q, &o, useful, now);
	CHECK(queue_next(&o, q, now) && o.job == LONG && o.tenant == 4);
	CHECK(!o.force);
	arena_free(a);
}

TEST(a_forced_settling_goes_down_the_whole_way)
{
	struct arena *a = arena_new();
	int64_t now = CLOCK_S;
	struct queue *q = quiet(a, 3, &now);
	struct order o;
	int n = 0;

	queue_ask_all(q, QUICK, now, true);
	for (; queue_next(&o, q, now); n++) {
		CHECK(o.force);
		queue_done(q, &o, well, now);
	}
	CHECK(n == 20);
	arena_free(a);
}

TEST(a_sweep_finds_everybody_again)
{
	struct arena *a = arena_new();
	int64_t now = CLOCK_S;
	struct queue *q = quiet(a, 3, &now);
	struct order o;
	int n = 0;

	now += 2 * CLOCK_HOUR;
	for (; queue_next(&o, q, now); n++)
		queue_done(q, &o, well, now);
	CHECK(n == 10 * N);
	arena_free(a);
}

TEST(more_tenants_than_there_is_room_for_are_left_out)
{
	struct arena *a = arena_new();
	struct queue *q = queue_new(a, table, N, 3);
	struct order o;
	int32_t i;
	int n = 0;

	for (i = TENANTS_MAX + 5; i > 0; i--)
		queue_ask(q, QUICK, i, CLOCK_S, false);
	for (; queue_next(&o, q, CLOCK_S); n++)
		CHECK(queue_horizon(q, o.tenant) != NULL);
	CHECK(queue_horizon(q, 5) == NULL);
	CHECK(n >= TENANTS_MAX);
	arena_free(a);
}
