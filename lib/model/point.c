#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/decode.h"
#include "model/profile_json.h"
#include "model/unit.h"

enum { ADDRESS_MAX = 65535 };

static const char *const types[POINT_TYPES] = {
	/* clang-format off */
	[POINT_BIT]     = "BIT",
	[POINT_UINT16]  = "UINT16",  [POINT_INT16]   = "INT16",
	[POINT_UINT32]  = "UINT32",  [POINT_INT32]   = "INT32",
	[POINT_UINT64]  = "UINT64",  [POINT_INT64]   = "INT64",
	[POINT_FLOAT32] = "FLOAT32", [POINT_FLOAT64] = "FLOAT64",
	[POINT_UINT8L]  = "UINT8L",  [POINT_UINT8H]  = "UINT8H",
	[POINT_INT8L]   = "INT8L",   [POINT_INT8H]   = "INT8H",
	[POINT_FLOAT16] = "FLOAT16",
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

enum { GAUGE, COUNTER, STATE, SCALE, KINDS };
static const char *const kinds[KINDS] = { "gauge", "counter", "state",
	"scale" };

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

struct err *
bounds_read(double *low, double *high, const struct reader *r,
    const char *where, json_t *range)
{
	const json_t *a = json_array_get(range, 0),
		     *b = json_array_get(range, 1);

	*low = *high = NAN;
	if (range == NULL)
		return NULL;
	if (json_array_size(range) != 2 || !json_is_number(a) ||
	    !json_is_number(b) || json_number_value(a) >= json_number_value(b))
		return profile_wrong(r, where, "range wants [low, high]");
	*low = json_number_value(a);
	*high = json_number_value(b);
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

/* The register, of `words` of them, in the file's way of counting. */
static struct err *
address_read(struct point *pt, const struct reader *r, const char *reg,
    int address)
{
	int from = INDEX_OF(addressings, r->addressing), f;
	enum point_function said;

	if (from < 0)
		return profile_wrong(r, "addressing", "zero, one or modicon");
	for (f = READ_COILS; f < FUNCTIONS; f++)
		if (strcmp(register_names[f], reg) == 0)
			pt->function = (enum point_function)f;
	if (pt->function == 0)
		return profile_wrong(r, pt->key, "unknown register kind");
	said = pt->function;
	if (from == MODICON)
		modicon_read(pt, address);
	else
		pt->address = from == FROM_ONE ? address - 1 : address;
	if (reg != r->reg && pt->function != said)
		return profile_wrong(r, pt->key,
		    "the number is of another kind of register");
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

static struct err *
name_check(const struct reader *r, const char *key, const char *self)
{
	size_t i, same = 0;

	if (!name_ok(key, ".:"))
		return profile_wrong(r, key, "bad key");
	for (i = 0; i < r->p->n; i++)
		same += strcmp(r->p->points[i].key, key) == 0 &&
			r->p->points[i].key != self;
	for (i = 0; i < r->p->text_n; i++)
		same += strcmp(r->p->texts[i].key, key) == 0 &&
			r->p->texts[i].key != self;
	return same > 0 ? profile_wrong(r, key, "the key is there twice")
			: NULL;
}

static struct err *
unit_check(const struct point *pt, const struct reader *r)
{
	struct unit_change change;

	if (pt->display_unit == NULL ||
	    unit_change(&change, pt->unit, pt->display_unit))
		return NULL;
	return profile_wrong(r, pt->key,
	    "display_unit does not measure what unit does");
}

/* What must hold of a point whatever its JSON looked like. */
static struct err *
point_check(const struct point *pt, const struct reader *r)
{
	bool bits = pt->function == READ_COILS || pt->function == READ_DISCRETE;

	if (bits != (pt->type == POINT_BIT))
		return profile_wrong(r, pt->key,
		    "BIT goes with coils and discretes; of a register say "
		    "UINT16 and bit");
	if (pt->scale == 0 || !isfinite(pt->scale))
		return profile_wrong(r, pt->key, "scale must not be zero");
	if (INDEX_OF(kinds, pt->kind) < 0)
		return profile_wrong(r, pt->key, "unknown kind");
	if (pt->precision < 0 || pt->precision > 9)
		return profile_wrong(r, pt->key, "precision wants 0..9");
	if (!(pt->poll_s >= 0.01 && pt->poll_s <= 86400))
		return profile_wrong(r, pt->key, "poll_s wants 0.01 to 86400");
	if (pt->window_s != 0 && pt->window_s != 1 && pt->window_s != 10 &&
	    pt->window_s != 60)
		return profile_wrong(r, pt->key, "window_s wants 1, 10 or 60");
	return unit_check(pt, r);
}

/* "report": {"deadband": 0.1, "max_s": 60} */
static struct err *
report_read(struct point *pt, const struct reader *r, json_t *report)
{
	struct err *e;

	if (report == NULL)
		return NULL;
	if ((e = json_take(r, pt->key, report, "{s:F, s:F}", "deadband",
		 &pt->deadband, "max_s", &pt->max_s)) != NULL)
		return err_pass(e);
	if (!(pt->deadband >= 0) || !(pt->max_s > 0))
		return profile_wrong(r, pt->key,
		    "report wants deadband >= 0 and max_s > 0");
	return NULL;
}

/* The members of a point that need more than a look. */
struct members {
	json_t *range, *invalid, *names, *quality, *report, *write;
	const char *type, *reg, *order;
	int address, bit, length;
};

static struct err *
members_take(struct members *m, struct point *pt, const struct reader *r,
    json_t *o)
{
	return json_take(r, pt->key, o,
	    "{s:s, s:i, s:s, s?s, s?s, s?s, s?s, s?s, s?s, s?i, s?o, s?o, s?F,"
	    " s?F, s?o, s?o, s?F, s?o, s?F, s?i, s?i, s?s, s?s, s?s, s?F, s?F,"
	    " s?s, s?o}",
	    "key", &pt->key, "address", &m->address, "type", &m->type, "name",
	    &pt->name, "register", &m->reg, "byte_order", &m->order, "unit",
	    &pt->unit, "kind", &pt->kind, "capability", &pt->capability,
	    "precision", &pt->precision, "range", &m->range, "invalid",
	    &m->invalid, "scale", &pt->scale, "offset", &pt->offset, "enum",
	    &m->names, "quality_map", &m->quality, "poll_s", &pt->poll_s,
	    "report", &m->report, "window_s", &pt->window_s, "bit", &m->bit,
	    "length", &m->length, "group", &pt->group, "display_unit",
	    &pt->display_unit, "scale_from", &pt->scale_from, "rollover",
	    &pt->rollover, "max_rate_per_s", &pt->max_rate_per_s, "reset",
	    &pt->reset, "write", &m->write);
}

/* What the object is called in an error: its key, if it has one. */
static const char *
called(const json_t *o)
{
	const char *key = json_string_value(json_object_get(o, "key"));

	return key != NULL ? key : "points";
}

static struct err *
point_read(struct point *pt, const struct reader *r, json_t *o)
{
	struct members m = { .reg = r->reg,
		.order = r->order,
		.bit = ABSENT,
		.length = ABSENT };
	struct err *e;

	pt->key = called(o);
	pt->unit = "";
	pt->kind = kinds[GAUGE];
	pt->precision = 2;
	pt->scale = 1;
	pt->poll_s = r->p->poll_s;
	pt->rollover = pt->max_rate_per_s = NAN;
	if ((e = members_take(&m, pt, r, o)) != NULL)
		return err_pass(e);
	if (pt->name == NULL)
		pt->name = pt->key;
	pt->part = strcmp(pt->kind, kinds[SCALE]) == 0;
	if ((e = name_check(r, pt->key, pt->key)) != NULL ||
	    (e = type_read(pt, r, m.type, m.order)) != NULL ||
	    (e = address_read(pt, r, m.reg, m.address)) != NULL ||
	    (e = bits_read(pt, r, m.bit, m.length)) != NULL ||
	    (e = bounds_read(&pt->low, &pt->high, r, pt->key, m.range)) !=
		NULL ||
	    (e = states_read(pt, r, m.names, m.quality)) != NULL ||
	    (e = report_read(pt, r, m.report)) != NULL ||
	    (e = invalid_read(pt, r, m.invalid)) != NULL ||
	    (e = counting_check(pt, r)) != NULL ||
	    (e = writing_read(pt, r, m.write)) != NULL)
		return err_pass(e);
	return point_check(pt, r);
}

/* A point of type STRING, with a length in registers. */
static struct err *
text_read(struct text *t, const struct reader *r, json_t *o)
{
	const char *reg = r->reg, *order = r->order, *type;
	struct point place = { .key = called(o) };
	struct err *e;
	int address, at;

	t->key = place.key;
	if ((e = json_take(r, t->key, o,
		 "{s:s, s:i, s:s, s:i, s?s, s?s, s?s, s?s}", "key", &t->key,
		 "address", &address, "type", &type, "length", &place.words,
		 "name", &t->name, "register", &reg, "byte_order", &order,
		 "group", &t->group)) != NULL ||
	    (e = name_check(r, t->key, t->key)) != NULL)
		return err_pass(e);
	if (place.words < 1 || place.words > TEXT_WORDS_MAX)
		return profile_wrong(r, t->key, "length wants 1..64 registers");
	if ((at = INDEX_OF(orders, order)) < 0)
		return profile_wrong(r, t->key, "unknown byte_order");
	if ((e = address_read(&place, r, reg, address)) != NULL)
		return err_pass(e);
	if (place.function < READ_HOLDING)
		return profile_wrong(r, t->key, "STRING goes with registers");
	if (t->name == NULL)
		t->name = t->key;
	t->function = place.function;
	t->address = place.address;
	t->words = place.words;
	t->order = (enum word_order)at;
	return NULL;
}

static bool
is_text(const json_t *o)
{
	const char *type = json_string_value(json_object_get(o, "type"));

	return type != NULL && strcmp(type, "STRING") == 0;
}

struct err *
points_read(const struct reader *r, json_t *list)
{
	size_t n = json_array_size(list), i;
	struct profile *p = r->p;
	struct err *e;
	json_t *o;

	if (!json_is_array(list) || n == 0 || n > PROFILE_POINTS_MAX)
		return profile_wrong(r, "points", "want 1 to 256 points");
	p->points = arena_array(r->arena, n, sizeof(*p->points));
	p->texts = arena_array(r->arena, n, sizeof(*p->texts));
	json_array_foreach(list, i, o)
	{
		e = is_text(o) ? text_read(&p->texts[p->text_n++], r, o)
			       : point_read(&p->points[p->n++], r, o);
		if (e != NULL)
			return err_pass(e);
	}
	if ((e = scales_find(r)) != NULL || (e = interlocks_find(r)) != NULL)
		return err_pass(e);
	return NULL;
}

const char *
point_type_name(enum point_type t)
{
	return types[t];
}

const char *
word_order_name(enum word_order o)
{
	return orders[o];
}

const char *
point_function_name(enum point_function f)
{
	return register_names[f];
}

const char *
point_modicon(struct arena *a, enum point_function f, int address)
{
	/* What the number begins with; a coil's begins with 0. */
	static const int first[FUNCTIONS] = {
		[READ_DISCRETE] = 1,
		[READ_INPUT] = 3,
		[READ_HOLDING] = 4,
	};

	return arena_printf(a, "%d%05d", first[f], address + 1);
}
