/*
 * GET /api/v1/counters?device= - what each counter of a device has counted in
 * all, and the exchanges of its meter; POST /api/v1/counters/exchange {device,
 * sensor, at, old_last, new_first} - it was exchanged; POST .../withdraw
 * {device, sensor, at} - it was not.
 */
#include <math.h>

#include "base/clock.h"
#include "base/env.h"
#include "base/jscan.h"
#include "base/member.h"
#include "model/meter.h"
#include "web/web.h"

handler api_counters;
handler api_counter_exchange;
handler api_counter_withdraw;

static void
say_exchange(struct buf *b, const struct exchange *x)
{
	member_comma(b);
	buf_byte(b, '{');
	member_text(b, "at", clock_iso(b->arena, x->at));
	member_real(b, "old_last", x->old_last);
	member_real(b, "new_first", x->new_first);
	member_text(b, "told_by", *x->told_by != 0 ? x->told_by : NULL);
	member_text(b, "told_at", clock_iso(b->arena, x->told_at));
	buf_byte(b, '}');
}

static void
say(struct buf *b, const struct meter *m)
{
	size_t i;

	member_comma(b);
	buf_byte(b, '{');
	member_text(b, "sensor", m->sensor->key);
	member_text(b, "unit", m->sensor->unit);
	member_real(b, "total", m->is_known ? m->total : NAN);
	member_real(b, "counted", m->is_known ? m->counted : NAN);
	member_text(b, "since",
	    m->is_known ? clock_iso(b->arena, m->since) : NULL);
	member_name(b, "exchanges");
	buf_byte(b, '[');
	for (i = 0; i < m->n; i++)
		say_exchange(b, &m->v[i]);
	buf_text(b, "]}");
}

/* The device's counters as they are now, as the answer. */
static struct err *
answer(struct req *rq, struct res *rs, const char *device)
{
	struct buf *b = &rs->body;
	struct meters m;
	struct device d;
	struct site site;
	struct err *e;
	size_t i;

	if ((e = device_load(&d, &site, rq->tx, device)) != NULL ||
	    (e = meters_load(&m, rq->tx, &d, env_now())) != NULL)
		return err_pass(e);
	buf_byte(b, '{');
	member_text(b, "device", d.key);
	member_name(b, "counters");
	buf_byte(b, '[');
	for (i = 0; i < m.n; i++)
		say(b, &m.v[i]);
	buf_text(b, "]}\n");
	return NULL;
}

struct err *
api_counters(struct req *rq, struct res *rs)
{
	const char *device = req_query(rq, "device");
	struct err *e;

	if (device == NULL || *device == 0)
		return err_raise(ERR_INPUT, "device: this field is missing.",
		    "no device");
	if ((e = answer(rq, rs, device)) != NULL)
		return err_pass(e);
	return NULL;
}

/* ---- what is told ---- */

struct told {
	const char *device, *sensor;
	bool has_at;
	struct exchange x;
};

static const char *
text_of(struct arena *a, const struct jvalue *v)
{
	return v->kind == J_TEXT ? arena_copy(a, v->text.p, v->text.n) : NULL;
}

static bool
real_of(double *out, const struct jvalue *v)
{
	*out = v->kind == J_INT ? (double)v->i : v->d;
	return v->kind == J_INT || v->kind == J_REAL;
}

/* One member of the body; false: it is none of ours, or of another kind. */
static bool
member_read(struct told *o, struct arena *a, struct slice key,
    const struct jvalue *v)
{
	const char *text;

	if (slice_is(key, "device"))
		return (o->device = text_of(a, v)) != NULL;
	if (slice_is(key, "sensor"))
		return (o->sensor = text_of(a, v)) != NULL;
	if (slice_is(key, "at")) {
		text = text_of(a, v);
		o->has_at = text != NULL && clock_from_iso(&o->x.at, text);
		return o->has_at;
	}
	if (slice_is(key, "old_last"))
		return real_of(&o->x.old_last, v);
	if (slice_is(key, "new_first"))
		return real_of(&o->x.new_first, v);
	return false;
}

static struct err *
told_read(struct told *o, struct req *rq)
{
	const char *wrong = NULL;
	struct jvalue top, v;
	struct slice key;
	struct jscan s;
	struct err *e;

	*o = (struct told){ .x = { .old_last = NAN, .new_first = NAN } };
	if (rq->body_err != NULL)
		return err_raise(rq->body_err->kind, rq->body_err->say, "%s",
		    rq->body_err->why);
	jscan_open(&s, rq->arena, rq->body);
	jscan_value(&s, &top);
	while (top.kind == J_OBJECT && jscan_member(&s, &key)) {
		jscan_value(&s, &v);
		if (!member_read(o, rq->arena, key, &v) && wrong == NULL)
			wrong = arena_copy(rq->arena, key.p, key.n);
		jscan_pass(&s, &v);
	}
	if (top.kind == J_ARRAY)
		jscan_pass(&s, &top);
	if ((e = jscan_close(&s)) != NULL)
		return err_pass(e);
	if (wrong != NULL)
		return err_raise(ERR_INPUT,
		    arena_printf(rq->arena, "%s: it is not understood.", wrong),
		    "%s", wrong);
	if (o->device == NULL || o->sensor == NULL || !o->has_at)
		return err_raise(ERR_INPUT,
		    "device, sensor, at: they are needed.", "missing");
	return NULL;
}

struct err *
api_counter_exchange(struct req *rq, struct res *rs)
{
	struct told o;
	struct err *e;

	if ((e = told_read(&o, rq)) != NULL ||
	    (e = meter_exchange(rq->tx, o.device, o.sensor, &o.x)) != NULL ||
	    (e = answer(rq, rs, o.device)) != NULL)
		return err_pass(e);
	rs->wake = true;
	return NULL;
}

struct err *
api_counter_withdraw(struct req *rq, struct res *rs)
{
	struct told o;
	struct err *e;

	if ((e = told_read(&o, rq)) != NULL ||
	    (e = meter_withdraw(rq->tx, o.device, o.sensor, o.x.at)) != NULL ||
	    (e = answer(rq, rs, o.device)) != NULL)
		return err_pass(e);
	rs->wake = true;
	return NULL;
}
