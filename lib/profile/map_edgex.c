/* map_edgex.c - a device profile of EdgeX's device-modbus. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "profile/draft.h"

enum { LENGTH_MAX = 1000 };

static const struct {
	const char *table, *reg;
} tables[] = {
	/* clang-format off */
	{ "COILS",             "coil" },
	{ "DISCRETES_INPUT",   "discrete" },
	{ "INPUT_REGISTERS",   "input" },
	{ "HOLDING_REGISTERS", "holding" },
	/* clang-format on */
};

static const char *
member(const json_t *o, const char *name)
{
	const char *s = json_string_value(json_object_get(o, name));

	return s != NULL ? s : "";
}

static double
number(const json_t *o, const char *name)
{
	double v;

	return draft_number(&v, member(o, name)) ? v : NAN;
}

static bool
is_true(const json_t *o, const char *name)
{
	return strcasecmp(member(o, name), "true") == 0;
}

static const char *
register_of(const char *table)
{
	size_t i;

	for (i = 0; i < sizeof(tables) / sizeof(*tables); i++)
		if (strcasecmp(tables[i].table, table) == 0)
			return tables[i].reg;
	return NULL;
}

/* The names that commands give the values of a resource. */
static void
states_put(struct draft *d, json_t *o, const json_t *root, const char *resource)
{
	const json_t *command, *use;
	const char *number, *name;
	json_t *v;
	size_t i, k;
	char *end;
	long at;

	json_array_foreach(json_object_get(root, "deviceCommands"), i, command)
	{
		json_array_foreach(json_object_get(command,
				       "resourceOperations"),
		    k, use)
		{
			if (strcmp(member(use, "deviceResource"), resource) !=
			    0)
				continue;
			json_object_foreach(json_object_get(use, "mappings"),
			    number, v)
			{
				name = json_string_value(v);
				at = strtol(number, &end, 10);
				if (strcasecmp(number, "true") == 0 ||
				    strcasecmp(number, "false") == 0)
					at = strcasecmp(number, "true") == 0;
				else if (end == number || *end != 0) {
					draft_note(d, resource,
					    "a mapping is of no number");
					continue;
				}
				draft_state(o, at, name);
			}
		}
	}
}

/* What the register holds: what it is raw, or else what comes of it. */
static const char *
type_of(const json_t *attributes, const json_t *properties)
{
	const char *raw = member(attributes, "rawType");

	return draft_type(*raw != 0 ? raw : member(properties, "valueType"));
}

static json_t *
point_put(struct draft *d, const json_t *resource, const char *reg,
    const char *type)
{
	const json_t *attributes = json_object_get(resource, "attributes");
	const char *at = member(attributes, "startingAddress");
	bool bytes = is_true(attributes, "isByteSwap");
	bool words = is_true(attributes, "isWordSwap");
	const char *dot = strchr(at, '.');
	bool bit = strcmp(type, "BIT") == 0;
	bool coil = *reg == 'c' || *reg == 'd';
	json_t *o = draft_point(d, member(resource, "name"), reg,
	    (int)strtol(at, NULL, 10), bit && !coil ? "UINT16" : type);

	draft_text(o, "name", member(resource, "description"));
	if (strcmp(type, "STRING") == 0) {
		double n = number(attributes, "stringRegisterSize");

		(void)json_object_set_new(o, "length",
		    json_integer(n > 0 && n <= LENGTH_MAX ? (int)n : 0));
		return o;
	}
	if (bytes || words)
		draft_text(o, "byte_order",
		    bytes ? (words ? "DCBA" : "BADC") : "CDAB");
	if (bit)
		draft_text(o, "kind", "state");
	/* 10.10 is bit 10 of register 10. */
	if (bit && !coil)
		(void)json_object_set_new(o, "bit",
		    json_integer(dot != NULL ? strtol(dot + 1, NULL, 10) : 0));
	return o;
}

static void
resource_read(struct draft *d, const json_t *root, const json_t *resource)
{
	const json_t *attributes = json_object_get(resource, "attributes");
	const json_t *properties = json_object_get(resource, "properties");
	const char *name = member(resource, "name");
	const char *reg = register_of(member(attributes, "primaryTable"));
	const char *type = type_of(attributes, properties);
	double at = number(attributes, "startingAddress"), scale, offset;
	json_t *o;

	if (reg == NULL || type == NULL || !(at >= 0 && at < 65536)) {
		draft_note(d, name, "its table, type or address is not known");
		return;
	}
	o = point_put(d, resource, reg, type);
	if (strcmp(type, "STRING") == 0)
		return;
	scale = number(properties, "scale");
	offset = number(properties, "offset");
	if (!isnan(scale) && scale != 1)
		draft_scale(o, scale);
	if (!isnan(offset) && offset != 0)
		(void)json_object_set_new(o, "offset", json_real(offset));
	draft_unit(d, o, member(properties, "units"));
	states_put(d, o, root, name);
	if (strchr(member(properties, "readWrite"), 'W') != NULL)
		draft_write(d, o, number(properties, "minimum"),
		    number(properties, "maximum"));
}

struct err *
map_edgex(struct draft *d)
{
	const json_t *list, *resource;
	json_t *root;
	struct err *e;
	size_t i;

	if ((e = yaml_read(&root, d->arena, d->ask->file)) != NULL)
		return err_pass(e);
	list = json_object_get(root, "deviceResources");
	if (!json_is_array(list))
		return draft_wrong(d, "it has no deviceResources");
	draft_name(d, member(root, "name"), member(root, "manufacturer"),
	    member(root, "model"));
	json_array_foreach(list, i, resource)
	{
		resource_read(d, root, resource);
	}
	return NULL;
}
