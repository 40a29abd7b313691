#include "store/facet.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "query.h"

enum { COUNT_MAX = 1000000000 }; /* a window of more is not believed */

static const char *const names[FACETS] = {
	[FACET_COUNT] = "count",
	[FACET_MAX] = "max",
	[FACET_MIN] = "min",
	[FACET_STDDEV] = "stddev",
};

struct err *
facets_load(struct facets *f, struct tx *tx, const int32_t *sensor, size_t n)
{
	struct arena *a = tx_arena(tx);
	struct rows *rows;
	struct err *e;
	int i, k;

	*f = (struct facets){ 0 };
	if ((e = tx_rows(&rows, tx, &q_store_facets,
		 ARGS(A((int)tx_who(tx)->tenant), arr_int(a, sensor, n)))) !=
	    NULL)
		return err_pass(e);
	f->v = arena_array(a, (size_t)rows_count(rows) + 1, sizeof(*f->v));
	for (i = 0; i < rows_count(rows); i++) {
		int32_t s = (int32_t)rows_int(rows, i, STORE_FACETS_SENSOR);
		const char *what = rows_text(rows, i, STORE_FACETS_WHAT);

		if (f->n == 0 || f->v[f->n - 1].sensor != s)
			f->v[f->n++].sensor = s;
		for (k = 0; k < FACETS; k++)
			if (strcmp(what, names[k]) == 0)
				f->v[f->n - 1].id[k] = (int32_t)rows_int(rows,
				    i, STORE_FACETS_FACET);
	}
	return NULL;
}

static int
by_sensor(const void *a, const void *b)
{
	const struct faceted *x = a, *y = b;

	return (x->sensor > y->sensor) - (x->sensor < y->sensor);
}

const struct faceted *
facets_of(const struct facets *f, int32_t sensor)
{
	struct faceted key = { .sensor = sensor };

	return f->n == 0 ? NULL
			 : bsearch(&key, f->v, f->n, sizeof(key), by_sensor);
}

size_t
facets_series(int32_t **out, struct arena *a, const struct facets *f,
    const int32_t *sensor, size_t n)
{
	size_t i, k, all = n;

	*out = arena_array(a, n + f->n * FACETS + 1, sizeof(**out));
	for (i = 0; i < n; i++)
		(*out)[i] = sensor[i];
	for (i = 0; i < f->n; i++)
		for (k = 0; k < FACETS; k++)
			if (f->v[i].id[k] != 0)
				(*out)[all++] = f->v[i].id[k];
	return all;
}

static struct sample *
room(struct samples *s, struct arena *a, size_t more)
{
	if (s->n + more > s->room) {
		struct sample *v;

		s->room = (s->n + more) * 2;
		v = arena_array(a, s->room, sizeof(*v));
		if (s->n > 0)
			memcpy(v, s->v, s->n * sizeof(*v));
		s->v = v;
	}
	return s->v + s->n;
}

void
samples_join(struct samples *out, struct arena *a, const struct readings *own,
    const struct readings of[FACETS])
{
	struct sample *v = room(out, a, own->n);
	size_t at[FACETS] = { 0 }, i, k;

	for (i = 0; i < own->n; i++) {
		v[i] = (struct sample){ .r = own->v[i] };
		for (k = 0; of != NULL && k < FACETS; k++) {
			while (at[k] < of[k].n &&
			       of[k].v[at[k]].time < v[i].r.time)
				at[k]++;
			if (at[k] == of[k].n ||
			    of[k].v[at[k]].time != v[i].r.time ||
			    isnan(of[k].v[at[k]].value))
				continue;
			v[i].facet[k] = of[k].v[at[k]].value;
			v[i].has |= 1U << k;
		}
	}
	out->n += own->n;
}

bool
sample_has(const struct sample *s, enum facet f)
{
	return (s->has >> f & 1) != 0;
}

struct bucket
sample_bucket(const struct sample *s)
{
	double v = s->r.value, count = 1, spread = 0;
	struct bucket b = { .first = v,
		.last = v,
		.first_at = s->r.time,
		.last_at = s->r.time,
		.quality = s->r.quality,
		.min = v,
		.max = v };

	if (isnan(v)) {
		b.bad = 1;
		return b;
	}
	if (sample_has(s, FACET_COUNT) && s->facet[FACET_COUNT] >= 1 &&
	    s->facet[FACET_COUNT] <= COUNT_MAX)
		count = floor(s->facet[FACET_COUNT]);
	if (sample_has(s, FACET_STDDEV))
		spread = s->facet[FACET_STDDEV];
	if (sample_has(s, FACET_MIN))
		b.min = s->facet[FACET_MIN];
	if (sample_has(s, FACET_MAX))
		b.max = s->facet[FACET_MAX];
	b.count = (size_t)count;
	b.sum = v * count;
	b.m2 = spread * spread * count;
	return b;
}
