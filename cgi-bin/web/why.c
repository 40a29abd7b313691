/*
 * GET /devices/:key/why?sensor=&time= - why one number is here: what was sent,
 * what was done to it and why, when and with which batch it came, and the
 * registers that mean it.
 */
#include "model/why.h"

#include <math.h>

#include "base/clock.h"
#include "base/zone.h"
#include "cgi-bin/web/frame.h"
#include "intake/format.h"
#include "intake/keep.h"
#include "intake/reason.h"
#include "model/unit.h"
#include "store/store.h"

handler page_why;

/* The reading asked for; ERR_MISSING when there is none. */
static struct err *
find(struct reading *out, const struct sensor **sensor, struct req *rq,
    const struct device *d)
{
	const char *key = req_query(rq, "sensor");
	struct answer all;
	struct err *e;
	int64_t time;

	if (key == NULL)
		return err_raise(ERR_INPUT, "sensor: this field is missing.",
		    "no sensor");
	if ((*sensor = device_sensor(d, key)) == NULL)
		return err_raise(ERR_MISSING,
		    "sensor: this device has no such sensor.", "sensor %s",
		    key);
	if ((e = req_time(&time, rq, "time", (*sensor)->latest.time)) != NULL ||
	    (e = store_read(&all, rq->tx, &(*sensor)->id, 1, time, time + 1)) !=
		NULL)
		return err_pass(e);
	if (all.r.n == 0)
		return err_raise(ERR_MISSING,
		    "time: the sensor has no reading of that time.",
		    "no reading");
	*out = all.r.v[0];
	return NULL;
}

static void
state_time(struct view *v, struct arena *a, const char *name, int64_t us)
{
	view_text(v, arena_printf(a, "%s.Iso", name), clock_iso(a, us));
	view_text(v, arena_printf(a, "%s.Text", name),
	    zone_text(a, "%-d %b %Y %H:%M:%S", us));
}

static void
state_reading(struct view *v, struct arena *a, const struct sensor *s,
    const struct reading *r)
{
	view_text(v, "Sensor", s->name);
	view_text(v, "Value", value_shown(a, s, r->value));
	view_text(v, "Unit", unit_shown(s->unit));
	view_int(v, "Quality", r->quality);
	view_text(v, "QualityWord", quality_word(r->quality));
	if (r->rev > 0)
		view_int(v, "Revision", r->rev);
	state_time(v, a, "Time", r->time);
}

static void
state_remarks(struct view *v, struct arena *a, const struct why *w,
    double value)
{
	size_t i;

	if (w->remarks == 0 && isnan(value))
		view_text(view_row(v, "Reasons"), "Text",
		    reason_of(REASON_NO_VALUE)->text);
	for (i = 0; i < w->remarks; i++) {
		const struct remark *m = &w->remark[i];
		const struct reason *reason = reason_of(m->reason);
		struct view *row;

		if (reason == NULL)
			continue;
		row = view_row(v, "Reasons");
		view_text(row, "Text", reason->text);
		if (m->has_time)
			state_time(row, a, "Was", m->was_time);
		if (m->has_value)
			view_text(row, "WasValue",
			    arena_printf(a, "%.15g %s", m->was_value,
				unit_shown(m->was_unit)));
	}
}

static void
state_batches(struct view *v, struct arena *a, const struct why *w)
{
	size_t i;

	for (i = 0; i < w->batches; i++) {
		const struct brought *b = &w->batch[i];
		const struct format *f = format_numbered(b->format);
		struct view *row = view_row(v, "Batches");

		view_int(row, "Number", b->batch);
		view_text(row, "Seq", b->seq);
		view_text(row, "Source", b->source);
		view_text(row, "How",
		    *b->source != 0 ? kind_word(b->kind) : "polled");
		view_text(row, "Format", f != NULL ? f->name : "");
		state_time(row, a, "Came", b->at);
	}
}

static void
state_registers(struct view *v, const struct req *rq, const struct device *d,
    const struct sensor *s, double value)
{
	struct arena *a = rq->arena;
	struct origin_point at;

	if (!why_point(&at, a, req_conf(rq)->profiles, d, s->key))
		return;
	view_text(v, "Registers.Profile",
	    arena_printf(a, "%s %s", at.profile->id, at.profile->version));
	view_text(v, "Registers.Place", why_place(a, at.point));
	view_text(v, "Registers.Words", why_words(a, at.point, value));
}

struct err *
page_why(struct req *rq, struct res *rs)
{
	struct view *v = rs->view, *reading;
	const struct sensor *sensor = NULL;
	struct reading r = { .time = 0 };
	struct device d;
	struct site s;
	struct why w;
	struct err *e;

	if ((e = device_load(&d, &s, rq->tx, req_param(rq, "key"))) != NULL ||
	    (e = find(&r, &sensor, rq, &d)) != NULL ||
	    (e = why_load(&w, rq->tx, d.id, sensor->id, r.time)) != NULL)
		return err_pass(e);
	zone_use(s.zone);
	view_text(v, "Device.Name", d.name);
	view_text(v, "Device.Href", device_href(rq->arena, &d));
	view_text(v, "Zone", s.zone);
	view_text(v, "Payloads",
	    arena_printf(rq->arena, "/admin/devices/%s/debug", d.key));
	reading = view_branch(v, "Reading");
	state_reading(reading, rq->arena, sensor, &r);
	state_remarks(v, rq->arena, &w, r.value);
	state_batches(v, rq->arena, &w);
	state_registers(v, rq, &d, sensor, r.value);
	view_int(v, "Page.Simulated", d.simulated);
	view_text(v, "Page.Title", "Why this number");
	view_text(v, "Page.Nav", "device");
	return res_page(rq, rs, "why.cs");
}
