#include "intake/virtual.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "query.h"

/* What an item is to a formula. */
struct input {
	uint32_t of;
	unsigned char name;
	const struct reading *r;
};

static int
by_sensor(const void *a, const void *b)
{
	const struct virtual_input *x = a, *y = b;

	return (x->sensor > y->sensor) - (x->sensor < y->sensor);
}

/* By formula, then by time, then by name, then as they came. */
static int
by_instant(const void *a, const void *b)
{
	const struct input *x = a, *y = b;

	if (x->of != y->of)
		return x->of < y->of ? -1 : 1;
	if (x->r->time != y->r->time)
		return x->r->time < y->r->time ? -1 : 1;
	if (x->name != y->name)
		return x->name < y->name ? -1 : 1;
	return (x->r > y->r) - (x->r < y->r);
}

void
virtuals_settle(struct virtuals *all)
{
	if (all->feeds > 1)
		qsort(all->feed, all->feeds, sizeof(*all->feed), by_sensor);
}

/* The first of the sensor's feeds; all->feeds when it has none. */
static size_t
feeds_of(const struct virtuals *all, int32_t sensor)
{
	size_t low = 0, high = all->feeds;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (all->feed[mid].sensor < sensor)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* All inputs, into v unless it is NULL; returns how many. */
static size_t
inputs(struct input *v, const struct intake *in, const struct virtuals *all)
{
	size_t i, k, n = 0;

	for (i = 0; i < in->n; i++) {
		const struct reading *r = &in->v[i].r;

		if (in->v[i].code != NULL)
			continue;
		for (k = feeds_of(all, r->sensor);
		     k < all->feeds && all->feed[k].sensor == r->sensor; k++) {
			if (v != NULL)
				v[n] = (struct input){ all->feed[k].of,
					all->feed[k].name, r };
			n++;
		}
	}
	return n;
}

/*
 * The reading that the inputs of one formula and instant make; false: it has
 * no value.  Of two with one name the first counts.
 */
static bool
compute(struct reading *out, const struct virtual *v, const struct input *in,
    size_t n)
{
	double value[FORMULA_NAMES];
	bool has[FORMULA_NAMES] = { false };
	size_t i;

	*out = (struct reading){ .time = in->r->time,
		.sensor = v->sensor,
		.quality = QUALITY_GOOD };
	for (i = 0; i < v->formula.names; i++)
		value[i] = NAN;
	for (i = 0; i < n; i++) {
		if (has[in[i].name])
			continue;
		has[in[i].name] = true;
		value[in[i].name] = in[i].r->value;
		if (in[i].r->quality < out->quality)
			out->quality = in[i].r->quality;
		if (in[i].r->rev > out->rev)
			out->rev = in[i].r->rev;
	}
	out->value = formula_value(&v->formula, value);
	return !isnan(out->value);
}

struct err *
virtuals_compute(struct readings *out, const struct intake *in,
    const struct virtuals *all)
{
	struct input *v;
	size_t i, m, n;

	*out = (struct readings){ .n = 0 };
	if (all->feeds == 0 || (n = inputs(NULL, in, all)) == 0)
		return NULL;
	if (n > VIRTUAL_INPUTS_MAX)
		return err_raise(ERR_TOO_BIG, "Too many readings in one body.",
		    "%zu inputs of formulas", n);
	v = arena_array(in->arena, n, sizeof(*v));
	out->v = arena_array(in->arena, n, sizeof(*out->v));
	(void)inputs(v, in, all);
	qsort(v, n, sizeof(*v), by_instant);
	for (i = 0; i < n; i += m) {
		m = 1;
		while (i + m < n && v[i + m].of == v[i].of &&
		       v[i + m].r->time == v[i].r->time)
			m++;
		out->n += compute(&out->v[out->n], &all->v[v[i].of], v + i, m);
	}
	return NULL;
}

/* One row: a formula, and a sensor that it may name. */
static void
add(struct virtuals *all, struct arena *a, const struct rows *r, int i)
{
	int32_t sensor = (int32_t)rows_int(r, i, VIRTUAL_LOAD_SENSOR);
	const char *key = rows_text(r, i, VIRTUAL_LOAD_KEY), *why;
	struct virtual *v = all->n > 0 ? &all->v[all->n - 1] : NULL;
	size_t k;

	if (v == NULL || v->sensor != sensor) {
		v = &all->v[all->n++];
		v->sensor = sensor;
		if (!formula_read(&v->formula, &why,
			arena_text(a, rows_text(r, i, VIRTUAL_LOAD_FORMULA))))
			v->formula = (struct formula){ .n = 0 };
	}
	for (k = 0; k < v->formula.names; k++)
		if (slice_is(v->formula.name[k], key))
			all->feed[all->feeds++] =
			    (struct virtual_input){ .sensor =
							(int32_t)rows_int(r, i,
							    VIRTUAL_LOAD_INPUT),
				    .of = (uint32_t)(all->n - 1),
				    .name = (unsigned char)k };
}

struct err *
virtuals_load(struct virtuals *out, struct arena *a, struct tx *tx,
    int32_t source)
{
	struct rows *r;
	struct err *e;
	int i, n;

	*out = (struct virtuals){ .n = 0 };
	if ((e = tx_rows(&r, tx, &q_virtual_load,
		 ARGS(A((int)tx_who(tx)->tenant), A((int)source),
		     A(VIRTUAL_ROWS_MAX)))) != NULL)
		return err_pass(e);
	if ((n = rows_count(r)) == 0)
		return NULL;
	for (i = 0; i < n; i++)
		out->n += i == 0 || rows_int(r, i, VIRTUAL_LOAD_SENSOR) !=
					rows_int(r, i - 1, VIRTUAL_LOAD_SENSOR);
	out->v = arena_array(a, out->n, sizeof(*out->v));
	out->feed = arena_array(a, (size_t)n, sizeof(*out->feed));
	out->n = 0;
	for (i = 0; i < n; i++)
		add(out, a, r, i);
	virtuals_settle(out);
	return NULL;
}
