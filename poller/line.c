#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/env.h"
#include "base/log.h"
#include "line_state.h"

/* Phases that fall between those before: parts of the golden section. */
#define GOLDEN 0.6180339887498949

struct seat *
line_seat(struct line *l)
{
	return &l->seat;
}

bool
line_is(const struct line *l, const struct line_text *t)
{
	return l->text_n == t->text.n && l->hash == t->hash;
}

void
line_free(struct line *l)
{
	arena_free(l->arena); /* the line itself is in it */
}

/* The serial line's parameters as a device wants them. */
static struct bus_address
wanted(struct arena *a, const struct target *t, const struct profile *p)
{
	struct bus_address at = { t->transport, arena_text(a, t->host), t->port,
		p->parity, p->data_bits, p->stop_bits };

	if (*t->serial != 0) {
		at.data_bits = t->serial[0] - '0';
		at.parity = t->serial[1];
		at.stop_bits = t->serial[2] - '0';
	}
	return at;
}

static bool
same_way(const struct bus_address *a, const struct bus_address *b)
{
	if (a->transport != b->transport || a->port != b->port)
		return false;
	return a->transport != TRANSPORT_RTU ||
	       (a->parity == b->parity && a->data_bits == b->data_bits &&
		   a->stop_bits == b->stop_bits);
}

static const char *
way(struct arena *a, const struct bus_address *at)
{
	static const char *const names[TRANSPORTS] = { "tcp", "rtu",
		"rtu_tcp" };

	if (at->transport != TRANSPORT_RTU)
		return names[at->transport];
	return arena_printf(a, "%d baud %d%c%d", at->port, at->data_bits,
	    at->parity, at->stop_bits);
}

/*
 * The first device says how the line is set, or the first one with settings
 * of its own; who wants it otherwise is named.
 */
static void
line_agree(struct line *l, const struct roster *r, struct bus_address *v)
{
	size_t i, first = 0;

	for (i = l->n; i > 0; i--)
		if (*r->v[i - 1].serial != 0)
			first = i - 1;
	l->at = v[first];
	l->remarks = arena_array(l->arena, l->n, sizeof(*l->remarks));
	for (i = 0; i < l->n; i++) {
		if (same_way(&l->at, &v[i])) {
			l->remarks[i] = "";
			continue;
		}
		l->remarks[i] = arena_printf(l->arena,
		    "The line is set to %s, this device wants %s.",
		    way(l->arena, &l->at), way(l->arena, &v[i]));
		log_warn("line disagreed at=%s tenant=%d device=%s"
			 " is=\"%s\" wants=\"%s\"",
		    l->at.host, l->devices[i].tenant, l->devices[i].key,
		    way(l->arena, &l->at), way(l->arena, &v[i]));
	}
}

/* The devices whose profile loads, and the line they are on. */
static struct err *
line_fill(struct line *l, struct roster *r)
{
	struct bus_address *v = arena_array(l->arena, r->n, sizeof(*v));
	const struct profile *p;
	struct err *e;
	double phase;
	uint32_t random;
	size_t i;

	env_get()->random(&random, sizeof(random));
	phase = (double)random / UINT32_MAX;
	l->devices = arena_array(l->arena, r->n, sizeof(*l->devices));
	for (i = 0; i < r->n; i++) {
		const struct target *t = &r->v[i];
		struct device *d = &l->devices[l->n];

		if ((e = shelf_profile(&p, l->shared.shelf, t->profile,
			 t->profile_text)) != NULL) {
			log_err(e, "device skipped tenant=%d device=%s",
			    t->tenant, t->key);
			continue;
		}
		phase += GOLDEN;
		phase -= phase >= 1;
		device_make(d, l->arena, t, p, phase);
		d->uplink = l->shared.uplink;
		memory_recall(l->shared.memory, d);
		v[l->n] = wanted(l->arena, t, p);
		r->v[l->n++] = *t;
	}
	if (l->n == 0)
		return err_raise(ERR_INPUT, "No device of the line is usable.",
		    "no device of %zu is usable", r->n);
	line_agree(l, r, v);
	turn_init(&l->turn, l->devices, l->n);
	l->bus = bus_new(l->arena, &l->at, l->shared.epoll, l);
	return NULL;
}

struct err *
line_new(struct line **out, const struct line_shared *shared,
    const struct line_text *t)
{
	struct arena *a = arena_small(), *scratch = arena_new();
	struct line *l = arena_alloc(a, sizeof(*l));
	struct roster r;
	struct err *e;

	l->arena = a;
	l->shared = *shared;
	l->hash = t->hash;
	l->text_n = t->text.n;
	l->since = env_mono();
	if ((e = roster_parse(&r, scratch, t->text)) == NULL)
		e = line_fill(l, &r);
	arena_free(scratch);
	if (e != NULL) {
		line_free(l);
		return err_pass(e);
	}
	*out = l;
	return NULL;
}

/* Whose turn it is; false: nobody's before *wake. */
static bool
line_choose(struct line *l, int64_t *wake)
{
	const struct write *writing = write_first(l->writes);

	l->polled = turn_take(&l->turn, wake);
	if (l->polled == NULL && writing != NULL && write_due(writing) < *wake)
		*wake = write_due(writing);
	return l->polled != NULL;
}

/* Of the device that is polled, looked at, or else written into. */
static const struct profile *
line_profile(const struct line *l)
{
	if (l->polled != NULL)
		return l->polled->profile;
	return l->seen != NULL ? l->seen->profile : l->write->device->profile;
}

/* What somebody wanted to see is there, or why it is not. */
static void
line_saw(struct line *l, enum outcome o, const uint16_t *words)
{
	look_take(l->look, o, words, bus_why(l->bus));
	looks_tell(l->shared.looks, l->look);
	l->seen = NULL;
	l->looked = true;
}

static void
line_took(struct line *l, enum outcome o, const uint16_t *words)
{
	struct counters *c = l->shared.counters;
	int64_t now = env_mono();

	l->asking = false;
	l->free_at = now + line_profile(l)->pause_ms * CLOCK_MS;
	if (l->free_at < bus_free_at(l->bus))
		l->free_at = bus_free_at(l->bus);
	l->busy_us += (l->free_at > now ? l->free_at : now) - l->asked;
	atomic_fetch_add(&c->busy_us, (uint64_t)(now - l->asked));
	atomic_fetch_add(&c->outcomes[o], 1);
	if (o == BUS_EXCEPTION && words[0] < EXCEPTIONS)
		atomic_fetch_add(&c->exceptions[words[0]], 1);
	if (o == BUS_GARBAGE && bus_corrupt(l->bus))
		atomic_fetch_add(&c->corrupt, 1);
	if (l->polled != NULL)
		device_take(l->polled, &l->ask, o, words, bus_took(l->bus),
		    bus_corrupt(l->bus));
	else if (l->seen != NULL)
		line_saw(l, o, words);
	else
		write_take(l->write, l->shared.commands,
		    &(struct heard){ o, words, bus_why(l->bus),
			bus_sent(l->bus) });
}

static void
line_add(struct line *l, struct arena *cycle, int32_t tenant,
    const struct readings *r)
{
	if (r->n == 0)
		return;
	atomic_fetch_add(&l->shared.counters->readings, r->n);
	gather_add(l->shared.gather, cycle, tenant, r);
}

/* The poll is over: what it has brought goes on. */
static void
line_tell(struct line *l, struct arena *cycle)
{
	struct readings r = { .n = 0 };
	char why[64];

	(void)snprintf(why, sizeof(why), "%s: %s",
	    outcome_name(l->polled->worst), bus_why(l->bus));
	device_end(l->polled, &r, cycle, why);
	line_add(l, cycle, l->polled->tenant, &r);
	l->polled = NULL;
}

void
line_leave(struct line *l, struct arena *cycle)
{
	struct write *w;
	size_t i;

	for (w = l->writes; w != NULL; w = w->beside)
		write_leave(w, l->shared.commands);
	if (l->seen != NULL)
		looks_fail(l->shared.looks, l->look,
		    "The poller stopped, or its line was changed.");
	for (i = 0; i < l->n; i++) {
		struct readings r = { .n = 0 };

		device_leave(&l->devices[i], &r, cycle);
		line_add(l, cycle, l->devices[i].tenant, &r);
	}
}

static void
line_ask(struct line *l)
{
	const struct device *d = l->polled;
	int64_t hint = d->away ? turn_hint(&l->turn) : 0;

	l->asking = true;
	l->asked = env_mono();
	bus_ask(l->bus, &l->ask, device_span(d, hint),
	    d->profile->timeout_ms * CLOCK_MS);
}

/* A command for one of the devices begins; false: there is none. */
static bool
line_command(struct line *l)
{
	struct commands *c = l->shared.commands;
	struct task t;
	size_t i;

	if (!commands_any(c))
		return false;
	for (i = 0; i < l->n; i++) {
		const struct device *d = &l->devices[i];

		if (device_lags(d) || write_any(l->writes, d) ||
		    !commands_next(&t, c, d->tenant, d->id))
			continue;
		l->write = write_room(&l->writes, l->arena);
		write_begin(l->write, &t, d, c);
		return true;
	}
	return false;
}

/* Whether a command wants the line now; between its steps polls go on. */
static bool
line_called(struct line *l)
{
	struct write *w = write_first(l->writes);

	if (w == NULL || write_due(w) > env_mono())
		return line_command(l);
	l->write = w;
	return true;
}

/* The next request of what is being written. */
static void
line_write(struct line *l)
{
	int64_t span = l->write->device->profile->timeout_ms * CLOCK_MS;

	if (!write_ask(l->write, &l->ask))
		return;
	l->asking = true;
	l->asked = env_mono();
	bus_ask(l->bus, &l->ask, span, span);
}

/* Somebody wants to see registers of a device: they are asked for. */
static bool
line_looks(struct line *l)
{
	struct looks *s = l->shared.looks;
	struct look one;
	int64_t span;
	size_t i;

	if (l->looked || !looks_any(s))
		return false;
	for (i = 0; i < l->n && l->seen == NULL; i++) {
		const struct device *d = &l->devices[i];

		if (!device_lags(d) && looks_next(&one, s, d->tenant, d->id))
			l->seen = d;
	}
	if (l->seen == NULL)
		return false;
	if (l->look == NULL)
		l->look = arena_alloc(l->arena, sizeof(*l->look));
	*l->look = one;
	span = l->seen->profile->timeout_ms * CLOCK_MS;
	l->ask = look_ask(l->look, l->seen->unit);
	l->asking = true;
	l->asked = env_mono();
	bus_ask(l->bus, &l->ask, span, span);
	return true;
}

int64_t
line_go(struct line *l, struct arena *cycle)
{
	uint16_t words[FRAME_BITS_MAX];
	enum outcome o;
	int64_t wake;

	for (;;) {
		if (l->asking) {
			if ((o = bus_go(l->bus, words)) == BUS_WAITING)
				return bus_wake(l->bus);
			line_took(l, o, words);
		}
		if (env_mono() < l->free_at)
			return l->free_at;
		if (l->polled == NULL && line_called(l)) {
			line_write(l);
			continue;
		}
		if (l->polled == NULL && line_looks(l))
			continue;
		if (l->polled == NULL) {
			l->looked = false;
			if (!line_choose(l, &wake))
				return wake;
		}
		if (device_ask(l->polled, &l->ask))
			line_ask(l);
		else
			line_tell(l, cycle);
	}
}

int64_t
line_news(struct line *l, struct arena *cycle)
{
	if (!l->asking)
		bus_drain(l->bus);
	return l->asking ? line_go(l, cycle) : l->seat.wake;
}
