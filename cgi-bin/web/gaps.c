/*
 * GET /gaps - how complete each device's days are.
 * GET /devices/:key/gaps - the same of one device, sensor by sensor.
 */
#include <stdlib.h>

#include "base/clock.h"
#include "base/env.h"
#include "base/zone.h"
#include "cgi-bin/web/frame.h"
#include "intake/gap.h"
#include "model/complete.h"

enum { DAYS = 14, DEVICES_SHOWN = 200, WHOLE = 99, MOSTLY = 90 };

handler page_gaps;
handler page_device_gaps;

/* One cell: "97 %", with what it means as a word. */
static void
state_cell(struct view *v, struct arena *a, int64_t received, int64_t expected)
{
	int percent = complete_percent(received, expected);

	if (percent < 0) {
		view_text(v, "Text", "–");
		view_text(v, "Word", "nothing expected");
		return;
	}
	view_text(v, "Text", arena_printf(a, "%d %%", percent));
	view_text(v, "Word",
	    percent >= WHOLE	? "good"
	    : percent >= MOSTLY ? "uncertain"
				: "bad");
	/* More than one a period is as good as one. */
	if (received > expected)
		received = expected;
	view_text(v, "Counts",
	    arena_printf(a, "%s of %s", number_shown(a, (double)received, 0),
		number_shown(a, (double)expected, 0)));
}

static void
state_days(struct view *v, struct arena *a, const struct edges *days)
{
	size_t k;

	for (k = 0; k + 1 < days->n; k++)
		view_text(view_row(v, "Days"), "Text",
		    zone_text(a, "%-d %b", days->v[k]));
}

static int
by_device(const void *key, const void *one)
{
	int32_t a = *(const int32_t *)key;
	int32_t b = ((const struct fleet_day *)one)->device;

	return (a > b) - (a < b);
}

/* What came of the device on the day that begins then. */
static int64_t
received(const struct fleet_days *all, int32_t device, int64_t start)
{
	const struct fleet_day *d =
	    bsearch(&device, all->v, all->n, sizeof(*all->v), by_device);
	const struct fleet_day *end = all->v + all->n;

	if (d == NULL)
		return 0;
	while (d > all->v && d[-1].device == device)
		d--;
	for (; d < end && d->device == device; d++)
		if (d->start == start)
			return d->received;
	return 0;
}

static void
state_row(struct view *v, struct arena *a, const struct device *d,
    const struct edges *days, const struct fleet_days *all, int64_t now)
{
	size_t k;

	view_text(v, "Name", d->name);
	view_text(v, "Key", d->key);
	view_text(v, "Href", arena_printf(a, "/devices/%s/gaps", d->key));
	for (k = 0; k + 1 < days->n; k++)
		state_cell(view_row(v, "Cells"), a,
		    received(all, d->id, days->v[k]),
		    (int64_t)d->n *
			complete_expected(d, days->v[k], days->v[k + 1], now));
}

/* The devices of a site that have sensors, from the skip-th of all on. */
static void
state_site(struct view *v, struct arena *a, const struct site *s,
    const struct fleet_days *all, int64_t now, size_t *skip, size_t *left)
{
	struct view *one = NULL;
	struct edges days;
	size_t i;

	zone_use(s->zone);
	days = calendar_edges(a, UNIT_DAY, now - (DAYS - 1) * CLOCK_DAY, now);
	for (i = 0; i < s->n; i++) {
		if (s->devices[i].n == 0)
			continue;
		if (*skip > 0) {
			(*skip)--;
			continue;
		}
		if (*left == 0)
			return;
		(*left)--;
		if (one == NULL) {
			one = view_row(v, "Sites");
			view_text(one, "Key", s->key);
			view_text(one, "Name", s->name);
			view_text(one, "Zone", s->zone);
			state_days(one, a, &days);
		}
		state_row(view_row(one, "Devices"), a, &s->devices[i], &days,
		    all, now);
	}
}

/* The devices that have sensors: their numbers, ascending by place. */
static int32_t *
devices_of(size_t *n, struct arena *a, const struct fleet *f)
{
	int32_t *id;
	size_t i, k, all = 0;

	for (i = 0; i < f->n; i++)
		all += f->sites[i].n;
	id = arena_array(a, all, sizeof(*id));
	*n = 0;
	for (i = 0; i < f->n; i++)
		for (k = 0; k < f->sites[i].n; k++)
			if (f->sites[i].devices[k].n > 0)
				id[(*n)++] = f->sites[i].devices[k].id;
	return id;
}

/* What edge agents gave up in these days, by device and reason. */
static struct err *
state_given_up(struct view *v, struct req *rq, int64_t now)
{
	struct arena *a = rq->arena;
	struct given_up *all;
	struct err *e;
	size_t i, n;

	if ((e = gaps_newest(&all, &n, rq->tx, now - DAYS * CLOCK_DAY)) != NULL)
		return err_pass(e);
	zone_use("UTC");
	for (i = 0; i < n; i++) {
		struct view *row = view_row(v, "GivenUp");

		if (*all[i].device != 0)
			view_text(row, "Href",
			    arena_printf(a, "/devices/%s", all[i].device));
		view_text(row, "Name",
		    *all[i].name != 0 ? all[i].name : "The poller");
		view_text(row, "Sensors",
		    all[i].sensors > 0
			? number_shown(a, (double)all[i].sensors, 0)
			: "all");
		view_text(row, "From",
		    zone_text(a, "%-d %b %H:%M:%S", all[i].gap.from));
		view_text(row, "To",
		    zone_text(a, "%-d %b %H:%M:%S", all[i].gap.to));
		view_text(row, "Text", gap_say(a, &all[i].gap));
	}
	return NULL;
}

struct err *
page_gaps(struct req *rq, struct res *rs)
{
	struct arena *a = rq->arena;
	int64_t now = env_now(), page;
	struct fleet_days days = { 0 };
	size_t n, i, skip, left = DEVICES_SHOWN, at, shown;
	struct fleet f;
	struct err *e;
	int32_t *id;

	if ((e = req_int(&page, rq, "page", 1, 1, FLEET_ROWS_MAX)) != NULL ||
	    (e = fleet_load(&f, rq->tx)) != NULL)
		return err_pass(e);
	id = devices_of(&n, a, &f);
	at = skip = (size_t)(page - 1) * DEVICES_SHOWN;
	shown = at < n ? n - at : 0;
	if (shown > DEVICES_SHOWN)
		shown = DEVICES_SHOWN;
	if (shown > 0 && (e = complete_fleet(&days, rq->tx, id + at, shown,
			      now - (DAYS + 1) * CLOCK_DAY, now)) != NULL)
		return err_pass(e);
	if (page == 1 && (e = state_given_up(rs->view, rq, now)) != NULL)
		return err_pass(e);
	for (i = 0; i < f.n; i++)
		state_site(rs->view, a, &f.sites[i], &days, now, &skip, &left);
	if (at + shown < n)
		view_text(rs->view, "More",
		    arena_printf(a, "/gaps?page=%lld", (long long)page + 1));
	view_text(rs->view, "Page.Title", "Completeness");
	view_text(rs->view, "Page.Nav", "data");
	return res_page(rq, rs, "gaps.cs");
}

static void
state_sensor_days(struct view *v, struct arena *a, const struct complete *c,
    size_t i)
{
	size_t k;

	for (k = 0; k < c->n; k++) {
		const struct complete_day *d = &c->v[i * c->n + k];
		struct view *cell = view_row(v, "Cells");

		state_cell(cell, a, d->received, d->expected);
		if (d->silent >= CLOCK_S)
			view_text(cell, "Silent", clock_age(a, d->silent));
		if (d->longest >= CLOCK_HOUR)
			view_text(cell, "Longest", clock_age(a, d->longest));
	}
}

struct err *
page_device_gaps(struct req *rq, struct res *rs)
{
	struct arena *a = rq->arena;
	struct view *v = rs->view;
	int64_t now = env_now();
	struct complete c;
	struct device d;
	struct site site;
	struct err *e;
	size_t i;

	if ((e = device_load(&d, &site, rq->tx, req_param(rq, "key"))) != NULL)
		return err_pass(e);
	zone_use(site.zone);
	if ((e = complete_load(&c, rq->tx, &d, now - (DAYS - 1) * CLOCK_DAY,
		 now, now)) != NULL)
		return err_pass(e);
	state_device(view_branch(v, "Device"), a, &d, now);
	view_text(v, "Period", clock_age(a, (int64_t)(d.period_s * 1e6)));
	view_text(v, "Zone", site.zone);
	state_days(v, a, &c.days);
	for (i = 0; i < d.n; i++) {
		struct view *one = view_row(v, "Sensors");

		view_text(one, "Name", d.sensors[i].name);
		view_text(one, "Key", d.sensors[i].key);
		state_sensor_days(one, a, &c, i);
	}
	view_text(v, "Page.Title",
	    arena_printf(a, "Completeness of %s", d.name));
	view_text(v, "Page.Nav", "data");
	return res_page(rq, rs, "device_gaps.cs");
}
