/*
 * GET /devices/:key - one device: what it is, says now, and said.
 */
#include <string.h>

#include "base/clock.h"
#include "base/env.h"
#include "base/zone.h"
#include "cgi-bin/web/bus.h"
#include "cgi-bin/web/chart.h"
#include "cgi-bin/web/frame.h"
#include "cgi-bin/web/span.h"
#include "model/role.h"
#include "model/unit.h"
#include "store/scan.h"

enum { ROWS_SHOWN = 50 };

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

/* What its poller leaves out, because its way here is narrow. */
static const char *
quality(struct arena *a, const struct device *d)
{
	static const struct {
		const char *name, *says;
	} all[] = {
		{ "standard", "ten readings a second, windows of 10 s" },
		{ "basic", "a reading a second, windows of a minute" },
		{ "minimal", "a reading a minute" },
	};
	size_t i = 0, n = sizeof(all) / sizeof(*all);

	while (i < n && strcmp(d->quality, all[i].name) != 0)
		i++;
	if (i == n)
		return d->quality_since != 0 ? "full" : "";
	return arena_printf(a, "%s since %s: at most %s%s", d->quality,
	    clock_iso(a, d->quality_since), all[i].says,
	    d->kbit > 0 ? arena_printf(a, " (uplink of %lld kbit/s)",
			      (long long)d->kbit)
			: "");
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
	state_fact(v, "Quality", quality(a, d));
	state_fact(v, "Modbus", d->modbus);
	view_text(v, "Rules",
	    arena_printf(a, "/admin/devices/%s/rules", d->key));
	if (*d->modbus == 0)
		return;
	view_text(v, "Commands",
	    arena_printf(a, "/commands?device=%s", d->key));
	view_text(v, "Words",
	    arena_printf(a, "/admin/words?device=%s", d->key));
}

/* The charts of all its sensors, read together. */
static struct err *
load_charts(struct chart **out, struct req *rq, const struct device *d,
    const struct span *span)
{
	struct chart *c = arena_array(rq->arena, d->n + 1, sizeof(*c));
	struct series *v = arena_array(rq->arena, d->n + 1, sizeof(*v));
	int64_t edge[CHART_BUCKETS + 1];
	struct gap_list told = { 0 };
	struct err *e;
	size_t i, n;

	*out = c;
	n = chart_edges(edge, CHART_BUCKETS, span->from, span->to);
	for (i = 0; i < d->n; i++) {
		c[i].sensor = &d->sensors[i];
		c[i].from = span->from;
		c[i].to = span->to;
		c[i].n = n;
		v[i].sensor = d->sensors[i].id;
		v[i].bucket = c[i].bucket;
	}
	if (d->n > 0 && (e = store_series(v, d->n, rq->tx, edge, n)) != NULL)
		return err_pass(e);
	if (d->n > 0 && (e = gaps_of_device(&told, rq->tx, d->id, span->from,
			     span->to)) != NULL)
		return err_pass(e);
	for (i = 0; i < d->n; i++) {
		c[i].lost = v[i].lost;
		c[i].given_up = told;
		c[i].silence = chart_silence(&v[i], device_silence(d));
	}
	return NULL;
}

static void
state_history(struct view *row, struct arena *a, const struct device *d,
    const struct chart *c)
{
	struct view *v = view_branch(row, "Chart");

	state_chart(v, a, c);
	view_text(v, "Series",
	    arena_printf(a, "%s/series?sensor=%d&from=%s&to=%s",
		device_href(a, d), c->sensor->id, clock_iso(a, c->from),
		clock_iso(a, c->to)));
}

static const struct sensor *
sensor_of(const struct device *d, int32_t id)
{
	size_t i = 0;

	while (d->sensors[i].id != id)
		i++;
	return &d->sensors[i];
}

/* The newest readings of all sensors together; one more than are shown. */
static struct err *
recent(struct line *out, size_t *n, struct req *rq, const struct device *d,
    const struct span *span)
{
	struct scan_of of = { .n = d->n,
		.from = span->from,
		.to = span->to,
		.want = ROWS_SHOWN,
		.newest_first = true };
	int32_t *sensor = arena_array(rq->arena, d->n + 1, sizeof(*sensor));
	struct losses lost = { 0 };
	struct samples some;
	struct scan scan;
	bool more = true;
	struct err *e;
	size_t i;

	*n = 0;
	for (i = 0; i < d->n; i++)
		sensor[i] = d->sensors[i].id;
	of.sensor = sensor;
	if (d->n == 0)
		return NULL;
	if ((e = scan_begin(&scan, rq->tx, &of)) != NULL)
		return err_pass(e);
	while (more && *n <= ROWS_SHOWN) {
		if ((e = scan_next(&more, &some, &lost, &scan)) != NULL)
			return err_pass(e);
		for (i = 0; i < some.n && *n <= ROWS_SHOWN; i++)
			out[(*n)++] =
			    (struct line){ sensor_of(d, some.v[i].r.sensor),
				    some.v[i].r };
	}
	return NULL;
}

static struct err *
state_rows(struct view *v, struct req *rq, const struct device *d,
    const struct span *span)
{
	struct line lines[ROWS_SHOWN + 1];
	struct err *e;
	size_t n, i;

	if ((e = recent(lines, &n, rq, d, span)) != NULL)
		return err_pass(e);
	for (i = 0; i < n && i < ROWS_SHOWN; i++) {
		const struct line *l = &lines[i];
		struct view *row = view_row(v, "Rows");

		view_text(row, "Time",
		    zone_text(rq->arena, "%-d %b %H:%M:%S", l->r.time));
		view_text(row, "Iso", clock_iso(rq->arena, l->r.time));
		view_text(row, "Why",
		    arena_printf(rq->arena, "%s/why?sensor=%s&time=%s",
			device_href(rq->arena, d), l->sensor->key,
			clock_iso(rq->arena, l->r.time)));
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
	struct chart *charts;
	struct device d;
	struct site s;
	struct span span;
	struct err *e;
	uint64_t can;
	size_t i;

	if ((e = fleet_version(&f, rq->tx)) != NULL ||
	    (e = device_load(&d, &s, rq->tx, req_param(rq, "key"))) != NULL ||
	    (e = role_here(&can, rq->tx, d.key)) != NULL)
		return err_pass(e);
	frame_here(rq, rs, can);
	zone_use(s.zone);
	span = span_read(rq, now);
	if ((e = load_charts(&charts, rq, &d, &span)) != NULL)
		return err_pass(e);
	about = view_branch(v, "Device");
	state_device(about, rq->arena, &d, now);
	view_text(about, "SiteName", s.name);
	state_facts(about, rq->arena, &d);
	for (i = 0; i < d.n; i++) {
		if (strcmp(d.sensors[i].kind, "counter") == 0)
			view_text(about, "Counters",
			    arena_printf(rq->arena, "%s/counters",
				device_href(rq->arena, &d)));
		row = view_row(v, "Sensors");
		state_sensor(row, rq->arena, &d, &d.sensors[i], now);
		state_history(row, rq->arena, &d, &charts[i]);
	}
	state_span(v, rq->arena, &span, device_href(rq->arena, &d), s.zone);
	if ((e = state_rows(v, rq, &d, &span)) != NULL ||
	    (e = state_agent(v, rq, &d, now)) != NULL ||
	    (e = state_bus(v, rq, &d, now)) != NULL)
		return err_pass(e);
	view_int(v, "Live.Version", f.version);
	view_int(v, "Page.Simulated", d.simulated);
	view_text(v, "Page.Title", d.name);
	view_text(v, "Page.Nav", "device");
	return res_page(rq, rs, "device.cs");
}
