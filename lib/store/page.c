#include "store/page.h"

#include <stdlib.h>
#include <string.h>

#include "query.h"

static int
by_int(const void *a, const void *b)
{
	const int32_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Sort and keep one of each; returns how many are left. */
static size_t
unique(int32_t *v, size_t n)
{
	size_t i, kept = 0;

	if (n > 1)
		qsort(v, n, sizeof(*v), by_int);
	for (i = 0; i < n; i++)
		if (kept == 0 || v[kept - 1] != v[i])
			v[kept++] = v[i];
	return kept;
}

/* How many readings from i on are of the same sensor. */
static size_t
run(const struct readings *r, size_t i)
{
	size_t n = 1;

	while (i + n < r->n && r->v[i + n].sensor == r->v[i].sensor)
		n++;
	return n;
}

/* Which sensors the readings are of. */
static struct arg
sensors_of(struct arena *a, const struct readings *r)
{
	int32_t *want = arena_array(a, r->n, sizeof(*want));
	size_t i, n = 0;

	for (i = 0; i < r->n; i += run(r, i))
		want[n++] = r->v[i].sensor;
	return arr_int(a, want, n);
}

static int
by_sensor(const void *a, const void *b)
{
	const struct owner *x = a, *y = b;

	return (x->sensor > y->sensor) - (x->sensor < y->sensor);
}

/* The columns as they are stored. */
static void
read_page(struct page *g, const struct rows *rows, int r)
{
	g->n = rows_ints(&g->sensor, rows, r, STORE_PAGES_SENSOR);
	(void)rows_times(&g->time, rows, r, STORE_PAGES_TIME);
	(void)rows_reals(&g->value, rows, r, STORE_PAGES_VALUE);
	(void)rows_smalls(&g->quality, rows, r, STORE_PAGES_QUALITY);
	(void)rows_ints(&g->rev, rows, r, STORE_PAGES_REV);
}

/* Every sensor that the page has or shall have, once, ascending. */
static size_t
all_sensors(int32_t **out, struct arena *a, const struct page *old,
    const int32_t *mine, size_t n)
{
	int32_t *v = arena_array(a, old->n + n, sizeof(*v));

	if (old->n > 0)
		memcpy(v, old->sensor, old->n * sizeof(*v));
	if (n > 0)
		memcpy(v + old->n, mine, n * sizeof(*v));
	*out = v;
	return unique(v, old->n + n);
}

/* The page with a place for each sensor, in their order. */
static void
arrange(struct page *g, struct arena *a, const struct page *old,
    const int32_t *mine, size_t n)
{
	size_t i;

	g->n = all_sensors(&g->sensor, a, old, mine, n);
	g->time = arena_array(a, g->n, sizeof(*g->time));
	g->value = arena_array(a, g->n, sizeof(*g->value));
	g->quality = arena_array(a, g->n, sizeof(*g->quality));
	g->rev = arena_array(a, g->n, sizeof(*g->rev));
	for (i = 0; i < g->n; i++)
		g->time[i] = INT64_MIN;
	for (i = 0; i < old->n; i++) {
		const int32_t *at = bsearch(&old->sensor[i], g->sensor, g->n,
		    sizeof(*at), by_int);
		size_t k = (size_t)(at - g->sensor);

		g->time[k] = old->time[i];
		g->value[k] = old->value[i];
		g->quality[k] = old->quality[i];
		g->rev[k] = old->rev[i];
	}
}

static void
load_page(struct pages *p, const struct rows *rows, int r)
{
	struct page old = { 0 };
	int32_t *mine;
	size_t i, n = rows_ints(&mine, rows, r, STORE_PAGES_MINE);

	read_page(&old, rows, r);
	p->v[r].device = (int32_t)rows_int(rows, r, STORE_PAGES_DEVICE_ID);
	arrange(&p->v[r], p->arena, &old, mine, n);
	for (i = 0; i < n; i++)
		p->owner[p->owners++] = (struct owner){ mine[i], r };
}

struct err *
pages_load(struct pages *p, struct tx *tx, const struct readings *r,
    const int32_t *sources, size_t n)
{
	struct rows *rows;
	struct err *e;
	int i;

	*p = (struct pages){ .arena = tx_arena(tx) };
	if ((e = tx_rows(&rows, tx, &q_store_pages,
		 ARGS(A((int)tx_who(tx)->tenant), sensors_of(p->arena, r),
		     arr_int(p->arena, sources, n)))) != NULL)
		return err_pass(e);
	p->n = (size_t)rows_count(rows);
	p->v = arena_array(p->arena, p->n, sizeof(*p->v));
	p->owner = arena_array(p->arena, r->n, sizeof(*p->owner));
	for (i = 0; i < rows_count(rows); i++)
		load_page(p, rows, i);
	if (p->owners > 1)
		qsort(p->owner, p->owners, sizeof(*p->owner), by_sensor);
	return NULL;
}

/* The page of a sensor's device; NULL when nobody knows the sensor. */
static struct page *
page_of(const struct pages *p, int32_t sensor)
{
	struct owner key = { .sensor = sensor };
	const struct owner *o;

	if (p->owners == 0)
		return NULL;
	o = bsearch(&key, p->owner, p->owners, sizeof(key), by_sensor);
	return o != NULL ? &p->v[o->page] : NULL;
}

void
pages_update(struct late *late, struct pages *p, const struct readings *r)
{
	size_t i, n;

	*late = (struct late){ 0 };
	for (i = 0; i < r->n; i += n) {
		const struct reading *v = &r->v[i], *last;
		struct page *g = page_of(p, v->sensor);
		int64_t newest = INT64_MAX;
		size_t j, k = 0;

		n = run(r, i);
		last = v + n - 1;
		if (g != NULL) {
			const int32_t *at = bsearch(&v->sensor, g->sensor, g->n,
			    sizeof(*at), by_int);

			k = (size_t)(at - g->sensor);
			newest = g->time[k];
		}
		for (j = 0; j < n && v[j].time <= newest; j++)
			late_add(late, p->arena, &v[j], g != NULL);
		if (g == NULL || last->time < newest ||
		    (last->time == newest && last->rev <= g->rev[k]))
			continue;
		g->time[k] = last->time;
		g->value[k] = last->value;
		g->quality[k] = last->quality;
		g->rev[k] = last->rev;
	}
}

struct err *
pages_save(struct pages *p, struct tx *tx, int64_t version, int64_t seen)
{
	struct err *e;
	size_t i;

	for (i = 0; i < p->n; i++) {
		struct page *g = &p->v[i];

		if ((e = tx_send(tx, &q_store_latest_put,
			 ARGS(A((int)tx_who(tx)->tenant), A((int)g->device),
			     A((long)version), A_TIME(seen),
			     arr_int(p->arena, g->sensor, g->n),
			     arr_time(p->arena, g->time, g->n),
			     arr_real(p->arena, g->value, g->n),
			     arr_small(p->arena, g->quality, g->n),
			     arr_int(p->arena, g->rev, g->n)))) != NULL)
			return err_pass(e);
	}
	return NULL;
}
