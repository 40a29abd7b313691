/*
 * courier_test.c - what the courier does while it rests, and while nobody takes
 * what it carries.
 *
 * link: poller/courier.c
 * link: poller/grade.c
 * link: poller/spool.c
 * link: poller/spool_open.c
 * link: poller/spool_take.c
 * link: poller/spool_bound.c
 * link: poller/gaps.c
 * link: poller/segment.c
 * link: poller/waiting.c
 */
#include "../../poller/courier.h"

#include <stdatomic.h>
#include <time.h>

#include "poller_scene.h"

enum { RECORDS = 6 };

static struct uplink uplink;
static atomic_int sent, kept;
static atomic_bool raised; /* the grade, while something waited */
static bool is_away;

static void
wait_ms(int ms)
{
	(void)nanosleep(&(struct timespec){ .tv_nsec = ms * 1000000L }, NULL);
}

static struct err *
take(struct sink *sink, struct arena *a, const struct shipment *what)
{
	(void)sink, (void)a, (void)what;
	if (is_away)
		return err_raise(ERR_BUSY, "It is away.", "test");
	wait_ms(20);
	if (atomic_load(&uplink.level) != GRADE_MINIMAL)
		atomic_store(&raised, true);
	atomic_fetch_add(&sent, 1);
	return NULL;
}

static struct err *
plan(struct bytes *text, struct sink *sink, struct arena *a)
{
	(void)text, (void)sink, (void)a;
	return NULL;
}

static void
keep(struct sink *sink, struct arena *a)
{
	(void)sink, (void)a;
	atomic_fetch_add(&kept, 1);
}

/* A courier with a backlog of an earlier run, until *what is `enough`. */
static void
carries(bool away, atomic_int *what, int enough)
{
	struct spool_conf conf = { .dir = dir,
		.max_bytes = 1 << 20,
		.segment_bytes = 1 << 16 };
	struct sink sink = { .send = take,
		.plan = plan,
		.keep = keep,
		.together = 1,
		.cap_ms = 100 };
	struct courier_conf how = { .sink = &sink,
		.uplink = &uplink,
		.refresh_s = 3600,
		.report_s = 3600 };
	struct courier *c = NULL;
	struct spool *s;
	int i;

	is_away = away;
	s = opened(&conf);
	for (i = 0; i < RECORDS; i++)
		put(s, 1, i);
	spool_sync(s);
	how.spool = opened(&conf);
	uplink = (struct uplink){ .fixed = GRADE_AUTO };
	atomic_store(&uplink.level, GRADE_MINIMAL);
	CHECK(courier_start(&c, arena, &how) == NULL);
	for (i = 0; i < 6000 && atomic_load(what) < enough; i++)
		wait_ms(10);
	CHECK(atomic_load(what) >= enough);
	CHECK(courier_stop(c, 60000));
}

TEST(a_finer_grade_is_not_tried_while_a_backlog_only_rests)
{
	begin();
	carries(false, &sent, RECORDS);
	CHECK(!atomic_load(&raised));
	end();
}

TEST(what_became_of_commands_is_kept_while_the_sink_is_away)
{
	begin();
	carries(true, &kept, 1);
	end();
}
