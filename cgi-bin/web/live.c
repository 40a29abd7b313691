/*
 * GET /live?since=V - what changed after the version a page shows, as JSON;
 * script asks every second and touches only the cells that changed.
 */
#include <string.h>

#include "base/clock.h"
#include "base/env.h"
#include "base/member.h"
#include "cgi-bin/web/frame.h"
#include "model/unit.h"

handler page_live;

static void
say_sensor(struct buf *b, const struct device *d, const struct sensor *s)
{
	member_comma(b);
	buf_byte(b, '{');
	member_int(b, "sensor", s->id);
	member_text(b, "device", d->key);
	member_text(b, "value", value_shown(b->arena, s, s->latest.value));
	member_text(b, "unit", unit_shown(s->unit));
	member_text(b, "time", clock_iso(b->arena, s->latest.time));
	member_int(b, "quality", s->latest.quality);
	member_text(b, "word", quality_word(s->latest.quality));
	buf_byte(b, '}');
}

static void
say_device(struct buf *b, const struct device *d)
{
	member_comma(b);
	buf_byte(b, '{');
	member_text(b, "key", d->key);
	member_text(b, "state", d->state);
	member_bool(b, "simulated", d->simulated);
	member_text(b, "seen",
	    d->seen != 0 ? clock_iso(b->arena, d->seen) : NULL);
	buf_byte(b, '}');
}

struct walk {
	int64_t since;
	struct buf changed, devices;
	int64_t total, online;
	bool simulated;
};

static void
walk_device(struct walk *w, const struct device *d)
{
	size_t i;

	for (i = 0; d->version > w->since && i < d->n; i++)
		if (d->sensors[i].known)
			say_sensor(&w->changed, d, &d->sensors[i]);
	say_device(&w->devices, d);
	w->simulated |= d->simulated;
	if (strcmp(d->kind, "gateway") == 0)
		return;
	w->total++;
	w->online += strcmp(d->state, "online") == 0;
}

static void
say(struct buf *b, const struct walk *w, const struct fleet *f)
{
	buf_byte(b, '{');
	member_int(b, "version", f->version);
	member_text(b, "now", clock_iso(b->arena, env_now()));
	member_name(b, "changed");
	buf_printf(b, "[%s]", (const char *)w->changed.p + 1);
	member_name(b, "devices");
	buf_printf(b, "[%s]", (const char *)w->devices.p + 1);
	member_name(b, "stats");
	buf_byte(b, '{');
	member_int(b, "total", w->total);
	member_int(b, "online", w->online);
	member_int(b, "offline", w->total - w->online);
	member_int(b, "alerts", f->alerts);
	buf_text(b, "}}\n");
}

struct err *
page_live(struct req *rq, struct res *rs)
{
	struct walk w = { 0 };
	struct fleet f = { 0 };
	struct err *e;
	size_t i, k;

	if ((e = req_int(&w.since, rq, "since", 0, 0, INT64_MAX)) != NULL ||
	    (e = fleet_load(&f, rq->tx)) != NULL)
		return err_pass(e);
	w.changed = buf_new(rq->arena, 4096);
	w.devices = buf_new(rq->arena, 4096);
	buf_byte(&w.changed, '[');
	buf_byte(&w.devices, '[');
	for (i = 0; i < f.n; i++)
		for (k = 0; k < f.sites[i].n; k++)
			walk_device(&w, &f.sites[i].devices[k]);
	say(&rs->body, &w, &f);
	res_source(rs, w.simulated);
	return NULL;
}
