/*
 * hostile.h - what holds of a body, whatever its bytes are.
 *
 * The fuzz target and the field test ask.  A roster of a few names stands
 * behind it, so that some readings find their sensor.
 */
#ifndef TESTS_HOSTILE_H
#define TESTS_HOSTILE_H

#include <math.h>
#include <string.h>

#include "base/utf8.h"
#include "intake/take.h"

#define HOSTILE_NOW INT64_C(1763703600000000)

enum { HOSTILE_SAY = 1024 };

static const char *const hostile_devices[] = { "N1", "NIVUS_750_001",
	"Nivus_001", "CP-7", "TANK-4", "pump-9", "AIR-2", "modbus-1" };
static const char *const hostile_sensors[] = { "flow_rate", "temperature",
	"volume_total", "connector1.Energy.Active.Import.Register", "distance",
	"pressure", "rssi", "pump_on" };

enum {
	HOSTILE_DEVICES = sizeof(hostile_devices) / sizeof(*hostile_devices),
	HOSTILE_SENSORS = sizeof(hostile_sensors) / sizeof(*hostile_sensors),
	HOSTILE_TARGETS = HOSTILE_DEVICES * HOSTILE_SENSORS
};

static struct slice
hostile_slice(const char *s)
{
	return (struct slice){ s, strlen(s) };
}

/* Every device has every sensor; the facets of half of them are known. */
static struct roster *
hostile_roster(struct arena *a)
{
	struct slice devices[HOSTILE_DEVICES];
	struct target v[HOSTILE_TARGETS];
	size_t i, k, n = 0;

	for (i = 0; i < HOSTILE_DEVICES; i++) {
		devices[i] = hostile_slice(hostile_devices[i]);
		for (k = 0; k < HOSTILE_SENSORS; k++) {
			const char *code = arena_printf(a, "%s/%s",
			    hostile_devices[i], hostile_sensors[k]);
			struct target *t = &v[n++];
			int32_t id = (int32_t)n * 10;

			*t = (struct target){ .key = hostile_slice(
						  hostile_sensors[k]),
				.code = hostile_slice(code),
				.unit = k == 0 ? "m3/h" : "",
				.states = k == 7 ? "{\"0\": \"off\"}" : "",
				.low = k == 1 ? -50 : NAN,
				.high = k == 1 ? 100 : NAN,
				.scale = 1,
				.device = (int32_t)i,
				.id = id };
			if (k % 2 == 0)
				memcpy(t->facet,
				    (int32_t[FACETS]){ id + 1, id + 2, id + 3,
					id + 4 },
				    sizeof(t->facet));
		}
	}
	return roster_make(a, devices, HOSTILE_DEVICES, v, n);
}

static const char *
hostile_items(const struct taken *t, struct arena *a)
{
	const struct intake *in = &t->in;
	size_t refused = 0, i;

	for (i = 0; i < in->n; i++) {
		const struct item *it = &in->v[i];

		refused += it->code != NULL;
		if (it->code != NULL && (*it->code == 0 || it->detail == NULL))
			return "a refusal has a code and a detail";
		if (item_place(a, it) == NULL)
			return "an item has a place";
		if (it->code == NULL && it->r.sensor == 0)
			return "what is not refused has a sensor";
	}
	if (refused != t->rejected)
		return "what is refused is counted";
	if (in->n > ITEMS_MAX || in->facts > FACTS_MAX ||
	    in->warnings > WARNINGS_MAX)
		return "there is no more than there may be";
	return NULL;
}

static const char *
hostile_readings(const struct taken *t)
{
	size_t i;

	if (t->in.bare > 0)
		return NULL;
	if (t->sent != t->r.n + t->duplicate + t->rejected)
		return "sent is stored, duplicate and rejected";
	for (i = 0; i < t->r.n; i++) {
		const struct reading *r = &t->r.v[i];

		if (isinf(r->value) || r->quality > QUALITY_GOOD ||
		    r->sensor <= 0)
			return "a reading is whole";
		if (isnan(r->value) && r->quality != 0)
			return "what has no value has no quality";
	}
	return NULL;
}

/* What does not hold of these bytes, read as this format; NULL: all does. */
static const char *
hostile_fault(bool *was_taken, struct arena *a, const struct roster *roster,
    const struct format *format, struct bytes body)
{
	struct asked asked = { .format = format,
		.batch = "b-1",
		.device = "N1" };
	struct taken t = { .in = { .arena = a,
			       .now = HOSTILE_NOW,
			       .tenant = 7,
			       .tenant_name = "ours" } };
	const struct err *e;
	const char *why;

	*was_taken = false;
	if ((e = take(&t, body, &asked, roster)) != NULL) {
		if (e->kind != ERR_INPUT && e->kind != ERR_TOO_BIG &&
		    e->kind != ERR_FORBIDDEN)
			return "a body is no bug of ours";
		if (*e->say == 0 || strlen(e->say) > HOSTILE_SAY ||
		    !utf8_valid(e->say))
			return "a refusal says why";
		return NULL;
	}
	*was_taken = true;
	if ((why = hostile_items(&t, a)) != NULL)
		return why;
	return hostile_readings(&t);
}

#endif
