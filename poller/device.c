#include "device.h"

#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "base/env.h"
#include "base/log.h"

enum {
	PATIENCE = 3, /* silent polls before a device is asked less often */
	OFFLINE_AFTER = 2,
	PROBE_AFTER = 2,    /* silent polls, and a little is asked */
	LESSON_BUDGET = 16, /* requests of a poll */
	FULL_EVERY = 4,	    /* of one that is away, with the full time */
	COST = 50,	    /* it takes 1/50 of the line at most */
	SLACK = 4	    /* times the p99 of its answers */
};

#define BACKOFF_CAP CLOCK_MIN
#define SPAN_LEAST (250 * CLOCK_MS) /* machines hiccup */
#define SPAN_AWAY (25 * CLOCK_MS)   /* nothing is lost by these */
#define ALIGN (10 * CLOCK_MS)
#define ALIGN_FROM (500 * CLOCK_MS)
#define KNOWN_FOR (7 * CLOCK_DAY)
#define NOTHING_FOR (5 * CLOCK_MIN) /* a device of holes only */

static struct group *
group_of(struct device *d, int64_t period)
{
	size_t i;

	for (i = 0; i < d->n; i++)
		if (d->groups[i].period == period)
			return &d->groups[i];
	d->groups[d->n].period = period;
	return &d->groups[d->n++];
}

/* The first poll comes soon, the others on a grid of the group's own. */
static void
group_start(struct group *g, double phase)
{
	int64_t now = env_mono();

	/* Who is due together costs one waking up. */
	g->grid = now + llround(phase * (double)g->period);
	if (g->period >= ALIGN_FROM)
		g->grid -= g->grid % ALIGN;
	g->due = g->period <= CLOCK_S ? g->grid
				      : now + llround(phase * (double)CLOCK_S);
}

void
device_plan(struct device *d)
{
	size_t i;

	for (i = 0; i < d->n; i++)
		plan_make(&d->groups[i].plan, d->arena, d->profile,
		    d->groups[i].in, &d->taught);
	d->lesson.is_on = false;
	d->next = 0;
}

/* Points of equal period together. */
static void
groups_make(struct device *d, const struct target *t, double phase)
{
	const struct profile *p = d->profile;
	struct arena *scratch = arena_new();
	int64_t *periods = arena_array(scratch, p->n, sizeof(*periods));
	size_t i, k, n = 0;

	for (i = 0; i < p->n; i++) {
		periods[i] = poll_period(&p->points[i], p, t);
		for (k = 0; k < i && periods[k] != periods[i]; k++)
			;
		n += k == i;
	}
	d->groups = arena_array(d->arena, n, sizeof(*d->groups));
	for (i = 0; i < p->n; i++) {
		struct group *g = group_of(d, periods[i]);

		if (g->in == NULL)
			g->in = arena_array(d->arena, p->n, sizeof(*g->in));
		g->in[i] = true;
	}
	for (i = 0; i < d->n; i++)
		group_start(&d->groups[i], phase);
	arena_free(scratch);
	device_plan(d);
}

void
device_make(struct device *d, struct arena *a, const struct target *t,
    const struct profile *p, double phase)
{
	*d = (struct device){ .tenant = t->tenant,
		.id = t->device,
		.key = arena_text(a, t->key),
		.unit = t->unit,
		.late = t->transport != TRANSPORT_TCP,
		.profile = p,
		.arena = a,
		.held = arena_array(a, p->n, sizeof(*d->held)),
		.has = arena_array(a, p->n, sizeof(*d->has)),
		.teller = teller_new(a, p, t) };
	groups_make(d, t, phase);
}

void
device_know(struct device *d, const struct taught *k, int64_t p99_us)
{
	size_t i;

	d->taught.n = 0;
	d->taught.most_words = k->most_words;
	d->taught.most_bits = k->most_bits;
	d->taught.since = k->since;
	for (i = 0; i < k->n; i++)
		(void)taught_add(&d->taught, d->arena, &k->holes[i], k->since);
	latency_set(&d->latency, p99_us);
	device_plan(d);
}

static struct group *
earliest(const struct device *d)
{
	struct group *best = &d->groups[0];
	size_t i;

	for (i = 1; i < d->n; i++)
		if (d->groups[i].due < best->due)
			best = &d->groups[i];
	return best;
}

int64_t
device_due(const struct device *d)
{
	int64_t due = earliest(d)->due;

	return due > d->resume ? due : d->resume;
}

/* What it taught a week ago may be wrong by now. */
static void
forget(struct device *d)
{
	static const struct taught nothing = { .n = 0 };
	int64_t keep = NOTHING_FOR;
	size_t i;

	for (i = 0; i < d->n; i++)
		if (d->groups[i].plan.n > 0)
			keep = KNOWN_FOR;
	if (d->taught.since == 0 || env_now() - d->taught.since < keep)
		return;
	log_info("device asked anew tenant=%d device=%s", d->tenant, d->key);
	device_know(d, &nothing, latency_p99(&d->latency));
}

void
device_begin(struct device *d, bool all)
{
	size_t i;

	forget(d);
	d->polled = earliest(d);
	d->next = 0;
	d->asked = 0;
	d->budget = d->lesson.is_on && d->lesson.silent ? 1 : LESSON_BUDGET;
	d->teaching = d->probing = d->over = d->hung = false;
	d->all = all;
	d->worst = BUS_ANSWER;
	d->began = env_mono();
	d->now = env_now();
	for (i = 0; i < d->profile->n; i++)
		d->has[i] = d->has[i] && !d->polled->in[i];
}

/* The next request of the plan but the one that a lesson is about. */
static const struct read *
next_read(struct device *d)
{
	const struct plan *plan = &d->polled->plan;
	const struct lesson *l = &d->lesson;

	if (l->is_on && d->next < plan->n &&
	    plan->order + plan->reads[d->next].first == l->order)
		d->next++;
	return d->next < plan->n ? &plan->reads[d->next] : NULL;
}

bool
device_ask(struct device *d, struct ask *ask)
{
	const struct plan *plan = &d->polled->plan;
	const struct read *r;

	if (d->over)
		return false;
	ask->unit = (uint8_t)d->unit;
	d->request = env_mono();
	d->teaching = d->lesson.is_on && d->budget-- > 0;
	if (d->teaching) {
		lesson_ask(&d->lesson, ask);
		d->asked++;
		return true;
	}
	if ((r = next_read(d)) == NULL)
		return false;
	d->asked++;
	ask->function = (uint8_t)r->function;
	ask->address = (uint16_t)r->address;
	ask->count = (uint16_t)r->count;
	/* Perhaps it is there, and only gives no answer as long as that. */
	d->probing = !r->proven && r->n > 1 && d->failures >= PROBE_AFTER &&
		     !d->lesson.is_on;
	if (d->probing)
		ask->count =
		    (uint16_t)d->profile->points[plan->order[r->first]].words;
	return true;
}

bool
device_wants_all(const struct device *d)
{
	return d->shorts >= FULL_EVERY - 1;
}

int64_t
device_span(const struct device *d, int64_t hint)
{
	int64_t most = d->profile->timeout_ms * CLOCK_MS, span = most;
	int64_t p99 = latency_p99(&d->latency), least = SPAN_LEAST;

	if (d->away && !d->all) {
		span = hint > p99 * SLACK ? hint : p99 * SLACK;
		least = SPAN_AWAY;
	} else if (d->failures == 0) {
		span = p99 * SLACK;
	}
	if (span == 0 || span > most)
		return most;
	return span < least && least < most ? least : span;
}

static void
judge(struct device *d, const char *why)
{
	char quoted[LOG_QUOTED];

	if (d->worst <= BUS_EXCEPTION) {
		if (d->offline)
			log_info("device online tenant=%d device=%s unit=%d",
			    d->tenant, d->key, d->unit);
		d->offline = d->away = false;
		d->failures = d->shorts = 0;
		return;
	}
	d->failures++;
	/* A line that is down speaks for its devices. */
	if (d->worst == BUS_DOWN || d->failures < OFFLINE_AFTER)
		return;
	if (!d->offline)
		log_warn("device offline tenant=%d device=%s unit=%d why=%s",
		    d->tenant, d->key, d->unit, log_quote(quoted, why));
	d->offline = true;
	d->away = d->hung;
	d->shorts = d->all ? 0 : d->shorts + 1;
}

/* The group's next beat, and how long a silent device is left in peace. */
static void
reschedule(struct device *d)
{
	struct group *g = d->polled;
	int64_t now = env_mono(), wait = 0, cost, beats;
	int twice = d->failures - PATIENCE;

	beats = g->grid > now ? 0 : (now - g->grid) / g->period + 1;
	g->grid += beats * g->period;
	if (beats > 1 && d->resume == 0)
		d->tally.missed += (uint32_t)(beats - 1);
	g->due = g->grid;
	d->resume = 0;
	if (!d->hung)
		return;
	/* Until its late answer cannot come any more. */
	if (d->late)
		wait = d->lag - now;
	if (twice > 0) {
		cost = COST * (now - d->began);
		wait = twice < 6 ? CLOCK_S << twice : BACKOFF_CAP;
		wait = cost > wait ? cost : wait;
	}
	d->resume = now + (wait < BACKOFF_CAP ? wait : BACKOFF_CAP);
}

static void
tell(struct device *d, struct readings *to, struct arena *a)
{
	const struct profile *p = d->profile;
	const uint16_t *words[PROFILE_POINTS_MAX];
	struct sample samples[PROFILE_POINTS_MAX];
	size_t i;

	for (i = 0; i < p->n; i++)
		words[i] = d->has[i] ? d->held[i] : NULL;
	decode_frame(samples, p, words);
	teller_grade(d->teller, uplink_grade(d->uplink));
	teller_tell(to, a, d->teller, samples, d->polled->in, d->now, d->began);
}

void
device_end(struct device *d, struct readings *to, struct arena *a,
    const char *why)
{
	tell(d, to, a);
	if (d->asked > 0)
		judge(d, why);
	reschedule(d);
	teller_close(to, a, d->teller, device_due(d));
	d->polled = NULL;
	d->all = false;
}

void
device_leave(struct device *d, struct readings *to, struct arena *a)
{
	teller_close(to, a, d->teller, INT64_MAX);
}

bool
device_lags(const struct device *d)
{
	return env_mono() < d->lag;
}

double
device_load(const struct device *d)
{
	double load = 0;
	size_t i;

	if (d->offline)
		return 1.0 / COST;
	for (i = 0; i < d->n; i++)
		load += (double)d->groups[i].plan.n *
			((double)d->mean_us +
			    (double)(d->profile->pause_ms * CLOCK_MS)) /
			(double)d->groups[i].period;
	return load;
}
