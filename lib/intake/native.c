/*
 * The native body: {"readings": [...]}, each {"device", "ts", "values": {}},
 * or one value a reading: {"sensorId" | "sensor", "timestamp", "value"}, or an
 * aggregate in its place; the list, or one reading, may also come without the
 * envelope.
 */
#include "intake/lean_object.h"
#include "intake/units.h"
#include "intake/window.h"

/* The members of {"values": {"flow_rate": 118.45}}, each an item. */
static void
values(struct intake *in, struct jscan *s)
{
	struct slice key;

	while (jscan_member(s, &key)) {
		struct item *it = intake_add(in);

		it->joint = ".values.";
		it->sensor = key;
		jscan_value(s, &it->value);
		jscan_pass(s, &it->value);
	}
}

/* What the items of `values` have in common, and their units. */
static void
values_done(struct intake *in, size_t first, const struct common *c)
{
	const struct jvalue *named = members_get(&in->members, SLOT_UNITS);
	struct item *it;
	size_t i;

	if (in->n == first) {
		it = intake_add(in);
		item_common(it, c);
		item_refuse(it, in->arena, "no_values", "values is empty");
		return;
	}
	for (i = first; i < in->n; i++) {
		it = &in->v[i];
		item_common(it, c);
		if (c->device.p == NULL)
			item_refuse(it, in->arena, "no_device",
			    "device is missing");
	}
	if (named != NULL && named->kind == J_OBJECT)
		units_read(in, first, named->raw);
}

/* {"sensorId": "PUMP-101-TEMP-1", "value": 71.5, "unit": "degC"} */
static void
single(struct intake *in, const struct common *c)
{
	const struct members *m = &in->members;
	const struct jvalue *value = members_get(m, SLOT_VALUE);
	struct item *it = intake_add(in);

	item_common(it, c);
	it->sensor = members_text(m, SLOT_SENSOR);
	it->unit = members_text(m, SLOT_UNIT);
	if (value != NULL)
		it->value = *value;
	else
		window_take(it, in->arena, m);
	if (it->sensor.p == NULL)
		item_refuse(it, in->arena, "no_sensor",
		    "want device and values, or sensorId and value");
	else if (it->value.kind == J_NONE)
		item_refuse(it, in->arena, "no_values", "value is missing");
}

/* The members of the object just entered, into the intake's. */
static bool
members_read(struct intake *in, struct jscan *s)
{
	bool named = false;
	struct slice key;
	struct jvalue v;

	members_clear(&in->members);
	while (jscan_member(s, &key)) {
		unsigned name = members_name(&in->members, key);

		jscan_value(s, &v);
		if (v.kind == J_OBJECT && name_slot(name) == SLOT_VALUES) {
			values(in, s);
			named = true;
			continue;
		}
		jscan_pass(s, &v);
		members_put(&in->members, name, &v);
	}
	return named;
}

/* The reading that is due; it is the index-th of the list of that name. */
static void
reading(struct intake *in, struct jscan *s, const char *list, size_t index)
{
	size_t first = in->n, i;
	struct jvalue v;
	struct common c;
	struct item *it;

	jscan_value(s, &v);
	if (v.kind == J_OBJECT) {
		bool named = members_read(in, s);

		jscan_ended(s, &v);
		common_read(&c, in, v.raw);
		if (named)
			values_done(in, first, &c);
		else
			single(in, &c);
	} else {
		jscan_pass(s, &v);
		it = intake_add(in);
		it->raw = v.raw;
		item_refuse(it, in->arena, "not_an_object",
		    "a reading is an object");
	}
	for (i = first; i < in->n; i++) {
		in->v[i].list = list;
		in->v[i].index = index;
	}
}

static void
list(struct intake *in, struct jscan *s, const char *name)
{
	struct lean *l = in->lean;
	size_t i, first;

	if (l != NULL)
		lean_object_begin(l);
	for (i = 0; jscan_item(s); i++) {
		if (l != NULL && lean_object(l, in, s))
			continue;
		first = in->n;
		reading(in, s, name, i);
		/* What turns out to be no JSON was judged by no one. */
		if (l != NULL && s->why == NULL)
			lean_object_learn(l, in, first);
	}
}

bool
is_reading(const struct members *m)
{
	const struct jvalue *named = members_get(m, SLOT_VALUES);

	return (named != NULL && named->kind == J_OBJECT) ||
	       members_get(m, SLOT_SENSOR) != NULL;
}

/* The list without its envelope. */
static struct err *
array(struct intake *in, struct jscan *s, struct bytes body)
{
	struct err *e;

	members_clear(&in->members);
	if ((e = intake_envelope(in, body, &in->members)) != NULL)
		return err_pass(e);
	list(in, s, "");
	e = jscan_close(s);
	return e != NULL ? err_pass(e) : NULL;
}

struct err *
decode_native(struct intake *in, struct bytes body)
{
	const struct jvalue *all;
	struct members top = { 0 };
	struct slice key;
	struct jvalue v;
	struct jscan s;
	struct err *e;

	jscan_open(&s, in->arena, body);
	jscan_value(&s, &v);
	if (v.kind == J_ARRAY) {
		e = array(in, &s, body);
		return e != NULL ? err_pass(e) : NULL;
	}
	while (jscan_member(&s, &key)) {
		unsigned name = members_name(&top, key);

		jscan_value(&s, &v);
		if (v.kind == J_ARRAY && name_slot(name) == SLOT_READINGS)
			list(in, &s, "readings");
		else
			jscan_pass(&s, &v);
		members_put(&top, name, &v);
	}
	if ((e = jscan_close(&s)) != NULL ||
	    (e = intake_envelope(in, body, &top)) != NULL)
		return err_pass(e);
	all = members_get(&top, SLOT_READINGS);
	if (all != NULL && all->kind != J_ARRAY)
		return err_raise(ERR_INPUT, "readings: want an array.",
		    "readings is no array");
	if (all == NULL) {
		jscan_open(&s, in->arena, body);
		reading(in, &s, "readings", 0);
	}
	return NULL;
}
