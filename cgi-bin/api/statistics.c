/*
 * GET /api/v1/telemetry/statistics?device=&sensor=&from=&to=&format= - avg,
 * sum, min, max and total_volume of a span, a sensor a line; of a counter the
 * volume is its way up, whatever resets lie between.
 */
#include <math.h>
#include <string.h>

#include "base/member.h"
#include "cgi-bin/api/ask.h"
#include "cgi-bin/api/table.h"
#include "store/series.h"

handler api_statistics;

/* What is said of a sensor: as members, and as columns. */
static const struct column figures[] = {
	{ "count", NULL, CELL_INT },
	{ "bad", NULL, CELL_INT },
	{ "avg", NULL, CELL_REAL },
	{ "sum", NULL, CELL_REAL },
	{ "min", NULL, CELL_REAL },
	{ "max", NULL, CELL_REAL },
	{ "stdDev", NULL, CELL_REAL },
	{ "first", NULL, CELL_REAL },
	{ "last", NULL, CELL_REAL },
	{ "total_volume", NULL, CELL_REAL },
	{ "quality", NULL, CELL_REAL },
	{ "coverage", NULL, CELL_REAL },
};

enum { FIGURES = sizeof(figures) / sizeof(*figures) };

/* In the order of the table; what there is nothing to say of is NaN. */
static void
figures_of(struct cell *v, const struct ask *q, const struct series *s)
{
	const struct bucket *k = s->bucket;
	bool none = k->count == 0;
	double volume = s->is_counter && !none ? s->increase : NAN;
	const struct cell all[FIGURES] = {
		cell_int((int64_t)k->count),
		cell_int((int64_t)k->bad),
		cell_real(none ? NAN : short_real(bucket_mean(k))),
		cell_real(none ? NAN : short_real(k->sum)),
		cell_real(none ? NAN : k->min),
		cell_real(none ? NAN : k->max),
		cell_real(none ? NAN : short_real(bucket_stddev(k))),
		cell_real(none ? NAN : k->first),
		cell_real(none ? NAN : k->last),
		cell_real(short_real(volume)),
		cell_real(k->count + k->bad == 0 ? NAN : k->quality),
		cell_real(short_real(coverage(q->from, q->to, *s->missing))),
	};

	memcpy(v, all, sizeof(all));
}

/* ---- as JSON ---- */

static void
say(struct buf *b, const struct ask *q, const struct series *s,
    const struct sensor *sensor)
{
	struct cell v[FIGURES];
	size_t i;

	figures_of(v, q, s);
	member_comma(b);
	buf_byte(b, '{');
	say_whose(b, sensor);
	for (i = 0; i < FIGURES; i++) {
		if (v[i].type == CELL_INT)
			member_int(b, figures[i].name, v[i].n);
		else
			member_real(b, figures[i].name, v[i].real);
	}
	member_name(b, "gaps");
	buf_byte(b, '[');
	say_gaps(b, q, &s->gaps, "silent");
	say_gaps(b, q, &s->lost, "damaged");
	buf_byte(b, ']');
	say_grain(b, s);
	buf_byte(b, '}');
}

static void
say_json(struct buf *b, const struct ask *q, const struct series *v)
{
	size_t i;

	buf_byte(b, '{');
	say_head(b, q);
	member_name(b, "sensors");
	buf_byte(b, '[');
	for (i = 0; i < q->n; i++)
		say(b, q, &v[i], q->sensor[i]);
	buf_text(b, "]}\n");
}

/* ---- as a table: a row a sensor, and behind it one a gap ---- */

enum place {
	OWN_COLUMNS = 6, /* whose and from when to when */
	RESOLUTION = OWN_COLUMNS + FIGURES,
	RESOLUTION_UNTIL,
	NOTE,
	COLUMNS
};

static const struct column *
columns_of(struct arena *a)
{
	static const struct column own[OWN_COLUMNS] = {
		{ "sensor", NULL, CELL_TEXT },
		{ "sensorId", NULL, CELL_TEXT },
		{ "unit", NULL, CELL_TEXT },
		{ "kind", NULL, CELL_TEXT },
		{ "from", NULL, CELL_TIME },
		{ "to", NULL, CELL_TIME },
	};
	static const struct column last[COLUMNS - RESOLUTION] = {
		{ "resolution", NULL, CELL_TEXT },
		{ "resolutionUntil", NULL, CELL_TIME },
		{ "note", NULL, CELL_TEXT },
	};
	struct column *c = arena_array(a, COLUMNS, sizeof(*c));

	memcpy(c, own, sizeof(own));
	memcpy(c + OWN_COLUMNS, figures, sizeof(figures));
	memcpy(c + RESOLUTION, last, sizeof(last));
	return c;
}

/* A row of this sensor and time, with nothing in it yet but that. */
static void
row_begin(struct cell *row, const struct sensor *s, int64_t from, int64_t to)
{
	memset(row, 0, COLUMNS * sizeof(*row));
	row[0] = cell_text(s->key);
	row[1] = cell_text(s->code);
	row[2] = cell_text(s->unit);
	row[3] = cell_text(s->kind);
	row[4] = cell_time(from);
	row[5] = cell_time(to);
}

static struct err *
gap_rows(struct table *t, const struct ask *q, const struct sensor *sensor,
    const struct losses *l, const char *reason)
{
	struct cell row[COLUMNS];
	struct err *e;
	size_t i;

	for (i = 0; i < l->n; i++) {
		struct lost g = ask_cut(q, l->v[i]);

		row_begin(row, sensor, g.from, g.to);
		row[NOTE] = cell_text(reason);
		if ((e = table_row(t, row)) != NULL)
			return err_pass(e);
	}
	return NULL;
}

static struct err *
sensor_rows(struct table *t, const struct ask *q, const struct series *s,
    const struct sensor *sensor)
{
	struct cell row[COLUMNS];
	struct err *e;

	row_begin(row, sensor, q->from, q->to);
	figures_of(row + OWN_COLUMNS, q, s);
	row[RESOLUTION] = cell_text(grain_name(s->grain));
	if (s->grain != GRAIN_READING)
		row[RESOLUTION_UNTIL] = cell_time(s->grain_to);
	if ((e = table_row(t, row)) != NULL ||
	    (e = gap_rows(t, q, sensor, &s->gaps, "silent")) != NULL ||
	    (e = gap_rows(t, q, sensor, &s->lost, "damaged")) != NULL)
		return err_pass(e);
	if (!s->gaps_cut)
		return NULL;
	row_begin(row, sensor, s->gaps.v[s->gaps.n - 1].to, q->to);
	row[NOTE] = cell_text("more is silent than is listed");
	e = table_row(t, row);
	return e != NULL ? err_pass(e) : NULL;
}

static struct err *
say_table(struct table *t, const struct ask *q, const struct series *v)
{
	struct err *e;
	size_t i;

	t->name = "statistics";
	t->file = arena_printf(t->rq->arena, "%s-statistics", q->device.key);
	t->column = columns_of(t->rq->arena);
	t->n = COLUMNS;
	if ((e = table_begin(t)) != NULL)
		return err_pass(e);
	for (i = 0; i < q->n; i++)
		if ((e = sensor_rows(t, q, &v[i], q->sensor[i])) != NULL)
			return err_pass(e);
	e = table_end(t);
	return e != NULL ? err_pass(e) : NULL;
}

/* ---- the whole ---- */

static struct err *
load(struct series **out, struct req *rq, const struct ask *q)
{
	int64_t edge[2];
	struct err *e;
	size_t i;

	edges_even(edge, 1, q->from, q->to);
	*out = ask_series(rq->arena, q, 1);
	for (i = 0; i < q->n; i++)
		(*out)[i].is_counter =
		    strcmp(q->sensor[i]->kind, "counter") == 0;
	if (q->n > 0 && (e = store_series(*out, q->n, rq->tx, edge, 1)) != NULL)
		return err_pass(e);
	return NULL;
}

struct err *
api_statistics(struct req *rq, struct res *rs)
{
	struct table t = { .rq = rq, .rs = rs };
	struct ask q = { .is_folded = true };
	struct series *v;
	bool known = false;
	struct err *e;

	if ((e = form_read(&t.form, rq, FORMAT_JSON)) != NULL ||
	    (e = form_zone(&t.form, rq)) != NULL ||
	    (e = ask_span(&q, rq)) != NULL ||
	    (e = ask_sensors(&q, rq)) != NULL ||
	    (e = ask_known(&known, rq, rs, &q)) != NULL)
		return err_pass(e);
	res_source(rs, q.device.simulated);
	if (known)
		return NULL;
	if ((e = load(&v, rq, &q)) != NULL)
		return err_pass(e);
	if (t.form.format == FORMAT_JSON)
		say_json(&rs->body, &q, v);
	else if ((e = say_table(&t, &q, v)) != NULL)
		return err_pass(e);
	return NULL;
}
