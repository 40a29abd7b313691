/*
 * fluxline-poller - asks Modbus devices and stores what they say.
 *
 *	lines --> spool --> courier --> sink
 *
 * One thread a line, one courier for the database.  This file starts them,
 * follows the roster, and once a second makes the spool durable.
 */
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/conf.h"
#include "base/env.h"
#include "base/log.h"
#include "courier.h"
#include "line.h"
#include "roster.h"
#include "segment.h"

enum {
	LINES_MAX = 1000,
	DESCRIPTORS = 1024, /* libmodbus uses select() */
	ROSTER_BYTES = 64 * 1024 * 1024,
	TICK_MS = 100,
	LEAVE_MS = 800
};

#define ROSTER_FILE "plan.json"

struct settings {
	const char *database, *wake, *spool, *profiles;
	int spool_max_mb, plan_refresh_s;
};

static const struct conf_key keys[] = {
	/* clang-format off */
	{ "database", CONF_TEXT, offsetof(struct settings, database), NULL,
	  0, 0, "conninfo of role fl_poller" },
	{ "wake", CONF_TEXT, offsetof(struct settings, wake), NULL,
	  0, 0, "the worker's datagram socket" },
	{ "spool", CONF_TEXT, offsetof(struct settings, spool), NULL,
	  0, 0, "folder for what is not yet stored" },
	{ "profiles", CONF_TEXT, offsetof(struct settings, profiles), NULL,
	  0, 0, "folder of the device profiles" },
	{ "spool_max_mb", CONF_INT, offsetof(struct settings, spool_max_mb),
	  "1024", 16, 1048576, "the oldest goes when the spool is larger" },
	{ "plan_refresh_s", CONF_INT,
	  offsetof(struct settings, plan_refresh_s), "10", 1, 3600,
	  "how often to look for new devices" },
	/* clang-format on */
};

struct poller {
	struct settings conf;
	struct spool *spool;
	struct courier *courier;
	struct counters counters;
	struct line *lines[LINES_MAX];
	size_t n;
};

static void
nothing(int sig)
{
	(void)sig;
}

/* All threads block these; lines let BUS_SIGNAL in while they wait. */
static sigset_t
signals_block(void)
{
	sigset_t set;

	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(BUS_SIGNAL, nothing);
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, BUS_SIGNAL);
	(void)pthread_sigmask(SIG_BLOCK, &set, NULL);
	(void)sigdelset(&set, BUS_SIGNAL);
	return set;
}

/* A descriptor that select() cannot hold must not come to exist. */
static void
descriptors_limit(void)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) == 0 && r.rlim_cur != DESCRIPTORS) {
		r.rlim_cur =
		    r.rlim_max < DESCRIPTORS ? r.rlim_max : DESCRIPTORS;
		(void)setrlimit(RLIMIT_NOFILE, &r);
	}
}

static struct line *
line_find(const struct poller *p, struct bytes text)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		if (line_is(p->lines[i], text))
			return p->lines[i];
	return NULL;
}

/* The roster, a line a text. */
static struct bytes *
line_texts(size_t *n, struct arena *a, const struct roster *r)
{
	struct bytes *v = arena_array(a, r->n, sizeof(*v));
	struct roster line;
	size_t i;

	*n = 0;
	for (i = 0; i < r->n; i++) {
		line = roster_line(a, r, &r->v[i]);
		/* A line is told by its first target. */
		if (line.v[0].tenant != r->v[i].tenant ||
		    line.v[0].device != r->v[i].device)
			continue;
		v[(*n)++] = roster_text(a, &line);
	}
	return v;
}

static bool
is_among(const struct line *l, const struct bytes *v, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (line_is(l, v[i]))
			return true;
	return false;
}

/* Stop the lines that changed or went, start those that changed or came. */
static struct err *
roster_apply(struct poller *p, struct arena *a, struct bytes text)
{
	const struct line_shared shared = { p->spool, p->conf.profiles,
		&p->counters };
	struct roster r;
	struct bytes *v;
	struct err *e;
	size_t i, k, n;

	if ((e = roster_parse(&r, a, text)) != NULL)
		return err_pass(e);
	v = line_texts(&n, a, &r);
	for (i = k = 0; i < p->n; i++) {
		if (is_among(p->lines[i], v, n)) {
			p->lines[k++] = p->lines[i];
			continue;
		}
		line_stop(p->lines[i]);
		if (!line_join(p->lines[i], LEAVE_MS * 10))
			log_error("line does not stop");
	}
	p->n = k;
	for (i = 0; i < n && p->n < LINES_MAX; i++) {
		if (line_find(p, v[i]) != NULL)
			continue;
		if ((e = line_start(&p->lines[p->n], &shared, v[i])) != NULL)
			log_err(e, "line not started");
		else
			p->n++;
	}
	log_info("roster devices=%zu lines=%zu running=%zu", r.n, n, p->n);
	return NULL;
}

/* Begin with what the last run knew; the database may be away. */
static void
roster_remembered(struct poller *p, struct arena *a)
{
	char path[PATH_MAX];
	struct stat st;
	struct bytes text;
	struct err *e;
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/" ROSTER_FILE, p->conf.spool);
	if ((f = fopen(path, "re")) == NULL)
		return;
	if (fstat(fileno(f), &st) == 0 && st.st_size < ROSTER_BYTES) {
		text.p = arena_alloc(a, (size_t)st.st_size + 1);
		text.n = fread((void *)text.p, 1, (size_t)st.st_size, f);
		if ((e = roster_apply(p, a, text)) != NULL)
			log_err(e, "remembered roster");
	}
	(void)fclose(f);
}

static void
roster_follow(struct poller *p, struct arena *a)
{
	struct bytes text;
	struct err *e;

	if (!courier_roster(&text, p->courier, a))
		return;
	if ((e = roster_apply(p, a, text)) != NULL ||
	    (e = file_replace(p->conf.spool, ROSTER_FILE, text)) != NULL)
		log_err(e, "roster");
}

static void
counters_log(struct poller *p)
{
	struct spool_counts s = spool_counts(p->spool);
	char text[256];
	size_t n = 0;
	int i;

	for (i = 0; i < BUS_STOPPED; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, " %s=%llu",
		    outcome_name((enum outcome)i),
		    (unsigned long long)p->counters.outcomes[i]);
	log_info("counters lines=%zu%s readings=%llu waiting=%llu dropped=%llu"
		 " spool_bytes=%lld",
	    p->n, text, (unsigned long long)p->counters.readings,
	    (unsigned long long)s.waiting, (unsigned long long)s.dropped,
	    (long long)s.bytes);
}

/* Until SIGTERM or SIGINT. */
static void
watch(struct poller *p, const sigset_t *leave)
{
	const struct timespec tick = { .tv_nsec = TICK_MS * 1000000L };
	int64_t sync_due = env_mono() + CLOCK_S;
	int64_t log_due = env_mono() + CLOCK_MIN;
	struct arena *a = arena_new();

	while (sigtimedwait(leave, NULL, &tick) < 0) {
		roster_follow(p, a);
		if (env_mono() >= sync_due) {
			spool_sync(p->spool);
			sync_due = env_mono() + CLOCK_S;
		}
		if (env_mono() >= log_due) {
			counters_log(p);
			log_due += CLOCK_MIN;
		}
		arena_reset(a);
	}
	arena_free(a);
}

/*
 * What is polled is in the spool; what is not yet stored waits there for the
 * next start, so nobody waits for a database that does not answer.
 */
static void
leave(struct poller *p)
{
	int64_t until = env_mono() + LEAVE_MS * CLOCK_MS;
	int64_t left;
	size_t i;

	for (i = 0; i < p->n; i++)
		line_stop(p->lines[i]);
	for (i = 0; i < p->n; i++) {
		left = (until - env_mono()) / CLOCK_MS;
		(void)line_join(p->lines[i], left > 0 ? (int)left : 0);
	}
	(void)courier_stop(p->courier, LEAVE_MS);
	spool_sync(p->spool);
	counters_log(p);
	log_info("stopped");
}

static struct err *
start(struct poller *p, struct arena *a)
{
	const struct spool_conf spool = { p->conf.spool,
		(int64_t)p->conf.spool_max_mb * 1024 * 1024, SPOOL_SEGMENT };
	struct courier_conf courier = { .database = p->conf.database,
		.refresh_s = p->conf.plan_refresh_s };
	struct err *e;

	if ((e = spool_open(&p->spool, a, &spool)) != NULL)
		return err_pass(e);
	roster_remembered(p, a);
	courier.spool = p->spool;
	courier.sink = sink_postgres(a, p->conf.database, p->conf.wake);
	if ((e = courier_start(&p->courier, a, &courier)) != NULL)
		return err_pass(e);
	return NULL;
}

int
main(int argc, char **argv)
{
	static struct poller p;
	struct arena *a = arena_new();
	struct err *e;
	sigset_t set;

	log_name("fluxline-poller");
	conf_main(&p.conf, a, argc, argv, keys, sizeof(keys) / sizeof(*keys));
	set = signals_block();
	descriptors_limit();
	if ((e = start(&p, a)) != NULL) {
		log_err(e, "not started");
		return 1;
	}
	log_info("started");
	watch(&p, &set);
	leave(&p);
	/* Threads that still wait for something are not waited for. */
	_exit(0);
}
