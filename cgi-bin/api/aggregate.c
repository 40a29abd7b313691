/*
 * GET /api/v1/telemetry/aggregate?device=&sensor=&from=&to=&points=&bucket=
 * &zone=&order=&gaps=&fields=&format= - lowest, highest, mean and so on of
 * buckets: `points` equal ones, or such as people count in.  All sensors have
 * the same buckets.
 */
#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "base/member.h"
#include "base/zone.h"
#include "cgi-bin/api/ask.h"
#include "cgi-bin/api/edges.h"
#include "cgi-bin/api/table.h"
#include "store/series.h"

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
	size_t n;		     /* buckets */
	const char *before[FIGURES]; /* in JSON, from the figure before it on */
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
	struct err *e;

	p->zone = zone != NULL && *zone != 0 ? zone : p->ask.site.zone;
	if ((e = zone_check(p->zone)) != NULL)
		return err_pass(e);
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
	p->edge = arena_room(rq->arena, room, sizeof(*p->edge));
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

static double
coverage_of(const struct series *s, const struct plan *p, size_t i)
{
	return coverage(p->edge[i], p->edge[i + 1], s->missing[i]);
}

/* A figure of a bucket; of one without a value most are NaN. */
static struct cell
figure_of(const struct bucket *k, enum figure f)
{
	bool none = k->count == 0;

	switch (f) {
	case FIGURE_COUNT:
		return cell_int((int64_t)k->count);
	case FIGURE_MIN:
		return cell_real(none ? NAN : k->min);
	case FIGURE_MAX:
		return cell_real(none ? NAN : k->max);
	case FIGURE_AVG:
		return cell_real(none ? NAN : bucket_mean(k));
	case FIGURE_STDDEV:
		return cell_real(none ? NAN : bucket_stddev(k));
	case FIGURE_FIRST:
		return cell_real(none ? NAN : k->first);
	case FIGURE_LAST:
		return cell_real(none ? NAN : k->last);
	case FIGURE_BAD:
		return cell_int((int64_t)k->bad);
	case FIGURE_QUALITY:
		return cell_real(k->count + k->bad == 0 ? NAN : k->quality);
	case FIGURE_COVERAGE:
	case FIGURES:
		break;
	}
	return cell_text(NULL);
}

static bool
is_computed(enum figure f)
{
	return f == FIGURE_AVG || f == FIGURE_STDDEV;
}

static void
say_figure(struct buf *b, enum figure f, const struct bucket *k)
{
	struct cell c = figure_of(k, f);

	if (c.type == CELL_INT)
		member_put_int(b, c.n);
	else if (is_computed(f))
		put_short(b, c.real);
	else
		member_put_real(b, c.real);
}

static bool
is_skipped(const struct plan *p, const struct bucket *k)
{
	return p->skip_empty && k->count + k->bad == 0;
}

/* The bucket that is said as number i. */
static size_t
place(const struct plan *p, size_t i)
{
	return p->ask.newest_first ? p->n - 1 - i : i;
}

static void
say_bucket(struct buf *b, const struct plan *p, const struct series *s,
    size_t i)
{
	const struct bucket *k = &s->bucket[i];
	enum figure f;

	if (is_skipped(p, k))
		return;
	member_comma(b);
	buf_text(b, "{\"time\":\"");
	clock_put(b, p->edge[i]);
	for (f = 0; f < FIGURES; f++) {
		if ((p->figures >> f & 1) == 0)
			continue;
		buf_text(b, p->before[f]);
		if (f == FIGURE_COVERAGE)
			put_short(b, coverage_of(s, p, i));
		else
			say_figure(b, f, k);
	}
	buf_byte(b, '}');
}

/* Between the time and the first figure, and from each to the next. */
static void
words(struct plan *p, struct arena *a)
{
	const char *quote = "\"";
	enum figure f;

	for (f = 0; f < FIGURES; f++) {
		if ((p->figures >> f & 1) == 0)
			continue;
		p->before[f] =
		    arena_printf(a, "%s,\"%s\":", quote, figure_names[f]);
		quote = "";
	}
}

static void
say_series(struct buf *b, const struct plan *p, const struct series *s,
    const struct sensor *sensor)
{
	size_t i;

	member_comma(b);
	buf_byte(b, '{');
	say_whose(b, sensor);
	member_name(b, "gaps");
	buf_byte(b, '[');
	say_gaps(b, &p->ask, &s->gaps, "silent");
	say_gaps(b, &p->ask, &s->lost, "damaged");
	buf_byte(b, ']');
	if (s->gaps_cut)
		member_bool(b, "moreGaps", true);
	say_grain(b, s);
	member_name(b, "buckets");
	buf_byte(b, '[');
	for (i = 0; i < p->n; i++)
		say_bucket(b, p, s, place(p, i));
	buf_text(b, "]}");
}

/* ---- as a table: a row a bucket, sensor by sensor ---- */

enum { OWN_COLUMNS = 5 }; /* before the figures; behind them is the note */

static const struct column *
columns_of(size_t *n, struct arena *a, const struct plan *p)
{
	static const struct column own[OWN_COLUMNS] = {
		{ "time", NULL, CELL_TIME },
		{ "sensor", NULL, CELL_TEXT },
		{ "sensorId", NULL, CELL_TEXT },
		{ "unit", NULL, CELL_TEXT },
		{ "kind", NULL, CELL_TEXT },
	};
	struct column *c =
	    arena_array(a, OWN_COLUMNS + FIGURES + 1, sizeof(*c));
	enum figure f;

	memcpy(c, own, sizeof(own));
	*n = OWN_COLUMNS;
	for (f = 0; f < FIGURES; f++)
		if (p->figures >> f & 1)
			c[(*n)++] =
			    (struct column){ figure_names[f], NULL, CELL_REAL };
	c[(*n)++] = (struct column){ "note", NULL, CELL_TEXT };
	return c;
}

/* A row of this sensor, with nothing in it yet but whose and when. */
static void
row_begin(struct cell *row, const struct table *t, const struct sensor *s,
    int64_t time)
{
	memset(row, 0, t->n * sizeof(*row));
	row[0] = cell_time(time);
	row[1] = cell_text(s->key);
	row[2] = cell_text(s->code);
	row[3] = cell_text(s->unit);
	row[4] = cell_text(s->kind);
}

static void
row_figures(struct cell *row, const struct plan *p, const struct series *s,
    size_t i)
{
	struct cell *v = row + OWN_COLUMNS;
	enum figure f;

	for (f = 0; f < FIGURE_COVERAGE; f++) {
		if ((p->figures >> f & 1) == 0)
			continue;
		*v = figure_of(&s->bucket[i], f);
		if (is_computed(f))
			v->real = short_real(v->real);
		v++;
	}
	if (p->figures >> FIGURE_COVERAGE & 1)
		*v = cell_real(short_real(coverage_of(s, p, i)));
}

/* What is silent or damaged: its beginning, and a note that says how far. */
static struct err *
gap_rows(struct table *t, const struct plan *p, const struct sensor *sensor,
    const struct losses *l, const char *reason)
{
	struct cell row[OWN_COLUMNS + FIGURES + 1];
	const struct ask *q = &p->ask;
	struct err *e;
	size_t i;

	for (i = 0; i < l->n; i++) {
		struct lost g = l->v[i];

		row_begin(row, t, sensor, g.from > q->from ? g.from : q->from);
		row[t->n - 1] = cell_until(t->rq->arena, reason,
		    g.to < q->to ? g.to : q->to);
		if ((e = table_row(t, row)) != NULL)
			return err_pass(e);
	}
	return NULL;
}

static struct err *
series_rows(struct table *t, const struct plan *p, const struct series *s,
    const struct sensor *sensor)
{
	struct cell row[OWN_COLUMNS + FIGURES + 1];
	struct err *e;
	size_t i, k;

	for (i = 0; i < p->n; i++) {
		k = place(p, i);
		if (is_skipped(p, &s->bucket[k]))
			continue;
		row_begin(row, t, sensor, p->edge[k]);
		row_figures(row, p, s, k);
		if ((e = table_row(t, row)) != NULL)
			return err_pass(e);
	}
	if ((e = gap_rows(t, p, sensor, &s->gaps, "silent")) != NULL ||
	    (e = gap_rows(t, p, sensor, &s->lost, "damaged")) != NULL)
		return err_pass(e);
	if (!s->gaps_cut)
		return NULL;
	row_begin(row, t, sensor, s->gaps.v[s->gaps.n - 1].to);
	row[t->n - 1] = cell_text("more is silent than is listed");
	e = table_row(t, row);
	return e != NULL ? err_pass(e) : NULL;
}

static struct err *
say_table(struct table *t, const struct plan *p, const struct series *v)
{
	struct err *e;
	size_t i;

	t->name = "buckets";
	t->file = arena_printf(t->rq->arena, "%s-aggregate", p->ask.device.key);
	t->form.zone = p->zone;
	t->column = columns_of(&t->n, t->rq->arena, p);
	if ((e = table_begin(t)) != NULL)
		return err_pass(e);
	for (i = 0; i < p->ask.n; i++)
		if ((e = series_rows(t, p, &v[i], p->ask.sensor[i])) != NULL)
			return err_pass(e);
	e = table_end(t);
	return e != NULL ? err_pass(e) : NULL;
}

static struct err *
load(struct series **out, struct req *rq, const struct plan *p)
{
	size_t n = p->ask.n;
	struct err *e;

	*out = ask_series(rq->arena, &p->ask, p->n);
	if (n > 0 && (e = store_series(*out, n, rq->tx, p->edge, p->n)) != NULL)
		return err_pass(e);
	return NULL;
}

static void
say_json(struct buf *b, struct plan *p, const struct series *v)
{
	size_t i;

	words(p, b->arena);
	*b = buf_new(b->arena, 1024 + p->n * p->ask.n * 200);
	buf_byte(b, '{');
	say_head(b, &p->ask);
	member_text(b, "zone", p->zone);
	if (p->bucket != NULL)
		member_text(b, "bucket", p->bucket);
	member_name(b, "series");
	buf_byte(b, '[');
	for (i = 0; i < p->ask.n; i++)
		say_series(b, p, &v[i], p->ask.sensor[i]);
	buf_text(b, "]}\n");
}

struct err *
api_aggregate(struct req *rq, struct res *rs)
{
	struct table t = { .rq = rq, .rs = rs };
	struct plan p = { .ask.is_folded = true };
	struct series *v;
	bool known = false;
	struct err *e;

	if ((e = form_read(&t.form, rq, FORMAT_JSON)) != NULL ||
	    (e = plan_read(&p, rq)) != NULL ||
	    (e = ask_state(&known, rq, rs, &p.ask)) != NULL)
		return err_pass(e);
	res_source(rs, p.ask.device.simulated);
	if (known)
		return NULL;
	if ((e = load(&v, rq, &p)) != NULL)
		return err_pass(e);
	ask_tag(rq, rs, &p.ask);
	if (t.form.format != FORMAT_JSON) {
		e = say_table(&t, &p, v);
		return e != NULL ? err_pass(e) : NULL;
	}
	if ((e = tx_last(rq->tx)) != NULL)
		return err_pass(e);
	say_json(&rs->body, &p, v);
	return NULL;
}
