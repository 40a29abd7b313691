/*
 * map_telegraf.c - inputs.modbus of Telegraf: its three ways of writing
 * fields.  What Telegraf refuses when it starts is refused here too.
 */
#include <stdlib.h>
#include <string.h>

#include "profile/draft.h"

enum { ADDRESSES_MAX = 64 };

/* One field, whichever way it was written. */
struct field {
	const char *name, *reg, *type, *order, *measurement;
	const char *tags; /* all of them, to tell fields apart */
	const char *group;
	int address, words; /* words 0: as the type has it */
	double scale;
	int bit, length; /* -1, 0: not said */
};

static const char *
member(const json_t *o, const char *name)
{
	const char *s = json_string_value(json_object_get(o, name));

	return s != NULL ? s : "";
}

static int
whole(const json_t *o, const char *name, int fallback)
{
	const json_t *v = json_object_get(o, name);

	return json_is_integer(v) ? (int)json_integer_value(v) : fallback;
}

/* "1s", "100ms", "900s"; 0: it is not said. */
static double
seconds(const json_t *o, const char *name)
{
	const char *s = member(o, name);
	char *end;
	double v = strtod(s, &end);

	if (strcmp(end, "ms") == 0)
		return v / 1000;
	if (strcmp(end, "m") == 0)
		return v * 60;
	return strcmp(end, "h") == 0 ? v * 3600 : v;
}

/* What tells two fields of one name apart, as Telegraf has it. */
static struct err *
field_once(struct draft *d, json_t *seen, const struct field *f,
    const json_t *plugin)
{
	bool tagged =
	    !json_is_true(json_object_get(plugin, "exclude_register_type_tag"));
	const char *id = arena_printf(d->arena, "%s|%s|%s|%s", f->measurement,
	    tagged ? f->reg : "", f->tags, f->name);

	if (json_object_get(seen, id) != NULL)
		return draft_wrong(d,
		    "field \"%s\" duplicated in measurement \"%s\"", f->name,
		    f->measurement);
	(void)json_object_set_new(seen, id, json_true());
	return NULL;
}

static void
field_put(struct draft *d, const struct field *f)
{
	bool bit = strcmp(f->type, "BIT") == 0;
	bool coil = *f->reg == 'c' || *f->reg == 'd';
	json_t *o = draft_point(d, f->name, f->reg, f->address,
	    bit && !coil ? "UINT16" : f->type);

	draft_text(o, "name", f->name);
	draft_text(o, "group", f->group);
	draft_text(o, "byte_order", f->order);
	if (bit)
		draft_text(o, "kind", "state");
	if (bit && !coil)
		(void)json_object_set_new(o, "bit",
		    json_integer(f->bit >= 0 ? f->bit : 0));
	if (strcmp(f->type, "STRING") == 0)
		(void)json_object_set_new(o, "length", json_integer(f->length));
	else if (f->scale != 1 && f->scale != 0)
		draft_scale(o, f->scale);
}

static struct err *
field_take(struct draft *d, json_t *seen, struct field *f, const json_t *plugin)
{
	struct err *e;

	if (*f->name == 0)
		return draft_wrong(d, "a field has no name");
	if (*f->measurement == 0)
		f->measurement = "modbus";
	if ((e = field_once(d, seen, f, plugin)) != NULL)
		return err_pass(e);
	field_put(d, f);
	return NULL;
}

/* "a=b c=d", and the values alone, of a table of tags. */
static void
tags_read(struct draft *d, struct field *f, const json_t *tags)
{
	struct buf all = buf_new(d->arena, 64), values = buf_new(d->arena, 64);
	const char *key;
	json_t *v;

	json_object_foreach((json_t *)tags, key, v)
	{
		buf_printf(&all, "%s=%s ", key, member(tags, key));
		buf_printf(&values, "%s%s", values.n > 0 ? ", " : "",
		    member(tags, key));
	}
	buf_byte(&all, 0);
	buf_byte(&values, 0);
	f->tags = (const char *)all.p;
	f->group = (const char *)values.p;
}

/* A field of a request or a metric. */
static struct err *
entry_take(struct draft *d, json_t *seen, const json_t *plugin,
    const json_t *request, const json_t *entry)
{
	const char *reg = member(entry, "register"), *type;
	struct field f = { .name = member(entry, "name"),
		.address = whole(entry, "address", -1),
		.order = member(request, "byte_order"),
		.measurement = member(entry, "measurement"),
		.bit = whole(entry, "bit", -1),
		.length = whole(entry, "length", 0),
		.scale = json_number_value(json_object_get(entry, "scale")) };
	struct err *e;

	if (json_is_true(json_object_get(entry, "omit")))
		return NULL;
	f.reg = *reg != 0 ? reg : member(request, "register");
	if (*f.reg == 0)
		f.reg = "holding";
	if (*f.measurement == 0)
		f.measurement = member(request, "measurement");
	type = *f.reg == 'c' || *f.reg == 'd' ? "BIT" : member(entry, "type");
	f.type = draft_type(type);
	if (f.type == NULL)
		return draft_wrong(d, "field \"%s\": unknown type \"%s\"",
		    f.name, type);
	if (strcmp(f.type, "BIT") == 0 && *f.reg != 'h' && *f.reg != 'i')
		f.order = NULL;
	tags_read(d, &f, json_object_get(request, "tags"));
	if ((e = field_take(d, seen, &f, plugin)) != NULL)
		return err_pass(e);
	return NULL;
}

/* Is the request of the unit that is wanted: the one named, or the first? */
static bool
is_wanted(struct draft *d, const json_t *request, int *unit)
{
	int id = whole(request, "slave_id", 1);

	if (*unit < 0)
		*unit = d->ask->part != NULL
			    ? (int)strtol(d->ask->part, NULL, 10)
			    : id;
	if (id == *unit)
		return true;
	draft_note(d, arena_printf(d->arena, "slave %d", id),
	    "another device of this file; name it to have it");
	return false;
}

static struct err *
requests_read(struct draft *d, const json_t *plugin, const char *style)
{
	json_t *seen = json_object();
	const json_t *request, *entry;
	struct err *e = NULL;
	size_t i, k;
	int unit = -1;

	json_array_foreach(json_object_get(plugin, style), i, request)
	{
		if (!is_wanted(d, request, &unit))
			continue;
		json_array_foreach(json_object_get(request, "fields"), k, entry)
		{
			e = entry_take(d, seen, plugin, request, entry);
			if (e != NULL)
				break;
		}
		if (e != NULL)
			break;
	}
	json_decref(seen);
	if (e != NULL)
		return err_pass(e);
	return NULL;
}

/*
 * The register style's own names: FIXED is a whole number of as many
 * registers as there are addresses, FLOAT32-IEEE a float.
 */
static const char *
old_type(struct draft *d, const char *type, int n)
{
	if (strcmp(type, "FLOAT32") == 0)
		return NULL;
	if (strcmp(type, "FIXED") == 0 || strcmp(type, "UFIXED") == 0)
		return draft_type(arena_printf(d->arena, "%sINT%d",
		    *type == 'U' ? "U" : "", n * 16));
	if (strcmp(type, "FLOAT16-IEEE") == 0)
		return "FLOAT16";
	return draft_type(type);
}

static const char *
old_order(const char *order)
{
	if (strcmp(order, "AB") == 0)
		return "ABCD";
	return strcmp(order, "BA") == 0 ? "DCBA" : order;
}

/* The addresses follow one another, as many as the type has registers. */
static struct err *
old_addresses(struct draft *d, struct field *f, const json_t *list)
{
	size_t n = json_array_size(list), i;
	json_int_t first = json_integer_value(json_array_get(list, 0));
	int words = f->type != NULL && strcmp(f->type, "STRING") != 0
			? draft_words(f->type)
			: (int)n;

	if (n == 0 || n > ADDRESSES_MAX || (int)n != words)
		return draft_wrong(d,
		    "field \"%s\": invalid address: %zu "
		    "registers, the type has %d",
		    f->name, n, words);
	for (i = 0; i < n; i++)
		if (json_integer_value(json_array_get(list, i)) !=
		    first + (json_int_t)i)
			return draft_wrong(d,
			    "field \"%s\": invalid address: they do not "
			    "follow one another",
			    f->name);
	f->address = (int)first;
	f->length = (int)n;
	return NULL;
}

static struct err *
old_take(struct draft *d, json_t *seen, const json_t *plugin,
    const json_t *entry, const char *reg)
{
	const json_t *list = json_object_get(entry, "address");
	bool coil = *reg == 'c' || *reg == 'd';
	const char *type = coil ? "BIT" : member(entry, "data_type");
	struct field f = { .name = member(entry, "name"),
		.reg = reg,
		.order = coil ? NULL : old_order(member(entry, "byte_order")),
		.measurement = member(entry, "measurement"),
		.tags = "",
		.bit = whole(entry, "bit", -1),
		.scale = json_number_value(json_object_get(entry, "scale")) };
	struct err *e;

	f.type = old_type(d, type, (int)json_array_size(list));
	if (f.type == NULL && strcmp(type, "FLOAT32") != 0)
		return draft_wrong(d, "field \"%s\": unknown type \"%s\"",
		    f.name, type);
	if ((e = old_addresses(d, &f, list)) != NULL)
		return err_pass(e);
	if (f.type == NULL) {
		draft_note(d, f.name,
		    "FLOAT32 is a scaled integer there: say "
		    "UFIXED or FLOAT32-IEEE");
		return NULL;
	}
	if ((e = field_take(d, seen, &f, plugin)) != NULL)
		return err_pass(e);
	return NULL;
}

static struct err *
registers_read(struct draft *d, const json_t *plugin)
{
	static const struct {
		const char *list, *reg;
	} lists[] = {
		/* clang-format off */
		{ "coils", "coil" }, { "discrete_inputs", "discrete" },
		{ "holding_registers", "holding" },
		{ "input_registers", "input" },
		/* clang-format on */
	};
	json_t *seen = json_object();
	const json_t *entry;
	struct err *e = NULL;
	size_t i, k;

	for (i = 0; e == NULL && i < sizeof(lists) / sizeof(*lists); i++) {
		json_array_foreach(json_object_get(plugin, lists[i].list), k,
		    entry)
		{
			e = old_take(d, seen, plugin, entry, lists[i].reg);
			if (e != NULL)
				break;
		}
	}
	json_decref(seen);
	if (e != NULL)
		return err_pass(e);
	return NULL;
}

static void
put_number(json_t *to, const char *name, json_t *value, bool known)
{
	if (known)
		(void)json_object_set_new(to, name, value);
	else
		json_decref(value);
}

/* How it is asked: pace, line and what the device wants to be spared. */
static void
manner_read(struct draft *d, const json_t *plugin)
{
	const json_t *more = json_object_get(plugin, "workarounds");
	json_t *transport = json_object(), *limits = json_object();
	double interval = seconds(plugin, "interval");
	double wait = seconds(plugin, "timeout");
	double pause = seconds(more, "pause_between_requests");
	const char *parity = member(plugin, "parity");
	int n;

	put_number(transport, "timeout_ms", json_integer((int)(wait * 1000)),
	    wait >= 0.01 && wait <= 10);
	n = whole(plugin, "baud_rate", 0);
	put_number(transport, "baud", json_integer(n), n >= 300);
	n = whole(plugin, "data_bits", 0);
	put_number(transport, "data_bits", json_integer(n), n >= 7);
	n = whole(plugin, "stop_bits", 0);
	put_number(transport, "stop_bits", json_integer(n), n >= 1);
	if (strlen(parity) == 1 && strchr("NEO", *parity) != NULL)
		draft_text(transport, "parity", parity);
	n = whole(more, "max_word_registers_per_request", 0);
	put_number(limits, "max_words", json_integer(n), n >= 1 && n <= 125);
	put_number(limits, "pause_ms", json_integer((int)(pause * 1000)),
	    pause > 0 && pause <= 1);
	put_number(limits, "one_request_per_point", json_true(),
	    json_is_true(json_object_get(more, "one_request_per_field")));
	(void)json_object_set_new(d->root, "transport", transport);
	(void)json_object_set_new(d->root, "limits", limits);
	put_number(d->root, "defaults", json_pack("{s:f}", "poll_s", interval),
	    interval >= 0.01 && interval <= 86400);
}

struct err *
map_telegraf(struct draft *d)
{
	const json_t *all, *plugin;
	const char *style;
	struct err *e;
	json_t *root;

	if ((e = toml_read(&root, d->arena, d->ask->file)) != NULL)
		return err_pass(e);
	all = json_object_get(json_object_get(root, "inputs"), "modbus");
	plugin = json_is_array(all) ? json_array_get(all, 0) : all;
	if (!json_is_object(plugin))
		return draft_wrong(d, "it has no [[inputs.modbus]]");
	if (json_array_size(all) > 1)
		draft_note(d, member(json_array_get(all, 1), "name"),
		    "another [[inputs.modbus]]; the first one is taken");
	draft_name(d,
	    *member(plugin, "name") != 0 ? member(plugin, "name") : NULL, NULL,
	    *member(plugin, "name") != 0 ? member(plugin, "name") : NULL);
	manner_read(d, plugin);
	style = member(plugin, "configuration_type");
	e = strcmp(style, "request") == 0 || strcmp(style, "metric") == 0
		? requests_read(d, plugin, style)
		: registers_read(d, plugin);
	if (e != NULL)
		return err_pass(e);
	return NULL;
}
