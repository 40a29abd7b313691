/*
 * The IoTSphere document's row: {"device_id", "timestamp", "measurement":
 * "temperature", "value": 61.5, "unit", "metadata"}, alone or in an array.
 */
#include "intake/each.h"

/* The object just entered. */
static void
object(struct intake *in, struct jscan *s, struct jvalue *o)
{
	struct slice sensor = { NULL, 0 }, key;
	struct members *m = &in->members;
	struct common c;
	struct jvalue v;
	struct item *it;

	members_clear(m);
	while (jscan_member(s, &key)) {
		unsigned name = members_name(m, key);

		jscan_value(s, &v);
		jscan_pass(s, &v);
		members_put(m, name, &v);
		if (slice_is(key, "measurement") && v.kind == J_TEXT)
			sensor = v.text;
	}
	jscan_ended(s, o);
	common_read(&c, in, o->raw);
	it = intake_add(in);
	item_common(it, &c);
	it->joint = "";
	it->sensor = sensor;
	it->unit = members_text(m, SLOT_UNIT);
	if (members_get(m, SLOT_VALUE) != NULL)
		it->value = *members_get(m, SLOT_VALUE);
	if (c.device.p == NULL)
		item_refuse(it, in->arena, "no_device", "device_id is missing");
	else if (sensor.p == NULL)
		item_refuse(it, in->arena, "no_sensor",
		    "measurement is missing");
	else if (it->value.kind == J_NONE)
		item_refuse(it, in->arena, "no_values", "value is missing");
}

struct err *
decode_measurement(struct intake *in, struct bytes body)
{
	struct err *e = each_object(in, body, object);

	return e != NULL ? err_pass(e) : NULL;
}
