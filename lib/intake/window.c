#include "intake/window.h"

#include <math.h>

#include "intake/sane.h"

/* Integers above this are not exact as doubles. */
#define INTEGER_MAX (INT64_C(1) << 53)

/* An average may be this part of the extremes outside, by rounding alone. */
#define ROUNDING 1e-9

static const struct {
	const char *name;
	enum slot slot;
	bool bounded; /* by the sensor's range */
} facets[WINDOW_FACETS] = {
	/* clang-format off */
	[FACET_MIN]    = { "min",    SLOT_MIN,    true },
	[FACET_MAX]    = { "max",    SLOT_MAX,    true },
	[FACET_COUNT]  = { "count",  SLOT_COUNT,  false },
	[FACET_STDDEV] = { "stdDev", SLOT_STDDEV, false },
	/* clang-format on */
};

void
window_take(struct item *it, struct arena *a, const struct members *m)
{
	const struct jvalue *avg = members_get(m, SLOT_AVG), *v;
	size_t f;

	if (avg == NULL)
		return;
	it->value = *avg;
	it->window = arena_alloc(a, sizeof(*it->window));
	for (f = 0; f < WINDOW_FACETS; f++)
		if ((v = members_get(m, facets[f].slot)) != NULL)
			it->window->raw[f] = *v;
}

/* One number of the aggregate; NaN and refused if it is none. */
static double
number(struct item *it, struct arena *a, const struct jvalue *v,
    const char *name)
{
	if (v->kind == J_NONE)
		item_refuse(it, a, "bad_aggregate", "%s is missing", name);
	else if (v->kind == J_BIG ||
		 (v->kind == J_INT &&
		     (v->i > INTEGER_MAX || v->i < -INTEGER_MAX)))
		item_refuse(it, a, "too_large",
		    "%s: the integer cannot be kept exactly", name);
	else if (v->kind != J_INT && v->kind != J_REAL)
		item_refuse(it, a, "bad_aggregate", "%s: want a number", name);
	else
		return jvalue_number(v);
	return NAN;
}

static void
in_range(struct item *it, struct arena *a, const struct target *t, double v,
    const char *name)
{
	if (v < t->low || v > t->high)
		item_refuse(it, a, "out_of_range",
		    "%s: %g is outside %g to %g %s", name, v, t->low, t->high,
		    t->unit);
}

/* What its numbers say of each other; none of them is NaN but stdDev. */
static void
agree(struct item *it, struct arena *a)
{
	const double *v = it->window->value;
	double min = v[FACET_MIN], max = v[FACET_MAX], count = v[FACET_COUNT];
	double slack = ROUNDING * fmax(fabs(min), fabs(max));

	if (min > max)
		item_refuse(it, a, "bad_aggregate", "min: %g is above max, %g",
		    min, max);
	if (it->r.value < min - slack || it->r.value > max + slack)
		item_refuse(it, a, "bad_aggregate",
		    "avg: %g is outside min and max", it->r.value);
	if (count < 1 || count != floor(count))
		item_refuse(it, a, "bad_aggregate",
		    "count: want a whole number above 0");
	if (v[FACET_STDDEV] < 0)
		item_refuse(it, a, "bad_aggregate",
		    "stdDev: want null, 0 or more");
}

/* What a mapping makes of its numbers; one below 0 turns it over. */
static void
map(struct item *it, const struct target *t)
{
	double *v = it->window->value, min = v[FACET_MIN], max = v[FACET_MAX];

	it->r.value = it->r.value * t->scale + t->shift;
	v[FACET_MIN] = (t->scale < 0 ? max : min) * t->scale + t->shift;
	v[FACET_MAX] = (t->scale < 0 ? min : max) * t->scale + t->shift;
	v[FACET_STDDEV] *= fabs(t->scale);
}

/* Into the sensor's unit: a count has none, and a deviation no zero. */
static void
convert(struct item *it, const struct unit_change *c)
{
	double *v = it->window->value;

	it->r.value = sane_convert(it, it->r.value, c);
	v[FACET_MIN] = unit_apply(c, v[FACET_MIN]);
	v[FACET_MAX] = unit_apply(c, v[FACET_MAX]);
	v[FACET_STDDEV] = unit_apply_span(c, v[FACET_STDDEV]);
}

void
window_read(struct item *it, struct arena *a, const struct target *t,
    const struct unit_change *change)
{
	struct window *w = it->window;
	size_t f;

	it->r.value = number(it, a, &it->value, "avg");
	for (f = 0; f < WINDOW_FACETS; f++) {
		w->facet[f] = t->facet[f];
		w->value[f] = NAN;
		if (f == FACET_STDDEV && w->raw[f].kind <= J_NULL)
			continue;
		w->value[f] = number(it, a, &w->raw[f], facets[f].name);
	}
	if (t->scale != 1 || t->shift != 0)
		map(it, t);
	else if (change != NULL)
		convert(it, change);
	for (f = 0; f < WINDOW_FACETS; f++)
		if (facets[f].bounded)
			in_range(it, a, t, w->value[f], facets[f].name);
	if (it->code == NULL)
		agree(it, a);
}

bool
window_is_whole(const struct item *it)
{
	size_t f;

	for (f = 0; f < WINDOW_FACETS; f++)
		if (it->window->facet[f] == 0)
			return false;
	return true;
}

size_t
window_size(const struct item *it)
{
	if (it->window == NULL)
		return 1;
	return isnan(it->window->value[FACET_STDDEV]) ? WINDOW_FACETS
						      : WINDOW_FACETS + 1;
}

struct reading *
window_put(struct reading *to, const struct item *it)
{
	size_t f;

	*to++ = it->r;
	if (it->window == NULL)
		return to;
	for (f = 0; f < WINDOW_FACETS; f++) {
		if (isnan(it->window->value[f]))
			continue;
		*to = it->r;
		to->sensor = it->window->facet[f];
		to->value = it->window->value[f];
		to++;
	}
	return to;
}
