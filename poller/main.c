/*
 * fluxline-poller - asks Modbus devices and stores what they say.
 *
 *	lines --> spool --> courier --> sink
 *
 * One thread for all lines, one courier for the sink: a database or an ingest.
 * This file starts them, follows the roster, and once a second makes the spool
 * durable.
 */
#include <limits.h>
#include <malloc.h>
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
#include "base/hash.h"
#include "base/log.h"
#include "base/sandbox.h"
#include "courier.h"
#include "loop.h"
#include "report.h"
#include "roster.h"
#include "segment.h"
#include "trial_follow.h"

enum {
	LINES_MAX = 16384,
	DESCRIPTORS = LINES_MAX + 1024,
	ROSTER_BYTES = 64 * 1024 * 1024,
	TICK_MS = 100,
	LEAVE_MS = 800
};

#define MB (INT64_C(1024) * 1024)
#define ROSTER_FILE "plan.json"

/* Devices answer over the network or a serial line; the spool is files. */
enum { MAY = SANDBOX_INET | SANDBOX_FILES };

struct settings {
	const char *database, *wake, *spool, *profiles, *stat;
	struct https_conf https;
	int spool_max_mb, spool_max_days, spool_reserve_mb, plan_refresh_s;
	int report_s, confirm_s, read_only;
	const char *quality, *plan_key;
};

static const struct conf_key keys[] = {
	/* clang-format off */
	{ "database", CONF_TEXT, offsetof(struct settings, database), "",
	  0, 0, "conninfo of role fl_poller" },
	{ "wake", CONF_TEXT, offsetof(struct settings, wake), "",
	  0, 0, "the worker's datagram socket" },
	{ "server", CONF_TEXT, offsetof(struct settings, https.server), "",
	  0, 0, "https://host:port of an ingest, in place of a database" },
	{ "key_file", CONF_TEXT, offsetof(struct settings, https.key_file),
	  "", 0, 0, "the gateway's API key for it, mode 0600" },
	{ "server_ca", CONF_TEXT, offsetof(struct settings, https.ca), "",
	  0, 0, "who signed its certificate; else whom the system trusts" },
	{ "server_pin", CONF_TEXT, offsetof(struct settings, https.pin), "",
	  0, 0, "sha256//... of its public key; no other one is spoken to" },
	{ "client_cert", CONF_TEXT, offsetof(struct settings, https.cert), "",
	  0, 0, "our own certificate, if it asks for one" },
	{ "client_key", CONF_TEXT, offsetof(struct settings, https.cert_key),
	  "", 0, 0, "and its key" },
	{ "commands_s", CONF_INT, offsetof(struct settings, https.commands_s),
	  "2", 1, 3600, "how often to ask a server for commands" },
	{ "plan_key", CONF_TEXT, offsetof(struct settings, plan_key), "", 0, 0,
	  "file of the key that signs plans; no other plan is applied" },
	{ "gateway", CONF_TEXT, offsetof(struct settings, https.gateway), "",
	  0, 0, "whose plan it must be" },
	{ "confirm_s", CONF_INT, offsetof(struct settings, confirm_s), "120",
	  2, 3600, "how long a new plan is on trial" },
	{ "spool", CONF_TEXT, offsetof(struct settings, spool), NULL,
	  0, 0, "folder for what is not yet stored" },
	{ "profiles", CONF_TEXT, offsetof(struct settings, profiles), NULL,
	  0, 0, "folder of the device profiles" },
	{ "stat", CONF_TEXT, offsetof(struct settings, stat), "",
	  0, 0, "file of the counters, shared with the other programs" },
	{ "spool_max_mb", CONF_INT, offsetof(struct settings, spool_max_mb),
	  "1024", 16, 1048576, "thinned, then dropped, when it is larger" },
	{ "spool_max_days", CONF_INT,
	  offsetof(struct settings, spool_max_days), "7", 1, 3650,
	  "what is older is dropped" },
	{ "spool_reserve_mb", CONF_INT,
	  offsetof(struct settings, spool_reserve_mb), "16", 0, 1024,
	  "of the disk, for when it is full" },
	{ "plan_refresh_s", CONF_INT,
	  offsetof(struct settings, plan_refresh_s), "10", 1, 3600,
	  "how often to look for new devices" },
	{ "quality", CONF_TEXT, offsetof(struct settings, quality), "auto",
	  0, 0, "auto: as the way to the server; full, standard, basic, minimal" },
	{ "read_only", CONF_INT, offsetof(struct settings, read_only),
	  "0", 0, 1, "1: nothing is ever written into a device" },
	{ "report_s", CONF_INT, offsetof(struct settings, report_s),
	  "60", 1, 3600, "how often to say how the units answer" },
	/* clang-format on */
};

/*
 * Asked by GnuTLS when it is loaded: libpq and libcurl bring it along for LDAP,
 * and nobody here uses it, so that it need not make itself ready.
 */
int _gnutls_global_init_skip(void);

int
_gnutls_global_init_skip(void)
{
	return 1;
}

struct poller {
	struct settings conf;
	struct spool *spool;
	struct courier *courier;
	struct commands *commands;
	struct looks *looks;
	struct trial *trial; /* NULL: plans are not signed */
	struct gather *gather;
	struct shelf *shelf;
	struct memory *memory;
	struct loop *loop;
	uint64_t seed;
	struct counters counters;
	struct uplink uplink;
	struct line *lines[LINES_MAX];
	size_t n;
};

/* All threads block these. */
static sigset_t
signals_block(void)
{
	sigset_t set;

	(void)signal(SIGPIPE, SIG_IGN);
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	(void)pthread_sigmask(SIG_BLOCK, &set, NULL);
	return set;
}

/* A descriptor a line, as far as the system lets us. */
static void
descriptors_limit(void)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) != 0 || r.rlim_cur >= DESCRIPTORS)
		return;
	r.rlim_cur = r.rlim_max < DESCRIPTORS ? r.rlim_max : DESCRIPTORS;
	(void)setrlimit(RLIMIT_NOFILE, &r);
}

static struct line *
line_find(const struct poller *p, const struct line_text *t)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		if (line_is(p->lines[i], t))
			return p->lines[i];
	return NULL;
}

/* The roster, a line a text. */
static struct line_text *
line_texts(size_t *n, const struct poller *p, struct arena *a,
    const struct roster *r)
{
	struct line_text *v = arena_array(a, r->n, sizeof(*v));
	struct roster line;
	size_t i;

	*n = 0;
	for (i = 0; i < r->n; i++) {
		line = roster_line(a, r, &r->v[i]);
		/* A line is told by its first target. */
		if (line.v[0].tenant != r->v[i].tenant ||
		    line.v[0].device != r->v[i].device)
			continue;
		v[*n].text = roster_text(a, &line);
		v[*n].hash = hash_bytes(p->seed, v[*n].text.p, v[*n].text.n);
		(*n)++;
	}
	return v;
}

static bool
is_among(const struct line *l, const struct line_text *v, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (line_is(l, &v[i]))
			return true;
	return false;
}

static void
remember_line(struct line *l, void *memory)
{
	line_remember(l, memory);
}

static void
watch_line(struct line *l, void *unused)
{
	(void)unused;
	line_watch(l);
}

static void
remember(struct poller *p)
{
	memory_begin(p->memory);
	loop_each(p->loop, remember_line, p->memory);
	memory_end(p->memory);
}

/* Stop the lines that changed or went, start those that changed or came. */
static struct err *
roster_apply(void *what, struct arena *a, struct bytes text)
{
	struct poller *p = what;
	const struct line_shared shared = { p->gather, p->shelf, p->memory,
		&p->counters, p->commands, p->looks, &p->uplink,
		loop_epoll(p->loop) };
	struct line_text *v;
	struct roster r;
	struct err *e;
	size_t i, k, n;

	if ((e = roster_parse(&r, a, text)) != NULL)
		return err_pass(e);
	v = line_texts(&n, p, a, &r);
	if (p->n > 0)
		remember(p);
	for (i = k = 0; i < p->n; i++) {
		if (is_among(p->lines[i], v, n))
			p->lines[k++] = p->lines[i];
		else
			loop_remove(p->loop, p->lines[i]);
	}
	p->n = k;
	for (i = 0; i < n && p->n < LINES_MAX; i++) {
		if (line_find(p, &v[i]) != NULL)
			continue;
		if ((e = line_new(&p->lines[p->n], &shared, &v[i])) != NULL)
			log_err(e, "line not started");
		else
			loop_add(p->loop, p->lines[p->n++]);
	}
	log_info("roster devices=%zu lines=%zu running=%zu", r.n, n, p->n);
	return NULL;
}

/* What a roster took while it was read goes back to the system. */
static void
roster_done(struct arena *a)
{
	arena_reset(a);
	(void)malloc_trim(0);
}

/* Begin with what the last run knew; the other side may be away. */
static void
roster_remembered(struct poller *p)
{
	struct arena *a = arena_new();
	char path[PATH_MAX];
	struct stat st;
	struct bytes text;
	struct err *e;
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/" ROSTER_FILE, p->conf.spool);
	f = p->trial == NULL ? fopen(path, "re") : NULL;
	if (p->trial != NULL && (text = trial_plan(p->trial, a)).p != NULL &&
	    (e = roster_apply(p, a, text)) != NULL)
		log_err(e, "kept plan");
	if (f != NULL && fstat(fileno(f), &st) == 0 &&
	    st.st_size < ROSTER_BYTES) {
		text.p = arena_alloc(a, (size_t)st.st_size + 1);
		text.n = fread((void *)text.p, 1, (size_t)st.st_size, f);
		if ((e = roster_apply(p, a, text)) != NULL)
			log_err(e, "remembered roster");
	}
	if (f != NULL)
		(void)fclose(f);
	roster_done(a);
	arena_free(a);
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
	roster_done(a);
}

static void
counters_log(struct poller *p)
{
	struct spool_counts s = spool_counts(p->spool);
	char text[256];
	size_t n = 0;
	int i;

	for (i = 0; i < BUS_WAITING; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, " %s=%llu",
		    outcome_name((enum outcome)i),
		    (unsigned long long)p->counters.outcomes[i]);
	log_info("counters lines=%zu%s readings=%llu waiting=%llu dropped=%llu"
		 " thinned=%llu gaps=%llu spool_bytes=%lld spool=\"%s\""
		 " quality=%s kbit=%lld",
	    p->n, text, (unsigned long long)p->counters.readings,
	    (unsigned long long)s.waiting, (unsigned long long)s.dropped,
	    (unsigned long long)s.thinned, (unsigned long long)s.gaps,
	    (long long)s.bytes, spool_state_name(s.state),
	    uplink_grade(&p->uplink)->name,
	    (long long)atomic_load(&p->uplink.bits) / 1000);
}

/* Until SIGTERM or SIGINT. */
static void
watch(struct poller *p, const sigset_t *leave)
{
	const struct timespec tick = { .tv_nsec = TICK_MS * 1000000L };
	const struct trial_host host = { p->loop, roster_apply, p };
	int64_t sync_due = env_mono() + CLOCK_S;
	int64_t log_due = env_mono() + CLOCK_MIN;
	struct arena *a = arena_new();

	while (sigtimedwait(leave, NULL, &tick) < 0) {
		roster_follow(p, a);
		if (p->trial != NULL)
			trial_follow(p->trial, &host, a);
		if (commands_any(p->commands) || looks_any(p->looks))
			loop_call(p->loop);
		if (env_mono() >= sync_due) {
			spool_sync(p->spool);
			sync_due = env_mono() + CLOCK_S;
		}
		if (env_mono() >= log_due) {
			counters_log(p);
			loop_each(p->loop, watch_line, NULL);
			remember(p);
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
	(void)loop_stop(p->loop, LEAVE_MS);
	remember(p);
	(void)courier_stop(p->courier, LEAVE_MS);
	spool_sync(p->spool);
	counters_log(p);
	log_info("stopped");
}

/* One of both, as the settings say. */
static struct err *
sink_make(struct sink **out, struct arena *a, const struct poller *p)
{
	const struct settings *conf = &p->conf;
	struct err *e;

	if ((*conf->database == 0) == (*conf->https.server == 0))
		return err_raise(ERR_BUG, "Where to send readings?",
		    "want one of the settings database and server");
	if (*conf->database != 0) {
		*out = sink_postgres(a, conf->database, conf->wake, p->commands,
		    p->looks);
		return NULL;
	}
	e = sink_https(out, a, &conf->https, p->commands);
	return e != NULL ? err_pass(e) : NULL;
}

static struct err *
start(struct poller *p, struct arena *a)
{
	const struct spool_conf spool = { p->conf.spool,
		p->conf.spool_max_mb * MB, SPOOL_SEGMENT,
		p->conf.spool_reserve_mb * MB, p->conf.spool_max_days };
	struct courier_conf courier = { .refresh_s = p->conf.plan_refresh_s,
		.report_s = p->conf.report_s,
		.report = report_tell };
	const struct trial_conf trial = { p->conf.plan_key, p->conf.confirm_s,
		p->conf.plan_refresh_s };
	struct err *e;

	if ((e = uplink_open(&p->uplink, p->conf.quality,
		 *p->conf.database == 0)) != NULL ||
	    (e = spool_open(&p->spool, a, &spool)) != NULL)
		return err_pass(e);
	p->conf.https.spool = p->conf.spool;
	if (*p->conf.plan_key != 0 &&
	    (e = trial_make(a, &p->conf.https, &trial)) != NULL)
		return err_pass(e);
	p->trial = p->conf.https.trial;
	p->seed = hash_seed();
	p->shelf = shelf_new(a, p->conf.profiles);
	p->memory = memory_open(a, p->conf.spool);
	p->gather = gather_new(a, p->spool);
	p->commands = commands_new(a, p->conf.read_only != 0);
	p->looks = looks_new(a);
	if ((e = loop_start(&p->loop, a, p->gather)) != NULL)
		return err_pass(e);
	roster_remembered(p);
	courier.spool = p->spool;
	courier.uplink = &p->uplink;
	courier.what = report_new(a,
	    &(struct reporting){ p->loop, p->spool, &p->counters },
	    p->conf.stat);
	if ((e = sink_make(&courier.sink, a, p)) != NULL ||
	    (e = courier_start(&p->courier, a, &courier)) != NULL)
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
	sandbox_try(MAY, argc, argv);
	set = signals_block();
	descriptors_limit();
	sandbox_enter(MAY);
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
