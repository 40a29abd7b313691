#include "store/facet.h"

#include <stdlib.h>
#include <string.h>

#include "query.h"

enum { KEPT = 1024 }; /* sensors of all tenants; each has one place */

/* What is known of a sensor since the registry had this number. */
struct kept {
	int32_t tenant;
	int64_t registry;
	struct faceted of; /* without an id: it has no facets */
};

static void
release(void *what)
{
	free(what);
}

static struct kept *
kept_of(struct tx *tx, int32_t sensor)
{
	void **all = db_kept(tx_db(tx), release);

	if (*all == NULL && (*all = calloc(KEPT, sizeof(struct kept))) == NULL)
		abort();
	return (struct kept *)*all + (uint32_t)sensor % KEPT;
}

static bool
holds(const struct kept *k, const struct tx *tx, int32_t sensor)
{
	const struct who *w = tx_who(tx);

	return k->of.sensor == sensor && k->tenant == w->tenant &&
	       k->registry == w->registry;
}

static bool
has_any(const struct faceted *f)
{
	bool any = false;
	size_t i;

	for (i = 0; i < FACETS; i++)
		any |= f->id[i] != 0;
	return any;
}

struct err *
facets_load(struct facets *f, struct tx *tx, const int32_t *sensor, size_t n)
{
	struct arena *a = tx_arena(tx);
	struct rows *rows;
	struct err *e;
	int i;

	*f = (struct facets){ 0 };
	if ((e = tx_rows(&rows, tx, &q_store_facets,
		 ARGS(A((int)tx_who(tx)->tenant), arr_int(a, sensor, n)))) !=
	    NULL)
		return err_pass(e);
	f->v = arena_array(a, (size_t)rows_count(rows) + 1, sizeof(*f->v));
	for (i = 0; i < rows_count(rows); i++) {
		int32_t s = (int32_t)rows_int(rows, i, STORE_FACETS_SENSOR);
		enum facet what =
		    facet_named(rows_text(rows, i, STORE_FACETS_WHAT));

		if (f->n == 0 || f->v[f->n - 1].sensor != s)
			f->v[f->n++].sensor = s;
		if (what < FACETS)
			f->v[f->n - 1].id[what] =
			    (int32_t)rows_int(rows, i, STORE_FACETS_FACET);
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

static void
remember(struct tx *tx, const struct facets *f, const int32_t *sensor, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		const struct faceted *of = facets_of(f, sensor[i]);
		struct kept *k = kept_of(tx, sensor[i]);

		*k = (struct kept){ .tenant = tx_who(tx)->tenant,
			.registry = tx_who(tx)->registry };
		if (of != NULL)
			k->of = *of;
		k->of.sensor = sensor[i];
	}
}

struct err *
facets_known(struct facets *f, struct tx *tx, const int32_t *sensor, size_t n)
{
	struct err *e;
	size_t i;

	*f = (struct facets){ 0 };
	f->v = arena_array(tx_arena(tx), n + 1, sizeof(*f->v));
	for (i = 0; i < n; i++) {
		const struct kept *k = kept_of(tx, sensor[i]);

		if (!holds(k, tx, sensor[i]))
			break;
		if (has_any(&k->of))
			f->v[f->n++] = k->of;
	}
	if (i < n) {
		if ((e = facets_load(f, tx, sensor, n)) != NULL)
			return err_pass(e);
		remember(tx, f, sensor, n);
	} else if (f->n > 1) {
		qsort(f->v, f->n, sizeof(*f->v), by_sensor);
	}
	return NULL;
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
	struct sampler s = { .own = *own };
	struct sample *v = room(out, a, own->n);

	if (of != NULL)
		memcpy(s.of, of, sizeof(s.of));
	while (sample_next(v, &s))
		v++;
	out->n += own->n;
}
