#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/decode.h"
#include "model/profile_json.h"

enum { ADDRESS_MAX = 65535 };

static const char *const types[POINT_TYPES] = {
	/* clang-format off */
	[POINT_BIT]     = "BIT",
	[POINT_UINT16]  = "UINT16",  [POINT_INT16]   = "INT16",
	[POINT_UINT32]  = "UINT32",  [POINT_INT32]   = "INT32",
	[POINT_UINT64]  = "UINT64",  [POINT_INT64]   = "INT64",
	[POINT_FLOAT32] = "FLOAT32", [POINT_FLOAT64] = "FLOAT64",
	/* clang-format on */
};

static const char *const orders[ORDERS] = {
	[ORDER_ABCD] = "ABCD",
	[ORDER_CDAB] = "CDAB",
	[ORDER_BADC] = "BADC",
	[ORDER_DCBA] = "DCBA",
};

const char *const register_names[FUNCTIONS] = {
	/* clang-format off */
	[READ_COILS]    = "coil",
	[READ_DISCRETE] = "discrete",
	[READ_HOLDING]  = "holding",
	[READ_INPUT]    = "input",
	/* clang-format on */
};

/* The traditional numbers: 30011 and 300011 are input register 10. */
static const struct {
	int first, last;
	enum point_function function;
} modicon[] = {
	/* clang-format off */
	{ 1,      9999,   READ_COILS },
	{ 10001,  19999,  READ_DISCRETE },
	{ 30001,  39999,  READ_INPUT },
	{ 40001,  49999,  READ_HOLDING },
	{ 100001, 165536, READ_DISCRETE },
	{ 300001, 365536, READ_INPUT },
	{ 400001, 465536, READ_HOLDING },
	/* clang-format on */
};

enum addressing { FROM_ZERO, FROM_ONE, MODICON, ADDRESSINGS };
static const char *const addressings[ADDRESSINGS] = { "zero", "one",
	"modicon" };

static const char *const kinds[] = { "gauge", "counter", "state" };

static int
index_of(const char *const *names, size_t n, const char *name)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strcmp(names[i], name) == 0)
			return (int)i;
	return -1;
}

#define INDEX_OF(names, name) \
	index_of(names, sizeof(names) / sizeof(*(names)), name)

static struct err *
numbers_read(const double **out, size_t *n, const struct reader *r,
    const char *where, json_t *list)
{
	double *v = arena_array(r->arena, json_array_size(list), sizeof(*v));
	json_t *item;
	size_t i;

	*n = 0;
	json_array_foreach(list, i, item)
	{
		/* "nan" is allowed for its clarity; NaN is never a value. */
		if (json_is_string(item) &&
		    strcmp(json_string_value(item), "nan") == 0)
			continue;
		if (!json_is_number(item))
			return profile_wrong(r, where, "want numbers");
		v[(*n)++] = json_number_value(item);
	}
	if (!json_is_array(list))
		return profile_wrong(r, where, "want a list");
	*out = v;
	return NULL;
}

static struct err *
range_read(struct point *pt, const struct reader *r, json_t *range)
{
	const double *v;
	size_t n;
	struct err *e;

	pt->low = pt->high = NAN;
	if (range == NULL)
		return NULL;
	if ((e = numbers_read(&v, &n, r, "range", range)) != NULL)
		return err_pass(e);
	if (n != 2 || v[0] >= v[1])
		return profile_wrong(r, pt->key, "range wants [low, high]");
	pt->low = v[0];
	pt->high = v[1];
	return NULL;
}

static const char *
states_text(struct arena *a, const json_t *o)
{
	size_t n = json_dumpb(o, NULL, 0, JSON_COMPACT);
	char *text = arena_alloc(a, n + 1);

	(void)json_dumpb(o, text, n, JSON_COMPACT);
	return text;
}

/*
 * The state of the number that a JSON member is named by; a new one when it
 * is not there yet, NULL when the name is no number.
 */
static struct state *
state_at(struct point *pt, struct state *v, const char *number)
{
	char *end;
	double value = strtod(number, &end);
	size_t i;

	if (end == number || *end != 0)
		return NULL;
	for (i = 0; i < pt->state_n; i++)
		if (v[i].value == value)
			return &v[i];
	v[pt->state_n] = (struct state){ value, NULL, -1 };
	return &v[pt->state_n++];
}

static struct err *
states_read(struct point *pt, const struct reader *r, json_t *names,
    json_t *quality)
{
	size_t most = json_object_size(names) + json_object_size(quality);
	struct state *v = arena_array(r->arena, most, sizeof(*v)), *at;
	const char *key;
	json_t *item;

	json_object_foreach(names, key, item)
	{
		at = state_at(pt, v, key);
		if (at == NULL || !json_is_string(item))
			return profile_wrong(r, pt->key,
			    "enum wants {\"0\": \"name\"}");
		at->name = json_string_value(item);
	}
	json_object_foreach(quality, key, item)
	{
		at = state_at(pt, v, key);
		if (at == NULL || !json_is_integer(item) ||
		    json_integer_value(item) < 0 ||
		    json_integer_value(item) > 100)
			return profile_wrong(r, pt->key,
			    "quality_map wants {\"0\": 0..100}");
		at->quality = (int)json_integer_value(item);
	}
	pt->state = v;
	if (names != NULL)
		pt->states = states_text(r->arena, names);
	return NULL;
}

/* In modicon numbers the number itself says which function. */
static void
modicon_read(struct point *pt, int address)
{
	size_t i;

	pt->address = -1;
	for (i = 0; i < sizeof(modicon) / sizeof(*modicon); i++) {
		if (address < modicon[i].first || address > modicon[i].last)
			continue;
		pt->function = modicon[i].function;
		pt->address = address - modicon[i].first;
	}
}

static struct err *
address_read(struct point *pt, const struct reader *r, const char *reg,
    int address)
{
	int from = INDEX_OF(addressings, r->addressing), f;

	if (from < 0)
		return profile_wrong(r, "addressing", "zero, one or modicon");
	for (f = READ_COILS; f < FUNCTIONS; f++)
		if (strcmp(register_names[f], reg) == 0)
			pt->function = (enum point_function)f;
	if (pt->function == 0)
		return profile_wrong(r, pt->key, "unknown register kind");
	if (from == MODICON)
		modicon_read(pt, address);
	else
		pt->address = from == FROM_ONE ? address - 1 : address;
	if (pt->address < 0 || pt->address + pt->words - 1 > ADDRESS_MAX)
		return profile_wrong(r, pt->key, "address out of bounds");
	return NULL;
}

static struct err *
type_read(struct point *pt, const struct reader *r, const char *type,
    const char *order)
{
	int t = INDEX_OF(types, type), o = INDEX_OF(orders, order);

	if (t < 0)
		return profile_wrong(r, pt->key, "unknown type");
	if (o < 0)
		return profile_wrong(r, pt->key, "unknown byte_order");
	pt->type = (enum point_type)t;
	pt->order = (enum word_order)o;
	pt->words = decode_words(pt->type);
	return NULL;
}

/* What must hold of a point whatever its JSON looked like. */
static struct err *
point_check(const struct point *pt, const struct reader *r)
{
	bool bits = pt->function == READ_COILS || pt->function == READ_DISCRETE;

	if (!name_ok(pt->key, ".:"))
		return profile_wrong(r, pt->key, "bad key");
	if (profile_point(r->p, pt->key) != pt)
		return profile_wrong(r, pt->key, "the key is there twice");
	if (bits != (pt->type == POINT_BIT))
		return profile_wrong(r, pt->key,
		    "BIT goes with coils and discretes");
	if (pt->scale == 0 || !isfinite(pt->scale))
		return profile_wrong(r, pt->key, "scale must not be zero");
	if (INDEX_OF(kinds, pt->kind) < 0)
		return profile_wrong(r, pt->key, "unknown kind");
	if (pt->precision < 0 || pt->precision > 9)
		return profile_wrong(r, pt->key, "precision wants 0..9");
	return NULL;
}

static struct err *
point_read(struct point *pt, const struct reader *r, json_t *o)
{
	json_t *range = NULL, *invalid = NULL, *names = NULL, *quality = NULL;
	const char *type, *reg = r->reg, *order = r->order;
	struct err *e;
	int address;

	pt->unit = "";
	pt->kind = "gauge";
	pt->precision = 2;
	pt->scale = 1;
	if ((e = json_take(r, "points", o,
		 "{s:s, s:i, s:s, s?s, s?s, s?s, s?s, s?s, s?s, s?i, s?o, s?o,"
		 " s?F, s?F, s?o, s?o}",
		 "key", &pt->key, "address", &address, "type", &type, "name",
		 &pt->name, "register", &reg, "byte_order", &order, "unit",
		 &pt->unit, "kind", &pt->kind, "capability", &pt->capability,
		 "precision", &pt->precision, "range", &range, "invalid",
		 &invalid, "scale", &pt->scale, "offset", &pt->offset, "enum",
		 &names, "quality_map", &quality)) != NULL)
		return err_pass(e);
	if (pt->name == NULL)
		pt->name = pt->key;
	if ((e = type_read(pt, r, type, order)) != NULL ||
	    (e = address_read(pt, r, reg, address)) != NULL ||
	    (e = range_read(pt, r, range)) != NULL ||
	    (e = states_read(pt, r, names, quality)) != NULL ||
	    (invalid != NULL && (e = numbers_read(&pt->invalid, &pt->invalids,
				     r, "invalid", invalid)) != NULL))
		return err_pass(e);
	return point_check(pt, r);
}

struct err *
points_read(const struct reader *r, json_t *list)
{
	struct err *e;
	json_t *o;
	size_t i;

	if (!json_is_array(list) || json_array_size(list) == 0 ||
	    json_array_size(list) > PROFILE_POINTS_MAX)
		return profile_wrong(r, "points", "want 1 to 256 points");
	r->p->points =
	    arena_array(r->arena, json_array_size(list), sizeof(*r->p->points));
	json_array_foreach(list, i, o)
	{
		r->p->n++;
		if ((e = point_read(&r->p->points[i], r, o)) != NULL)
			return err_pass(e);
	}
	return NULL;
}
