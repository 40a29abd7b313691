/*
 * GET /api/flow-data?device_id=&start_time=&end_time=&limit= - the contract
 * of the FluxIO document: a record an instant, newest first, each measurement
 * a member.  No more is read than the newest records need.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/env.h"
#include "cgi-bin/api/ask.h"
#include "cgi-bin/api/source.h"
#include "store/scan.h"
#include "web/member.h"
#include "web/web.h"

enum { LIMIT = 1000, LIMIT_MAX = 10000 };

handler api_flow_data;

struct flow {
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
	size_t n;
};

/* The sensors that are asked for, by number, and whose they are. */
struct owner {
	int32_t id;
	const struct device *device;
	const struct sensor *sensor;
};

struct owners {
	struct owner *v;
	int32_t *id;
	size_t n;
	bool known; /* the device that is asked for */
};

/* What the answer has come to. */
struct page {
	size_t n; /* records */
	bool simulated;
	struct losses lost;
};

static struct err *
ask_read(struct flow *q, const struct req *rq)
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

static int
by_id(const void *a, const void *b)
{
	const struct owner *x = a, *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

static size_t
sensors_of(const struct fleet *f)
{
	size_t i, k, n = 0;

	for (i = 0; i < f->n; i++)
		for (k = 0; k < f->sites[i].n; k++)
			n += f->sites[i].devices[k].n;
	return n;
}

static void
own(struct owners *o, const struct flow *q, const struct device *d)
{
	size_t i;

	if (q->device != NULL && strcmp(q->device, d->key) != 0)
		return;
	o->known = true;
	for (i = 0; i < d->n; i++)
		o->v[o->n++] =
		    (struct owner){ d->sensors[i].id, d, &d->sensors[i] };
}

static void
owners_find(struct owners *o, struct arena *a, const struct flow *q,
    const struct fleet *f)
{
	size_t room = sensors_of(f) + 1, i, k;

	*o = (struct owners){ .v = arena_array(a, room, sizeof(*o->v)),
		.id = arena_array(a, room, sizeof(*o->id)) };
	for (i = 0; i < f->n; i++)
		for (k = 0; k < f->sites[i].n; k++)
			own(o, q, &f->sites[i].devices[k]);
	qsort(o->v, o->n, sizeof(*o->v), by_id);
	for (i = 0; i < o->n; i++)
		o->id[i] = o->v[i].id;
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

/* A window's readings as cells, the newest first. */
static void
arrange(struct cells *c, struct arena *a, const struct samples *s,
    const struct owners *o)
{
	size_t i;

	c->v = arena_array(a, s->n + 1, sizeof(*c->v));
	c->n = s->n;
	for (i = 0; i < s->n; i++) {
		struct owner key = { .id = s->v[i].r.sensor };
		const struct owner *of =
		    bsearch(&key, o->v, o->n, sizeof(key), by_id);

		c->v[i] = (struct cell){ of->device, of->sensor, s->v[i].r };
	}
	if (c->n > 1)
		qsort(c->v, c->n, sizeof(*c->v), newest_first);
}

/* Window by window, until there are as many records as were asked for. */
static struct err *
say_records(struct page *p, struct req *rq, struct buf *b, const struct flow *q,
    const struct owners *o)
{
	/* end_time is inclusive in that document. */
	struct scan_of of = { o->id, o->n, q->from, q->to + 1, (size_t)q->limit,
		true };
	struct samples some;
	struct cells c;
	struct scan scan;
	bool more = true;
	struct err *e;
	size_t i;

	if (o->n == 0)
		return NULL;
	if ((e = scan_begin(&scan, rq->tx, &of)) != NULL)
		return err_pass(e);
	while (more && p->n < (size_t)q->limit) {
		if ((e = scan_next(&more, &some, &p->lost, &scan)) != NULL)
			return err_pass(e);
		arrange(&c, rq->arena, &some, o);
		for (i = 0; i < c.n && p->n < (size_t)q->limit; p->n++) {
			p->simulated |= c.v[i].device->simulated;
			i = say_record(b, &c, i);
		}
	}
	return NULL;
}

struct err *
api_flow_data(struct req *rq, struct res *rs)
{
	struct buf *b = &rs->body;
	struct page p = { 0 };
	struct fleet f = { 0 };
	struct flow q = { 0 };
	struct ask span;
	struct owners o;
	struct err *e;

	if ((e = ask_read(&q, rq)) != NULL ||
	    (e = fleet_load(&f, rq->tx)) != NULL)
		return err_pass(e);
	owners_find(&o, rq->arena, &q, &f);
	if (q.device != NULL && !o.known)
		return err_raise(ERR_MISSING, "device_id: no such device.",
		    "device_id");
	buf_text(b, "{\"data\":[");
	if ((e = say_records(&p, rq, b, &q, &o)) != NULL)
		return err_pass(e);
	buf_byte(b, ']');
	member_int(b, "count", (int64_t)p.n);
	if (p.lost.n > 0) {
		span = (struct ask){ .from = q.from, .to = q.to };
		member_name(b, "gaps");
		buf_byte(b, '[');
		say_gaps(b, &span, &p.lost, "damaged");
		buf_byte(b, ']');
	}
	buf_text(b, "}\n");
	mark_source(rs, p.simulated);
	return NULL;
}
