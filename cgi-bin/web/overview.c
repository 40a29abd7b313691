/*
 * GET / - the fleet: every site, its devices, their latest values.
 */
#include <string.h>

#include "base/env.h"
#include "base/zone.h"
#include "cgi-bin/web/frame.h"

handler page_overview;

struct tally {
	int64_t total, online;
	bool simulated;
};

static void
state_one(struct view *v, struct tally *t, struct arena *a,
    const struct device *d, int64_t now)
{
	size_t i;

	state_device(v, a, d, now);
	for (i = 0; i < d->n; i++)
		state_sensor(view_row(v, "Sensors"), a, d, &d->sensors[i], now);
	t->simulated |= d->simulated;
	/* A gateway carries devices and is not counted as one. */
	if (strcmp(d->kind, "gateway") == 0)
		return;
	t->total++;
	t->online += strcmp(d->state, "online") == 0;
}

/* "5 devices · 1 gateway" */
static const char *
count_text(struct arena *a, const struct site *s)
{
	size_t gateways = 0, devices, i;

	for (i = 0; i < s->n; i++)
		gateways += strcmp(s->devices[i].kind, "gateway") == 0;
	devices = s->n - gateways;
	if (gateways == 0)
		return arena_printf(a, "%zu device%s", devices,
		    devices == 1 ? "" : "s");
	return arena_printf(a, "%zu device%s · %zu gateway%s", devices,
	    devices == 1 ? "" : "s", gateways, gateways == 1 ? "" : "s");
}

static void
state_site(struct view *v, struct tally *t, struct arena *a,
    const struct site *s, int64_t now)
{
	size_t i;

	zone_use(s->zone);
	view_text(v, "Key", s->key);
	view_text(v, "Name", s->name);
	view_text(v, "Zone", s->zone);
	view_text(v, "Clock", zone_text(a, "%H:%M", now));
	view_text(v, "Count", count_text(a, s));
	for (i = 0; i < s->n; i++)
		state_one(view_row(v, "Devices"), t, a, &s->devices[i], now);
}

struct err *
page_overview(struct req *rq, struct res *rs)
{
	struct tally t = { 0 };
	int64_t now = env_now();
	struct fleet f;
	struct err *e;
	size_t i;

	if ((e = fleet_load(&f, rq->tx)) != NULL)
		return err_pass(e);
	for (i = 0; i < f.n; i++)
		state_site(view_row(rs->view, "Sites"), &t, rq->arena,
		    &f.sites[i], now);
	view_int(rs->view, "Stats.Total", t.total);
	view_int(rs->view, "Stats.Online", t.online);
	view_int(rs->view, "Stats.Offline", t.total - t.online);
	view_int(rs->view, "Stats.Alerts", f.alerts);
	view_int(rs->view, "Live.Version", f.version);
	view_int(rs->view, "Page.Simulated", t.simulated);
	view_text(rs->view, "Page.Title", "Fleet overview");
	view_text(rs->view, "Page.Nav", "overview");
	return res_page(rq, rs, "overview.cs");
}
