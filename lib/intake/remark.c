#include <math.h>
#include <string.h>

#include "intake/keep.h"
#include "intake/sane.h"
#include "query.h"

/*
 * How units are spelt is a sender's choice: beyond so many the rest has none,
 * and then there is one group more for each reason at most.
 */
enum { UNITS_MAX = 16, GROUPS_MAX = UNITS_MAX + REASON_MAX, UNIT_MAX = 32 };

/* Readings that have a reason and a unit in common. */
struct group {
	int reason;
	struct slice unit; /* that they were sent in; n 0: their own */
	size_t n;
};

struct columns {
	int32_t *sensor;
	int64_t *time, *was_time;
	double *was_value;
	size_t n;
	bool any_time, any_value;
};

/* NULL: there is none yet. */
static struct group *
group_find(struct group *v, size_t n, int reason, struct slice unit)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (v[i].reason == reason && v[i].unit.n == unit.n &&
		    (unit.n == 0 || memcmp(v[i].unit.p, unit.p, unit.n) == 0))
			return &v[i];
	return NULL;
}

/* Where the item belongs. */
static struct group *
group_of(struct group *v, size_t *n, const struct item *it)
{
	const struct slice none = { NULL, 0 };
	struct slice unit = it->has_was_value ? it->unit : none;
	struct group *g = group_find(v, *n, it->reason, unit);

	if (g == NULL && *n >= UNITS_MAX) {
		unit = none;
		g = group_find(v, *n, it->reason, unit);
	}
	if (g != NULL)
		return g;
	v[*n] = (struct group){ .reason = it->reason, .unit = unit };
	return &v[(*n)++];
}

static struct columns
columns_new(struct arena *a, size_t n)
{
	return (struct columns){
		.sensor = arena_array(a, n, sizeof(int32_t)),
		.time = arena_array(a, n, sizeof(int64_t)),
		.was_time = arena_array(a, n, sizeof(int64_t)),
		.was_value = arena_array(a, n, sizeof(double)),
	};
}

static void
add(struct columns *c, const struct item *it)
{
	size_t i = c->n++;

	c->sensor[i] = it->r.sensor;
	c->time[i] = it->r.time;
	c->was_time[i] = it->has_was_time ? it->was_time : it->r.time;
	c->was_value[i] = it->has_was_value ? it->was_value : NAN;
	c->any_time = c->any_time || it->has_was_time;
	c->any_value = c->any_value || it->has_was_value;
}

/* One row: the items of a group. */
static struct err *
put(struct tx *tx, const struct origin *o, const struct intake *in,
    const struct group *g, const struct columns *c)
{
	struct arena *a = in->arena;
	int64_t low = c->time[0], high = c->time[0];
	const char *unit = NULL;
	struct err *e;
	size_t i;

	for (i = 1; i < c->n; i++) {
		low = c->time[i] < low ? c->time[i] : low;
		high = c->time[i] > high ? c->time[i] : high;
	}
	if (g->unit.n > 0)
		unit = text_clip(a, g->unit, UNIT_MAX);
	e = tx_send(tx, &q_ingest_remark,
	    ARGS(A((int)tx_who(tx)->tenant), A_TIME(in->now), A((int)o->source),
		A(g->reason), A_TIME(low), A_TIME(high),
		arr_int(a, c->sensor, c->n), arr_time(a, c->time, c->n),
		c->any_time ? arr_time(a, c->was_time, c->n) : arg_null(),
		c->any_value ? arr_real(a, c->was_value, c->n) : arg_null(),
		A(unit)));
	return e != NULL ? err_pass(e) : NULL;
}

struct err *
keep_remarks(struct tx *tx, const struct origin *o, const struct taken *t)
{
	const struct intake *in = &t->in;
	struct group groups[GROUPS_MAX] = { 0 };
	struct columns c[GROUPS_MAX];
	unsigned char *of = arena_alloc(in->arena, in->n);
	size_t n = 0, i;
	struct err *e;

	for (i = 0; i < in->n; i++) {
		struct group *g;

		if (!sane_is_remarked(&in->v[i]))
			continue;
		g = group_of(groups, &n, &in->v[i]);
		g->n++;
		of[i] = (unsigned char)(g - groups);
	}
	for (i = 0; i < n; i++)
		c[i] = columns_new(in->arena, groups[i].n);
	for (i = 0; i < in->n; i++)
		if (sane_is_remarked(&in->v[i]))
			add(&c[of[i]], &in->v[i]);
	for (i = 0; i < n; i++)
		if ((e = put(tx, o, in, &groups[i], &c[i])) != NULL)
			return err_pass(e);
	return NULL;
}
