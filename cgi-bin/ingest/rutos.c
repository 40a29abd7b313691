/*
 * Teltonika RutOS 7, "data to server", format json: an object keyed by input
 * name, each value one segment or an array of them; a Modbus segment has
 * server_name (the device), name (the sensor), data ("[118.45]"), timestamp.
 * Values that the router decoded are taken; raw words want a profile.
 */
#include <stdlib.h>

#include "cgi-bin/ingest/intake.h"

static void
open_raw(struct jscan *s, const struct intake *in, struct slice raw)
{
	jscan_open(s, in->arena,
	    (struct bytes){ (const unsigned char *)raw.p, raw.n });
}

/* The value that is due, and if it is an object its members. */
static void
look(struct jvalue *v, struct intake *in, struct jscan *s)
{
	struct members *m = &in->members;
	struct slice key;
	struct jvalue one;

	members_clear(m);
	jscan_value(s, v);
	if (v->kind != J_OBJECT) {
		jscan_pass(s, v);
		return;
	}
	while (jscan_member(s, &key)) {
		jscan_value(s, &one);
		jscan_pass(s, &one);
		members_put(m, members_name(m, key), &one);
	}
	jscan_ended(s, v);
}

/* Was what was looked at a segment? */
static bool
is_segment(const struct members *m)
{
	return members_get(m, SLOT_DATA) != NULL &&
	       members_text(m, SLOT_NAME).p != NULL;
}

/* An input of readings; others tell of the router itself. */
static bool
has_segments(struct intake *in, const struct jvalue *input)
{
	struct jscan s;
	struct jvalue v;

	open_raw(&s, in, input->raw);
	if (input->kind == J_OBJECT) {
		look(&v, in, &s);
		return is_segment(&in->members);
	}
	jscan_value(&s, &v);
	while (jscan_item(&s)) {
		look(&v, in, &s);
		if (is_segment(&in->members))
			return true;
	}
	return false;
}

/* The only item of an array; false: it has none or more. */
static bool
only_item(struct jvalue *out, const struct intake *in,
    const struct jvalue *array)
{
	struct jvalue v;
	struct jscan s;

	open_raw(&s, in, array->raw);
	jscan_value(&s, &v);
	if (!jscan_item(&s))
		return false;
	jscan_value(&s, out);
	jscan_pass(&s, out);
	return !jscan_item(&s);
}

/* "[118.45]" and "118.45" are one number; anything else stays as it is. */
static struct jvalue
decoded(const struct intake *in, const struct jvalue *data)
{
	struct jvalue v = *data;
	const char *inner;
	char *end;

	if (data->kind == J_ARRAY && only_item(&v, in, data))
		return v;
	if (data->kind != J_TEXT || data->text.n < 3 ||
	    data->text.p[0] != '[' || data->text.p[data->text.n - 1] != ']')
		return *data;
	inner = arena_copy(in->arena, data->text.p + 1, data->text.n - 2);
	if (strtod(inner, &end), *end != 0)
		return *data;
	v.text = (struct slice){ inner, data->text.n - 2 };
	return v;
}

/* The i-th segment of an input, which is due. */
static void
segment(struct intake *in, struct slice input, size_t i, struct jscan *s)
{
	const struct members *m = &in->members;
	const struct jvalue *data;
	struct common c = { .code = NULL };
	struct item *it;
	struct jvalue v;

	look(&v, in, s);
	c.raw = v.raw;
	if (v.kind == J_OBJECT)
		common_read(&c, in, v.raw);
	c.device = members_server(m);
	if (c.device.p == NULL)
		c.device = input;
	it = intake_add(in);
	item_common(it, &c);
	it->place =
	    arena_printf(in->arena, "%.*s[%zu].data", (int)input.n, input.p, i);
	it->sensor = members_text(m, SLOT_NAME);
	if ((data = members_get(m, SLOT_DATA)) != NULL)
		it->value = decoded(in, data);
	if (!is_segment(m))
		item_refuse(it, in->arena, "no_values",
		    "a segment has name and data");
}

static void
segments(struct intake *in, struct slice input, const struct jvalue *all)
{
	struct jvalue v;
	struct jscan s;
	size_t i;

	open_raw(&s, in, all->raw);
	if (all->kind == J_OBJECT) {
		segment(in, input, 0, &s);
		return;
	}
	jscan_value(&s, &v);
	for (i = 0; jscan_item(&s); i++)
		segment(in, input, i, &s);
}

struct err *
decode_rutos(bool *mine, struct intake *in, struct bytes body)
{
	struct slice input;
	struct jvalue v;
	struct jscan s;
	struct err *e;

	*mine = false;
	jscan_open(&s, in->arena, body);
	jscan_value(&s, &v);
	if (v.kind != J_OBJECT)
		return NULL;
	while (jscan_member(&s, &input)) {
		jscan_value(&s, &v);
		jscan_pass(&s, &v);
		if (v.kind != J_OBJECT && v.kind != J_ARRAY)
			continue;
		if (!has_segments(in, &v))
			continue;
		*mine = true;
		segments(in, input, &v);
	}
	e = jscan_close(&s);
	return e != NULL ? err_pass(e) : NULL;
}
