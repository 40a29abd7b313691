/* map_thingsboard.c - modbus.json of ThingsBoard's gateway: one slave of it. */
#include <math.h>
#include <string.h>

#include "profile/draft.h"

enum {
	DEEP = 6,
	BYTE_BITS = 8,
	WORD_BITS = 16,
	BITS_MAX = 64,
	REGISTER_LAST = 65535
};

static const char *
member(const json_t *o, const char *name)
{
	const char *s = json_string_value(json_object_get(o, name));

	return s != NULL ? s : "";
}

/* The object named "master", wherever an export has put it. */
static const json_t *
master_find(const json_t *root)
{
	const json_t *level[DEEP], *found;
	json_t *v;
	const char *key;
	size_t n = 1, i;

	level[0] = root;
	for (i = 0; i < n; i++) {
		found = json_object_get(level[i], "master");
		if (json_is_object(found))
			return found;
		json_object_foreach((json_t *)level[i], key, v)
		{
			if (json_is_object(v) && n < DEEP)
				level[n++] = v;
		}
	}
	return NULL;
}

static const json_t *
slave_find(struct draft *d, const json_t *slaves)
{
	const char *part = d->ask->part;
	const json_t *slave;
	size_t i;

	json_array_foreach(slaves, i, slave)
	{
		if (part == NULL ||
		    strcmp(part, member(slave, "deviceName")) == 0)
			break;
	}
	json_array_foreach(slaves, i, slave)
	{
		if (part == NULL && i > 0)
			draft_note(d, member(slave, "deviceName"),
			    "another device of this file; name it to have it");
	}
	json_array_foreach(slaves, i, slave)
	{
		if (part == NULL ||
		    strcmp(part, member(slave, "deviceName")) == 0)
			return slave;
	}
	return NULL;
}

static const char *
order_of(const json_t *slave)
{
	bool bytes = strcmp(member(slave, "byteOrder"), "LITTLE") == 0;
	bool words = strcmp(member(slave, "wordOrder"), "LITTLE") == 0;

	if (bytes)
		return words ? "DCBA" : "BADC";
	return words ? "CDAB" : "ABCD";
}

/*
 * Bits of registers, or coils.  Of a register they come byte by byte, the
 * high one first, and of each byte the lowest bit first.
 */
static void
bits_put(struct draft *d, const json_t *item, const char *reg, int address,
    int n)
{
	bool coils = strcmp(reg, "coil") == 0 || strcmp(reg, "discrete") == 0;
	json_t *o;
	int i, k;

	if (n > BITS_MAX)
		draft_note(d, member(item, "tag"),
		    "only the first 64 are taken");
	for (i = 0; i < n && i < BITS_MAX; i++) {
		k = i % WORD_BITS;
		o = draft_point(d,
		    n == 1 ? member(item, "tag")
			   : arena_printf(d->arena, "%s.%d",
				 member(item, "tag"), i),
		    reg, coils ? address + i : address + i / WORD_BITS,
		    coils ? "BIT" : "UINT16");
		draft_text(o, "kind", "state");
		if (!coils)
			(void)json_object_set_new(o, "bit",
			    json_integer(
				k < BYTE_BITS ? k + BYTE_BITS : k - BYTE_BITS));
	}
}

static void
value_put(struct draft *d, const json_t *item, const char *reg,
    const char *order)
{
	const json_t *by = json_object_get(item, "divider"),
		     *times = json_object_get(item, "multiplier");
	json_int_t at = json_integer_value(json_object_get(item, "address"));
	int address = at >= 0 && at <= REGISTER_LAST ? (int)at : -1;
	int n = (int)json_integer_value(json_object_get(item, "objectsCount"));
	const char *type = member(item, "type"), *ours = draft_type(type);
	json_t *o;

	if (address < 0) {
		draft_note(d, member(item, "tag"), "its address is none");
		return;
	}
	if (strcmp(type, "bits") == 0 || strcmp(reg, "coil") == 0 ||
	    strcmp(reg, "discrete") == 0) {
		bits_put(d, item, reg, address, n > 0 ? n : 1);
		return;
	}
	if (ours == NULL) {
		draft_note(d, member(item, "tag"),
		    arena_printf(d->arena, "the type %s is not read", type));
		return;
	}
	o = draft_point(d, member(item, "tag"), reg, address, ours);
	draft_text(o, "name", member(item, "tag"));
	if (strcmp(ours, "STRING") == 0) {
		/* The letters come as they stand, whatever the order. */
		(void)json_object_set_new(o, "length", json_integer(n));
		return;
	}
	draft_text(o, "byte_order", order);
	if (json_is_number(by) && json_number_value(by) != 0)
		draft_scale(o, 1 / json_number_value(by));
	else if (json_is_number(times) && json_number_value(times) != 0)
		draft_scale(o, json_number_value(times));
}

static void
items_put(struct draft *d, const json_t *slave, const char *list)
{
	static const char *const regs[] = { NULL, "coil", "discrete", "holding",
		"input" };
	const json_t *item;
	size_t i;

	json_array_foreach(json_object_get(slave, list), i, item)
	{
		json_int_t f =
		    json_integer_value(json_object_get(item, "functionCode"));

		if (*member(item, "tag") == 0 || f < 1 || f > 4)
			draft_note(d, member(item, "tag"),
			    "it is not read: no tag, or no function 1 to 4");
		else
			value_put(d, item, regs[f], order_of(slave));
	}
}

/* What may be written has no bounds there: it is named, and not taken. */
static void
writes_name(struct draft *d, const json_t *slave, const char *list)
{
	const json_t *item;
	size_t i;

	json_array_foreach(json_object_get(slave, list), i, item)
	{
		draft_note(d, member(item, "tag"),
		    arena_printf(d->arena,
			"of %s: what may be written has no range there", list));
	}
}

struct err *
map_thingsboard(struct draft *d)
{
	const json_t *slave;
	json_t *root;
	struct err *e;
	double ms;

	if ((e = draft_json(&root, d)) != NULL)
		return err_pass(e);
	slave = slave_find(d, json_object_get(master_find(root), "slaves"));
	if (slave == NULL)
		return draft_wrong(d, "it has no such slave below \"master\"");
	draft_name(d, member(slave, "deviceName"), NULL,
	    member(slave, "deviceName"));
	ms = json_number_value(json_object_get(slave, "pollPeriod"));
	if (ms >= 10 && ms <= 86400000)
		(void)json_object_set_new(d->root, "defaults",
		    json_pack("{s:f}", "poll_s", ms / 1000));
	items_put(d, slave, "attributes");
	items_put(d, slave, "timeseries");
	writes_name(d, slave, "attributeUpdates");
	writes_name(d, slave, "rpc");
	return NULL;
}
