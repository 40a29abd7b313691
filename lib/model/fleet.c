#include "model/fleet.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/env.h"
#include "query.h"

enum { SILENT_PERIODS = 3 };

static void
read_site(struct site *s, const struct rows *r, int i)
{
	s->key = rows_text(r, i, FLEET_LOAD_SITE);
	s->name = rows_text(r, i, FLEET_LOAD_SITE_NAME);
	s->zone = rows_text(r, i, FLEET_LOAD_ZONE);
}

int64_t
device_silence(const struct device *d)
{
	return (int64_t)(SILENT_PERIODS * d->period_s * 1e6);
}

static const char *
state_of(const struct device *d)
{
	if (d->seen == 0)
		return "never";
	return d->seen > env_now() - device_silence(d) ? "online" : "offline";
}

static void
read_device(struct device *d, const struct rows *r, int i)
{
	d->id = (int32_t)rows_int(r, i, FLEET_LOAD_DEVICE_ID);
	d->key = rows_text(r, i, FLEET_LOAD_DEVICE);
	d->name = rows_text(r, i, FLEET_LOAD_DEVICE_NAME);
	d->kind = rows_text(r, i, FLEET_LOAD_KIND);
	d->asset = rows_text(r, i, FLEET_LOAD_ASSET);
	d->asset_name = rows_text(r, i, FLEET_LOAD_ASSET_NAME);
	d->asset_type = rows_text(r, i, FLEET_LOAD_ASSET_TYPE);
	d->gateway = rows_text(r, i, FLEET_LOAD_GATEWAY);
	d->gateway_name = rows_text(r, i, FLEET_LOAD_GATEWAY_NAME);
	d->manufacturer = rows_text(r, i, FLEET_LOAD_MANUFACTURER);
	d->profile = rows_text(r, i, FLEET_LOAD_PROFILE);
	d->profile_version = rows_text(r, i, FLEET_LOAD_PROFILE_VERSION);
	d->metadata = rows_text(r, i, FLEET_LOAD_METADATA);
	d->modbus = rows_text(r, i, FLEET_LOAD_MODBUS);
	d->period_s = rows_real(r, i, FLEET_LOAD_PERIOD);
	d->simulated = rows_bool(r, i, FLEET_LOAD_SIMULATED);
	d->created = rows_time(r, i, FLEET_LOAD_CREATED_AT);
	d->seen = rows_time(r, i, FLEET_LOAD_SEEN);
	d->version = rows_int(r, i, FLEET_LOAD_VERSION);
	d->state = state_of(d);
}

static void
read_sensor(struct sensor *s, const struct rows *r, int i)
{
	s->id = (int32_t)rows_int(r, i, FLEET_LOAD_SENSOR_ID);
	s->key = rows_text(r, i, FLEET_LOAD_SENSOR);
	s->code = rows_text(r, i, FLEET_LOAD_CODE);
	s->name = rows_text(r, i, FLEET_LOAD_SENSOR_NAME);
	s->unit = rows_text(r, i, FLEET_LOAD_UNIT);
	s->kind = rows_text(r, i, FLEET_LOAD_SENSOR_KIND);
	s->states = rows_text(r, i, FLEET_LOAD_STATES);
	s->precision = (int)rows_int(r, i, FLEET_LOAD_PRECISION);
	s->known = !rows_null(r, i, FLEET_LOAD_TIME);
	s->latest.sensor = s->id;
	s->latest.time = rows_time(r, i, FLEET_LOAD_TIME);
	s->latest.value = rows_real(r, i, FLEET_LOAD_VALUE);
	s->latest.quality = (uint8_t)rows_int(r, i, FLEET_LOAD_QUALITY);
}

/* Rows come by site, device, sensor: each level begins where its id changes. */
static void
arrange(struct fleet *f, struct arena *a, const struct rows *r)
{
	int n = rows_count(r), i;
	struct site *site = NULL;
	struct device *device = NULL, *devices;
	struct sensor *sensors;

	f->sites = arena_array(a, (size_t)n, sizeof(*f->sites));
	devices = arena_array(a, (size_t)n, sizeof(*devices));
	sensors = arena_array(a, (size_t)n, sizeof(*sensors));
	for (i = 0; i < n; i++) {
		if (site == NULL ||
		    strcmp(site->key, rows_text(r, i, FLEET_LOAD_SITE)) != 0) {
			site = &f->sites[f->n++];
			read_site(site, r, i);
			site->devices = devices;
			device = NULL;
		}
		if (rows_null(r, i, FLEET_LOAD_DEVICE_ID))
			continue;
		if (device == NULL ||
		    device->id != rows_int(r, i, FLEET_LOAD_DEVICE_ID)) {
			device = devices++;
			site->n++;
			read_device(device, r, i);
			device->sensors = sensors;
		}
		if (rows_null(r, i, FLEET_LOAD_SENSOR_ID))
			continue;
		read_sensor(sensors++, r, i);
		device->n++;
	}
}

static struct err *
load(struct fleet *f, struct tx *tx, const char *key)
{
	struct rows *r;
	struct err *e;

	if ((e = tx_rows(&r, tx, &q_fleet_load,
		 ARGS(A((int)tx_who(tx)->tenant), A(key),
		     A(FLEET_ROWS_MAX)))) != NULL)
		return err_pass(e);
	arrange(f, tx_arena(tx), r);
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
fleet_load(struct fleet *f, struct tx *tx)
{
	struct err *e;

	*f = (struct fleet){ 0 };
	/* The version first: what is newer than it will be sent once more. */
	if ((e = fleet_version(f, tx)) != NULL ||
	    (e = load(f, tx, NULL)) != NULL)
		return err_pass(e);
	return NULL;
}

struct err *
device_load(struct device *d, struct site *s, struct tx *tx, const char *key)
{
	struct fleet f = { 0 };
	struct err *e;

	if ((e = load(&f, tx, key)) != NULL)
		return err_pass(e);
	if (f.n == 0 || f.sites[0].n == 0)
		return err_raise(ERR_MISSING, "There is no such device.",
		    "device_load matched no row");
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
