/*
 * The fleet's stream, of meters and vehicles through one address:
 *
 *	{"meterId", "kwhConsumedAc", "voltage", "timestamp"}
 *	{"vehicleId", "soc", "kwhDeliveredDc", "batteryTemp", "timestamp"}
 *
 * The member that names the sender tells which of them an object is.  Each
 * has its own members, and an object that lacks one or has a wrong one is
 * refused whole; what else it has is a measurement like these.
 */
#include <math.h>
#include <stdlib.h>

#include "intake/each.h"

enum { NEEDS_MAX = 3, NUMBER_MAX = 40 };

static const struct type {
	const char *id;
	struct need {
		const char *name;
		double low, high;
	} need[NEEDS_MAX];
} types[] = {
	{ "meterId",
	    { { "kwhConsumedAc", 0, INFINITY }, { "voltage", 0, INFINITY } } },
	{ "vehicleId", { { "soc", 0, 100 }, { "kwhDeliveredDc", 0, INFINITY },
			   { "batteryTemp", -273.15, INFINITY } } },
};

enum { TYPES = sizeof(types) / sizeof(*types) };

/* A number, or a text that is one; else NaN. */
static double
number_of(const struct jvalue *v)
{
	char text[NUMBER_MAX], *end;
	double d;

	if (v->kind != J_TEXT || v->text.n == 0 || v->text.n >= sizeof(text))
		return jvalue_number(v);
	memcpy(text, v->text.p, v->text.n);
	text[v->text.n] = 0;
	d = strtod(text, &end);
	return *end == 0 && text[strspn(text, "+-.0123456789eE")] == 0 ? d
								       : NAN;
}

/* The object's item of that name; NULL: there is none. */
static struct item *
item_named(const struct intake *in, size_t first, const char *name)
{
	size_t i;

	for (i = first; i < in->n; i++)
		if (slice_is(in->v[i].sensor, name))
			return &in->v[i];
	return NULL;
}

/* A member that is not there is refused at the place where it should be. */
static void
refuse_missing(struct intake *in, const struct common *c, const char *name)
{
	struct item *it = intake_add(in);

	item_common(it, c);
	it->joint = "";
	it->sensor = (struct slice){ name, strlen(name) };
	item_refuse(it, in->arena, "no_field", "%s is missing", name);
}

/* What an object of this type must have. */
static void
validate(struct intake *in, size_t first, const struct type *type,
    const struct common *c)
{
	const struct need *need;
	struct item *it;
	double d;

	if (!c->timed)
		refuse_missing(in, c, "timestamp");
	for (need = type->need;
	     need < type->need + NEEDS_MAX && need->name != NULL; need++) {
		if ((it = item_named(in, first, need->name)) == NULL ||
		    it->value.kind == J_NULL) {
			refuse_missing(in, c, need->name);
			continue;
		}
		d = number_of(&it->value);
		if (isnan(d))
			item_refuse(it, in->arena, "not_a_number",
			    "%s: want a number", need->name);
		else if (d < need->low || d > need->high)
			item_refuse(it, in->arena, "out_of_range",
			    "%s: %g is outside %g to %g", need->name, d,
			    need->low, need->high);
	}
}

/* One bad member costs its whole object. */
static void
stand_together(struct intake *in, size_t first)
{
	size_t i, bad = first;

	while (bad < in->n && in->v[bad].code == NULL)
		bad++;
	for (i = first; bad < in->n && i < in->n; i++)
		item_refuse(&in->v[i], in->arena, "incomplete",
		    "refused with the rest of its object");
}

/*
 * The members of the object just entered, and who sends it; which types they
 * name, as bits.
 */
static unsigned
members_read(struct slice *id, struct intake *in, struct jscan *s)
{
	struct members *m = &in->members;
	unsigned named = 0, i;
	struct slice key;
	struct jvalue v;
	struct item *it;

	members_clear(m);
	while (jscan_member(s, &key)) {
		unsigned name = members_name(m, key);

		jscan_value(s, &v);
		jscan_pass(s, &v);
		for (i = 0; i < TYPES; i++)
			if (slice_is(key, types[i].id) && v.kind != J_NULL) {
				named |= 1U << i;
				*id = v.kind == J_TEXT ? v.text : v.raw;
			}
		if (name_is_aside(name)) {
			members_put(m, name, &v);
			continue;
		}
		it = intake_add(in);
		it->joint = "";
		it->sensor = key;
		it->value = v;
	}
	return named;
}

/* The object just entered. */
static void
object(struct intake *in, struct jscan *s, struct jvalue *o)
{
	size_t first = in->n, i;
	struct slice id = { NULL, 0 };
	unsigned named = members_read(&id, in, s);
	struct common c;

	jscan_ended(s, o);
	common_read(&c, in, o->raw);
	c.device = id;
	for (i = first; i < in->n; i++)
		item_common(&in->v[i], &c);
	if (named == 0) {
		refuse_missing(in, &c, "meterId");
	} else if ((named & (named - 1)) != 0) {
		struct item *it = intake_add(in);

		item_common(it, &c);
		it->joint = "";
		it->sensor = (struct slice){ "vehicleId", 9 };
		it->code = NULL;
		item_refuse(it, in->arena, "ambiguous",
		    "meterId and vehicleId: want one of them");
	} else {
		validate(in, first, &types[named == 1 ? 0 : 1], &c);
	}
	stand_together(in, first);
}

struct err *
decode_fleet(struct intake *in, struct bytes body)
{
	struct err *e = each_object(in, body, object);

	return e != NULL ? err_pass(e) : NULL;
}
