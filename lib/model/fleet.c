#include "model/fleet.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/env.h"
#include "model/fleet_internal.h"
#include "query.h"

enum { SILENT_PERIODS = 3 };

int64_t
device_silence(const struct device *d)
{
	return (int64_t)(SILENT_PERIODS * d->told_s * 1e6);
}

static const char *
state_of(const struct device *d, int64_t now)
{
	if (d->seen == 0)
		return "never";
	return d->seen > now - device_silence(d) ? "online" : "offline";
}

void
fleet_state(struct fleet *f, int64_t now)
{
	size_t i, k;

	for (i = 0; i < f->n; i++)
		for (k = 0; k < f->sites[i].n; k++)
			f->sites[i].devices[k].state =
			    state_of(&f->sites[i].devices[k], now);
}

/* A text of a row, to live as long as the arena. */
static const char *
text(struct arena *a, const struct rows *r, int i, int column)
{
	const char *s = rows_text(r, i, column);

	return *s != 0 ? arena_text(a, s) : "";
}

static void
read_site(struct site *s, struct arena *a, const struct rows *r, int i)
{
	s->key = text(a, r, i, FLEET_LOAD_SITE);
	s->name = text(a, r, i, FLEET_LOAD_SITE_NAME);
	s->zone = text(a, r, i, FLEET_LOAD_ZONE);
}

static void
read_device(struct device *d, struct arena *a, const struct rows *r, int i)
{
	d->id = (int32_t)rows_int(r, i, FLEET_LOAD_DEVICE_ID);
	d->key = text(a, r, i, FLEET_LOAD_DEVICE);
	d->name = text(a, r, i, FLEET_LOAD_DEVICE_NAME);
	d->kind = text(a, r, i, FLEET_LOAD_KIND);
	d->asset = text(a, r, i, FLEET_LOAD_ASSET);
	d->asset_name = text(a, r, i, FLEET_LOAD_ASSET_NAME);
	d->asset_type = text(a, r, i, FLEET_LOAD_ASSET_TYPE);
	d->gateway = text(a, r, i, FLEET_LOAD_GATEWAY);
	d->gateway_name = text(a, r, i, FLEET_LOAD_GATEWAY_NAME);
	d->manufacturer = text(a, r, i, FLEET_LOAD_MANUFACTURER);
	d->profile = text(a, r, i, FLEET_LOAD_PROFILE);
	d->profile_version = text(a, r, i, FLEET_LOAD_PROFILE_VERSION);
	d->metadata = text(a, r, i, FLEET_LOAD_METADATA);
	d->modbus = text(a, r, i, FLEET_LOAD_MODBUS);
	d->period_s = rows_real(r, i, FLEET_LOAD_PERIOD);
	d->told_s = rows_real(r, i, FLEET_LOAD_TOLD);
	d->quality = text(a, r, i, FLEET_LOAD_GRADE);
	d->quality_since = rows_time(r, i, FLEET_LOAD_GRADE_SINCE);
	d->kbit = rows_int(r, i, FLEET_LOAD_KBIT);
	d->simulated = rows_bool(r, i, FLEET_LOAD_SIMULATED);
	d->created = rows_time(r, i, FLEET_LOAD_CREATED_AT);
	d->seen = rows_time(r, i, FLEET_LOAD_SEEN);
	d->version = rows_int(r, i, FLEET_LOAD_VERSION);
}

static void
read_sensor(struct sensor *s, struct arena *a, const struct rows *r, int i)
{
	s->id = (int32_t)rows_int(r, i, FLEET_LOAD_SENSOR_ID);
	s->key = text(a, r, i, FLEET_LOAD_SENSOR);
	s->code = text(a, r, i, FLEET_LOAD_CODE);
	s->name = text(a, r, i, FLEET_LOAD_SENSOR_NAME);
	s->unit = text(a, r, i, FLEET_LOAD_UNIT);
	s->kind = text(a, r, i, FLEET_LOAD_SENSOR_KIND);
	s->states = text(a, r, i, FLEET_LOAD_STATES);
	s->precision = (int)rows_int(r, i, FLEET_LOAD_PRECISION);
	s->known = !rows_null(r, i, FLEET_LOAD_TIME);
	s->latest.sensor = s->id;
	s->latest.time = rows_time(r, i, FLEET_LOAD_TIME);
	s->latest.value = rows_real(r, i, FLEET_LOAD_VALUE);
	s->latest.quality = (uint8_t)rows_int(r, i, FLEET_LOAD_QUALITY);
}

/* What begins with a row: rows come by site, device, sensor. */
struct starts {
	bool site, device, sensor;
};

static struct starts
starts(const struct rows *r, int i)
{
	struct starts s = { true, !rows_null(r, i, FLEET_LOAD_DEVICE_ID),
		!rows_null(r, i, FLEET_LOAD_SENSOR_ID) };

	if (i == 0)
		return s;
	s.site = strcmp(rows_text(r, i, FLEET_LOAD_SITE),
		     rows_text(r, i - 1, FLEET_LOAD_SITE)) != 0;
	s.device &= s.site || rows_int(r, i, FLEET_LOAD_DEVICE_ID) !=
				  rows_int(r, i - 1, FLEET_LOAD_DEVICE_ID);
	return s;
}

/* Rows into sites, devices and sensors, which live in the arena. */
static void
arrange(struct fleet *f, struct arena *a, const struct rows *r)
{
	size_t sites = 0, devices = 0, sensors = 0;
	struct device *d = NULL, *next;
	struct sensor *s;
	int n = rows_count(r), i;

	for (i = 0; i < n; i++) {
		struct starts at = starts(r, i);

		sites += at.site;
		devices += at.device;
		sensors += at.sensor;
	}
	f->sites = arena_array(a, sites, sizeof(*f->sites));
	next = arena_array(a, devices, sizeof(*next));
	s = arena_array(a, sensors, sizeof(*s));
	for (i = 0; i < n; i++) {
		struct starts at = starts(r, i);

		if (at.site) {
			f->sites[f->n].devices = next;
			read_site(&f->sites[f->n++], a, r, i);
		}
		if (at.device) {
			d = next++;
			d->sensors = s;
			read_device(d, a, r, i);
			f->sites[f->n - 1].n++;
		}
		if (at.sensor) {
			read_sensor(s++, a, r, i);
			d->n++;
		}
	}
}

struct err *
fleet_read(struct fleet *f, struct arena *a, struct tx *tx, const char *key)
{
	struct rows *r;
	struct err *e;

	if ((e = tx_rows(&r, tx, &q_fleet_load,
		 ARGS(A((int)tx_who(tx)->tenant), A(key),
		     A(FLEET_ROWS_MAX)))) != NULL)
		return err_pass(e);
	arrange(f, a, r);
	return NULL;
}

struct err *
fleet_version(struct fleet *f, struct tx *tx)
{
	struct rows *r;
	struct err *e;

	if ((e = tx_rows(&r, tx, &q_fleet_version,
		 ARGS(A((int)tx_who(tx)->tenant)))) != NULL)
		return err_pass(e);
	if (rows_count(r) == 0)
		return err_raise(ERR_MISSING, "There is no such tenant.",
		    "tenant without a row");
	f->version = rows_int(r, 0, FLEET_VERSION_VERSION);
	f->alerts = rows_int(r, 0, FLEET_VERSION_ALERTS);
	return NULL;
}

struct err *
device_load(struct device *d, struct site *s, struct tx *tx, const char *key)
{
	struct fleet f = { 0 };
	struct err *e;

	if ((e = fleet_read(&f, tx_arena(tx), tx, key)) != NULL)
		return err_pass(e);
	if (f.n == 0 || f.sites[0].n == 0)
		return err_raise(ERR_MISSING, "There is no such device.",
		    "device_load matched no row");
	fleet_state(&f, env_now());
	*s = f.sites[0];
	*d = s->devices[0];
	return NULL;
}

const struct sensor *
device_sensor(const struct device *d, const char *key)
{
	size_t i;

	for (i = 0; i < d->n; i++)
		if (strcmp(d->sensors[i].key, key) == 0)
			return &d->sensors[i];
	return NULL;
}

/* The text behind "N": in {"0": "ok", "1": "warning"}; NULL: none. */
static const char *
state_name(struct arena *a, const char *states, double v)
{
	const char *at = strstr(states, arena_printf(a, "\"%.0f\": \"", v)),
		   *end;

	if (at == NULL || v != floor(v))
		return NULL;
	at = strstr(at, ": \"") + 3;
	end = strchr(at, '"');
	return end != NULL ? arena_copy(a, at, (size_t)(end - at)) : NULL;
}

/* Narrow no-break space, U+202F. */
#define GROUP "\xe2\x80\xaf"

const char *
number_shown(struct arena *a, double v, int precision)
{
	char plain[400];
	const char *s = plain;
	struct buf out = buf_new(a, 64);
	size_t whole;

	if (fabs(v) >= 1e15)
		return arena_printf(a, "%g", v);
	(void)snprintf(plain, sizeof(plain), "%.*f", precision, v);
	if (*s == '-')
		buf_byte(&out, (unsigned char)*s++);
	whole = strcspn(s, ".");
	/* Four digits are read at a glance; groups begin with five. */
	for (; whole > 0; whole--) {
		buf_byte(&out, (unsigned char)*s++);
		if (fabs(v) >= 9999.5 && whole > 1 && whole % 3 == 1)
			buf_text(&out, GROUP);
	}
	buf_text(&out, s);
	return (const char *)out.p;
}

const char *
value_shown(struct arena *a, const struct sensor *s, double v)
{
	const char *name;

	if (isnan(v))
		return "—";
	if (strcmp(s->kind, "state") == 0 &&
	    (name = state_name(a, s->states, v)) != NULL)
		return name;
	return number_shown(a, v, s->precision);
}

const char *
quality_word(int quality)
{
	if (quality >= 75)
		return "good";
	return quality >= 25 ? "uncertain" : "bad";
}
