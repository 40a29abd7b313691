/*
 * GET /devices/:key - one device: what it is, says now, and said.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/env.h"
#include "base/zone.h"
#include "cgi-bin/web/chart.h"
#include "cgi-bin/web/frame.h"
#include "cgi-bin/web/span.h"
#include "model/unit.h"

enum {
	ROWS_SHOWN = 50,
	RECENT_PERIODS = 20 /* so far back the list of readings looks */
};

handler page_device;

struct line {
	const struct sensor *sensor;
	struct reading r;
};

static void
state_fact(struct view *v, const char *name, const char *value)
{
	struct view *fact;

	if (*value == 0)
		return;
	fact = view_row(v, "Facts");
	view_text(fact, "Name", name);
	view_text(fact, "Value", value);
}

static void
state_facts(struct view *v, struct arena *a, const struct device *d)
{
	state_fact(v, "Kind", d->kind);
	state_fact(v, "Manufacturer", d->manufacturer);
	state_fact(v, "Profile",
	    *d->profile != 0
		? arena_printf(a, "%s %s", d->profile, d->profile_version)
		: "");
	state_fact(v, "Asset",
	    *d->asset != 0
		? arena_printf(a, "%s (%s)", d->asset_name, d->asset_type)
		: "");
	state_fact(v, "Gateway", d->gateway_name);
	state_fact(v, "Reports every",
	    clock_age(a, (int64_t)(d->period_s * 1e6)));
	state_fact(v, "Modbus", d->modbus);
}

static struct err *
state_history(struct view *row, struct req *rq, const struct device *d,
    const struct sensor *s, const struct span *span)
{
	struct chart *c = arena_alloc(rq->arena, sizeof(*c));
	struct view *v = view_branch(row, "Chart");
	struct err *e;

	c->sensor = s;
	c->from = span->from;
	c->to = span->to;
	c->silence = device_silence(d);
	if ((e = store_chart(c->bucket, CHART_BUCKETS, rq->tx, s->id, c->from,
		 c->to)) != NULL)
		return err_pass(e);
	state_chart(v, rq->arena, c);
	view_text(v, "Series",
	    arena_printf(rq->arena, "%s/series?sensor=%d&from=%s&to=%s",
		device_href(rq->arena, d), s->id,
		clock_iso(rq->arena, span->from),
		clock_iso(rq->arena, span->to)));
	return NULL;
}

static int
newest_first(const void *a, const void *b)
{
	const struct line *x = a, *y = b;

	return (x->r.time < y->r.time) - (x->r.time > y->r.time);
}

/* Where the last readings of the span begin: some periods before its end. */
static int64_t
recent_from(const struct device *d, const struct span *span)
{
	int64_t newest = 0, from;
	size_t i;

	for (i = 0; i < d->n; i++)
		if (d->sensors[i].known && d->sensors[i].latest.time > newest)
			newest = d->sensors[i].latest.time;
	from = (newest < span->to ? newest : span->to) -
	       (int64_t)(RECENT_PERIODS * d->period_s * 1e6);
	return from > span->from ? from : span->from;
}

/* The newest readings of all sensors together, in the end of the span. */
static struct err *
recent(struct line **out, size_t *n, struct req *rq, const struct device *d,
    const struct span *span)
{
	int64_t from = recent_from(d, span);
	struct answer got;
	struct err *e;
	size_t i, k;

	*out = arena_array(rq->arena, d->n * ROWS_SHOWN + 1, sizeof(**out));
	*n = 0;
	for (i = 0; i < d->n; i++) {
		if ((e = store_read(&got, rq->tx, &d->sensors[i].id, 1, from,
			 span->to)) != NULL)
			return err_pass(e);
		k = got.r.n > ROWS_SHOWN ? got.r.n - ROWS_SHOWN : 0;
		for (; k < got.r.n; k++)
			(*out)[(*n)++] =
			    (struct line){ &d->sensors[i], got.r.v[k] };
	}
	if (*n > 1)
		qsort(*out, *n, sizeof(**out), newest_first);
	return NULL;
}

static struct err *
state_rows(struct view *v, struct req *rq, const struct device *d,
    const struct span *span)
{
	struct line *lines;
	struct err *e;
	size_t n, i;

	if ((e = recent(&lines, &n, rq, d, span)) != NULL)
		return err_pass(e);
	for (i = 0; i < n && i < ROWS_SHOWN; i++) {
		const struct line *l = &lines[i];
		struct view *row = view_row(v, "Rows");

		view_text(row, "Time",
		    zone_text(rq->arena, "%-d %b %H:%M:%S", l->r.time));
		view_text(row, "Iso", clock_iso(rq->arena, l->r.time));
		view_text(row, "Sensor", l->sensor->name);
		view_text(row, "Value",
		    value_shown(rq->arena, l->sensor, l->r.value));
		view_text(row, "Unit", unit_shown(l->sensor->unit));
		view_int(row, "Quality", l->r.quality);
		view_text(row, "QualityWord", quality_word(l->r.quality));
	}
	if (n > ROWS_SHOWN)
		view_int(v, "RowsMore", 1);
	return NULL;
}

struct err *
page_device(struct req *rq, struct res *rs)
{
	int64_t now = env_now();
	struct view *v = rs->view, *row, *about;
	struct fleet f = { 0 };
	struct device d;
	struct site s;
	struct span span;
	struct err *e;
	size_t i;

	if ((e = fleet_version(&f, rq->tx)) != NULL ||
	    (e = device_load(&d, &s, rq->tx, req_param(rq, "key"))) != NULL)
		return err_pass(e);
	zone_use(s.zone);
	span = span_read(rq, now);
	about = view_branch(v, "Device");
	state_device(about, rq->arena, &d, now);
	view_text(about, "SiteName", s.name);
	state_facts(about, rq->arena, &d);
	for (i = 0; i < d.n; i++) {
		row = view_row(v, "Sensors");
		state_sensor(row, rq->arena, &d, &d.sensors[i], now);
		if ((e = state_history(row, rq, &d, &d.sensors[i], &span)) !=
		    NULL)
			return err_pass(e);
	}
	state_span(v, rq->arena, &span, device_href(rq->arena, &d), s.zone);
	if ((e = state_rows(v, rq, &d, &span)) != NULL)
		return err_pass(e);
	view_int(v, "Live.Version", f.version);
	view_int(v, "Page.Simulated", d.simulated);
	view_text(v, "Page.Title", d.name);
	view_text(v, "Page.Nav", "device");
	return res_page(rq, rs, "device.cs");
}
