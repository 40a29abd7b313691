/*
 * GET /api/flow-data?device_id=&start_time=&end_time=&limit= - the contract
 * of the FluxIO document: a record an instant, newest first, each measurement
 * a member.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/env.h"
#include "cgi-bin/api/source.h"
#include "store/store.h"
#include "web/member.h"
#include "web/web.h"

enum { LIMIT = 1000, LIMIT_MAX = 10000 };

handler api_flow_data;

struct ask {
	int64_t from, to, limit;
	const char *device; /* NULL: all of the tenant */
};

/* One measurement at one instant; records are runs of the same instant. */
struct cell {
	const struct device *device;
	const struct sensor *sensor;
	struct reading r;
};

struct cells {
	struct cell *v;
	size_t n, room;
};

static struct err *
ask_read(struct ask *q, const struct req *rq)
{
	int64_t now = env_now();
	struct err *e;

	q->device = req_query(rq, "device_id");
	if ((e = req_time(&q->to, rq, "end_time", now)) != NULL ||
	    (e = req_time(&q->from, rq, "start_time", q->to - CLOCK_DAY)) !=
		NULL ||
	    (e = req_int(&q->limit, rq, "limit", LIMIT, 1, LIMIT_MAX)) != NULL)
		return err_pass(e);
	if (q->from > q->to)
		return err_raise(ERR_INPUT,
		    "start_time must be before end_time.", "span");
	return NULL;
}

static void
add(struct cells *c, struct arena *a, const struct device *d,
    const struct sensor *s, const struct readings *r, size_t from)
{
	size_t i;

	if (c->n + r->n > c->room) {
		struct cell *v;

		c->room = (c->n + r->n) * 2;
		v = arena_array(a, c->room, sizeof(*v));
		if (c->n > 0)
			memcpy(v, c->v, c->n * sizeof(*v));
		c->v = v;
	}
	for (i = from; i < r->n; i++)
		c->v[c->n++] = (struct cell){ d, s, r->v[i] };
}

/* The newest `limit` readings of each sensor of the device. */
static struct err *
gather(struct cells *c, struct req *rq, const struct ask *q,
    const struct device *d)
{
	size_t limit = (size_t)q->limit, i;
	struct answer got;
	struct err *e;

	if (q->device != NULL && strcmp(q->device, d->key) != 0)
		return NULL;
	for (i = 0; i < d->n; i++) {
		/* end_time is inclusive in that document. */
		if ((e = store_read(&got, rq->tx, &d->sensors[i].id, 1, q->from,
			 q->to + 1)) != NULL)
			return err_pass(e);
		add(c, rq->arena, d, &d->sensors[i], &got.r,
		    got.r.n > limit ? got.r.n - limit : 0);
	}
	return NULL;
}

static int
newest_first(const void *a, const void *b)
{
	const struct cell *x = a, *y = b;

	if (x->r.time != y->r.time)
		return x->r.time > y->r.time ? -1 : 1;
	if (x->device != y->device)
		return x->device < y->device ? -1 : 1;
	return (x->sensor > y->sensor) - (x->sensor < y->sensor);
}

/* One record from cell i on; returns where the next begins. */
static size_t
say_record(struct buf *b, const struct cells *c, size_t i)
{
	const struct cell *first = &c->v[i];
	const char *time = clock_iso(b->arena, first->r.time);
	int quality = QUALITY_GOOD;

	member_comma(b);
	buf_byte(b, '{');
	member_text(b, "device_id", first->device->key);
	member_text(b, "created_at", time);
	for (; i < c->n && c->v[i].r.time == first->r.time &&
	       c->v[i].device == first->device;
	     i++) {
		member_real(b, c->v[i].sensor->key, c->v[i].r.value);
		if (c->v[i].r.quality < quality)
			quality = c->v[i].r.quality;
	}
	member_int(b, "quality", quality);
	buf_byte(b, '}');
	return i;
}

struct err *
api_flow_data(struct req *rq, struct res *rs)
{
	bool simulated = false, known = false;
	struct cells c = { 0 };
	struct fleet f = { 0 };
	struct ask q = { 0 };
	struct err *e;
	size_t i, k, n;

	if ((e = ask_read(&q, rq)) != NULL ||
	    (e = fleet_load(&f, rq->tx)) != NULL)
		return err_pass(e);
	for (i = 0; i < f.n; i++) {
		for (k = 0; k < f.sites[i].n; k++) {
			const struct device *d = &f.sites[i].devices[k];

			if ((e = gather(&c, rq, &q, d)) != NULL)
				return err_pass(e);
			known |=
			    q.device != NULL && strcmp(q.device, d->key) == 0;
		}
	}
	if (q.device != NULL && !known)
		return err_raise(ERR_MISSING, "device_id: no such device.",
		    "device_id");
	if (c.n > 1)
		qsort(c.v, c.n, sizeof(*c.v), newest_first);
	buf_text(&rs->body, "{\"data\":[");
	for (i = 0, n = 0; i < c.n && n < (size_t)q.limit; n++) {
		simulated |= c.v[i].device->simulated;
		i = say_record(&rs->body, &c, i);
	}
	buf_byte(&rs->body, ']');
	member_int(&rs->body, "count", (int64_t)n);
	buf_text(&rs->body, "}\n");
	mark_source(rs, simulated);
	return NULL;
}
