#include "courier.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/env.h"
#include "base/log.h"

enum {
	IDLE_MS = 250,
	BACKOFF_FIRST_MS = 100,
	STOP_MS = 60000, /* until a refused key is tried again */
	GAPS_TOGETHER = 1000,
	PARCEL_FIRST = 8192, /* bytes, before we know the link */
	PARCEL_LEAST = 2048,
	PARCEL_MOST = 256 * 1024
};

#define PARCEL_TAKES CLOCK_S
#define GAPS_EVERY (5 * CLOCK_S)
#define REST_MOST (10 * CLOCK_S)
#define GRADE_EVERY CLOCK_HOUR	   /* who is new there has not heard it */
#define GRADE_AGAIN (10 * CLOCK_S) /* when it was not heard */

struct courier {
	struct courier_conf conf;
	struct arena *cycle;   /* as long as what is held */
	struct arena *attempt; /* as long as one try */
	int64_t refresh_due, report_due, orders_due, gaps_due;
	int64_t rest_until; /* the backlog has had its half until then */
	bool rests;	    /* and was left aside when nothing was found */
	int backoff_ms;
	bool away;		   /* the sink, as the log has it */
	bool blind;		   /* and the roster */
	bool deaf;		   /* and commands */
	bool mute;		   /* and how finely is told */
	const struct grade *grade; /* as it was told, or tried to; NULL */
	int64_t grade_due;
	atomic_bool stop;
	pthread_t thread;

	/* What is under way, until it is stored: the same again, so that it
	 * is known again. */
	bool holds;
	struct parcel parcel;
	struct gap *gap;
	size_t gaps;
	uint64_t number;
	size_t bytes; /* of a parcel that takes PARCEL_TAKES */

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
deliver(struct courier *c, const struct parcel *p)
{
	struct readings r;
	const struct shipment what = { p->tenant, c->number, &r, c->gap,
		c->gaps };
	struct err *e;

	arena_reset(c->attempt);
	c->conf.sink->wait_ms = 0;
	if ((e = unpack(&r, c->attempt, p->v, p->n)) != NULL ||
	    (e = c->conf.sink->send(c->conf.sink, c->attempt, &what)) != NULL)
		return err_pass(e);
	c->number++;
	return NULL;
}

/* Is our key what is refused, and not what came under it? */
static bool
is_key_refused(const struct courier *c, const struct err *e)
{
	return c->conf.sink->has_one_key &&
	       (e->kind == ERR_LOGIN || e->kind == ERR_FORBIDDEN ||
		   e->kind == ERR_MISSING);
}

/*
 * The sink said no to the parcel, and not for being busy.  Try halves of it,
 * so that only the record that is wrong is put aside.
 */
static struct err *
deliver_halves(struct courier *c)
{
	struct parcel *p = &c->parcel;
	size_t some = (p->n + 1) / 2;
	struct err *e;

	while (p->n > 0) {
		struct parcel part = *p;

		if (part.n > some)
			part.n = some;
		e = deliver(c, &part);
		if (e != NULL && (e->kind == ERR_BUSY || is_key_refused(c, e)))
			return err_pass(e);
		if (e != NULL && part.n > 1) {
			some = part.n / 2;
			continue;
		}
		if (e == NULL) {
			spool_done(c->conf.spool, &part);
			some *= 2;
		} else {
			log_err(e, "reading refused tenant=%d", p->tenant);
			spool_refuse(c->conf.spool, c->attempt, &part);
		}
		p->v += part.n;
		p->n -= part.n;
	}
	return NULL;
}

/* What became of commands does not wait for the sink to be back. */
static void
orders_keep(struct courier *c)
{
	struct sink *sink = c->conf.sink;

	if (sink->keep == NULL)
		return;
	arena_reset(c->attempt);
	sink->keep(sink, c->attempt);
}

/*
 * Wait for a random part of so long, which grows, or for as long as we were
 * asked to and a little; in small steps, so that a stop is seen, and what
 * becomes of commands meanwhile.
 */
static void
back_off(struct courier *c, bool is_stopped)
{
	int cap = is_stopped ? STOP_MS : c->conf.sink->cap_ms;
	int64_t until;
	uint32_t r;

	c->backoff_ms =
	    c->backoff_ms == 0 ? BACKOFF_FIRST_MS : c->backoff_ms * 2;
	if (c->backoff_ms > cap || is_stopped)
		c->backoff_ms = cap;
	env_get()->random(&r, sizeof(r));
	until = env_mono() + (int64_t)c->conf.sink->wait_ms * CLOCK_MS +
		(int64_t)(r % 1000) * c->backoff_ms;
	while (!atomic_load(&c->stop) && env_mono() < until) {
		orders_keep(c);
		(void)nanosleep(&(struct timespec){ .tv_nsec = 50000000 },
		    NULL);
	}
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
		log_err(e,
		    is_key_refused(c, e) ? "sink refuses us" : "sink away");
	c->away = true;
}

/* Take what goes next: what is new, in turn with gaps and the backlog. */
static bool
pick_up(struct courier *c)
{
	int64_t now = env_mono();
	const struct load load = { c->conf.sink->together, c->bytes,
		now < c->rest_until };

	c->rests = load.live_only;
	arena_reset(c->cycle);
	c->parcel = (struct parcel){ .n = 0 };
	c->gaps = 0;
	if (now >= c->gaps_due && (c->gaps = spool_gaps(&c->gap, c->conf.spool,
				       c->cycle, GAPS_TOGETHER)) > 0) {
		c->parcel.tenant = c->gap[0].tenant;
		c->gaps_due = now + GAPS_EVERY;
		return true;
	}
	return spool_take(&c->parcel, c->conf.spool, c->cycle, &load);
}

/* How the link is, from what a parcel took. */
static void
learn(struct courier *c, size_t bytes, int64_t took)
{
	int64_t fits = (int64_t)bytes * PARCEL_TAKES / (took + 1);

	/* What little goes along takes as long as the way there and back. */
	if (bytes * 2 > c->bytes || took > PARCEL_TAKES)
		c->bytes =
		    (c->bytes +
			(size_t)(fits < PARCEL_MOST ? fits : PARCEL_MOST)) /
		    2;
	if (c->bytes < PARCEL_LEAST)
		c->bytes = PARCEL_LEAST;
}

static void
delivered(struct courier *c, int64_t begun)
{
	int64_t now = env_mono(), took = now - begun;

	if (c->gaps > 0)
		spool_told(c->conf.spool, c->gap, c->gaps);
	if (c->parcel.n == 0)
		return;
	spool_done(c->conf.spool, &c->parcel);
	learn(c, c->parcel.bytes, took);
	uplink_sent(c->conf.uplink, c->conf.sink->wire, took);
	if (!c->parcel.live)
		c->rest_until = now + (took < REST_MOST ? took : REST_MOST);
}

/* What will never be taken is put aside; NULL: nothing is left to carry. */
static struct err *
refused(struct courier *c, struct err *e)
{
	if (c->gaps > 0) {
		log_err(e, "gaps refused tenant=%d", c->parcel.tenant);
		spool_told(c->conf.spool, c->gap, c->gaps);
		return NULL;
	}
	if (e->kind == ERR_LOGIN) {
		/* The grant is gone; the tenant is none of ours any more. */
		log_err(e, "tenant refused tenant=%d", c->parcel.tenant);
		spool_refuse(c->conf.spool, c->attempt, &c->parcel);
		return NULL;
	}
	e = deliver_halves(c);
	return e != NULL ? err_pass(e) : NULL;
}

/* Carry what is held, or else what is next.  False: there is nothing. */
static bool
carry(struct courier *c)
{
	int64_t begun = env_mono();
	struct err *e;

	if (!c->holds && !(c->holds = pick_up(c)))
		return false;
	if ((e = deliver(c, &c->parcel)) == NULL)
		delivered(c, begun);
	else if (e->kind != ERR_BUSY && !is_key_refused(c, e))
		e = refused(c, e);
	report(c, e);
	if (e != NULL) {
		/* What is new comes before what was given up. */
		c->gaps_due = env_mono() + GAPS_EVERY;
		back_off(c, is_key_refused(c, e));
		return true;
	}
	c->holds = false;
	return true;
}

/* Commands and their news, as often as the sink wants them. */
static void
orders_refresh(struct courier *c, bool last)
{
	struct sink *sink = c->conf.sink;
	struct err *e;

	if (sink->orders == NULL)
		return;
	arena_reset(c->attempt);
	c->orders_due = env_mono() + sink->orders_ms * CLOCK_MS;
	e = sink->orders(sink, c->attempt, last);
	if (e != NULL && !c->deaf)
		log_err(e, "commands not read");
	c->deaf = e != NULL;
}

static void
roster_refresh(struct courier *c)
{
	struct bytes text = { NULL, 0 };
	struct err *e;

	arena_reset(c->attempt);
	c->refresh_due = env_mono() + c->conf.refresh_s * CLOCK_S;
	if ((e = c->conf.sink->plan(&text, c->conf.sink, c->attempt)) != NULL) {
		if (!c->away && !c->blind)
			log_err(e, "roster not read");
		c->blind = true;
		/* Sooner than the usual time, but not at once. */
		c->refresh_due =
		    env_mono() +
		    (is_key_refused(c, e) ? STOP_MS * CLOCK_MS : CLOCK_S);
		return;
	}
	c->blind = false;
	if (text.p == NULL)
		return;
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

/* Tell how finely is told, when that is news; windows get their series. */
static void
grade_tell(struct courier *c)
{
	const struct grade *g = uplink_grade(c->conf.uplink);
	struct sink *sink = c->conf.sink;
	struct err *e;

	if (sink->quality == NULL ||
	    (g == c->grade && env_mono() < c->grade_due))
		return;
	arena_reset(c->attempt);
	e = sink->quality(sink, c->attempt, c->conf.uplink);
	if (e != NULL && !c->mute)
		log_err(e, "quality not told");
	c->mute = e != NULL;
	c->grade = g;
	c->grade_due = env_mono() + (e == NULL ? GRADE_EVERY : GRADE_AGAIN);
	if (e == NULL)
		c->refresh_due = 0;
}

/* How the lines fare. */
static void
lines_report(struct courier *c)
{
	struct err *e;

	arena_reset(c->attempt);
	c->report_due = env_mono() + c->conf.report_s * CLOCK_S;
	if ((e = c->conf.report(c->conf.what, c->conf.sink, c->attempt)) !=
	    NULL)
		log_err(e, "units not reported");
}

/* Until something new comes, or the backlog may go on. */
static void
idle(struct courier *c)
{
	int64_t rest_ms = (c->rest_until - env_mono()) / CLOCK_MS + 1;
	bool rests = rest_ms > 0;

	spool_wait(c->conf.spool,
	    rests && rest_ms < IDLE_MS ? (int)rest_ms : IDLE_MS, rests);
}

static void *
courier_run(void *what)
{
	struct courier *c = what;

	while (!atomic_load(&c->stop)) {
		/* What waits comes first when the sink is back. */
		if (!c->away)
			grade_tell(c);
		if (!c->away && env_mono() >= c->refresh_due)
			roster_refresh(c);
		if (!c->away && env_mono() >= c->report_due)
			lines_report(c);
		if (!c->away && env_mono() >= c->orders_due)
			orders_refresh(c, false);
		if (carry(c))
			continue;
		if (!c->rests || spool_counts(c->conf.spool).waiting == 0)
			uplink_idle(c->conf.uplink);
		idle(c);
	}
	/* With the sink away, too: it may be written down. */
	orders_refresh(c, true);
	return NULL;
}

struct err *
courier_start(struct courier **out, struct arena *a,
    const struct courier_conf *conf)
{
	struct courier *c = arena_alloc(a, sizeof(*c));
	int failed;

	c->conf = *conf;
	c->number = 1;
	c->bytes = PARCEL_FIRST;
	c->report_due = env_mono() + conf->report_s * CLOCK_S;
	c->cycle = arena_new();
	c->attempt = arena_new();
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
