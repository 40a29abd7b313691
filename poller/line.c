#include "line.h"

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/env.h"
#include "base/log.h"
#include "model/decode.h"
#include "plan.h"
#include "roster.h"
#include "store/block.h"

enum {
	STACK = 512 * 1024,
	PATIENCE = 3, /* silent polls before a device is asked less often */
	OFFLINE_AFTER = 2
};

#define SAY_NOTHING_EVERY CLOCK_MIN
#define BACKOFF_CAP CLOCK_MIN

struct device {
	const struct target *target;
	const struct profile *profile;
	struct plan plan;
	uint16_t **answers;	/* one a read */
	bool *answered;		/* that one, this time */
	const uint16_t **words; /* one a point */
	struct sample *samples;
	int32_t *sensors; /* one a point; 0: nobody wants it */
	int64_t *silent;  /* when a point last said "no value"; 0: it has one */
	int64_t period, due;
	int failures; /* polls in a row that brought nothing */
	bool offline; /* as the log has it */
};

struct line {
	struct arena *arena; /* as long as the line */
	struct arena *cycle; /* as long as a poll */
	struct line_shared shared;
	struct bytes text;
	struct roster roster;
	struct device *devices;
	size_t n;
	struct bus *bus;
	atomic_bool stop;
	pthread_t thread;
};

static void
sensors_match(struct device *d)
{
	const struct target *t = d->target;
	size_t i, k;

	for (i = 0; i < d->profile->n; i++)
		for (k = 0; k < t->n; k++)
			if (strcmp(d->profile->points[i].key,
				t->sensors[k].key) == 0)
				d->sensors[i] = t->sensors[k].id;
}

static struct err *
device_make(struct device *d, struct line *l, const struct target *t)
{
	struct arena *a = l->arena;
	struct profile *p;
	struct err *e;
	uint32_t r;
	size_t i;

	if ((e = profile_load(&p, a, l->shared.profiles, t->profile)) != NULL)
		return err_pass(e);
	d->target = t;
	d->profile = p;
	plan_make(&d->plan, a, p);
	d->answers = arena_array(a, d->plan.n, sizeof(*d->answers));
	d->answered = arena_array(a, d->plan.n, sizeof(*d->answered));
	for (i = 0; i < d->plan.n; i++)
		d->answers[i] = arena_array(a, (size_t)d->plan.reads[i].count,
		    sizeof(**d->answers));
	d->words = arena_array(a, p->n, sizeof(*d->words));
	d->samples = arena_array(a, p->n, sizeof(*d->samples));
	d->sensors = arena_array(a, p->n, sizeof(*d->sensors));
	d->silent = arena_array(a, p->n, sizeof(*d->silent));
	sensors_match(d);
	d->period = t->poll_ms > 0 ? t->poll_ms * CLOCK_MS
				   : (int64_t)(p->poll_s * CLOCK_S);
	/* Spread the first polls, so that lines do not march in step. */
	env_get()->random(&r, sizeof(r));
	d->due = env_mono() + r % (d->period < CLOCK_S ? d->period : CLOCK_S);
	return NULL;
}

/* All reads of a device.  After a failure of the line the rest is not asked. */
static enum outcome
device_ask(struct line *l, struct device *d)
{
	enum outcome o = BUS_ANSWER, worst = BUS_ANSWER;
	size_t i;

	memset(d->answered, 0, d->plan.n * sizeof(*d->answered));
	for (i = 0; i < d->plan.n; i++) {
		const struct read *r = &d->plan.reads[i];
		struct ask ask = { .unit = (uint8_t)d->target->unit,
			.function = (uint8_t)r->function,
			.address = (uint16_t)r->address,
			.count = (uint16_t)r->count };

		if (i > 0 && d->profile->pause_ms > 0 &&
		    !bus_wait(l->bus, d->profile->pause_ms * CLOCK_MS))
			return BUS_STOPPED;
		o = bus_read(l->bus, d->answers[i], &ask,
		    d->profile->timeout_ms);
		atomic_fetch_add(&l->shared.counters->outcomes[o], 1);
		d->answered[i] = o == BUS_ANSWER;
		if (o > worst)
			worst = o;
		if (o > BUS_EXCEPTION)
			break;
	}
	return worst;
}

static void
device_decode(struct device *d)
{
	size_t i;

	for (i = 0; i < d->profile->n; i++) {
		const struct spot *s = &d->plan.spots[i];

		d->words[i] = d->answered[s->read]
				  ? d->answers[s->read] + s->offset
				  : NULL;
	}
	decode_frame(d->samples, d->profile, d->words);
}

/* Whether to tell: values always, their absence now and then. */
static bool
worth_telling(struct device *d, size_t i, int64_t mono)
{
	if (d->sensors[i] == 0)
		return false;
	if (!isnan(d->samples[i].value)) {
		d->silent[i] = 0;
		return true;
	}
	if (d->silent[i] != 0 && mono - d->silent[i] < SAY_NOTHING_EVERY)
		return false;
	d->silent[i] = mono;
	return true;
}

static void
device_tell(struct line *l, struct device *d)
{
	int64_t now = env_now(), mono = env_mono();
	struct readings r = { .n = 0 };
	size_t i;

	r.v = arena_array(l->cycle, d->profile->n, sizeof(*r.v));
	for (i = 0; i < d->profile->n; i++)
		if (worth_telling(d, i, mono))
			r.v[r.n++] = (struct reading){ .time = now,
				.value = d->samples[i].value,
				.sensor = d->sensors[i],
				.quality = d->samples[i].quality };
	if (r.n == 0)
		return;
	(void)readings_settle(&r, l->cycle);
	atomic_fetch_add(&l->shared.counters->readings, r.n);
	spool_append(l->shared.spool, l->cycle, d->target->tenant,
	    (uint32_t)r.n, block_encode(l->cycle, NULL, &r));
}

/* One log line a change; a line that is down speaks for its devices. */
static void
device_judge(struct line *l, struct device *d, enum outcome o)
{
	if (o <= BUS_EXCEPTION) {
		if (d->offline)
			log_info("device online tenant=%d device=%s unit=%d",
			    d->target->tenant, d->target->key, d->target->unit);
		d->offline = false;
		d->failures = 0;
		return;
	}
	d->failures++;
	if (o == BUS_DOWN || d->offline || d->failures < OFFLINE_AFTER)
		return;
	d->offline = true;
	log_warn("device offline tenant=%d device=%s unit=%d why=\"%s: %s\"",
	    d->target->tenant, d->target->key, d->target->unit, outcome_name(o),
	    bus_why(l->bus));
}

/* A silent unit costs its line a time-out each time: ask it less often. */
static void
device_plan(struct device *d, enum outcome o)
{
	int64_t now = env_mono(), wait = d->period, more;

	if (o == BUS_SILENT && d->failures > PATIENCE) {
		int twice = d->failures - PATIENCE;

		more = twice < 6 ? CLOCK_S << twice : BACKOFF_CAP;
		wait = more > wait ? more : wait;
	}
	d->due += wait;
	if (d->due < now)
		d->due = wait > d->period ? now + wait : now;
}

static struct device *
earliest(struct line *l)
{
	struct device *best = &l->devices[0];
	size_t i;

	for (i = 1; i < l->n; i++)
		if (l->devices[i].due < best->due)
			best = &l->devices[i];
	return best;
}

static void *
line_run(void *what)
{
	struct line *l = what;
	struct device *d;
	enum outcome o;

	while (l->n > 0) {
		d = earliest(l);
		if (!bus_wait(l->bus, d->due - env_mono()))
			break;
		if ((o = device_ask(l, d)) == BUS_STOPPED)
			break;
		device_decode(d);
		device_tell(l, d);
		device_judge(l, d, o);
		device_plan(d, o);
		arena_reset(l->cycle);
	}
	return NULL;
}

/* The devices whose profile loads, and the line they are on. */
static struct err *
line_fill(struct line *l)
{
	const struct target *t;
	const struct profile *p;
	struct bus_address at;
	struct err *e;
	size_t i;

	if ((e = roster_parse(&l->roster, l->arena, l->text)) != NULL)
		return err_pass(e);
	l->devices = arena_array(l->arena, l->roster.n, sizeof(*l->devices));
	for (i = 0; i < l->roster.n; i++) {
		t = &l->roster.v[i];
		if ((e = device_make(&l->devices[l->n], l, t)) != NULL)
			log_err(e, "device skipped tenant=%d device=%s",
			    t->tenant, t->key);
		else
			l->n++;
	}
	if (l->n == 0)
		return err_raise(ERR_INPUT, "No device of the line is usable.",
		    "no device of %zu is usable", l->roster.n);
	t = l->devices[0].target;
	p = l->devices[0].profile;
	at = (struct bus_address){ t->serial, t->host, t->port, p->parity,
		p->data_bits, p->stop_bits };
	l->bus = bus_new(l->arena, &at, &l->stop);
	return NULL;
}

static void
line_free(struct line *l)
{
	struct arena *a = l->arena;

	arena_free(l->cycle);
	arena_free(a); /* the line itself is in it */
}

struct err *
line_start(struct line **out, const struct line_shared *shared,
    struct bytes text)
{
	struct arena *a = arena_new();
	struct line *l = arena_alloc(a, sizeof(*l));
	pthread_attr_t attr;
	struct err *e;
	int failed;

	l->arena = a;
	l->cycle = arena_new();
	l->shared = *shared;
	l->text =
	    (struct bytes){ (unsigned char *)arena_copy(a, text.p, text.n),
		    text.n };
	if ((e = line_fill(l)) != NULL) {
		line_free(l);
		return err_pass(e);
	}
	(void)pthread_attr_init(&attr);
	(void)pthread_attr_setstacksize(&attr, STACK);
	failed = pthread_create(&l->thread, &attr, line_run, l);
	(void)pthread_attr_destroy(&attr);
	if (failed != 0) {
		line_free(l);
		return err_raise(ERR_BUSY, "The poller has too many lines.",
		    "pthread_create: %s", strerror(failed));
	}
	*out = l;
	return NULL;
}

bool
line_is(const struct line *l, struct bytes text)
{
	return l->text.n == text.n && memcmp(l->text.p, text.p, text.n) == 0;
}

void
line_stop(struct line *l)
{
	atomic_store(&l->stop, true);
	(void)pthread_kill(l->thread, BUS_SIGNAL);
}

bool
line_join(struct line *l, int timeout_ms)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_REALTIME, &t);
	t.tv_sec += timeout_ms / 1000;
	t.tv_nsec += timeout_ms % 1000 * 1000000L;
	if (t.tv_nsec >= 1000000000L) {
		t.tv_sec++;
		t.tv_nsec -= 1000000000L;
	}
	if (pthread_timedjoin_np(l->thread, NULL, &t) != 0)
		return false;
	line_free(l);
	return true;
}
