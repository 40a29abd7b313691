/*
 * map_sunspec.c - a SunSpec model: points in the order of their registers,
 * scale factors in points beside them, numbers that mean "not implemented".
 */
#include <math.h>
#include <string.h>

#include "profile/draft.h"

enum {
	COMMON_AT = 40002, /* behind the marker "SunS" */
	FIRST_AT = 40070,  /* behind the common model */
	DEPTH_MAX = 4,
	REPEATS_MAX = 64,
	GROUPS_MAX = 4096,
	SIZE_MAX_WORDS = 1024,
	SCALE_MAX = 10,
	REGISTER_LAST = 65535
};

static const struct kind {
	const char *type, *ours;
	const char *invalid; /* NULL: none */
	const char *kind;
} kinds[] = {
	/* clang-format off */
	{ "int16",      "INT16",   "0x8000", NULL },
	{ "uint16",     "UINT16",  "0xFFFF", NULL },
	{ "count",      "UINT16",  "0xFFFF", NULL },
	{ "acc16",      "UINT16",  "0x0", "counter" },
	{ "enum16",     "UINT16",  "0xFFFF", "state" },
	{ "bitfield16", "UINT16",  "0xFFFF", "state" },
	{ "raw16",      "UINT16",  NULL, NULL },
	{ "sunssf",     "INT16",   "0x8000", "scale" },
	{ "int32",      "INT32",   "0x80000000", NULL },
	{ "uint32",     "UINT32",  "0xFFFFFFFF", NULL },
	{ "acc32",      "UINT32",  "0x0", "counter" },
	{ "enum32",     "UINT32",  "0xFFFFFFFF", "state" },
	{ "bitfield32", "UINT32",  "0xFFFFFFFF", "state" },
	{ "ipaddr",     "UINT32",  "0x0", NULL },
	{ "int64",      "INT64",   "0x8000000000000000", NULL },
	{ "uint64",     "UINT64",  "0xFFFFFFFFFFFFFFFF", NULL },
	{ "acc64",      "UINT64",  "0x0", "counter" },
	{ "bitfield64", "UINT64",  "0xFFFFFFFFFFFFFFFF", "state" },
	{ "float32",    "FLOAT32", NULL, NULL },
	{ "float64",    "FLOAT64", NULL, NULL },
	{ "string",     "STRING",  NULL, NULL },
	/* clang-format on */
};

/* Where the walk is: the register, and what keys of this group begin with. */
struct walk {
	struct draft *d;
	int at;
	int depth;
	int groups; /* walked so far, at any depth */
	const char *prefix;
	const json_t *points; /* of this group */
};

static const struct kind *
kind_of(const char *type)
{
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (strcmp(kinds[i].type, type) == 0)
			return &kinds[i];
	return NULL;
}

static const char *
member(const json_t *o, const char *name)
{
	const char *s = json_string_value(json_object_get(o, name));

	return s != NULL ? s : "";
}

/* Has this group a point of that name? */
static bool
is_near(const struct walk *w, const char *name)
{
	const json_t *point;
	size_t i;

	json_array_foreach(w->points, i, point)
	{
		if (strcmp(member(point, "name"), name) == 0)
			return true;
	}
	return false;
}

/* A number that is no power of ten that a factor is made of. */
static bool
scale_is_odd(const json_t *sf)
{
	json_int_t power = json_integer_value(sf);

	return json_is_number(sf) &&
	       (!json_is_integer(sf) || power < -SCALE_MAX ||
		   power > SCALE_MAX);
}

/* A fixed power of ten, or the name of the point that holds it. */
static void
scale_put(const struct walk *w, json_t *o, const json_t *sf)
{
	const char *name = json_string_value(sf);
	json_int_t power = json_integer_value(sf);

	if (name != NULL) {
		/* Of the group itself, or of the outermost one. */
		draft_text(o, "scale_from",
		    is_near(w, name)
			? arena_printf(w->d->arena, "%s%s", w->prefix, name)
			: name);
	} else if (power != 0) {
		draft_scale(o, power < 0 ? 1 / pow(10, (double)-power)
					 : pow(10, (double)power));
	}
}

/* Of a state its names; of a field of bits a point each. */
static void
symbols_put(const struct walk *w, json_t *o, const json_t *point,
    const struct kind *k)
{
	bool bits = strncmp(k->type, "bitfield", 8) == 0;
	const json_t *symbol;
	json_t *one;
	size_t i;

	json_array_foreach(json_object_get(point, "symbols"), i, symbol)
	{
		const char *name = member(symbol, "name");
		int v =
		    (int)json_integer_value(json_object_get(symbol, "value"));

		if (!bits) {
			draft_state(o, v, name);
			continue;
		}
		one = draft_point(w->d,
		    arena_printf(w->d->arena, "%s%s.%s", w->prefix,
			member(point, "name"), name),
		    NULL, w->at, k->ours);
		draft_text(one, "name",
		    *member(symbol, "label") != 0 ? member(symbol, "label")
						  : name);
		(void)json_object_set_new(one, "bit", json_integer(v));
		draft_state(one, 0, "no");
		draft_state(one, 1, "yes");
	}
}

static void
point_put(const struct walk *w, const json_t *point, const struct kind *k,
    int size)
{
	const char *key =
	    arena_printf(w->d->arena, "%s%s", w->prefix, member(point, "name"));
	json_t *o;

	if (scale_is_odd(json_object_get(point, "sf"))) {
		draft_note(w->d, key, "its sf is no power from -10 to 10");
		return;
	}
	o = draft_point(w->d, key, NULL, w->at, k->ours);
	draft_text(o, "name", member(point, "label"));
	draft_text(o, "kind", k->kind);
	if (strcmp(k->ours, "STRING") == 0) {
		(void)json_object_set_new(o, "length", json_integer(size));
		return;
	}
	if (k->invalid != NULL)
		(void)json_object_set_new(o, "invalid",
		    json_pack("[s]", k->invalid));
	draft_unit(w->d, o, member(point, "units"));
	scale_put(w, o, json_object_get(point, "sf"));
	symbols_put(w, o, point, k);
	if (strcmp(member(point, "access"), "RW") == 0)
		draft_write(w->d, o, NAN, NAN);
}

static struct err *
points_walk(struct walk *w, const json_t *points)
{
	const json_t *point;
	const struct kind *k;
	size_t i;
	int size;

	w->points = points;
	json_array_foreach(points, i, point)
	{
		const char *type = member(point, "type");

		size = (int)json_integer_value(json_object_get(point, "size"));
		k = kind_of(type);
		if (size < 1 || size > SIZE_MAX_WORDS ||
		    *member(point, "name") == 0)
			return draft_wrong(w->d, "point %zu: no name or size",
			    i);
		if (w->at > REGISTER_LAST)
			return draft_wrong(w->d,
			    "it goes beyond the last register");
		if (k != NULL)
			point_put(w, point, k, size);
		else if (strcmp(type, "pad") != 0)
			draft_note(w->d, member(point, "name"),
			    arena_printf(w->d->arena, "the type %s is not read",
				type));
		w->at += size;
	}
	return NULL;
}

/* How often the group stands there; a number of 0 is as the device says. */
static int
repeats(const struct walk *w, const json_t *group)
{
	const json_t *count = json_object_get(group, "count");

	if (count == NULL)
		return 1;
	if (json_integer_value(count) > 0)
		return (int)json_integer_value(count);
	draft_note(w->d, member(group, "name"),
	    arena_printf(w->d->arena,
		"the device says how often it is there; %d taken",
		w->d->ask->count > 0 ? w->d->ask->count : 1));
	return w->d->ask->count > 0 ? w->d->ask->count : 1;
}

/*
 * The groups below it, one after the other; their depth is bounded, and how
 * many they are together.
 */
static struct err *
groups_walk(struct walk *w, const json_t *group)
{
	const char *prefix = w->prefix;
	const json_t *one;
	struct err *e;
	size_t i;
	int n, times;

	if (++w->depth > DEPTH_MAX)
		return draft_wrong(w->d, "groups are nested too deep");
	if ((e = points_walk(w, json_object_get(group, "points"))) != NULL)
		return err_pass(e);
	json_array_foreach(json_object_get(group, "groups"), i, one)
	{
		times = repeats(w, one);
		if (times > REPEATS_MAX)
			return draft_wrong(w->d,
			    "a group is there more than %d times", REPEATS_MAX);
		for (n = 1; n <= times; n++) {
			if (++w->groups > GROUPS_MAX)
				return draft_wrong(w->d,
				    "it has more than %d groups", GROUPS_MAX);
			w->prefix = arena_printf(w->d->arena, "%s%s.%d.",
			    prefix, member(one, "name"), n);
			if ((e = groups_walk(w, one)) != NULL)
				return err_pass(e);
		}
		w->prefix = prefix;
	}
	w->depth--;
	return NULL;
}

struct err *
map_sunspec(struct draft *d)
{
	struct walk w = { .d = d, .prefix = "" };
	const json_t *group;
	json_t *root;
	struct err *e;
	int id;

	if ((e = draft_json(&root, d)) != NULL)
		return err_pass(e);
	group = json_object_get(root, "group");
	id = (int)json_integer_value(json_object_get(root, "id"));
	if (!json_is_object(group) || id < 1)
		return draft_wrong(d, "want a model: an id and a group");
	draft_name(d, arena_printf(d->arena, "sunspec-%d", id), "SunSpec",
	    *member(group, "label") != 0 ? member(group, "label")
					 : member(group, "name"));
	w.at =
	    d->ask->base >= 0 ? d->ask->base : (id == 1 ? COMMON_AT : FIRST_AT);
	if (d->ask->base < 0)
		draft_note(d, "ID",
		    arena_printf(d->arena,
			"the model is taken to begin at register %d", w.at));
	if ((e = groups_walk(&w, group)) != NULL)
		return err_pass(e);
	return NULL;
}
