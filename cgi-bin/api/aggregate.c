/*
 * GET /api/v1/telemetry/aggregate?device=&sensor=&from=&to=&points=&bucket=
 * &zone=&order=&gaps=&fields= - lowest, highest, mean and so on of buckets:
 * `points` equal ones, or such as people count in.  All sensors have the
 * same buckets.
 */
#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "base/env.h"
#include "base/zone.h"
#include "cgi-bin/api/ask.h"
#include "cgi-bin/api/edges.h"
#include "cgi-bin/api/source.h"
#include "store/series.h"
#include "web/member.h"

enum {
	POINTS = 500,
	POINTS_MAX = 20000,
	CELLS_MAX = 100000 /* buckets of all sensors */
};

handler api_aggregate;

/* What of a bucket is asked for: a bit for each row of the table below. */
enum figure {
	FIGURE_COUNT,
	FIGURE_MIN,
	FIGURE_MAX,
	FIGURE_AVG,
	FIGURE_STDDEV,
	FIGURE_FIRST,
	FIGURE_LAST,
	FIGURE_BAD,
	FIGURE_QUALITY,
	FIGURE_COVERAGE,
	FIGURES
};

static const char *const figure_names[FIGURES] = { "count", "min", "max", "avg",
	"stdDev", "first", "last", "bad", "quality", "coverage" };

struct plan {
	struct ask ask;
	unsigned figures;
	bool skip_empty;
	const char *bucket; /* as it was asked for; NULL: points */
	const char *zone;
	int64_t *edge;
	size_t n; /* buckets */
};

static struct err *
read_figures(struct plan *p, const struct req *rq)
{
	const char **names;
	size_t i, n = ask_list(&names, rq, "fields");
	int k;

	p->figures = n == 0 ? ~0U : 0;
	for (i = 0; i < n; i++) {
		for (k = 0; k < FIGURES; k++)
			if (strcmp(names[i], figure_names[k]) == 0)
				break;
		if (k == FIGURES)
			return err_raise(ERR_INPUT,
			    "fields: want some of count, min, max, avg, "
			    "stdDev, first, last, bad, quality, coverage.",
			    "%s", names[i]);
		p->figures |= 1U << k;
	}
	return NULL;
}

static struct err *
read_zone(struct plan *p, const struct req *rq)
{
	const char *zone = req_query(rq, "zone");

	p->zone = zone != NULL && *zone != 0 ? zone : p->ask.site.zone;
	if (!zone_known(p->zone))
		return err_raise(ERR_INPUT,
		    "zone: want a name such as Europe/Berlin.", "zone");
	zone_use(p->zone);
	return NULL;
}

static struct err *
too_many(const char *field)
{
	return err_say(err_raise(ERR_INPUT, "", "more than %d buckets",
			   CELLS_MAX),
	    "%s: more than %d buckets, counting those of every sensor.", field,
	    CELLS_MAX);
}

/* Equal buckets, as many as were asked for. */
static struct err *
read_points(struct plan *p, const struct req *rq)
{
	int64_t points;
	struct err *e;

	if ((e = req_int(&points, rq, "points", POINTS, 1, POINTS_MAX)) != NULL)
		return err_pass(e);
	p->n = (size_t)points;
	if (p->n * p->ask.n > CELLS_MAX)
		return too_many("points");
	p->edge = arena_array(rq->arena, p->n + 1, sizeof(*p->edge));
	edges_even(p->edge, p->n, p->ask.from, p->ask.to);
	return NULL;
}

/*
 * Buckets between the edges of the clock.  A span that nobody said is a day
 * of whole ones, the one under way being the last.
 */
static struct err *
read_buckets(struct plan *p, const struct req *rq)
{
	size_t room = CELLS_MAX / (p->ask.n > 0 ? p->ask.n : 1) + 2;
	const char *to = req_query(rq, "to"), *from = req_query(rq, "from");
	struct step step;
	size_t n;

	if (!step_read(&step, p->bucket))
		return err_raise(ERR_INPUT,
		    "bucket: want a number and s, min, h, d, w, mo or y, such "
		    "as 60s, 1h or 1mo.",
		    "bucket");
	if (req_query(rq, "points") != NULL)
		return err_raise(ERR_INPUT, "points: not together with bucket.",
		    "points");
	if (from == NULL && to == NULL) {
		p->ask.to = edge_after(step, p->ask.to);
		p->ask.from = edge_after(step, p->ask.to - CLOCK_DAY);
		if (p->ask.from >= p->ask.to)
			p->ask.from = p->ask.to - CLOCK_DAY;
	}
	p->edge = arena_array(rq->arena, room, sizeof(*p->edge));
	if ((n = edges_cut(p->edge, room, step, p->ask.from, p->ask.to)) > room)
		return too_many("bucket");
	p->n = n - 1;
	return NULL;
}

static struct err *
plan_read(struct plan *p, struct req *rq)
{
	static const char *const gaps[] = { "null", "skip", NULL };
	struct err *e;
	size_t i;

	p->bucket = req_query(rq, "bucket");
	if ((e = ask_span(&p->ask, rq)) != NULL ||
	    (e = ask_word(&i, rq, "gaps", gaps)) != NULL ||
	    (e = read_figures(p, rq)) != NULL ||
	    (e = ask_sensors(&p->ask, rq)) != NULL ||
	    (e = read_zone(p, rq)) != NULL)
		return err_pass(e);
	p->skip_empty = i == 1;
	e = p->bucket != NULL ? read_buckets(p, rq) : read_points(p, rq);
	return e != NULL ? err_pass(e) : NULL;
}

/* The part of a bucket that is past and in no gap, 0 to 1. */
static double
coverage(const struct series *s, const struct plan *p, size_t i, int64_t now)
{
	int64_t end = p->edge[i + 1] < now ? p->edge[i + 1] : now;
	int64_t width = end - p->edge[i];

	if (width <= 0)
		return NAN;
	return (double)(width - s->missing[i]) / (double)width;
}

static void
say_figure(struct buf *b, enum figure f, const struct bucket *k)
{
	const char *name = figure_names[f];
	bool none = k->count == 0;

	switch (f) {
	case FIGURE_COUNT:
		member_int(b, name, (int64_t)k->count);
		break;
	case FIGURE_MIN:
		member_real(b, name, none ? NAN : k->min);
		break;
	case FIGURE_MAX:
		member_real(b, name, none ? NAN : k->max);
		break;
	case FIGURE_AVG:
		say_short(b, name, none ? NAN : bucket_mean(k));
		break;
	case FIGURE_STDDEV:
		say_short(b, name, none ? NAN : bucket_stddev(k));
		break;
	case FIGURE_FIRST:
		member_real(b, name, none ? NAN : k->first);
		break;
	case FIGURE_LAST:
		member_real(b, name, none ? NAN : k->last);
		break;
	case FIGURE_BAD:
		member_int(b, name, (int64_t)k->bad);
		break;
	case FIGURE_QUALITY:
		member_real(b, name, k->count + k->bad == 0 ? NAN : k->quality);
		break;
	case FIGURE_COVERAGE:
	case FIGURES:
		break;
	}
}

static void
say_bucket(struct buf *b, const struct plan *p, const struct series *s,
    size_t i, int64_t now)
{
	const struct bucket *k = &s->bucket[i];
	enum figure f;

	if (p->skip_empty && k->count + k->bad == 0)
		return;
	member_comma(b);
	buf_text(b, "{\"time\":");
	say_time(b, p->edge[i]);
	for (f = 0; f < FIGURE_COVERAGE; f++)
		if (p->figures >> f & 1)
			say_figure(b, f, k);
	if (p->figures >> FIGURE_COVERAGE & 1)
		say_short(b, "coverage", coverage(s, p, i, now));
	buf_byte(b, '}');
}

static void
say_series(struct buf *b, const struct plan *p, const struct series *s,
    const struct sensor *sensor)
{
	int64_t now = env_now();
	size_t i;

	member_comma(b);
	buf_byte(b, '{');
	member_text(b, "sensor", sensor->key);
	member_text(b, "sensorId", sensor->code);
	member_text(b, "unit", sensor->unit);
	member_text(b, "kind", sensor->kind);
	member_name(b, "gaps");
	buf_byte(b, '[');
	say_gaps(b, &p->ask, &s->gaps, "silent");
	say_gaps(b, &p->ask, &s->lost, "damaged");
	buf_byte(b, ']');
	if (s->gaps_cut)
		member_bool(b, "moreGaps", true);
	member_name(b, "buckets");
	buf_byte(b, '[');
	for (i = 0; i < p->n; i++)
		say_bucket(b, p, s, p->ask.newest_first ? p->n - 1 - i : i,
		    now);
	buf_text(b, "]}");
}

static struct err *
load(struct series **out, struct req *rq, const struct plan *p)
{
	const struct ask *q = &p->ask;
	struct series *v = arena_array(rq->arena, q->n + 1, sizeof(*v));
	struct err *e;
	size_t i;

	*out = v;
	for (i = 0; i < q->n; i++) {
		v[i].sensor = q->id[i];
		v[i].silence = device_silence(&q->device);
		v[i].bucket =
		    arena_array(rq->arena, p->n, sizeof(*v[i].bucket));
		v[i].missing =
		    arena_array(rq->arena, p->n, sizeof(*v[i].missing));
	}
	if (q->n > 0 &&
	    (e = store_series(v, q->n, rq->tx, p->edge, p->n)) != NULL)
		return err_pass(e);
	return NULL;
}

struct err *
api_aggregate(struct req *rq, struct res *rs)
{
	struct buf *b = &rs->body;
	struct plan p = { 0 };
	struct series *v;
	bool known = false;
	struct err *e;
	size_t i;

	if ((e = plan_read(&p, rq)) != NULL ||
	    (e = ask_known(&known, rq, rs, &p.ask)) != NULL)
		return err_pass(e);
	mark_source(rs, p.ask.device.simulated);
	if (known)
		return NULL;
	if ((e = load(&v, rq, &p)) != NULL)
		return err_pass(e);
	*b = buf_new(rq->arena, 1024 + p.n * p.ask.n * 200);
	buf_byte(b, '{');
	say_head(b, &p.ask);
	member_text(b, "zone", p.zone);
	if (p.bucket != NULL)
		member_text(b, "bucket", p.bucket);
	member_name(b, "series");
	buf_byte(b, '[');
	for (i = 0; i < p.ask.n; i++)
		say_series(b, &p, &v[i], p.ask.sensor[i]);
	buf_text(b, "]}\n");
	return NULL;
}
