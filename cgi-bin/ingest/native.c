/*
 * The native body: {"readings": [...]}, each {"device", "ts", "values": {}},
 * or one value a reading: {"sensorId" | "sensor", "timestamp", "value"}; the
 * list, or one reading, may also come without the envelope.
 */
#include <string.h>

#include "cgi-bin/ingest/intake.h"

static const char *const sensor_names[] = { "sensorId", "sensor", "sensor_id",
	NULL };

static const char *
text_of(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

/* {"values": {"flow_rate": 118.45}, "units": {"flow_rate": "m3/h"}} */
static struct err *
values(struct intake *in, const char *place, const struct common *c,
    const json_t *object, json_t *named)
{
	const json_t *units = json_object_get(object, "units");
	struct item *it;
	const char *key;
	json_t *value;
	struct err *e;

	if (json_object_size(named) == 0) {
		if ((e = intake_add(&it, in, place, c)) != NULL)
			return err_pass(e);
		item_refuse(it, in->arena, "no_values", "values is empty");
		return NULL;
	}
	json_object_foreach(named, key, value)
	{
		if ((e = intake_add(&it, in, place, c)) != NULL)
			return err_pass(e);
		it->joint = ".values.";
		it->member = key;
		it->sensor = key;
		it->value = value;
		it->unit = text_of(units, key);
		if (c->device == NULL)
			item_refuse(it, in->arena, "no_device",
			    "device is missing");
	}
	return NULL;
}

/* {"sensorId": "PUMP-101-TEMP-1", "value": 71.5, "unit": "degC"} */
static struct err *
single(struct intake *in, const char *place, const struct common *c,
    const json_t *object)
{
	struct item *it;
	struct err *e;

	if ((e = intake_add(&it, in, place, c)) != NULL)
		return err_pass(e);
	it->sensor = json_string_value(member_of(object, sensor_names));
	it->value = json_object_get(object, "value");
	it->unit = text_of(object, "unit");
	if (it->sensor == NULL)
		item_refuse(it, in->arena, "no_sensor",
		    "want device and values, or sensorId and value");
	else if (it->value == NULL)
		item_refuse(it, in->arena, "no_values", "value is missing");
	return NULL;
}

static struct err *
reading(struct intake *in, const char *place, json_t *object)
{
	json_t *named = json_object_get(object, "values");
	struct common c = { .raw = object };
	struct item *it;
	struct err *e;

	if (!json_is_object(object)) {
		if ((e = intake_add(&it, in, place, &c)) != NULL)
			return err_pass(e);
		item_refuse(it, in->arena, "not_an_object",
		    "a reading is an object");
		return NULL;
	}
	common_read(&c, in, object);
	e = json_is_object(named) ? values(in, place, &c, object, named)
				  : single(in, place, &c, object);
	return e != NULL ? err_pass(e) : NULL;
}

static bool
is_reading(const json_t *object)
{
	return json_is_object(json_object_get(object, "values")) ||
	       member_of(object, sensor_names) != NULL;
}

static struct err *
list(struct intake *in, const char *name, json_t *all)
{
	struct err *e;
	json_t *one;
	size_t i;

	json_array_foreach(all, i, one)
	{
		if ((e = reading(in,
			 arena_printf(in->arena, "%s[%zu]", name, i), one)) !=
		    NULL)
			return err_pass(e);
	}
	return NULL;
}

struct err *
decode_native(bool *mine, struct intake *in, json_t *body)
{
	json_t *all = json_object_get(body, "readings");
	struct err *e = NULL;

	*mine = true;
	if (json_is_array(all))
		e = list(in, "readings", all);
	else if (all != NULL)
		return err_raise(ERR_INPUT, "readings: want an array.",
		    "readings is no array");
	else if (is_reading(body))
		e = reading(in, "readings[0]", body);
	else if (is_reading(json_array_get(body, 0)))
		e = list(in, "", body);
	else
		*mine = false;
	return e != NULL ? err_pass(e) : NULL;
}
