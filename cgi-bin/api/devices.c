/*
 * GET /api/v1/devices - every device with its sensors and latest values.
 * GET /api/devices    - the same in the shape of the FluxIO document.
 */
#include <string.h>

#include "base/clock.h"
#include "base/env.h"
#include "cgi-bin/api/source.h"
#include "web/member.h"
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

static struct err *
say_all(struct req *rq, struct res *rs, const char *name, say_device *say)
{
	bool simulated = false;
	struct fleet f = { 0 };
	struct err *e;
	size_t i, k;

	if ((e = fleet_load(&f, rq->tx)) != NULL)
		return err_pass(e);
	buf_byte(&rs->body, '{');
	member_name(&rs->body, name);
	buf_byte(&rs->body, '[');
	for (i = 0; i < f.n; i++) {
		for (k = 0; k < f.sites[i].n; k++) {
			const struct device *d = &f.sites[i].devices[k];

			simulated |= d->simulated;
			member_comma(&rs->body);
			say(&rs->body, &f.sites[i], d);
		}
	}
	buf_text(&rs->body, "]}\n");
	mark_source(rs, simulated);
	return NULL;
}

struct err *
api_devices(struct req *rq, struct res *rs)
{
	return say_all(rq, rs, "devices", say_native);
}

struct err *
api_flux_devices(struct req *rq, struct res *rs)
{
	return say_all(rq, rs, "data", say_fluxio);
}
