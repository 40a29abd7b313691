/*
 * GET /devices/:key/counters - what a device's counters have counted in all,
 * and the exchanges of the meters behind them; who may change devices tells of
 * one there, or takes it back (cgi-bin/admin/counters.c).
 */
#include "base/clock.h"
#include "base/env.h"
#include "base/zone.h"
#include "cgi-bin/web/frame.h"
#include "model/meter.h"
#include "model/role.h"
#include "model/unit.h"

handler page_counters;

static void
state_time(struct view *v, struct arena *a, int64_t at)
{
	view_text(v, "Iso", clock_iso(a, at));
	view_text(v, "Text", zone_text(a, "%-d %b %Y %H:%M:%S", at));
}

static void
state_exchange(struct view *v, struct arena *a, const struct sensor *s,
    const struct exchange *x)
{
	state_time(view_branch(v, "At"), a, x->at);
	state_time(view_branch(v, "Told"), a, x->told_at);
	view_text(v, "Last", number_shown(a, x->old_last, s->precision));
	view_text(v, "First", number_shown(a, x->new_first, s->precision));
	view_text(v, "By", x->told_by);
}

static void
state_meter(struct view *v, struct arena *a, const struct meter *m)
{
	const struct sensor *s = m->sensor;
	size_t i;

	view_text(v, "Key", s->key);
	view_text(v, "Name", s->name);
	view_text(v, "Unit", unit_shown(s->unit));
	if (m->is_known) {
		view_text(v, "Total", number_shown(a, m->total, s->precision));
		view_text(v, "Counted",
		    number_shown(a, m->counted, s->precision));
		state_time(view_branch(v, "Since"), a, m->since);
	}
	if (s->known)
		view_text(v, "Now", value_shown(a, s, s->latest.value));
	for (i = 0; i < m->n; i++)
		state_exchange(view_row(v, "Exchanges"), a, s, &m->v[i]);
}

struct err *
page_counters(struct req *rq, struct res *rs)
{
	struct arena *a = rq->arena;
	struct view *v = rs->view;
	int64_t now = env_now();
	struct meters m;
	uint64_t can;
	struct device d;
	struct site site;
	struct err *e;
	size_t i;

	if ((e = device_load(&d, &site, rq->tx, req_param(rq, "key"))) !=
		NULL ||
	    (e = meters_load(&m, rq->tx, &d, now)) != NULL ||
	    (e = role_here(&can, rq->tx, d.key)) != NULL)
		return err_pass(e);
	frame_here(rq, rs, can);
	zone_use(site.zone);
	state_device(view_branch(v, "Device"), a, &d, now);
	view_text(v, "Zone", site.zone);
	view_text(v, "Latest", zone_text(a, "%Y-%m-%dT%H:%M", now));
	for (i = 0; i < m.n; i++)
		state_meter(view_row(v, "Meters"), a, &m.v[i]);
	view_int(v, "Page.Simulated", d.simulated);
	view_text(v, "Page.Title", arena_printf(a, "Counters of %s", d.name));
	view_text(v, "Page.Nav", "device");
	return res_page(rq, rs, "counters.cs");
}
