/*
 * GET /api/v1/telemetry/export?format=csv|json|xlsx&device=&sensor=&from=&to=
 * &layout=wide|long&delimiter=&decimal=&bom=&zone= - every reading of a span,
 * sent while it is read: memory is that of a window, for any number of rows.
 *
 * json is one object a line.  csv and xlsx are wide, a row an instant and a
 * column a sensor with its unit in its name, or long, a row a reading, which
 * device=all always is.  What is damaged is a row with a note.
 */
#include <string.h>

#include "base/clock.h"
#include "cgi-bin/api/ask.h"
#include "cgi-bin/api/source.h"
#include "cgi-bin/api/table.h"
#include "model/audit.h"
#include "store/scan.h"

enum { WINDOW = 20000 };

handler api_export;

enum layout { LAYOUT_WIDE, LAYOUT_LONG, LAYOUT_LINES };

struct export
{
	struct ask ask; /* of the device in hand */
	struct fleet fleet;
	bool is_all;
	enum layout layout;
	struct table table;
	struct cell *cell; /* of a row */
};

/* ---- rows, layout by layout ---- */

static struct err *
wide_row(size_t *next, struct export *x, const struct samples *s, size_t i)
{
	struct cell *v = x->cell;
	int64_t time = s->v[i].r.time;
	int quality = QUALITY_GOOD;
	size_t end = i, k, n;
	struct err *e;

	memset(v, 0, x->table.n * sizeof(*v));
	while (end < s->n && s->v[end].r.time == time) {
		if (s->v[end].r.quality < quality)
			quality = s->v[end].r.quality;
		end++;
	}
	v[0] = cell_time(time);
	for (k = 0; k < x->ask.n; k++)
		for (n = i; n < end; n++)
			if (s->v[n].r.sensor == x->ask.id[k])
				v[1 + k] = cell_real(s->v[n].r.value);
	v[1 + k] = cell_int(quality);
	*next = end;
	e = table_row(&x->table, v);
	return e != NULL ? err_pass(e) : NULL;
}

/* What a reading has: in long rows, and in lines. */
enum reading_column {
	COLUMN_TIME,
	COLUMN_DEVICE,
	COLUMN_SENSOR,
	COLUMN_VALUE,
	COLUMN_UNIT,
	COLUMN_QUALITY,
	COLUMN_REVISION,
	COLUMN_FACETS, /* in the order of enum facet */
	READING_COLUMNS = COLUMN_FACETS + FACETS
};

static const struct column reading_columns[READING_COLUMNS] = {
	[COLUMN_TIME] = { "time", NULL, CELL_TIME },
	[COLUMN_DEVICE] = { "device", NULL, CELL_TEXT },
	[COLUMN_SENSOR] = { "sensor", NULL, CELL_TEXT },
	[COLUMN_VALUE] = { "value", NULL, CELL_REAL },
	[COLUMN_UNIT] = { "unit", NULL, CELL_TEXT },
	[COLUMN_QUALITY] = { "quality", NULL, CELL_INT },
	[COLUMN_REVISION] = { "revision", NULL, CELL_INT },
	[COLUMN_FACETS + FACET_MIN] = { "min", NULL, CELL_REAL },
	[COLUMN_FACETS + FACET_MAX] = { "max", NULL, CELL_REAL },
	[COLUMN_FACETS + FACET_COUNT] = { "count", NULL, CELL_REAL },
	[COLUMN_FACETS + FACET_STDDEV] = { "stdDev", NULL, CELL_REAL },
	[COLUMN_FACETS + FACET_DECIMALS] = { "decimals", NULL, CELL_REAL },
};

/* And what stands behind it; a line has no cell that says nothing. */
enum { LONG_NOTE = READING_COLUMNS, LONG_COLUMNS };
enum { LINE_AVG = READING_COLUMNS, LINE_TO, LINE_GAP, LINE_COLUMNS };

static const struct column long_end[] = { { "note", NULL, CELL_TEXT } };
static const struct column line_end[] = {
	{ "avg", NULL, CELL_REAL },
	{ "to", NULL, CELL_TIME },
	{ "gap", NULL, CELL_TEXT },
};

/* A reading; the cells that long rows and lines have in common. */
static struct cell *
reading_cells(struct export *x, const struct sample *s)
{
	const struct sensor *sensor =
	    x->ask.sensor[ask_place(&x->ask, s->r.sensor)];
	struct cell *v = x->cell;
	enum facet f;

	memset(v, 0, x->table.n * sizeof(*v));
	v[COLUMN_TIME] = cell_time(s->r.time);
	v[COLUMN_DEVICE] = cell_text(x->ask.device.key);
	v[COLUMN_SENSOR] = cell_text(sensor->key);
	v[COLUMN_VALUE] = cell_real(s->r.value);
	v[COLUMN_UNIT] = cell_text(sensor->unit);
	v[COLUMN_QUALITY] = cell_int(s->r.quality);
	for (f = 0; f < FACETS; f++)
		if (sample_has(s, f))
			v[COLUMN_FACETS + f] = cell_real(s->facet[f]);
	return v;
}

static struct err *
long_row(size_t *next, struct export *x, const struct samples *s, size_t i)
{
	struct cell *v = reading_cells(x, &s->v[i]);
	struct err *e;

	v[COLUMN_REVISION] = cell_int(s->v[i].r.rev);
	*next = i + 1;
	e = table_row(&x->table, v);
	return e != NULL ? err_pass(e) : NULL;
}

static struct err *
lines_row(size_t *next, struct export *x, const struct samples *s, size_t i)
{
	struct cell *v = reading_cells(x, &s->v[i]);
	struct err *e;

	if (s->v[i].r.rev > 0)
		v[COLUMN_REVISION] = cell_int(s->v[i].r.rev);
	if (sample_has(&s->v[i], FACET_COUNT))
		v[LINE_AVG] = cell_real(s->v[i].r.value);
	*next = i + 1;
	e = table_row(&x->table, v);
	return e != NULL ? err_pass(e) : NULL;
}

/* A span that is damaged: its beginning, and a note that says how far. */
static struct err *
lost_row(struct export *x, struct lost lost)
{
	struct cell *v = x->cell;
	struct err *e;

	memset(v, 0, x->table.n * sizeof(*v));
	v[0] = cell_time(lost.from);
	if (x->layout != LAYOUT_WIDE)
		v[COLUMN_DEVICE] = cell_text(x->ask.device.key);
	if (x->layout == LAYOUT_LINES) {
		v[LINE_TO] = cell_time(lost.to);
		v[LINE_GAP] = cell_text("damaged");
	} else {
		v[x->table.n - 1] =
		    cell_until(x->table.rq->arena, "damaged", lost.to);
	}
	e = table_row(&x->table, v);
	return e != NULL ? err_pass(e) : NULL;
}

/* The row of sample i, and where the next begins. */
typedef struct err *row_of(size_t *next, struct export *,
    const struct samples *, size_t i);

static row_of *const rows_of[] = {
	[LAYOUT_WIDE] = wide_row,
	[LAYOUT_LONG] = long_row,
	[LAYOUT_LINES] = lines_row,
};

/* ---- sending ---- */

static struct err *
send_window(struct export *x, const struct samples *s)
{
	struct err *e = NULL;
	size_t i = 0;

	while (i < s->n && e == NULL)
		e = rows_of[x->layout](&i, x, s, i);
	return e != NULL ? err_pass(e) : NULL;
}

/* Everything of the device in hand, in memory that is given back. */
static struct err *
send_device(struct export *x)
{
	const struct ask *q = &x->ask;
	struct req *rq = x->table.rq;
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
			e = send_window(x, &some);
		for (i = 0; i < here.n; i++)
			losses_add(&lost, rq->arena, here.v[i]);
		arena_reset(scratch);
	}
	(void)tx_use(rq->tx, before);
	arena_free(scratch);
	for (i = 0; e == NULL && i < lost.n; i++)
		e = lost_row(x, lost.v[i]);
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
send_all(struct export *x)
{
	struct err *e;
	size_t i, k;

	for (i = 0; i < x->fleet.n; i++)
		for (k = 0; k < x->fleet.sites[i].n; k++) {
			choose(&x->ask, x->table.rq->arena,
			    &x->fleet.sites[i].devices[k]);
			x->table.is_field = !x->ask.device.simulated;
			if ((e = send_device(x)) != NULL)
				return err_pass(e);
		}
	return NULL;
}

/* ---- what is asked for ---- */

static struct err *
read_form(struct export *x, const struct req *rq)
{
	static const char *const layouts[] = { "wide", "long", NULL };
	const char *said = req_query(rq, "layout");
	struct err *e;
	size_t layout;

	if ((e = form_read(&x->table.form, rq, FORMAT_CSV)) != NULL ||
	    (e = form_zone(&x->table.form, rq)) != NULL ||
	    (e = ask_word(&layout, rq, "layout", layouts)) != NULL)
		return err_pass(e);
	if (x->is_all && said != NULL && layout == 0)
		return err_raise(ERR_INPUT,
		    "layout: of all devices only long is there.", "layout");
	x->layout = x->table.form.format == FORMAT_JSON ? LAYOUT_LINES
		    : layout == 1 || x->is_all		? LAYOUT_LONG
							: LAYOUT_WIDE;
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
	return x->is_all ? fleet_simulated(&x->fleet) : x->ask.device.simulated;
}

/* A column a sensor. */
static const struct column *
wide_columns(struct arena *a, const struct ask *q)
{
	struct column *c = arena_array(a, q->n + 3, sizeof(*c));
	size_t i;

	c[0] = (struct column){ "time", NULL, CELL_TIME };
	for (i = 0; i < q->n; i++)
		c[1 + i] = (struct column){ q->sensor[i]->key,
			q->sensor[i]->unit, CELL_REAL };
	c[1 + i] = (struct column){ "quality", NULL, CELL_INT };
	c[2 + i] = (struct column){ "note", NULL, CELL_TEXT };
	return c;
}

/* Those of a reading and this end, n together. */
static const struct column *
columns_and(const struct column *end, size_t n, struct arena *a)
{
	struct column *c = arena_array(a, n, sizeof(*c));

	memcpy(c, reading_columns, sizeof(reading_columns));
	memcpy(c + READING_COLUMNS, end, (n - READING_COLUMNS) * sizeof(*end));
	return c;
}

static void
set_columns(struct export *x, struct arena *a)
{
	struct table *t = &x->table;

	t->name = "readings";
	t->file = x->is_all ? "telemetry" : x->ask.device.key;
	switch (x->layout) {
	case LAYOUT_WIDE:
		t->column = wide_columns(a, &x->ask);
		t->n = x->ask.n + 3;
		break;
	case LAYOUT_LONG:
		t->n = LONG_COLUMNS;
		t->column = columns_and(long_end, t->n, a);
		break;
	case LAYOUT_LINES:
		t->n = LINE_COLUMNS;
		t->column = columns_and(line_end, t->n, a);
		break;
	}
	x->cell = arena_array(a, t->n, sizeof(*x->cell));
}

/*
 * Who takes readings away is written down before the first of them is sent:
 * who hangs up has had them, too.
 */
static struct err *
note(const struct export *x, struct req *rq)
{
	struct arena *a = rq->arena;
	struct err *e;

	if ((e = audit_put(rq->tx, "export.telemetry",
		 arena_printf(a, "device:%s",
		     x->is_all ? "all" : x->ask.device.key),
		 arena_printf(a, "{\"from\": \"%s\", \"to\": \"%s\"}",
		     clock_iso(a, x->ask.from), clock_iso(a, x->ask.to)))) !=
		NULL ||
	    (e = req_commit(rq, TX_READ)) != NULL)
		return err_pass(e);
	return NULL;
}

struct err *
api_export(struct req *rq, struct res *rs)
{
	struct export *x = arena_alloc(rq->arena, sizeof(*x));
	struct err *e;

	/* Who sees more than that would carry the whole tenant away. */
	if (!can_has(rq->who.wide, CAN_EXPORTS_READ) && !who_scoped(&rq->who))
		return err_raise(ERR_FORBIDDEN, "You may not do that.",
		    "%s below an asset only", can_name(CAN_EXPORTS_READ));
	x->table.rq = rq;
	x->table.rs = rs;
	if ((e = read_export(x, rq)) != NULL)
		return err_pass(e);
	res_source(rs, is_simulated(x));
	rs->cache = "private, no-cache";
	set_columns(x, rq->arena);
	if (!rq->head && (e = note(x, rq)) != NULL)
		return err_pass(e);
	if ((e = table_begin(&x->table)) != NULL)
		return err_pass(e);
	if (rq->head)
		return NULL;
	if ((e = x->is_all ? send_all(x) : send_device(x)) != NULL ||
	    (e = table_end(&x->table)) != NULL)
		return err_pass(e);
	return NULL;
}
