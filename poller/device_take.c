/*
 * device_take.c - what an answer brings, and what it teaches.
 */
#include <string.h>

#include "base/clock.h"
#include "base/env.h"
#include "base/log.h"
#include "device.h"

enum {
	REFUSED_OFTEN = 3,   /* of what was answered once */
	REFUSED_LONG = -100, /* what no lesson can tell is left alone */
	MEAN_OF = 16,
	GATEWAY_PATH = 0x0A,
	GATEWAY_TARGET = 0x0B,
	ILLEGAL_ADDRESS = 2,
	ILLEGAL_VALUE = 3
};

/* The registers of every point that the answer holds whole. */
static void
words_take(struct device *d, const struct ask *ask, const uint16_t *words)
{
	const struct profile *p = d->profile;
	size_t i;

	for (i = 0; i < p->n; i++) {
		const struct point *pt = &p->points[i];
		int at = pt->address - ask->address;

		if (!d->polled->in[i] ||
		    (uint8_t)pt->function != ask->function || at < 0 ||
		    at + pt->words > ask->count)
			continue;
		memcpy(d->held[i], words + at,
		    (size_t)pt->words * sizeof(*words));
		d->has[i] = true;
	}
}

static void
tally(struct device *d, enum outcome o, const uint16_t *words, int64_t took,
    bool corrupt)
{
	d->tally.outcomes[o]++;
	d->tally.corrupt += o == BUS_GARBAGE && corrupt;
	if (o == BUS_EXCEPTION && words[0] < EXCEPTIONS)
		d->tally.exceptions[words[0]]++;
	if (o == BUS_ANSWER)
		d->answered = env_mono();
	if (o > BUS_EXCEPTION)
		return;
	d->tally.answer_us += took;
	latency_add(&d->latency, took);
	d->mean_us =
	    d->mean_us == 0 ? took : d->mean_us + (took - d->mean_us) / MEAN_OF;
}

/* Every point that stands in a hole is named once. */
static void
holes_log(const struct device *d, const struct hole *h)
{
	size_t i;

	for (i = 0; i < d->profile->n; i++) {
		const struct point *pt = &d->profile->points[i];

		if ((uint8_t)pt->function == h->function &&
		    pt->address < h->address + h->count &&
		    h->address < pt->address + pt->words)
			log_warn("point in a hole tenant=%d device=%s"
				 " unit=%d point=%s function=%d address=%d",
			    d->tenant, d->key, d->unit, pt->key, h->function,
			    pt->address);
	}
}

/* A lesson has taught something; plan with it. */
static void
learned(struct device *d, enum lesson_end end)
{
	const struct taught *k = &d->taught;

	if (end == LESSON_HOLE)
		holes_log(d, &k->holes[k->n - 1]);
	log_info("device learned tenant=%d device=%s unit=%d holes=%zu"
		 " most_words=%d most_bits=%d",
	    d->tenant, d->key, d->unit, k->n, k->most_words, k->most_bits);
	device_plan(d);
}

/* Nothing was found out: the request is left as it is for a long time. */
static void
lesson_drop(struct device *d)
{
	const uint16_t *order = d->lesson.order;
	size_t i, k;

	d->lesson.is_on = false;
	for (i = 0; i < d->n; i++) {
		struct plan *plan = &d->groups[i].plan;

		for (k = 0; k < plan->n; k++)
			if (plan->order + plan->reads[k].first == order)
				plan->reads[k].refused = REFUSED_LONG;
	}
}

static bool
is_refusal(enum outcome o, const uint16_t *words)
{
	return o == BUS_EXCEPTION &&
	       (words[0] == ILLEGAL_ADDRESS || words[0] == ILLEGAL_VALUE);
}

static void
teach(struct device *d, enum outcome o, const uint16_t *words)
{
	enum lesson_end end;

	if (o == BUS_DOWN ||
	    (o != BUS_ANSWER && !is_refusal(o, words) && !d->lesson.silent)) {
		/* It says nothing about the registers. */
		lesson_drop(d);
		d->over = o > BUS_EXCEPTION;
		d->worst = o > d->worst ? o : d->worst;
		return;
	}
	end = lesson_take(&d->lesson, &d->taught, d->arena, o == BUS_ANSWER,
	    env_now());
	d->over = o > BUS_EXCEPTION;
	if (end == LESSON_NOTHING)
		lesson_drop(d);
	else if (end != LESSON_GOES_ON)
		learned(d, end);
}

/* A request of one point that is refused: it stands in a hole. */
static void
point_lost(struct device *d, const struct read *r)
{
	const struct hole h = { (uint8_t)r->function, (uint16_t)r->address,
		(uint16_t)r->count };

	if (taught_add(&d->taught, d->arena, &h, env_now()))
		learned(d, LESSON_HOLE);
}

static void
refused(struct device *d, struct read *r)
{
	const struct plan *plan = &d->polled->plan;

	if (++r->refused < (r->proven ? REFUSED_OFTEN : 1) || d->lesson.is_on)
		return;
	if (r->n == 1)
		point_lost(d, r);
	else
		lesson_begin(&d->lesson, d->profile, plan->order + r->first,
		    r->n, false);
}

/* What a request of the plan has brought. */
static void
read_take(struct device *d, struct read *r, enum outcome o,
    const uint16_t *words)
{
	bool alone = d->probing;

	d->next++;
	if (o > d->worst)
		d->worst = o;
	if (o == BUS_EXCEPTION &&
	    (words[0] == GATEWAY_PATH || words[0] == GATEWAY_TARGET))
		d->worst = BUS_SILENT;
	if (o == BUS_ANSWER && !alone) {
		r->proven = true;
		r->refused = 0;
	}
	if (alone)
		r->probed = o == BUS_ANSWER;
	else if (is_refusal(o, words))
		refused(d, r);
	else if ((o == BUS_SILENT || o == BUS_GARBAGE) && r->probed &&
		 !r->proven && ++r->refused > 0 && !d->lesson.is_on)
		lesson_begin(&d->lesson, d->profile,
		    d->polled->plan.order + r->first, r->n, true);
	d->over = d->worst > BUS_EXCEPTION;
}

void
device_take(struct device *d, const struct ask *ask, enum outcome o,
    const uint16_t *words, int64_t took, bool corrupt)
{
	tally(d, o, words, took, corrupt);
	if (o == BUS_ANSWER)
		words_take(d, ask, words);
	if (d->teaching)
		teach(d, o, words);
	else
		read_take(d, &d->polled->plan.reads[d->next], o, words);
	if (d->worst == BUS_SILENT || o == BUS_SILENT ||
	    (o == BUS_GARBAGE && !corrupt))
		d->hung = true;
	if (d->late && d->over)
		d->lag = d->request + d->profile->timeout_ms * CLOCK_MS;
}
