/*
 * drain_test.c - the worker drains the spool of ingest: that it is alive is
 * seen while databases are away.
 *
 * link: worker/spool.c
 */
#include "../../worker/jobs.h"
#include "spool_scene.h"

enum { TENANTS = 40 };

static int64_t now_us = CLOCK_HOUR, step;

/* It goes on whenever somebody looks. */
static int64_t
mono(void)
{
	return now_us += step;
}

TEST(whoever_waits_for_many_databases_is_alive)
{
	struct settings conf = { .spool = dir, .profiles = "", .spool_mb = 16 };
	struct work w = { .conf = &conf };
	struct db *away = db_open("host=/nonexistent connect_timeout=1");
	struct spool *s;
	int64_t begun;
	int i;

	begin();
	env.mono_us = mono;
	s = opened(BIG);
	for (i = 0; i < TENANTS; i++)
		CHECK(put(s, TENANT + i, 0));
	step = 4 * CLOCK_S;
	begun = now_us;
	CHECK(job_spool(away, arena, &w) != NULL);
	step = 0;
	CHECK(now_us - begun > 2 * CLOCK_MIN);
	CHECK(spool_holds(s, TENANT));
	db_close(away);
	end();
}
