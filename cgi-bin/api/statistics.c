/*
 * GET /api/v1/telemetry/statistics?device=&sensor=&from=&to= - avg, min, max
 * and total_volume of a span, a sensor a line; of a counter the volume is its
 * way up, whatever resets lie between.
 */
#include <math.h>
#include <string.h>

#include "base/env.h"
#include "cgi-bin/api/ask.h"
#include "cgi-bin/api/source.h"
#include "store/series.h"
#include "web/member.h"

handler api_statistics;

static void
say(struct buf *b, const struct ask *q, const struct series *s,
    const struct sensor *sensor)
{
	int64_t end = q->to < env_now() ? q->to : env_now();
	const struct bucket *k = s->bucket;
	bool none = k->count == 0;

	member_comma(b);
	buf_byte(b, '{');
	member_text(b, "sensor", sensor->key);
	member_text(b, "sensorId", sensor->code);
	member_text(b, "unit", sensor->unit);
	member_text(b, "kind", sensor->kind);
	member_int(b, "count", (int64_t)k->count);
	member_int(b, "bad", (int64_t)k->bad);
	say_short(b, "avg", none ? NAN : bucket_mean(k));
	member_real(b, "min", none ? NAN : k->min);
	member_real(b, "max", none ? NAN : k->max);
	say_short(b, "stdDev", none ? NAN : bucket_stddev(k));
	member_real(b, "first", none ? NAN : k->first);
	member_real(b, "last", none ? NAN : k->last);
	say_short(b, "total_volume",
	    s->is_counter && !none ? s->increase : NAN);
	member_real(b, "quality", k->count + k->bad == 0 ? NAN : k->quality);
	say_short(b, "coverage",
	    end > q->from ? (double)(end - q->from - *s->missing) /
				(double)(end - q->from)
			  : NAN);
	member_name(b, "gaps");
	buf_byte(b, '[');
	say_gaps(b, q, &s->gaps, "silent");
	say_gaps(b, q, &s->lost, "damaged");
	buf_text(b, "]}");
}

struct err *
api_statistics(struct req *rq, struct res *rs)
{
	struct buf *b = &rs->body;
	struct ask q = { 0 };
	struct series *v;
	bool known = false;
	int64_t edge[2];
	struct err *e;
	size_t i;

	if ((e = ask_span(&q, rq)) != NULL ||
	    (e = ask_sensors(&q, rq)) != NULL ||
	    (e = ask_known(&known, rq, rs, &q)) != NULL)
		return err_pass(e);
	mark_source(rs, q.device.simulated);
	if (known)
		return NULL;
	v = arena_array(rq->arena, q.n + 1, sizeof(*v));
	edges_even(edge, 1, q.from, q.to);
	for (i = 0; i < q.n; i++) {
		v[i].sensor = q.id[i];
		v[i].silence = device_silence(&q.device);
		v[i].is_counter = strcmp(q.sensor[i]->kind, "counter") == 0;
		v[i].bucket = arena_alloc(rq->arena, sizeof(*v[i].bucket));
		v[i].missing = arena_alloc(rq->arena, sizeof(*v[i].missing));
	}
	if (q.n > 0 && (e = store_series(v, q.n, rq->tx, edge, 1)) != NULL)
		return err_pass(e);
	buf_byte(b, '{');
	say_head(b, &q);
	member_name(b, "sensors");
	buf_byte(b, '[');
	for (i = 0; i < q.n; i++)
		say(b, &q, &v[i], q.sensor[i]);
	buf_text(b, "]}\n");
	return NULL;
}
