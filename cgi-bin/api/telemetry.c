/*
 * GET /api/v1/telemetry?device=&sensor=&from=&to=&limit= - raw readings of
 * one device, oldest first; of one sensor, or of all.  "next" is the `from`
 * of what did not fit.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/env.h"
#include "cgi-bin/api/source.h"
#include "store/store.h"
#include "web/member.h"
#include "web/web.h"

enum { LIMIT = 1000, LIMIT_MAX = 100000 };

handler api_telemetry;

struct ask {
	int64_t from, to, limit;
	struct device device;
	const struct sensor *sensor; /* NULL: all */
};

static struct err *
ask_read(struct ask *q, struct req *rq)
{
	const char *device = req_query(rq, "device");
	const char *sensor = req_query(rq, "sensor");
	int64_t now = env_now();
	struct site site;
	struct err *e;

	if (device == NULL || *device == 0)
		return err_raise(ERR_INPUT, "device: this field is missing.",
		    "no device");
	if ((e = req_time(&q->to, rq, "to", now)) != NULL ||
	    (e = req_time(&q->from, rq, "from", q->to - CLOCK_DAY)) != NULL ||
	    (e = req_int(&q->limit, rq, "limit", LIMIT, 1, LIMIT_MAX)) !=
		NULL ||
	    (e = device_load(&q->device, &site, rq->tx, device)) != NULL)
		return err_pass(e);
	if (q->from >= q->to)
		return err_raise(ERR_INPUT, "from must be before to.", "span");
	if (sensor != NULL &&
	    (q->sensor = device_sensor(&q->device, sensor)) == NULL)
		return err_raise(ERR_MISSING,
		    "sensor: this device has no such sensor.", "%s", sensor);
	return NULL;
}

static const struct sensor *
sensor_of(const struct device *d, int32_t id)
{
	size_t i = 0;

	while (d->sensors[i].id != id)
		i++;
	return &d->sensors[i];
}

static void
say_reading(struct buf *b, const struct device *d, const struct reading *r)
{
	const struct sensor *s = sensor_of(d, r->sensor);

	member_comma(b);
	buf_byte(b, '{');
	member_text(b, "sensor", s->key);
	member_text(b, "sensorId", s->code);
	member_text(b, "time", clock_iso(b->arena, r->time));
	member_int(b, "timestamp", r->time / CLOCK_MS);
	member_real(b, "value", r->value);
	member_text(b, "unit", s->unit);
	member_int(b, "quality", r->quality);
	if (r->rev > 0)
		member_int(b, "revision", r->rev);
	buf_byte(b, '}');
}

static int
by_time(const void *a, const void *b)
{
	const struct reading *x = a, *y = b;

	if (x->time != y->time)
		return x->time < y->time ? -1 : 1;
	return (x->sensor > y->sensor) - (x->sensor < y->sensor);
}

/* The readings of every sensor asked for, by time. */
static struct err *
gather(struct readings *all, struct req *rq, const struct ask *q)
{
	struct answer some;
	struct err *e;
	size_t i;

	*all = (struct readings){ 0 };
	for (i = 0; i < q->device.n; i++) {
		if (q->sensor != NULL && q->sensor != &q->device.sensors[i])
			continue;
		if ((e = store_read(&some, rq->tx, &q->device.sensors[i].id, 1,
			 q->from, q->to)) != NULL)
			return err_pass(e);
		readings_add(all, rq->arena, &some.r);
	}
	if (all->n > 1 && q->sensor == NULL)
		qsort(all->v, all->n, sizeof(*all->v), by_time);
	return NULL;
}

/* How many of them fit: never a part of those with the same time. */
static size_t
fitting(const struct readings *r, size_t limit)
{
	size_t n = r->n < limit ? r->n : limit;

	if (n == r->n)
		return n;
	while (n > 0 && r->v[n - 1].time == r->v[n].time)
		n--;
	if (n > 0)
		return n;
	/* More at one instant than the limit: all of that instant. */
	while (n < r->n && r->v[n].time == r->v[0].time)
		n++;
	return n;
}

struct err *
api_telemetry(struct req *rq, struct res *rs)
{
	struct buf *b = &rs->body;
	struct ask q = { 0 };
	struct readings all = { 0 };
	struct err *e;
	size_t i, n;

	if ((e = ask_read(&q, rq)) != NULL ||
	    (e = gather(&all, rq, &q)) != NULL)
		return err_pass(e);
	n = fitting(&all, (size_t)q.limit);
	*b = buf_new(rq->arena, 256 + n * 160);
	buf_byte(b, '{');
	member_text(b, "device", q.device.key);
	member_bool(b, "simulated", q.device.simulated);
	member_text(b, "from", clock_iso(rq->arena, q.from));
	member_text(b, "to", clock_iso(rq->arena, q.to));
	member_name(b, "readings");
	buf_byte(b, '[');
	for (i = 0; i < n; i++)
		say_reading(b, &q.device, &all.v[i]);
	buf_byte(b, ']');
	member_text(b, "next",
	    n < all.n ? clock_iso(rq->arena, all.v[n].time) : NULL);
	buf_text(b, "}\n");
	mark_source(rs, q.device.simulated);
	return NULL;
}
