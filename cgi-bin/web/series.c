/*
 * GET /devices/:key/series?sensor=&from=&to=&points= - a chart's numbers as
 * JSON, for zooming: buckets that have readings, t in seconds; step is about
 * how wide they are.
 */
#include "store/series.h"
#include "base/clock.h"
#include "base/env.h"
#include "base/member.h"
#include "base/zone.h"
#include "cgi-bin/web/chart.h"
#include "model/fleet.h"
#include "web/web.h"

enum { POINTS = 1000, POINTS_MAX = 5000 };

handler page_series;

static double
bucket_time(const struct bucket *b)
{
	return (double)b->start / 1e6;
}

static double
bucket_min(const struct bucket *b)
{
	return b->min;
}

static double
bucket_max(const struct bucket *b)
{
	return b->max;
}

static const struct {
	const char *name;
	double (*of)(const struct bucket *);
} columns[] = {
	{ "t", bucket_time },
	{ "min", bucket_min },
	{ "max", bucket_max },
	{ "mean", bucket_mean },
};

static void
say(struct buf *b, const struct bucket *v, size_t n)
{
	size_t c, i;

	buf_byte(b, '{');
	for (c = 0; c < sizeof(columns) / sizeof(*columns); c++) {
		member_name(b, columns[c].name);
		buf_byte(b, '[');
		for (i = 0; i < n; i++) {
			if (v[i].count == 0)
				continue;
			member_comma(b);
			member_put_real(b, columns[c].of(&v[i]));
		}
		buf_byte(b, ']');
	}
}

/* What is damaged and so not in it, as pairs of seconds. */
static void
say_lost(struct buf *b, const struct losses *lost)
{
	size_t i;

	if (lost->n > 0)
		member_name(b, "lost");
	for (i = 0; i < lost->n; i++) {
		buf_byte(b, i == 0 ? '[' : ',');
		buf_byte(b, '[');
		member_put_real(b, (double)lost->v[i].from / 1e6);
		buf_byte(b, ',');
		member_put_real(b, (double)lost->v[i].to / 1e6);
		buf_text(b, i + 1 == lost->n ? "]]" : "]");
	}
}

/* The sensor asked for, if it is this device's. */
static struct err *
find(int32_t *out, const struct device *d, int64_t id)
{
	size_t i;

	for (i = 0; i < d->n; i++) {
		if (d->sensors[i].id == id) {
			*out = d->sensors[i].id;
			return NULL;
		}
	}
	return err_raise(ERR_MISSING, "sensor: this device has no such sensor.",
	    "sensor %lld", (long long)id);
}

struct err *
page_series(struct req *rq, struct res *rs)
{
	int64_t now = env_now(), id, from, to, points;
	struct series v = { 0 };
	struct device d;
	struct site s;
	struct err *e;
	int64_t *edge;
	size_t n;

	if ((e = req_int(&id, rq, "sensor", 0, 1, INT32_MAX)) != NULL ||
	    (e = req_time(&from, rq, "from", now - CLOCK_DAY)) != NULL ||
	    (e = req_time(&to, rq, "to", now)) != NULL ||
	    (e = req_int(&points, rq, "points", POINTS, 1, POINTS_MAX)) !=
		NULL ||
	    (e = device_known(&d, &s, rq->tx, req_param(rq, "key"))) != NULL ||
	    (e = find(&v.sensor, &d, id)) != NULL)
		return err_pass(e);
	if (from >= to)
		return err_raise(ERR_INPUT, "from must be before to.", "span");
	v.bucket = arena_array(rq->arena, (size_t)points, sizeof(*v.bucket));
	edge = arena_array(rq->arena, (size_t)points + 1, sizeof(*edge));
	zone_use(s.zone);
	n = chart_edges(edge, (size_t)points, from, to);
	if ((e = store_series(&v, 1, rq->tx, edge, n)) != NULL)
		return err_pass(e);
	say(&rs->body, v.bucket, n);
	member_bool(&rs->body, "simulated", d.simulated);
	res_source(rs, d.simulated);
	member_real(&rs->body, "step",
	    (double)chart_silence(&v, (to - from) / (int64_t)n) / 1e6);
	say_lost(&rs->body, &v.lost);
	buf_text(&rs->body, "}\n");
	return NULL;
}
