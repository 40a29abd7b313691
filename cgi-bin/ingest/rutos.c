/*
 * Teltonika RutOS 7, "data to server", format json: an object keyed by input
 * name, each value one segment or an array of them; a Modbus segment has
 * server_name (the device), name (the sensor), data ("[118.45]"), timestamp.
 * Values that the router decoded are taken; raw words want a profile.
 */
#include <stdlib.h>
#include <string.h>

#include "cgi-bin/ingest/intake.h"

static const char *const device_names[] = { "server_name", "device", NULL };

static bool
is_segment(const json_t *v)
{
	return json_object_get(v, "data") != NULL &&
	       json_is_string(json_object_get(v, "name"));
}

/* An input of readings; others tell of the router itself. */
static bool
has_segments(const json_t *input)
{
	size_t i;

	if (is_segment(input))
		return true;
	for (i = 0; i < json_array_size(input); i++)
		if (is_segment(json_array_get(input, i)))
			return true;
	return false;
}

static void
release(void *j)
{
	json_decref(j);
}

/* "[118.45]" and "118.45" are one number; anything else stays as it is. */
static json_t *
decoded(struct intake *in, json_t *data)
{
	const char *s = json_string_value(data);
	char *end, *inner;
	size_t n;

	if (json_is_array(data) && json_array_size(data) == 1)
		return json_array_get(data, 0);
	if (s == NULL)
		return data;
	n = strlen(s);
	if (n < 2 || s[0] != '[' || s[n - 1] != ']')
		return data;
	inner = arena_copy(in->arena, s + 1, n - 2);
	if (inner[0] == 0 || (strtod(inner, &end), *end != 0))
		return data;
	data = json_string(inner);
	arena_defer(in->arena, release, data);
	return data;
}

static struct err *
segment(struct intake *in, const char *input, size_t i, json_t *o)
{
	struct common c = { .raw = o };
	struct item *it;
	struct err *e;

	if (json_is_object(o))
		common_read(&c, in, o);
	c.device = json_string_value(member_of(o, device_names));
	if (c.device == NULL)
		c.device = input;
	if ((e = intake_add(&it, in,
		 arena_printf(in->arena, "%s[%zu].data", input, i), &c)) !=
	    NULL)
		return err_pass(e);
	it->sensor = json_string_value(json_object_get(o, "name"));
	it->value = decoded(in, json_object_get(o, "data"));
	if (!is_segment(o))
		item_refuse(it, in->arena, "no_values",
		    "a segment has name and data");
	return NULL;
}

struct err *
decode_rutos(bool *mine, struct intake *in, json_t *body)
{
	const char *input;
	json_t *v, *one;
	struct err *e;
	size_t i;

	*mine = false;
	json_object_foreach(body, input, v)
	{
		if (!has_segments(v))
			continue;
		*mine = true;
		if (is_segment(v) && (e = segment(in, input, 0, v)) != NULL)
			return err_pass(e);
		json_array_foreach(v, i, one)
		{
			if ((e = segment(in, input, i, one)) != NULL)
				return err_pass(e);
		}
	}
	return NULL;
}
