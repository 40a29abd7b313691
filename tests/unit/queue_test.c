/*
 * queue_test.c - whose turn it is: nobody is forgotten, nobody has two turns
 * at once, and nobody waits for ever.
 * link: worker/queue.c
 */
#include "check.h"

#include "worker/queue.h"

enum { QUICK, LONG, SLOW, N };
enum { TENANTS = 10, STRANGER, CHILDREN = 3 };

static const struct job table[N] = {
	/* clang-format off */
	[QUICK] = { "quick", .every = CLOCK_HOUR, .pause = 20 * CLOCK_MS,
	    .rest = 30 * CLOCK_MS, .retry = CLOCK_S, .after = -1 },
	[LONG] = { "long", .every = CLOCK_HOUR, .retry = CLOCK_S,
	    .after = QUICK, .is_long = true },
	[SLOW] = { "slow", .every = CLOCK_HOUR, .retry = CLOCK_S,
	    .after = -1 },
	/* clang-format on */
};

static const struct outcome well = { .ok = true };
static const struct outcome useful = { .ok = true, .did = true };
static const struct outcome unfinished = { .ok = true, .more = true };
static const struct outcome failed = { .ok = false };

/* All tenants have been looked at once. */
static struct queue *
quiet(struct arena *a, int64_t *now)
{
	struct queue *q = queue_new(a, table, N, CHILDREN);
	static const int32_t ids[TENANTS] = { 10, 3, 7, 1, 2, 9, 8, 6, 5, 4 };
	struct order o;

	queue_know(q, ids, TENANTS, *now);
	while (queue_next(&o, q, *now))
		queue_done(q, &o, well, *now);
	*now += CLOCK_S;
	return q;
}

/* How many orders there are at this instant, each of them done at once. */
static int
orders(struct queue *q, int64_t now)
{
	struct order o;
	int n;

	for (n = 0; queue_next(&o, q, now); n++)
		queue_done(q, &o, well, now);
	return n;
}

/* ---- claims that are scripts ---- */

enum act {
	ASK,	 /* for this job of this tenant, */
	FORCE,	 /* however little there is to do, */
	IN_VAIN, /* or of somebody who is not known */
	GIVES,	 /* the next order is this one, */
	FORCES,	 /* and forced, */
	NOTHING, /* or there is none */
	WELL,	 /* what was given is done, */
	USEFUL,	 /* and something changed, */
	MORE,	 /* and there is more of it, */
	FAILED,	 /* or could not be done */
	UNTIL	 /* at the step before, the queue says to look again now */
};

struct step {
	int at_ms; /* since all was quiet */
	enum act act;
	int job;
	int32_t tenant;
};

struct play {
	struct queue *queue;
	struct order given[N][STRANGER + 1];
	int64_t before, now;
};

/* Is it as the step says? */
static bool
goes(struct play *p, const struct step *s)
{
	struct order *o = &p->given[s->job][s->tenant];
	struct queue *q = p->queue;
	struct order next;

	switch (s->act) {
	case ASK:
	case FORCE:
		return queue_ask(q, s->job, s->tenant, p->now, s->act == FORCE);
	case IN_VAIN:
		return !queue_ask(q, s->job, s->tenant, p->now, false);
	case GIVES:
	case FORCES:
		return queue_next(o, q, p->now) && o->job == s->job &&
		       o->tenant == s->tenant && o->force == (s->act == FORCES);
	case NOTHING:
		return !queue_next(&next, q, p->now);
	case WELL:
		queue_done(q, o, well, p->now);
		break;
	case USEFUL:
		queue_done(q, o, useful, p->now);
		break;
	case MORE:
		queue_done(q, o, unfinished, p->now);
		break;
	case FAILED:
		queue_done(q, o, failed, p->now);
		break;
	case UNTIL:
		return queue_until(q, p->before) == p->now;
	}
	return true;
}

/* Does it go as the script says?  Else the first wrong step is shown. */
static bool
plays(const struct step *s, size_t n)
{
	struct arena *a = arena_new();
	struct play p = { 0 };
	int64_t start = CLOCK_S;
	bool ok = true;
	size_t i;

	p.queue = quiet(a, &start);
	for (i = 0; ok && i < n; i++) {
		p.before = p.now;
		p.now = start + s[i].at_ms * CLOCK_MS;
		ok = goes(&p, &s[i]);
		if (!ok)
			(void)printf("step %zu at %d ms\n", i + 1, s[i].at_ms);
	}
	arena_free(a);
	return ok;
}

#define PLAYS(script) plays(script, sizeof(script) / sizeof(*(script)))

TEST(a_tenant_has_one_turn_at_a_time_and_is_not_forgotten_meanwhile)
{
	static const struct step script[] = {
		{ 0, ASK, QUICK, 5 },
		{ 0, ASK, QUICK, 5 },
		{ 0, GIVES, QUICK, 5 },
		{ 0, ASK, QUICK, 5 },
		{ 1000, NOTHING, 0, 0 },
		{ 1000, WELL, QUICK, 5 },
		{ 1030, GIVES, QUICK, 5 },
		{ 1030, WELL, QUICK, 5 },
		{ 2000, NOTHING, 0, 0 },
	};

	CHECK(PLAYS(script));
}

TEST(turns_of_a_tenant_begin_a_pause_apart_and_others_go_meanwhile)
{
	static const struct step script[] = {
		{ 0, ASK, QUICK, 5 },
		{ 0, GIVES, QUICK, 5 },
		{ 1, USEFUL, QUICK, 5 },
		{ 1, ASK, QUICK, 5 },
		{ 2, ASK, QUICK, 6 },
		{ 2, GIVES, QUICK, 6 },
		{ 2, GIVES, LONG, 5 },
		{ 19, NOTHING, 0, 0 },
		{ 20, UNTIL, 0, 0 },
		{ 20, GIVES, QUICK, 5 },
	};

	CHECK(PLAYS(script));
}

TEST(a_turn_is_followed_by_a_rest_as_long_as_it_but_not_for_ever)
{
	static const struct step script[] = {
		{ 0, ASK, QUICK, 5 },
		{ 0, GIVES, QUICK, 5 },
		{ 25, WELL, QUICK, 5 },
		{ 26, ASK, QUICK, 5 },
		{ 49, NOTHING, 0, 0 },
		{ 50, UNTIL, 0, 0 },
		{ 50, GIVES, QUICK, 5 },
		{ 550, WELL, QUICK, 5 },
		{ 551, ASK, QUICK, 5 },
		{ 579, NOTHING, 0, 0 },
		{ 580, UNTIL, 0, 0 },
		{ 580, GIVES, QUICK, 5 },
	};

	CHECK(PLAYS(script));
}

TEST(who_left_something_goes_on_without_a_rest)
{
	static const struct step script[] = {
		{ 0, ASK, QUICK, 5 },
		{ 0, GIVES, QUICK, 5 },
		{ 25, MORE, QUICK, 5 },
		{ 25, GIVES, QUICK, 5 },
	};

	CHECK(PLAYS(script));
}

TEST(who_was_asked_for_first_goes_first)
{
	static const struct step script[] = {
		{ 0, ASK, QUICK, 7 },
		{ 0, ASK, QUICK, 1 },
		{ 0, ASK, QUICK, 9 },
		{ 0, ASK, QUICK, 3 },
		{ 0, GIVES, QUICK, 7 },
		{ 0, GIVES, QUICK, 1 },
		{ 0, GIVES, QUICK, 9 },
		{ 0, GIVES, QUICK, 3 },
	};

	CHECK(PLAYS(script));
}

TEST(long_jobs_leave_the_last_child_alone)
{
	static const struct step script[] = {
		{ 0, ASK, LONG, 1 },
		{ 0, ASK, LONG, 2 },
		{ 0, ASK, LONG, 3 },
		{ 0, GIVES, LONG, 1 },
		{ 0, GIVES, LONG, 2 },
		{ 0, NOTHING, 0, 0 },
		{ 0, ASK, QUICK, 9 },
		{ 0, GIVES, QUICK, 9 },
		{ 0, WELL, LONG, 1 },
		{ 0, GIVES, LONG, 3 },
	};

	CHECK(PLAYS(script));
}

TEST(what_failed_comes_again_after_a_while)
{
	static const struct step script[] = {
		{ 0, FORCE, QUICK, 4 },
		{ 0, FORCES, QUICK, 4 },
		{ 0, FAILED, QUICK, 4 },
		{ 999, NOTHING, 0, 0 },
		{ 1000, FORCES, QUICK, 4 },
	};

	CHECK(PLAYS(script));
}

TEST(what_follows_is_asked_for_only_when_something_was_done)
{
	static const struct step script[] = {
		{ 0, ASK, QUICK, 4 },
		{ 0, GIVES, QUICK, 4 },
		{ 0, WELL, QUICK, 4 },
		{ 0, NOTHING, 0, 0 },
		{ 1000, ASK, QUICK, 4 },
		{ 1000, GIVES, QUICK, 4 },
		{ 1000, USEFUL, QUICK, 4 },
		{ 1000, GIVES, LONG, 4 },
	};

	CHECK(PLAYS(script));
}

TEST(a_forced_settling_goes_down_the_whole_way)
{
	static const struct step script[] = {
		{ 0, FORCE, QUICK, 4 },
		{ 0, FORCES, QUICK, 4 },
		{ 0, WELL, QUICK, 4 },
		{ 0, FORCES, LONG, 4 },
		{ 0, WELL, LONG, 4 },
		{ 0, NOTHING, 0, 0 },
	};

	CHECK(PLAYS(script));
}

TEST(who_is_not_known_has_no_turn)
{
	static const struct step script[] = {
		{ 0, IN_VAIN, QUICK, STRANGER },
		{ 1000, NOTHING, 0, 0 },
	};

	CHECK(PLAYS(script));
}

/* ---- claims about many tenants, or about a long time ---- */

TEST(everybody_new_is_looked_at_once_for_every_job)
{
	struct arena *a = arena_new();
	struct queue *q = queue_new(a, table, N, CHILDREN);
	static const int32_t ids[] = { 5, 2 };

	queue_know(q, ids, 2, CLOCK_S);
	queue_know(q, ids, 2, CLOCK_S);
	CHECK(orders(q, CLOCK_S) == 2 * N);
	arena_free(a);
}

TEST(the_weightier_job_goes_first_but_not_for_ever)
{
	struct arena *a = arena_new();
	int64_t now = CLOCK_S, began;
	struct queue *q = quiet(a, &now);
	struct order o;

	began = now;
	(void)queue_ask(q, SLOW, 1, now, false);
	do {
		now += 30 * CLOCK_MS;
		(void)queue_ask(q, QUICK, 2, now, false);
		CHECK(queue_next(&o, q, now));
		queue_done(q, &o, well, now);
	} while (o.job == QUICK && now < began + 2 * QUEUE_PATIENCE);
	CHECK(o.job == SLOW);
	CHECK(now - began > QUEUE_PATIENCE);
	CHECK(now - began < QUEUE_PATIENCE + 100 * CLOCK_MS);
	arena_free(a);
}

TEST(everybody_can_be_asked_for_at_once)
{
	struct arena *a = arena_new();
	int64_t now = CLOCK_S;
	struct queue *q = quiet(a, &now);

	queue_ask_all(q, SLOW, now, true);
	CHECK(orders(q, now) == TENANTS);
	arena_free(a);
}

TEST(a_sweep_finds_everybody_again)
{
	struct arena *a = arena_new();
	int64_t now = CLOCK_S;
	struct queue *q = quiet(a, &now);

	CHECK(orders(q, now + 2 * CLOCK_HOUR) == TENANTS * N);
	arena_free(a);
}

/* How often each is looked at in the minute after this one. */
static int
looks(struct queue *q, int64_t *now)
{
	int64_t end = *now + CLOCK_MIN;
	int n = 0;

	for (; *now < end; *now += CLOCK_S)
		n += orders(q, *now);
	return n;
}

TEST(who_is_still_is_looked_at_less_often_until_something_happens)
{
	static const struct job one[] = { { "one", .every = CLOCK_S,
	    .seldom = 10 * CLOCK_S, .retry = CLOCK_S, .after = -1 } };
	static const int32_t ids[] = { 1, 2 };
	struct arena *a = arena_new();
	int64_t now = CLOCK_S;
	struct queue *q = queue_new(a, one, 1, CHILDREN);
	struct order o;

	queue_know(q, ids, 2, now);
	CHECK(looks(q, &now) == 2 * 60);
	CHECK(looks(q, &now) == 2 * 6);
	(void)queue_ask(q, 0, 2, now, false);
	CHECK(looks(q, &now) == 6 + 60);
	CHECK(looks(q, &now) == 6 + 6);
	while (!queue_next(&o, q, now))
		now += CLOCK_S;
	queue_done(q, &o, useful, now);
	CHECK(looks(q, &now) >= 60 + 5);
	arena_free(a);
}

TEST(more_tenants_than_there_is_room_for_are_left_out)
{
	struct arena *a = arena_new();
	struct queue *q = queue_new(a, table, N, CHILDREN);
	int32_t i;

	for (i = TENANTS_MAX + 5; i > 0; i--)
		queue_know(q, &i, 1, CLOCK_S);
	CHECK(queue_horizon(q, 6) != NULL && queue_horizon(q, 5) == NULL);
	CHECK(orders(q, CLOCK_S) == TENANTS_MAX * N);
	arena_free(a);
}

TEST(numbers_of_nobody_take_no_room)
{
	struct arena *a = arena_new();
	int64_t now = CLOCK_S;
	struct queue *q = quiet(a, &now);
	int32_t i, late = STRANGER;

	for (i = 0; i < TENANTS_MAX; i++)
		(void)queue_ask(q, QUICK, 1000 + i, now, false);
	queue_know(q, &late, 1, now);
	CHECK(queue_horizon(q, late) != NULL);
	arena_free(a);
}

TEST(who_is_gone_is_asked_for_no_more)
{
	static const int32_t left[] = { 1, 2, 4, 5, 6, 7, 8, 9, 10 };
	static const int32_t all[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 };
	struct arena *a = arena_new();
	int64_t now = CLOCK_S;
	struct queue *q = quiet(a, &now);
	struct order o;

	(void)queue_ask(q, QUICK, 3, now, false);
	queue_only(q, left, 9);
	CHECK(!queue_next(&o, q, now));
	(void)queue_ask(q, QUICK, 3, now, true);
	CHECK(!queue_next(&o, q, now));
	queue_only(q, all, 10);
	(void)queue_ask(q, QUICK, 3, now, false);
	CHECK(queue_next(&o, q, now) && o.tenant == 3 && o.job == QUICK);
	arena_free(a);
}
