/*
 * GET /api/v1/devices?format= - every device with its sensors and latest
 * values; as a table a row a sensor, and one for a device that has none.
 * GET /api/devices - the same in the shape of the FluxIO document.
 */
#include <string.h>

#include "base/clock.h"
#include "base/member.h"
#include "cgi-bin/api/source.h"
#include "cgi-bin/api/table.h"
#include "web/web.h"

handler api_devices;
handler api_flux_devices;

typedef void say_device(struct buf *, const struct site *,
    const struct device *);

static const char *
iso(struct arena *a, int64_t us)
{
	return us != 0 ? clock_iso(a, us) : NULL;
}

static const char *
or_null(const char *s)
{
	return *s != 0 ? s : NULL;
}

static void
say_sensor(struct buf *b, const struct sensor *s)
{
	member_comma(b);
	buf_byte(b, '{');
	member_text(b, "sensor", s->key);
	member_text(b, "sensorId", s->code);
	member_text(b, "name", s->name);
	member_text(b, "unit", s->unit);
	member_text(b, "kind", s->kind);
	if (s->known) {
		member_text(b, "time", clock_iso(b->arena, s->latest.time));
		member_real(b, "value", s->latest.value);
		member_int(b, "quality", s->latest.quality);
	}
	buf_byte(b, '}');
}

static void
say_native(struct buf *b, const struct site *i, const struct device *d)
{
	size_t k;

	buf_byte(b, '{');
	member_text(b, "device", d->key);
	member_text(b, "name", d->name);
	member_text(b, "kind", d->kind);
	member_text(b, "site", i->key);
	member_text(b, "zone", i->zone);
	member_text(b, "asset", or_null(d->asset));
	member_text(b, "asset_type", or_null(d->asset_type));
	member_text(b, "gateway", or_null(d->gateway));
	member_text(b, "manufacturer", or_null(d->manufacturer));
	member_text(b, "profile", or_null(d->profile));
	member_text(b, "modbus", or_null(d->modbus));
	member_text(b, "state", d->state);
	member_text(b, "last_seen", iso(b->arena, d->seen));
	member_real(b, "period_s", d->period_s);
	member_text(b, "uplink_quality", d->quality);
	member_bool(b, "simulated", d->simulated);
	member_text(b, "created_at", clock_iso(b->arena, d->created));
	member_name(b, "metadata");
	buf_text(b, d->metadata);
	member_name(b, "sensors");
	buf_byte(b, '[');
	for (k = 0; k < d->n; k++)
		say_sensor(b, &d->sensors[k]);
	buf_text(b, "]}");
}

/* devices joined with their latest flow data. */
static void
say_fluxio(struct buf *b, const struct site *i, const struct device *d)
{
	int64_t newest = 0;
	size_t k;

	buf_byte(b, '{');
	member_text(b, "device_id", d->key);
	member_text(b, "device_name", d->name);
	member_text(b, "location", i->name);
	member_text(b, "status",
	    strcmp(d->state, "online") == 0 ? "online" : "offline");
	member_text(b, "last_seen", iso(b->arena, d->seen));
	member_bool(b, "simulated", d->simulated);
	member_name(b, "metadata");
	buf_text(b, d->metadata);
	member_name(b, "latest_data");
	buf_byte(b, '{');
	for (k = 0; k < d->n; k++) {
		const struct sensor *s = &d->sensors[k];

		if (!s->known)
			continue;
		member_real(b, s->key, s->latest.value);
		if (s->latest.time > newest)
			newest = s->latest.time;
	}
	member_text(b, "created_at", iso(b->arena, newest));
	buf_text(b, "}}");
}

static void
say_all(struct res *rs, const struct fleet *f, const char *name,
    say_device *say)
{
	size_t i, k;

	buf_byte(&rs->body, '{');
	member_name(&rs->body, name);
	buf_byte(&rs->body, '[');
	for (i = 0; i < f->n; i++) {
		for (k = 0; k < f->sites[i].n; k++) {
			member_comma(&rs->body);
			say(&rs->body, &f->sites[i], &f->sites[i].devices[k]);
		}
	}
	buf_text(&rs->body, "]}\n");
}

static const struct column columns[] = {
	{ "device", NULL, CELL_TEXT },
	{ "name", NULL, CELL_TEXT },
	{ "kind", NULL, CELL_TEXT },
	{ "site", NULL, CELL_TEXT },
	{ "zone", NULL, CELL_TEXT },
	{ "asset", NULL, CELL_TEXT },
	{ "asset_type", NULL, CELL_TEXT },
	{ "gateway", NULL, CELL_TEXT },
	{ "manufacturer", NULL, CELL_TEXT },
	{ "profile", NULL, CELL_TEXT },
	{ "modbus", NULL, CELL_TEXT },
	{ "state", NULL, CELL_TEXT },
	{ "last_seen", NULL, CELL_TIME },
	{ "period", "s", CELL_REAL },
	{ "simulated", NULL, CELL_BOOL },
	{ "created_at", NULL, CELL_TIME },
	{ "metadata", NULL, CELL_TEXT },
	{ "sensor", NULL, CELL_TEXT },
	{ "sensorId", NULL, CELL_TEXT },
	{ "sensor_name", NULL, CELL_TEXT },
	{ "unit", NULL, CELL_TEXT },
	{ "sensor_kind", NULL, CELL_TEXT },
	{ "time", NULL, CELL_TIME },
	{ "value", NULL, CELL_REAL },
	{ "quality", NULL, CELL_INT },
};

enum { COLUMNS = sizeof(columns) / sizeof(*columns), SENSOR_COLUMN = 17 };

/* Those of the device, which stand in the row of each of its sensors. */
static void
device_cells(struct cell *v, const struct site *i, const struct device *d)
{
	const struct cell cells[SENSOR_COLUMN] = {
		cell_text(d->key),
		cell_text(d->name),
		cell_text(d->kind),
		cell_text(i->key),
		cell_text(i->zone),
		cell_text(d->asset),
		cell_text(d->asset_type),
		cell_text(d->gateway),
		cell_text(d->manufacturer),
		cell_text(d->profile),
		cell_text(d->modbus),
		cell_text(d->state),
		d->seen != 0 ? cell_time(d->seen) : cell_text(NULL),
		cell_real(d->period_s),
		cell_bool(d->simulated),
		cell_time(d->created),
		cell_text(d->metadata),
	};

	memcpy(v, cells, sizeof(cells));
}

static void
sensor_cells(struct cell *v, const struct sensor *s)
{
	const struct cell cells[COLUMNS - SENSOR_COLUMN] = {
		cell_text(s->key),
		cell_text(s->code),
		cell_text(s->name),
		cell_text(s->unit),
		cell_text(s->kind),
		s->known ? cell_time(s->latest.time) : cell_text(NULL),
		s->known ? cell_real(s->latest.value) : cell_text(NULL),
		s->known ? cell_int(s->latest.quality) : cell_text(NULL),
	};

	memcpy(v, cells, sizeof(cells));
}

static struct err *
say_rows(struct table *t, const struct site *i, const struct device *d)
{
	struct cell row[COLUMNS] = { 0 };
	struct err *e = NULL;
	size_t k;

	device_cells(row, i, d);
	if (d->n == 0)
		e = table_row(t, row);
	for (k = 0; k < d->n && e == NULL; k++) {
		sensor_cells(row + SENSOR_COLUMN, &d->sensors[k]);
		e = table_row(t, row);
	}
	return e != NULL ? err_pass(e) : NULL;
}

static struct err *
say_table(struct table *t, const struct fleet *f)
{
	struct err *e;
	size_t i, k;

	t->name = t->file = "devices";
	t->column = columns;
	t->n = COLUMNS;
	if ((e = table_begin(t)) != NULL)
		return err_pass(e);
	for (i = 0; i < f->n; i++)
		for (k = 0; k < f->sites[i].n; k++)
			if ((e = say_rows(t, &f->sites[i],
				 &f->sites[i].devices[k])) != NULL)
				return err_pass(e);
	e = table_end(t);
	return e != NULL ? err_pass(e) : NULL;
}

struct err *
api_devices(struct req *rq, struct res *rs)
{
	struct table t = { .rq = rq, .rs = rs };
	struct fleet f = { 0 };
	struct err *e;

	if ((e = form_read(&t.form, rq, FORMAT_JSON)) != NULL ||
	    (e = form_zone(&t.form, rq)) != NULL ||
	    (e = fleet_load(&f, rq->tx)) != NULL)
		return err_pass(e);
	res_source(rs, fleet_simulated(&f));
	if (t.form.format == FORMAT_JSON)
		say_all(rs, &f, "devices", say_native);
	else if ((e = say_table(&t, &f)) != NULL)
		return err_pass(e);
	return NULL;
}

struct err *
api_flux_devices(struct req *rq, struct res *rs)
{
	struct fleet f = { 0 };
	struct err *e;

	if ((e = fleet_load(&f, rq->tx)) != NULL)
		return err_pass(e);
	res_source(rs, fleet_simulated(&f));
	say_all(rs, &f, "data", say_fluxio);
	return NULL;
}
