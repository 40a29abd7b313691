/*
 * GET /api/v1/telemetry/latest?device=&asset=&sensor=&format= - the newest
 * reading by its own time of every sensor: of some devices, of all at an asset
 * and below it, or of all there are; sensor= narrows it to sensors of that name
 * or code.
 */
#include <string.h>

#include "base/clock.h"
#include "base/member.h"
#include "cgi-bin/api/ask.h"
#include "cgi-bin/api/table.h"
#include "query.h"

handler api_latest;

struct wanted {
	const char **device, **sensor;
	size_t devices, sensors;
	const char *asset; /* NULL: none said */
};

static bool
is_one_of(const char *s, const char *const *v, size_t n)
{
	size_t i = 0;

	while (i < n && strcmp(v[i], s) != 0)
		i++;
	return i < n;
}

/* Both statements answer with the same columns. */
static struct err *
load(struct rows **rows, struct req *rq, const struct wanted *w)
{
	struct arg tenant = A((int)rq->who.tenant);
	struct err *e;

	if (w->devices > 0)
		e = tx_rows(rows, rq->tx, &q_latest_of,
		    ARGS(tenant, arr_text(rq->arena, w->device, w->devices),
			A(FLEET_ROWS_MAX)));
	else
		e = tx_rows(rows, rq->tx, &q_latest_below,
		    ARGS(tenant, A(w->asset), A(FLEET_ROWS_MAX)));
	return e != NULL ? err_pass(e) : NULL;
}

/* What was named must be there. */
static struct err *
check(struct req *rq, const struct rows *rows, const struct wanted *w)
{
	struct rows *asset;
	struct err *e;
	size_t i;
	int r;

	for (i = 0; i < w->devices; i++) {
		for (r = 0; r < rows_count(rows); r++)
			if (strcmp(rows_text(rows, r, LATEST_OF_DEVICE),
				w->device[i]) == 0)
				break;
		if (r == rows_count(rows))
			return err_raise(ERR_MISSING,
			    "device: there is no such device.", "%s",
			    w->device[i]);
	}
	if (w->asset == NULL)
		return NULL;
	if ((e = tx_rows(&asset, rq->tx, &q_latest_asset,
		 ARGS(A((int)rq->who.tenant), A(w->asset)))) != NULL)
		return err_pass(e);
	if (rows_count(asset) == 0)
		return err_raise(ERR_MISSING, "asset: there is no such asset.",
		    "%s", w->asset);
	return NULL;
}

static void
say(struct buf *b, const struct rows *rows, int i)
{
	member_comma(b);
	buf_byte(b, '{');
	member_text(b, "device", rows_text(rows, i, LATEST_OF_DEVICE));
	member_text(b, "sensor", rows_text(rows, i, LATEST_OF_SENSOR));
	member_text(b, "sensorId", rows_text(rows, i, LATEST_OF_CODE));
	member_name(b, "time");
	say_time(b, rows_time(rows, i, LATEST_OF_TIME));
	member_int(b, "timestamp",
	    rows_time(rows, i, LATEST_OF_TIME) / CLOCK_MS);
	member_real(b, "value", rows_real(rows, i, LATEST_OF_VALUE));
	member_text(b, "unit", rows_text(rows, i, LATEST_OF_UNIT));
	member_int(b, "quality", rows_int(rows, i, LATEST_OF_QUALITY));
	if (rows_int(rows, i, LATEST_OF_REV) > 0)
		member_int(b, "revision", rows_int(rows, i, LATEST_OF_REV));
	buf_byte(b, '}');
}

static bool
is_wanted(const struct rows *rows, int i, const struct wanted *w)
{
	return w->sensors == 0 ||
	       is_one_of(rows_text(rows, i, LATEST_OF_SENSOR), w->sensor,
		   w->sensors) ||
	       is_one_of(rows_text(rows, i, LATEST_OF_CODE), w->sensor,
		   w->sensors);
}

/* Nothing can be said of a sensor that has never been read. */
static bool
is_shown(const struct rows *rows, int i, const struct wanted *w)
{
	return is_wanted(rows, i, w) && !rows_null(rows, i, LATEST_OF_TIME);
}

/* Is there any such sensor, and is any of them simulated? */
static struct err *
mark(struct req *rq, struct res *rs, const struct rows *rows,
    const struct wanted *w)
{
	bool simulated = false, known = w->sensors == 0;
	int i;

	for (i = 0; i < rows_count(rows); i++) {
		if (!is_wanted(rows, i, w))
			continue;
		known = true;
		simulated |= rows_bool(rows, i, LATEST_OF_SIMULATED);
	}
	if (!known)
		return err_raise(ERR_MISSING,
		    "sensor: there is no such sensor.", "req %s", rq->id);
	res_source(rs, simulated);
	return NULL;
}

static void
say_all(struct buf *b, const struct rows *rows, const struct wanted *w)
{
	int i;

	buf_text(b, "{\"latest\":[");
	for (i = 0; i < rows_count(rows); i++)
		if (is_shown(rows, i, w))
			say(b, rows, i);
	buf_text(b, "]}\n");
}

static struct err *
say_row(struct table *t, const struct rows *rows, int i)
{
	const struct cell row[] = {
		cell_text(rows_text(rows, i, LATEST_OF_DEVICE)),
		cell_text(rows_text(rows, i, LATEST_OF_SENSOR)),
		cell_text(rows_text(rows, i, LATEST_OF_CODE)),
		cell_time(rows_time(rows, i, LATEST_OF_TIME)),
		cell_real(rows_real(rows, i, LATEST_OF_VALUE)),
		cell_text(rows_text(rows, i, LATEST_OF_UNIT)),
		cell_int(rows_int(rows, i, LATEST_OF_QUALITY)),
		cell_int(rows_int(rows, i, LATEST_OF_REV)),
	};
	struct err *e;

	t->is_field = !rows_bool(rows, i, LATEST_OF_SIMULATED);
	e = table_row(t, row);
	return e != NULL ? err_pass(e) : NULL;
}

static struct err *
say_table(struct table *t, const struct rows *rows, const struct wanted *w)
{
	static const struct column columns[] = {
		{ "device", NULL, CELL_TEXT },
		{ "sensor", NULL, CELL_TEXT },
		{ "sensorId", NULL, CELL_TEXT },
		{ "time", NULL, CELL_TIME },
		{ "value", NULL, CELL_REAL },
		{ "unit", NULL, CELL_TEXT },
		{ "quality", NULL, CELL_INT },
		{ "revision", NULL, CELL_INT },
	};
	struct err *e;
	int i;

	t->name = t->file = "latest";
	t->column = columns;
	t->n = sizeof(columns) / sizeof(*columns);
	if ((e = table_begin(t)) != NULL)
		return err_pass(e);
	for (i = 0; i < rows_count(rows); i++)
		if (is_shown(rows, i, w) && (e = say_row(t, rows, i)) != NULL)
			return err_pass(e);
	e = table_end(t);
	return e != NULL ? err_pass(e) : NULL;
}

struct err *
api_latest(struct req *rq, struct res *rs)
{
	const char *asset = req_query(rq, "asset");
	struct table t = { .rq = rq, .rs = rs };
	struct wanted w = { .asset = asset };
	struct rows *rows;
	struct err *e;

	w.devices = ask_list(&w.device, rq, "device");
	w.sensors = ask_list(&w.sensor, rq, "sensor");
	if (asset != NULL && *asset == 0)
		return err_raise(ERR_INPUT, "asset: this field is empty.",
		    "asset");
	if (asset != NULL && w.devices > 0)
		return err_raise(ERR_INPUT, "asset: not together with device.",
		    "asset and device");
	if ((e = form_read(&t.form, rq, FORMAT_JSON)) != NULL ||
	    (e = form_zone(&t.form, rq)) != NULL ||
	    (e = load(&rows, rq, &w)) != NULL ||
	    (e = check(rq, rows, &w)) != NULL ||
	    (e = mark(rq, rs, rows, &w)) != NULL)
		return err_pass(e);
	if (t.form.format == FORMAT_JSON)
		say_all(&rs->body, rows, &w);
	else if ((e = say_table(&t, rows, &w)) != NULL)
		return err_pass(e);
	return NULL;
}
