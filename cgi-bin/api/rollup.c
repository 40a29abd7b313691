/*
 * GET /api/v1/telemetry/rollup?device=&sensor=&unit=hour|day&from=&to=&order=
 * &format= - hours or days of the site's clocks as they were rolled up, those
 * that begin in the span.  A bucket for which something has come that is not
 * in it yet says so, also when it has no row at all.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/env.h"
#include "base/member.h"
#include "base/zone.h"
#include "cgi-bin/api/ask.h"
#include "cgi-bin/api/table.h"
#include "store/rollup.h"

enum {
	ROWS_MAX = 50000, /* buckets of all sensors in an answer */
	YEARS_MAX = 20,
	HOURS = 24, /* so many, when nobody says from when */
	DAYS = 30
};

handler api_rollup;

/* What a row says: as a member, and as a column. */
static const struct {
	const char *name;
	struct column column;
} figures[] = {
	/* clang-format off */
	{ "count",    { "count",    NULL, CELL_INT } },
	{ "bad",      { "bad",      NULL, CELL_INT } },
	{ "min",      { "min",      NULL, CELL_REAL } },
	{ "max",      { "max",      NULL, CELL_REAL } },
	{ "avg",      { "avg",      NULL, CELL_REAL } },
	{ "sum",      { "sum",      NULL, CELL_REAL } },
	{ "stdDev",   { "stdDev",   NULL, CELL_REAL } },
	{ "first",    { "first",    NULL, CELL_REAL } },
	{ "firstAt",  { "firstAt",  NULL, CELL_TIME } },
	{ "last",     { "last",     NULL, CELL_REAL } },
	{ "lastAt",   { "lastAt",   NULL, CELL_TIME } },
	{ "quality",  { "quality",  NULL, CELL_INT } },
	{ "held_s",   { "held",     "s",  CELL_REAL } },
	{ "twa",      { "twa",      NULL, CELL_REAL } },
	{ "integral", { "integral", NULL, CELL_REAL } },
	{ "increase", { "increase", NULL, CELL_REAL } },
	{ "resets",   { "resets",   NULL, CELL_INT } },
	/* clang-format on */
};

enum { FIGURES = sizeof(figures) / sizeof(*figures) };

struct plan {
	struct ask ask;
	enum unit unit;
	struct rollup_query of;
	struct rollup_cover *cover; /* of each sensor, */
	struct rollup_lines *lines; /* and its buckets */
};

/* ---- what is asked for ---- */

/* Without a beginning it is 24 hours or 30 days. */
static struct err *
check_span(struct plan *p, const struct req *rq)
{
	struct ask *q = &p->ask;
	bool days = p->unit == UNIT_DAY;
	int64_t width = days ? CLOCK_DAY : CLOCK_HOUR;

	if (!ask_said(rq, "from"))
		q->from = calendar_floor(p->unit,
		    q->to - 1 - ((days ? DAYS : HOURS) - 1) * width);
	if (q->to - q->from > YEARS_MAX * 366 * CLOCK_DAY)
		return err_say(err_raise(ERR_INPUT, "", "more than %d years",
				   YEARS_MAX),
		    "from: more than %d years before to.", YEARS_MAX);
	if ((q->to - q->from) / width * (int64_t)q->n > ROWS_MAX)
		return err_say(err_raise(ERR_INPUT, "", "more than %d rows",
				   ROWS_MAX),
		    "from: more than %d rows, counting those of every sensor; "
		    "want a shorter span, fewer sensors%s.",
		    ROWS_MAX, days ? "" : " or unit=day");
	return NULL;
}

static struct err *
plan_read(struct plan *p, struct req *rq)
{
	static const char *const units[] = { "hour", "day", NULL };
	struct ask *q = &p->ask;
	struct err *e;
	size_t unit;

	if ((e = ask_word(&unit, rq, "unit", units)) != NULL ||
	    (e = ask_span(q, rq)) != NULL || (e = ask_sensors(q, rq)) != NULL)
		return err_pass(e);
	p->unit = unit == 0 ? UNIT_HOUR : UNIT_DAY;
	zone_use(q->site.zone);
	if ((e = check_span(p, rq)) != NULL)
		return err_pass(e);
	/* The last bucket may end behind the span. */
	q->is_closed =
	    q->is_closed && calendar_next(p->unit, q->to - 1) <= env_now();
	p->of = (struct rollup_query){ .sensor = q->id,
		.n = q->n,
		.unit = p->unit,
		.from = q->from,
		.to = q->to,
		.limit = ROLLUP_READ_MAX };
	return NULL;
}

/* How far the answer itself is rolled up, or NEVER. */
static int64_t
rolled_until(const struct plan *p, size_t i)
{
	int64_t upto = p->cover[i].upto;

	return upto < p->ask.to ? upto : p->ask.to;
}

static void
put_windows(struct buf *b, const struct windows *w)
{
	size_t i;

	for (i = 0; i < w->n; i++)
		buf_printf(b, " %lld-%lld", (long long)w->v[i].from,
		    (long long)w->v[i].to);
}

/* Of a closed span, the rows and all else that the answer says. */
static struct err *
known_already(bool *known, struct req *rq, struct res *rs, const struct plan *p)
{
	const char *state;
	struct buf about;
	struct err *e;
	size_t i;

	*known = false;
	rs->cache = "private, no-cache";
	if (!p->ask.is_closed)
		return NULL;
	about = buf_new(rq->arena, 512);
	buf_text(&about, ask_about(rq->arena, &p->ask));
	for (i = 0; i < p->ask.n; i++) {
		buf_printf(&about, " %d %lld", p->cover[i].is_remade,
		    (long long)rolled_until(p, i));
		put_windows(&about, &p->cover[i].waits);
		buf_text(&about, " lost");
		put_windows(&about, &p->cover[i].lost);
	}
	if ((e = rollup_state(&state, rq->tx, &p->of, (const char *)about.p)) !=
	    NULL)
		return err_pass(e);
	*known = etag_known(rq, rs, state);
	return NULL;
}

/* ---- buckets ---- */

static struct err *
load(struct req *rq, struct plan *p)
{
	struct rollup_parts *of = arena_array(rq->arena, p->ask.n, sizeof(*of));
	struct rollups all;
	struct err *e;
	size_t i, k;

	if ((e = rollup_read(&all, rq->tx, &p->of)) != NULL)
		return err_pass(e);
	for (i = k = 0; i < all.n; i++) {
		if (i == 0 || all.v[i].sensor != all.v[i - 1].sensor) {
			for (k = 0; p->ask.id[k] != all.v[i].sensor;)
				k++;
			of[k].rows.v = &all.v[i];
		}
		of[k].rows.n++;
	}
	p->lines = arena_array(rq->arena, p->ask.n, sizeof(*p->lines));
	for (i = 0; i < p->ask.n; i++) {
		of[i].query = &p->of;
		of[i].cover = &p->cover[i];
		of[i].now = env_now();
		rollup_weave(&p->lines[i], rq->arena, &of[i]);
	}
	return NULL;
}

/* The i-th line of a sensor in the order that is asked for. */
static const struct rollup_line *
line_at(const struct plan *p, const struct rollup_lines *l, size_t i)
{
	return &l->v[p->ask.newest_first ? l->n - 1 - i : i];
}

/* ---- figures ---- */

/* Nothing is null, or an empty cell. */
static struct cell
real_if(bool there, double v)
{
	return cell_real(there ? v : NAN);
}

static struct cell
time_if(bool there, int64_t us)
{
	return there ? cell_time(us) : cell_real(NAN);
}

/* In the order of the table; what the kind does not have is no cell. */
static void
figures_of(struct cell *v, const struct rollup *r, const char *kind)
{
	bool counts = strcmp(kind, "counter") == 0, any = r->count > 0;
	bool flows = strcmp(kind, "gauge") == 0;
	const struct cell all[FIGURES] = {
		cell_int(r->count),
		cell_int(r->bad),
		real_if(any, r->min),
		real_if(any, r->max),
		real_if(any, short_real(rollup_mean(r))),
		real_if(any, short_real(r->sum)),
		real_if(any, short_real(rollup_stddev(r))),
		real_if(any, r->first),
		time_if(any, r->first_at),
		real_if(any, r->last),
		time_if(any, r->last_at),
		real_if(r->count + r->bad > 0, r->quality),
		cell_real((double)r->held / (double)CLOCK_S),
		real_if(r->held > 0, short_real(rollup_twa(r))),
		flows ? real_if(r->held > 0, short_real(rollup_hours(r)))
		      : cell_text(NULL),
		counts ? cell_real(short_real(r->increase)) : cell_text(NULL),
		counts ? cell_int(r->resets) : cell_text(NULL),
	};

	memcpy(v, all, sizeof(all));
}

/* {"0":1800,"1":1800}: how many seconds each state held. */
static void
put_states(struct buf *b, const struct rollup *r)
{
	size_t i;

	buf_byte(b, '{');
	for (i = 0; i < r->stays; i++) {
		double state = r->stay[i].state;

		member_comma(b);
		buf_byte(b, '"');
		if (isfinite(state))
			member_put_real(b, state);
		else
			buf_text(b, isnan(state) ? "other"
				    : state > 0	 ? "Infinity"
						 : "-Infinity");
		buf_text(b, "\":");
		member_put_real(b, (double)r->stay[i].us / (double)CLOCK_S);
	}
	buf_byte(b, '}');
}

static double
hours(const struct rollup_line *l)
{
	return (double)(l->end - l->start) / (double)CLOCK_HOUR;
}

/* ---- as JSON ---- */

/* An edge; that of a day as the clocks of the site show it. */
static void
say_edge(struct buf *b, const char *name, enum unit unit, int64_t us)
{
	int64_t minutes;

	member_name(b, name);
	if (unit == UNIT_HOUR) {
		say_time(b, us);
		return;
	}
	minutes = zone_offset(us) / CLOCK_MIN;
	buf_printf(b, "\"%s%c%02d:%02d\"",
	    zone_text(b->arena, "%Y-%m-%dT%H:%M:%S", us),
	    minutes < 0 ? '-' : '+', abs((int)minutes) / 60,
	    abs((int)minutes) % 60);
}

static void
say_figures(struct buf *b, const struct rollup *r, const char *kind)
{
	struct cell v[FIGURES];
	size_t i;

	figures_of(v, r, kind);
	for (i = 0; i < FIGURES; i++) {
		if (v[i].type == CELL_NONE)
			continue;
		member_name(b, figures[i].name);
		if (v[i].type == CELL_INT)
			buf_printf(b, "%lld", (long long)v[i].n);
		else if (v[i].type == CELL_TIME)
			say_time(b, v[i].n);
		else
			member_put_real(b, v[i].real);
	}
	if (strcmp(kind, "state") == 0) {
		member_name(b, "states");
		put_states(b, r);
	}
}

static void
say_line(struct buf *b, const struct plan *p, const struct rollup_line *l,
    const char *kind)
{
	member_comma(b);
	buf_byte(b, '{');
	say_edge(b, "time", p->unit, l->start);
	say_edge(b, "end", p->unit, l->end);
	if (p->unit == UNIT_DAY)
		member_real(b, "hours", hours(l));
	if (l->r != NULL)
		say_figures(b, l->r, kind);
	if (l->is_pending)
		member_bool(b, "pending", true);
	if (l->is_damaged)
		member_bool(b, "damaged", true);
	buf_byte(b, '}');
}

static void
say_series(struct buf *b, const struct plan *p, size_t i)
{
	const struct sensor *s = p->ask.sensor[i];
	int64_t until = rolled_until(p, i);
	size_t k;

	member_comma(b);
	buf_byte(b, '{');
	member_text(b, "sensor", s->key);
	member_text(b, "sensorId", s->code);
	member_text(b, "unit", s->unit);
	member_text(b, "kind", s->kind);
	member_text(b, "rolledUntil",
	    until == ROLLUP_NEVER ? NULL : clock_iso(b->arena, until));
	member_name(b, "buckets");
	buf_byte(b, '[');
	for (k = 0; k < p->lines[i].n; k++)
		say_line(b, p, line_at(p, &p->lines[i], k), s->kind);
	buf_text(b, "]}");
}

static void
say_json(struct buf *b, const struct plan *p)
{
	size_t i;

	buf_byte(b, '{');
	say_head(b, &p->ask);
	member_text(b, "zone", p->ask.site.zone);
	member_text(b, "bucket", p->unit == UNIT_DAY ? "day" : "hour");
	member_name(b, "series");
	buf_byte(b, '[');
	for (i = 0; i < p->ask.n; i++)
		say_series(b, p, i);
	buf_text(b, "]}\n");
}

/* ---- as a table: a row a bucket, sensor by sensor ---- */

enum { OWN_COLUMNS = 7, LAST_COLUMNS = 3 }; /* around the figures */

static void
columns_of(struct table *t)
{
	static const struct column own[OWN_COLUMNS] = {
		{ "time", NULL, CELL_TIME },
		{ "end", NULL, CELL_TIME },
		{ "length", "h", CELL_REAL },
		{ "sensor", NULL, CELL_TEXT },
		{ "sensorId", NULL, CELL_TEXT },
		{ "unit", NULL, CELL_TEXT },
		{ "kind", NULL, CELL_TEXT },
	};
	static const struct column last[LAST_COLUMNS] = {
		{ "states", "s", CELL_TEXT },
		{ "pending", NULL, CELL_BOOL },
		{ "damaged", NULL, CELL_BOOL },
	};
	struct column *c;
	size_t i;

	t->n = OWN_COLUMNS + FIGURES + LAST_COLUMNS;
	c = arena_array(t->rq->arena, t->n, sizeof(*c));
	memcpy(c, own, sizeof(own));
	for (i = 0; i < FIGURES; i++)
		c[OWN_COLUMNS + i] = figures[i].column;
	memcpy(c + OWN_COLUMNS + FIGURES, last, sizeof(last));
	t->column = c;
}

static struct err *
line_row(struct table *t, const struct rollup_line *l, const struct sensor *s)
{
	struct cell row[OWN_COLUMNS + FIGURES + LAST_COLUMNS] = { cell_time(
								      l->start),
		cell_time(l->end), cell_real(hours(l)), cell_text(s->key),
		cell_text(s->code), cell_text(s->unit), cell_text(s->kind) };
	struct cell *v = row + OWN_COLUMNS;
	struct buf states;
	struct err *e;

	if (l->r != NULL)
		figures_of(v, l->r, s->kind);
	v += FIGURES;
	if (l->r != NULL && strcmp(s->kind, "state") == 0) {
		states = buf_new(t->rq->arena, 64);
		put_states(&states, l->r);
		v[0] = cell_text((const char *)states.p);
	}
	v[1] = cell_bool(l->is_pending);
	v[2] = cell_bool(l->is_damaged);
	e = table_row(t, row);
	return e != NULL ? err_pass(e) : NULL;
}

static struct err *
say_table(struct table *t, const struct plan *p)
{
	struct err *e;
	size_t i, k;

	t->name = p->unit == UNIT_DAY ? "days" : "hours";
	t->file =
	    arena_printf(t->rq->arena, "%s-%s", p->ask.device.key, t->name);
	columns_of(t);
	if ((e = table_begin(t)) != NULL)
		return err_pass(e);
	for (i = 0; i < p->ask.n; i++)
		for (k = 0; k < p->lines[i].n; k++)
			if ((e = line_row(t, line_at(p, &p->lines[i], k),
				 p->ask.sensor[i])) != NULL)
				return err_pass(e);
	e = table_end(t);
	return e != NULL ? err_pass(e) : NULL;
}

struct err *
api_rollup(struct req *rq, struct res *rs)
{
	struct table t = { .rq = rq, .rs = rs };
	struct plan p = { .unit = UNIT_HOUR };
	bool known = false;
	struct err *e;

	if ((e = form_read(&t.form, rq, FORMAT_JSON)) != NULL ||
	    (e = form_zone(&t.form, rq)) != NULL ||
	    (e = plan_read(&p, rq)) != NULL)
		return err_pass(e);
	p.cover = arena_array(rq->arena, p.ask.n, sizeof(*p.cover));
	if ((e = rollup_cover(p.cover, rq->tx, &p.of,
		 device_silence(&p.ask.device))) != NULL ||
	    (e = known_already(&known, rq, rs, &p)) != NULL)
		return err_pass(e);
	res_source(rs, p.ask.device.simulated);
	if (known)
		return NULL;
	if ((e = load(rq, &p)) != NULL)
		return err_pass(e);
	if (!ask_said(rq, "zone"))
		t.form.zone = p.ask.site.zone;
	if (t.form.format == FORMAT_JSON)
		say_json(&rs->body, &p);
	else if ((e = say_table(&t, &p)) != NULL)
		return err_pass(e);
	return NULL;
}
