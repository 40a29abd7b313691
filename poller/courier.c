#include "courier.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/env.h"
#include "base/log.h"
#include "roster.h"

enum {
	TOGETHER = 1000, /* readings in one append */
	IDLE_MS = 250,
	BACKOFF_FIRST_MS = 100,
	BACKOFF_CAP_MS = 5000
};

struct courier {
	struct courier_conf conf;
	struct db *db;
	struct arena *cycle;
	int64_t refresh_due;
	int backoff_ms;
	bool away; /* the sink, as the log has it */
	atomic_bool stop;
	pthread_t thread;

	pthread_mutex_t lock; /* over what follows */
	struct arena *arena;  /* of text */
	struct bytes text;
	bool fresh;
};

/* Append the blocks of these records to one list of readings. */
static struct err *
unpack(struct readings *all, struct arena *a, const struct record *v, size_t n)
{
	struct readings one;
	struct err *e;
	size_t i;

	*all = (struct readings){ 0 };
	for (i = 0; i < n; i++) {
		if ((e = block_decode(&one, a, v[i].payload)) != NULL)
			return err_pass(e);
		readings_add(all, a, &one);
	}
	return NULL;
}

static struct err *
deliver(struct courier *c, int32_t tenant, const struct record *v, size_t n)
{
	struct readings r;
	struct err *e;

	if ((e = unpack(&r, c->cycle, v, n)) != NULL ||
	    (e = c->conf.sink->send(c->conf.sink, c->cycle, tenant, &r)) !=
		NULL)
		return err_pass(e);
	return NULL;
}

/*
 * The sink said no to the parcel, and not for being busy.  Try its records
 * one by one, so that only the one that is wrong is put aside.
 */
static struct err *
deliver_singly(struct courier *c, const struct parcel *p)
{
	struct err *e;
	size_t i;

	for (i = 0; i < p->n; i++) {
		const struct parcel one = { p->tenant, &p->v[i], 1,
			p->v[i].readings };

		e = deliver(c, p->tenant, &p->v[i], 1);
		if (e != NULL && e->kind == ERR_BUSY)
			return err_pass(e);
		if (e == NULL) {
			spool_done(c->conf.spool, &one);
			continue;
		}
		log_err(e, "reading refused tenant=%d", p->tenant);
		spool_refuse(c->conf.spool, c->cycle, &one);
	}
	return NULL;
}

/* Wait with a jitter, in small steps so that a stop is seen. */
static void
back_off(struct courier *c)
{
	uint32_t r;
	int64_t until;

	c->backoff_ms =
	    c->backoff_ms == 0 ? BACKOFF_FIRST_MS : c->backoff_ms * 2;
	if (c->backoff_ms > BACKOFF_CAP_MS)
		c->backoff_ms = BACKOFF_CAP_MS;
	env_get()->random(&r, sizeof(r));
	until = env_mono() +
		(c->backoff_ms + (int64_t)(r % 1000) * c->backoff_ms / 1000) /
		    2 * CLOCK_MS;
	while (!atomic_load(&c->stop) && env_mono() < until)
		(void)nanosleep(&(struct timespec){ .tv_nsec = 50000000 },
		    NULL);
}

/* One line when the sink goes away, and one when it is back. */
static void
report(struct courier *c, const struct err *e)
{
	if (e == NULL) {
		if (c->away)
			log_info("sink back waiting=%llu",
			    (unsigned long long)spool_counts(c->conf.spool)
				.waiting);
		c->away = false;
		c->backoff_ms = 0;
		return;
	}
	if (!c->away)
		log_err(e, "sink away");
	c->away = true;
}

/* Carry one parcel.  False: there is none. */
static bool
carry(struct courier *c)
{
	struct parcel p;
	struct err *e;

	if (!spool_take(&p, c->conf.spool, c->cycle, TOGETHER))
		return false;
	e = deliver(c, p.tenant, p.v, p.n);
	if (e == NULL)
		spool_done(c->conf.spool, &p);
	else if (e->kind == ERR_LOGIN) {
		/* The grant is gone; the tenant is none of ours any more. */
		log_err(e, "tenant refused tenant=%d", p.tenant);
		spool_refuse(c->conf.spool, c->cycle, &p);
		e = NULL;
	} else if (e->kind != ERR_BUSY)
		e = deliver_singly(c, &p);
	report(c, e);
	if (e != NULL)
		back_off(c);
	return true;
}

static void
roster_refresh(struct courier *c)
{
	struct roster r;
	struct bytes text;
	struct err *e;

	c->refresh_due = env_mono() + c->conf.refresh_s * CLOCK_S;
	if ((e = roster_read(&r, c->db, c->cycle)) != NULL) {
		if (!c->away)
			log_err(e, "roster not read");
		/* Sooner than the usual time, but not at once. */
		c->refresh_due = env_mono() + CLOCK_S;
		return;
	}
	text = roster_text(c->cycle, &r);
	(void)pthread_mutex_lock(&c->lock);
	if (c->text.p == NULL || text.n != c->text.n ||
	    memcmp(text.p, c->text.p, text.n) != 0) {
		arena_reset(c->arena);
		c->text.p =
		    (unsigned char *)arena_copy(c->arena, text.p, text.n);
		c->text.n = text.n;
		c->fresh = true;
	}
	(void)pthread_mutex_unlock(&c->lock);
}

static void *
courier_run(void *what)
{
	struct courier *c = what;

	while (!atomic_load(&c->stop)) {
		if (env_mono() >= c->refresh_due)
			roster_refresh(c);
		arena_reset(c->cycle);
		if (!carry(c))
			spool_wait(c->conf.spool, IDLE_MS);
		arena_reset(c->cycle);
	}
	return NULL;
}

struct err *
courier_start(struct courier **out, struct arena *a,
    const struct courier_conf *conf)
{
	struct courier *c = arena_alloc(a, sizeof(*c));
	int failed;

	c->conf = *conf;
	c->db = db_open(conf->database);
	c->cycle = arena_new();
	c->arena = arena_new();
	(void)pthread_mutex_init(&c->lock, NULL);
	if ((failed = pthread_create(&c->thread, NULL, courier_run, c)) != 0)
		return err_raise(ERR_BUSY, "The poller cannot start.",
		    "pthread_create: %s", strerror(failed));
	*out = c;
	return NULL;
}

bool
courier_roster(struct bytes *to, struct courier *c, struct arena *a)
{
	bool fresh;

	(void)pthread_mutex_lock(&c->lock);
	if ((fresh = c->fresh)) {
		to->p = (unsigned char *)arena_copy(a, c->text.p, c->text.n);
		to->n = c->text.n;
	}
	c->fresh = false;
	(void)pthread_mutex_unlock(&c->lock);
	return fresh;
}

bool
courier_stop(struct courier *c, int timeout_ms)
{
	struct timespec t;

	atomic_store(&c->stop, true);
	(void)clock_gettime(CLOCK_REALTIME, &t);
	t.tv_nsec += timeout_ms * 1000000L;
	t.tv_sec += t.tv_nsec / 1000000000L;
	t.tv_nsec %= 1000000000L;
	return pthread_timedjoin_np(c->thread, NULL, &t) == 0;
}
