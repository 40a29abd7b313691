/*
 * GET /api/v1/telemetry/export?format=csv|json&device=&sensor=&from=&to=
 * &layout=wide|long&delimiter=&decimal=&bom= - every reading of a span, sent
 * while it is read: memory is that of a window, for any number of rows.
 *
 * json is one object a line.  csv is RFC 4180: wide, a row an instant and a
 * column a sensor with its unit in its name, or long, a row a reading, which
 * device=all always is.  What is damaged is a row with a note.
 */
#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "cgi-bin/api/ask.h"
#include "cgi-bin/api/source.h"
#include "store/scan.h"
#include "web/member.h"

enum { WINDOW = 20000, PIECE = 64 * 1024 };

handler api_export;

enum layout { LAYOUT_WIDE, LAYOUT_LONG, LAYOUT_LINES };

struct export
{
	struct ask ask; /* of the device in hand */
	struct fleet fleet;
	bool is_all;
	enum layout layout;
	char delimiter, decimal;
	bool bom;
};

/* ---- cells of CSV ---- */

/*
 * A text cell.  What a spreadsheet would take for a formula gets an
 * apostrophe in front; quotes come where RFC 4180 wants them.
 */
static void
cell_text(struct buf *b, const struct export *x, const char *s)
{
	bool formula = *s != 0 && strchr("=+-@\t\r", *s) != NULL;
	bool quoted =
	    strpbrk(s, "\"\r\n") != NULL || strchr(s, x->delimiter) != NULL;

	if (quoted)
		buf_byte(b, '"');
	if (formula)
		buf_byte(b, '\'');
	for (; *s != 0; s++) {
		if (*s == '"')
			buf_byte(b, '"');
		buf_byte(b, (unsigned char)*s);
	}
	if (quoted)
		buf_byte(b, '"');
}

/* A number; a missing value is an empty cell. */
static void
cell_real(struct buf *b, const struct export *x, double v)
{
	size_t at = b->n;
	unsigned char *point;

	if (isnan(v))
		return;
	if (isinf(v)) {
		buf_text(b, v > 0 ? "Infinity" : "-Infinity");
		return;
	}
	member_put_real(b, v);
	point = memchr(b->p + at, '.', b->n - at);
	if (point != NULL)
		*point = (unsigned char)x->decimal;
}

static void
cell_time(struct buf *b, int64_t us)
{
	size_t at = b->n;

	say_time(b, us);
	/* The quotes are not needed here. */
	b->n -= 2;
	memmove(b->p + at, b->p + at + 1, b->n - at);
}

static void
next_cell(struct buf *b, const struct export *x)
{
	buf_byte(b, (unsigned char)x->delimiter);
}

/* ---- rows, layout by layout ---- */

static void
wide_head(struct buf *b, const struct export *x)
{
	size_t i;

	buf_text(b, "time");
	for (i = 0; i < x->ask.n; i++) {
		const struct sensor *s = x->ask.sensor[i];

		next_cell(b, x);
		cell_text(b, x,
		    *s->unit != 0
			? arena_printf(b->arena, "%s (%s)", s->key, s->unit)
			: s->key);
	}
	next_cell(b, x);
	buf_text(b, "quality");
	next_cell(b, x);
	buf_text(b, "note\r\n");
}

/* One instant from sample i on; returns where the next begins. */
static size_t
wide_row(struct buf *b, const struct export *x, const struct samples *s,
    size_t i)
{
	int64_t time = s->v[i].r.time;
	int quality = QUALITY_GOOD;
	size_t end = i, k, n;

	while (end < s->n && s->v[end].r.time == time) {
		if (s->v[end].r.quality < quality)
			quality = s->v[end].r.quality;
		end++;
	}
	cell_time(b, time);
	for (k = 0; k < x->ask.n; k++) {
		next_cell(b, x);
		for (n = i; n < end; n++)
			if (s->v[n].r.sensor == x->ask.id[k])
				cell_real(b, x, s->v[n].r.value);
	}
	next_cell(b, x);
	buf_printf(b, "%d", quality);
	next_cell(b, x);
	buf_text(b, "\r\n");
	return end;
}

static const char *const long_names[] = { "time", "device", "sensor", "value",
	"unit", "quality", "revision", "min", "max", "count", "stdDev",
	"note" };

enum { LONG_COLUMNS = sizeof(long_names) / sizeof(*long_names) };

static void
long_head(struct buf *b, const struct export *x)
{
	size_t i;

	for (i = 0; i < LONG_COLUMNS; i++) {
		if (i > 0)
			next_cell(b, x);
		buf_text(b, long_names[i]);
	}
	buf_text(b, "\r\n");
}

static size_t
long_row(struct buf *b, const struct export *x, const struct samples *all,
    size_t i)
{
	static const enum facet order[] = { FACET_MIN, FACET_MAX, FACET_COUNT,
		FACET_STDDEV };
	const struct sample *s = &all->v[i];
	const struct sensor *sensor = ask_sensor(&x->ask, s->r.sensor);
	size_t k;

	cell_time(b, s->r.time);
	next_cell(b, x);
	cell_text(b, x, x->ask.device.key);
	next_cell(b, x);
	cell_text(b, x, sensor->key);
	next_cell(b, x);
	cell_real(b, x, s->r.value);
	next_cell(b, x);
	cell_text(b, x, sensor->unit);
	next_cell(b, x);
	buf_printf(b, "%d", s->r.quality);
	next_cell(b, x);
	buf_printf(b, "%d", s->r.rev);
	for (k = 0; k < FACETS; k++) {
		next_cell(b, x);
		if (sample_has(s, order[k]))
			cell_real(b, x, s->facet[order[k]]);
	}
	next_cell(b, x);
	buf_text(b, "\r\n");
	return i + 1;
}

static size_t
lines_row(struct buf *b, const struct export *x, const struct samples *all,
    size_t i)
{
	const struct sample *s = &all->v[i];
	const struct sensor *sensor = ask_sensor(&x->ask, s->r.sensor);

	buf_text(b, "{\"time\":");
	say_time(b, s->r.time);
	member_text(b, "device", x->ask.device.key);
	member_text(b, "sensor", sensor->key);
	member_real(b, "value", s->r.value);
	member_text(b, "unit", sensor->unit);
	member_int(b, "quality", s->r.quality);
	if (s->r.rev > 0)
		member_int(b, "revision", s->r.rev);
	say_facets(b, s);
	buf_text(b, "}\n");
	return i + 1;
}

/* A span that is damaged: its beginning, and a note that says how far. */
static void
say_lost(struct buf *b, const struct export *x, struct lost lost)
{
	size_t columns =
	    x->layout == LAYOUT_WIDE ? x->ask.n + 3 : (size_t)LONG_COLUMNS;
	size_t i;

	if (x->layout == LAYOUT_LINES) {
		buf_text(b, "{\"time\":");
		say_time(b, lost.from);
		member_text(b, "device", x->ask.device.key);
		member_name(b, "to");
		say_time(b, lost.to);
		member_text(b, "gap", "damaged");
		buf_text(b, "}\n");
		return;
	}
	cell_time(b, lost.from);
	for (i = 1; i < columns; i++) {
		next_cell(b, x);
		if (i == 1 && x->layout == LAYOUT_LONG)
			cell_text(b, x, x->ask.device.key);
	}
	buf_text(b, "damaged until ");
	cell_time(b, lost.to);
	buf_text(b, "\r\n");
}

static size_t (*const rows_of[])(struct buf *, const struct export *,
    const struct samples *, size_t) = {
	[LAYOUT_WIDE] = wide_row,
	[LAYOUT_LONG] = long_row,
	[LAYOUT_LINES] = lines_row,
};

/* ---- sending ---- */

static struct err *
send_window(struct req *rq, struct res *rs, const struct export *x,
    const struct samples *s)
{
	struct err *e;
	size_t i = 0;

	while (i < s->n) {
		i = rows_of[x->layout](&rs->body, x, s, i);
		if (rs->body.n > PIECE && (e = res_flush(rq, rs)) != NULL)
			return err_pass(e);
	}
	return NULL;
}

/* Everything of the device in hand, in memory that is given back. */
static struct err *
send_device(struct req *rq, struct res *rs, const struct export *x)
{
	const struct ask *q = &x->ask;
	struct scan_of of = { q->id, q->n, q->from, q->to, WINDOW, false };
	struct arena *scratch, *before;
	struct losses lost = { 0 };
	struct samples some;
	struct scan scan;
	bool more = true;
	struct err *e;
	size_t i;

	if (q->n == 0)
		return NULL;
	if ((e = scan_begin(&scan, rq->tx, &of)) != NULL)
		return err_pass(e);
	scratch = arena_new();
	before = tx_use(rq->tx, scratch);
	while (e == NULL && more) {
		struct losses here = { 0 };

		e = scan_next(&more, &some, &here, &scan);
		if (e == NULL)
			e = send_window(rq, rs, x, &some);
		for (i = 0; i < here.n; i++)
			losses_add(&lost, rq->arena, here.v[i]);
		arena_reset(scratch);
	}
	(void)tx_use(rq->tx, before);
	arena_free(scratch);
	for (i = 0; e == NULL && i < lost.n; i++)
		say_lost(&rs->body, x, lost.v[i]);
	return e != NULL ? err_pass(e) : NULL;
}

static void
choose(struct ask *q, struct arena *a, const struct device *d)
{
	size_t i;

	q->device = *d;
	q->n = d->n;
	q->sensor = arena_array(a, d->n + 1, sizeof(*q->sensor));
	q->id = arena_array(a, d->n + 1, sizeof(*q->id));
	for (i = 0; i < d->n; i++) {
		q->sensor[i] = &d->sensors[i];
		q->id[i] = d->sensors[i].id;
	}
}

static struct err *
send_all(struct req *rq, struct res *rs, struct export *x)
{
	struct err *e;
	size_t i, k;

	for (i = 0; i < x->fleet.n; i++)
		for (k = 0; k < x->fleet.sites[i].n; k++) {
			choose(&x->ask, rq->arena,
			    &x->fleet.sites[i].devices[k]);
			if ((e = send_device(rq, rs, x)) != NULL)
				return err_pass(e);
		}
	return NULL;
}

/* ---- what is asked for ---- */

static struct err *
read_form(struct export *x, const struct req *rq)
{
	static const char *const formats[] = { "csv", "json", NULL };
	static const char *const layouts[] = { "wide", "long", NULL };
	static const char *const marks[] = { ",", ";", "tab", "|", NULL };
	static const char *const points[] = { ".", ",", NULL };
	size_t format, layout, mark, point;
	const char *said = req_query(rq, "layout");
	int64_t bom;
	struct err *e;

	if ((e = ask_word(&format, rq, "format", formats)) != NULL ||
	    (e = ask_word(&layout, rq, "layout", layouts)) != NULL ||
	    (e = ask_word(&point, rq, "decimal", points)) != NULL ||
	    (e = ask_word(&mark, rq, "delimiter", marks)) != NULL ||
	    (e = req_int(&bom, rq, "bom", 0, 0, 1)) != NULL)
		return err_pass(e);
	if (x->is_all && said != NULL && layout == 0)
		return err_raise(ERR_INPUT,
		    "layout: of all devices only long is there.", "layout");
	x->layout = format == 1		       ? LAYOUT_LINES
		    : layout == 1 || x->is_all ? LAYOUT_LONG
					       : LAYOUT_WIDE;
	x->delimiter = ",;\t|"[mark];
	x->decimal = *points[point];
	x->bom = bom == 1;
	if (req_query(rq, "delimiter") == NULL && x->decimal == ',')
		x->delimiter = ';';
	if (x->delimiter == x->decimal)
		return err_raise(ERR_INPUT,
		    "decimal: must not be the delimiter.", "decimal");
	return NULL;
}

static struct err *
read_export(struct export *x, struct req *rq)
{
	const char *device = req_query(rq, "device");
	const char **names;
	struct err *e;

	x->is_all = device != NULL && strcmp(device, "all") == 0;
	if ((e = ask_span(&x->ask, rq)) != NULL ||
	    (e = read_form(x, rq)) != NULL)
		return err_pass(e);
	if (!x->is_all) {
		e = ask_sensors(&x->ask, rq);
		return e != NULL ? err_pass(e) : NULL;
	}
	if (ask_list(&names, rq, "sensor") > 0)
		return err_raise(ERR_INPUT,
		    "sensor: not together with device=all.", "sensor");
	if ((e = fleet_load(&x->fleet, rq->tx)) != NULL)
		return err_pass(e);
	return NULL;
}

static bool
is_simulated(const struct export *x)
{
	bool simulated = !x->is_all && x->ask.device.simulated;
	size_t i, k;

	for (i = 0; i < x->fleet.n; i++)
		for (k = 0; k < x->fleet.sites[i].n; k++)
			simulated |= x->fleet.sites[i].devices[k].simulated;
	return simulated;
}

struct err *
api_export(struct req *rq, struct res *rs)
{
	struct export *x = arena_alloc(rq->arena, sizeof(*x));
	struct err *e;

	if ((e = read_export(x, rq)) != NULL)
		return err_pass(e);
	mark_source(rs, is_simulated(x));
	rs->cache = "private, no-cache";
	rs->body = buf_new(rq->arena, 2 * PIECE);
	if (x->layout == LAYOUT_LINES) {
		rs->type = "application/x-ndjson";
	} else {
		rs->type = "text/csv; charset=utf-8";
		res_header(rs, "Content-Disposition",
		    x->is_all ? "attachment; filename=\"telemetry.csv\""
			      : arena_printf(rq->arena,
				    "attachment; filename=\"%s.csv\"",
				    x->ask.device.key));
		if (x->bom)
			buf_text(&rs->body, "\xef\xbb\xbf");
		if (x->layout == LAYOUT_WIDE)
			wide_head(&rs->body, x);
		else
			long_head(&rs->body, x);
	}
	if (rq->head)
		return NULL;
	e = x->is_all ? send_all(rq, rs, x) : send_device(rq, rs, x);
	return e != NULL ? err_pass(e) : NULL;
}
