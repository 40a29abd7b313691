/*
 * GET /api/v1/why?device=&sensor=&time= - how one reading came to be as it is:
 * its quality and the reason of it, what its sender had said, when and with
 * which batch it came, and the registers that mean its value.
 */
#include "model/why.h"

#include <math.h>

#include "base/clock.h"
#include "base/member.h"
#include "cgi-bin/api/ask.h"
#include "intake/format.h"
#include "intake/keep.h"
#include "intake/reason.h"
#include "store/store.h"

handler api_why;

/* The one reading; ERR_MISSING when there is none at that time. */
static struct err *
find(struct reading *out, struct req *rq, const struct ask *q, int64_t time)
{
	struct answer all;
	struct err *e;

	if (q->n != 1)
		return err_raise(ERR_INPUT, "sensor: name one.", "%zu sensors",
		    q->n);
	if ((e = store_read(&all, rq->tx, q->id, 1, time, time + 1)) != NULL)
		return err_pass(e);
	if (all.r.n == 0)
		return err_raise(ERR_MISSING,
		    "time: the sensor has no reading of that time.",
		    "no reading");
	*out = all.r.v[0];
	return NULL;
}

static void
say_reason(struct buf *b, const struct reading *r, const struct why *w)
{
	const struct reason *reason = NULL;

	if (w->remarks > 0)
		reason = reason_of(w->remark[0].reason);
	else if (isnan(r->value))
		reason = reason_of(REASON_NO_VALUE);
	member_text(b, "reason", reason != NULL ? reason->word : NULL);
	member_text(b, "detail", reason != NULL ? reason->text : NULL);
}

/* What its sender had said, where that differs. */
static void
say_was(struct buf *b, const struct why *w)
{
	const struct remark *m = w->remark;

	if (w->remarks == 0 || (!m->has_time && !m->has_value))
		return;
	member_name(b, "sent");
	buf_byte(b, '{');
	if (m->has_time)
		member_text(b, "time", clock_iso(b->arena, m->was_time));
	if (m->has_value)
		member_real(b, "value", m->was_value);
	if (*m->was_unit != 0)
		member_text(b, "unit", m->was_unit);
	buf_byte(b, '}');
}

static void
say_batches(struct buf *b, const struct why *w)
{
	size_t i;

	member_name(b, "batches");
	buf_byte(b, '[');
	for (i = 0; i < w->batches; i++) {
		const struct brought *o = &w->batch[i];
		const struct format *f = format_numbered(o->format);

		member_comma(b);
		buf_byte(b, '{');
		member_text(b, "source",
		    *o->source != 0 ? o->source : "poller");
		member_int(b, "batch", o->batch);
		member_text(b, "received", clock_iso(b->arena, o->at));
		member_text(b, "how", kind_word(o->kind));
		member_text(b, "format", f != NULL ? f->name : NULL);
		member_text(b, "number", *o->seq != 0 ? o->seq : NULL);
		buf_byte(b, '}');
	}
	buf_byte(b, ']');
}

static void
say_registers(struct buf *b, const struct req *rq, const struct device *d,
    const struct sensor *s, double value)
{
	struct origin_point at;

	if (!why_point(&at, b->arena, req_conf(rq)->profiles, d, s->key))
		return;
	member_name(b, "registers");
	buf_byte(b, '{');
	member_text(b, "profile", at.profile->id);
	member_text(b, "version", at.profile->version);
	member_text(b, "place", why_place(b->arena, at.point));
	member_text(b, "words", why_words(b->arena, at.point, value));
	buf_byte(b, '}');
}

struct err *
api_why(struct req *rq, struct res *rs)
{
	struct buf *b = &rs->body;
	struct ask q = { 0 };
	struct reading r = { .time = 0 };
	struct why w;
	int64_t time;
	struct err *e;

	if (!ask_said(rq, "time"))
		return err_raise(ERR_INPUT, "time: this field is missing.",
		    "no time");
	if ((e = req_time(&time, rq, "time", 0)) != NULL ||
	    (e = ask_sensors(&q, rq)) != NULL ||
	    (e = find(&r, rq, &q, time)) != NULL ||
	    (e = why_load(&w, rq->tx, q.device.id, r.sensor, r.time)) != NULL)
		return err_pass(e);
	res_source(rs, q.device.simulated);
	buf_byte(b, '{');
	member_text(b, "device", q.device.key);
	member_text(b, "sensor", q.sensor[0]->key);
	member_text(b, "time", clock_iso(rq->arena, r.time));
	member_real(b, "value", r.value);
	member_text(b, "unit", q.sensor[0]->unit);
	member_int(b, "quality", r.quality);
	member_int(b, "revision", r.rev);
	say_reason(b, &r, &w);
	say_was(b, &w);
	say_batches(b, &w);
	say_registers(b, rq, &q.device, q.sensor[0], r.value);
	buf_text(b, "}\n");
	return NULL;
}
