/*
 * The flat body: {"device_id": "N1", "flow_rate": 118.45, ...}, or an array
 * of such.  Every member that is not about the reading is a measurement.
 */
#include "intake/intake.h"

/* The members of the object just entered; each measurement is an item. */
static void
members_read(struct intake *in, struct jscan *s)
{
	struct slice key;
	struct item *it;
	struct jvalue v;

	members_clear(&in->members);
	while (jscan_member(s, &key)) {
		unsigned name = members_name(&in->members, key);

		jscan_value(s, &v);
		jscan_pass(s, &v);
		/* "D" is a date as text, and a measurement as a number. */
		if (name_is_aside(name) ||
		    (name_slot(name) == SLOT_TIME && v.kind == J_TEXT)) {
			members_put(&in->members, name, &v);
			continue;
		}
		it = intake_add(in);
		it->sensor = key;
		it->value = v;
	}
}

/* The object just entered, whose items stand at `joint` behind its place. */
static void
object(struct intake *in, struct jscan *s, struct jvalue *o, const char *joint)
{
	size_t first = in->n, i;
	struct common c;
	struct item *it;

	members_read(in, s);
	jscan_ended(s, o);
	common_read(&c, in, o->raw);
	for (i = first; i < in->n; i++) {
		it = &in->v[i];
		item_common(it, &c);
		it->joint = joint;
		if (c.device.p == NULL)
			item_refuse(it, in->arena, "no_device",
			    "device_id is missing");
	}
	if (in->n > first)
		return;
	it = intake_add(in);
	item_common(it, &c);
	item_refuse(it, in->arena, "no_values", "there is no measurement");
}

static void
array(struct intake *in, struct jscan *s)
{
	struct jvalue v;
	struct item *it;
	size_t i, k, first;

	for (i = 0; jscan_item(s); i++) {
		first = in->n;
		jscan_value(s, &v);
		if (v.kind == J_OBJECT) {
			object(in, s, &v, ".");
		} else {
			jscan_pass(s, &v);
			it = intake_add(in);
			it->raw = v.raw;
			item_refuse(it, in->arena, "not_an_object",
			    "a reading is an object");
		}
		for (k = first; k < in->n; k++) {
			in->v[k].list = "";
			in->v[k].index = i;
		}
	}
}

/* One object alone is refused as a whole; in an array each for itself. */
static struct err *
alone(const struct intake *in)
{
	if (in->v[0].device.p == NULL)
		return err_raise(ERR_INPUT, "device_id: this field is missing.",
		    "no device_id");
	if (in->v[0].sensor.p == NULL)
		return err_raise(ERR_INPUT,
		    "At least one measurement is needed beside device_id.",
		    "no measurement");
	return NULL;
}

struct err *
decode_flat(struct intake *in, struct bytes body)
{
	struct jvalue v;
	struct jscan s;
	struct err *e;

	jscan_open(&s, in->arena, body);
	jscan_value(&s, &v);
	if (v.kind == J_OBJECT)
		object(in, &s, &v, "");
	else if (v.kind == J_ARRAY)
		array(in, &s);
	if ((e = jscan_close(&s)) != NULL)
		return err_pass(e);
	if (v.kind == J_OBJECT &&
	    ((e = intake_envelope(in, body, &in->members)) != NULL ||
		(e = alone(in)) != NULL))
		return err_pass(e);
	return NULL;
}
