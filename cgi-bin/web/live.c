/*
 * GET /live?since=V - what changed after the version a page shows, as JSON;
 * script asks every second and touches only the cells that changed.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/env.h"
#include "cgi-bin/web/frame.h"
#include "model/unit.h"
#include "query.h"
#include "web/member.h"

enum { CHANGES_MAX = 20000 };

handler page_live;

static int
by_number(const void *a, const void *b)
{
	const int32_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* The sensors that may have changed, ascending. */
static struct err *
changed(int32_t **out, size_t *n, struct req *rq, int64_t since)
{
	struct rows *r;
	struct err *e;
	size_t i;

	if ((e = tx_rows(&r, rq->tx, &q_fleet_changes,
		 ARGS(A((int)rq->who.tenant), A((long)since),
		     A(CHANGES_MAX)))) != NULL)
		return err_pass(e);
	*n = (size_t)rows_count(r);
	*out = arena_array(rq->arena, *n, sizeof(**out));
	for (i = 0; i < *n; i++)
		(*out)[i] =
		    (int32_t)rows_int(r, (int)i, FLEET_CHANGES_SENSOR_ID);
	return NULL;
}

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
	member_text(b, "seen",
	    d->seen != 0 ? clock_iso(b->arena, d->seen) : NULL);
	buf_byte(b, '}');
}

struct walk {
	struct buf changed, devices;
	int64_t total, online;
};

static void
walk_device(struct walk *w, const struct device *d, const int32_t *ids,
    size_t n)
{
	size_t i;

	for (i = 0; i < d->n; i++) {
		const struct sensor *s = &d->sensors[i];

		if (s->known && n > 0 &&
		    bsearch(&s->id, ids, n, sizeof(*ids), by_number) != NULL)
			say_sensor(&w->changed, d, s);
	}
	say_device(&w->devices, d);
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
	int32_t *ids = NULL;
	int64_t since;
	size_t n = 0, i, k;

	if ((e = req_int(&since, rq, "since", 0, 0, INT64_MAX)) != NULL ||
	    (e = changed(&ids, &n, rq, since)) != NULL ||
	    (e = fleet_load(&f, rq->tx)) != NULL)
		return err_pass(e);
	w.changed = buf_new(rq->arena, 4096);
	w.devices = buf_new(rq->arena, 4096);
	buf_byte(&w.changed, '[');
	buf_byte(&w.devices, '[');
	for (i = 0; i < f.n; i++)
		for (k = 0; k < f.sites[i].n; k++)
			walk_device(&w, &f.sites[i].devices[k], ids, n);
	say(&rs->body, &w, &f);
	return NULL;
}
