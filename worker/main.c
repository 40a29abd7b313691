/*
 * The worker: woken by a datagram after a commit, and looking by itself every
 * second, it moves readings from landing to where they are read.
 *
 * Cycles of all tenants together start at least FLOOR apart: that halves
 * their cost and doubles what can come in meanwhile.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/conf.h"
#include "base/env.h"
#include "base/log.h"
#include "base/wake.h"
#include "query.h"
#include "worker/jobs.h"

enum { TENANTS_MAX = 10000, STATEMENT_MS = 30000 };

#define FLOOR (20 * CLOCK_MS)
#define SWEEP (1 * CLOCK_S)
#define UPKEEP (1 * CLOCK_HOUR)
#define PAUSE (1 * CLOCK_S) /* after a failure */

struct worker_conf {
	const char *database, *wake, *archive;
};

static const struct conf_key keys[] = {
	/* clang-format off */
	{ "database", CONF_TEXT, offsetof(struct worker_conf, database), NULL,
	    0, 0, "how to reach Postgres" },
	{ "wake", CONF_TEXT, offsetof(struct worker_conf, wake), NULL,
	    0, 0, "datagram socket to listen on" },
	{ "archive", CONF_TEXT, offsetof(struct worker_conf, archive), NULL,
	    0, 0, "folder of what retention puts away" },
	/* clang-format on */
};

typedef struct err *job(struct db *, struct arena *, int32_t tenant);

/* A set of tenants that have something new. */
struct set {
	int32_t v[TENANTS_MAX];
	size_t n;
};

static volatile sig_atomic_t stopping;

static void
on_term(int sig)
{
	(void)sig;
	stopping = 1;
}

static void
add(struct set *s, int32_t tenant)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		if (s->v[i] == tenant)
			return;
	if (s->n < TENANTS_MAX)
		s->v[s->n++] = tenant;
}

/* One tenant's failure is logged and does not stop the others. */
static bool
run_all(job *run, const struct set *s, struct db *db, struct arena *a)
{
	struct err *e;
	bool well = true;
	size_t i;

	for (i = 0; i < s->n && !stopping; i++) {
		if ((e = run(db, a, s->v[i])) != NULL) {
			log_err(e, "tenant=%d", s->v[i]);
			well = false;
		}
		arena_reset(a);
	}
	return well;
}

/* Every tenant there is. */
static bool
everyone(struct set *s, struct db *db, struct arena *a)
{
	struct rows *r;
	struct err *e;
	int i;

	s->n = 0;
	if ((e = db_call(&r, db, a, &q_gate_tenants, NO_ARGS)) != NULL)
		log_err(e, "tenants");
	for (i = 0; e == NULL && i < rows_count(r); i++)
		add(s, (int32_t)rows_int(r, i, GATE_TENANTS_TENANT_ID));
	arena_reset(a);
	return e == NULL;
}

static void
upkeep(const struct set *all, struct db *db, struct arena *a)
{
	struct rows *r;
	struct err *e;

	if ((e = db_call(&r, db, a, &q_worker_partitions, NO_ARGS)) != NULL)
		log_err(e, "partitions");
	arena_reset(a);
	(void)run_all(job_upkeep, all, db, a);
	(void)run_all(job_retention, all, db, a);
	if ((e = db_call(&r, db, a, &q_retention_drop, NO_ARGS)) != NULL)
		log_err(e, "partitions");
	arena_reset(a);
}

static void
work(int wake_fd, struct db *db, struct arena *a)
{
	static struct set woken, all;
	int64_t next_cycle = 0, next_sweep = 0, next_upkeep = 0;

	while (!stopping) {
		int64_t now = env_mono();
		int64_t until = woken.n > 0 ? next_cycle : next_sweep;
		int wait =
		    until > now ? (int)((until - now) / CLOCK_MS) + 1 : 0;
		int32_t tenant = wake_wait(wake_fd, wait);
		bool well = true;

		if (tenant != 0)
			add(&woken, tenant);
		now = env_mono();
		if (now >= next_sweep) {
			next_sweep = now + SWEEP;
			well = everyone(&all, db, a) &&
			       run_all(job_derive, &all, db, a);
			woken.n = 0;
		} else if (woken.n > 0 && now >= next_cycle) {
			well = run_all(job_derive, &woken, db, a);
			woken.n = 0;
			next_cycle = env_mono() + FLOOR;
		}
		if (well && now >= next_upkeep) {
			next_upkeep = now + UPKEEP;
			upkeep(&all, db, a);
		}
		if (!well)
			(void)usleep(PAUSE);
	}
}

int
main(int argc, char **argv)
{
	struct sigaction sa = { .sa_handler = on_term };
	struct arena *arena = arena_new(), *scratch = arena_new();
	struct worker_conf conf;
	struct db *db;
	struct err *e;
	int wake_fd;

	log_name("worker");
	conf_main(&conf, arena, argc, argv, keys, sizeof(keys) / sizeof(*keys));
	(void)sigaction(SIGTERM, &sa, NULL);
	(void)sigaction(SIGINT, &sa, NULL);
	if ((e = wake_listen(&wake_fd, conf.wake)) != NULL) {
		log_err(e, "start");
		return 1;
	}
	db = db_open(conf.database);
	db_deadline(db, STATEMENT_MS);
	job_retention_into(conf.archive);
	log_info("working wake=%s", conf.wake);
	work(wake_fd, db, scratch);
	db_close(db);
	(void)unlink(conf.wake);
	arena_free(scratch);
	arena_free(arena);
	return 0;
}
