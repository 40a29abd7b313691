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

static struct err *
load_owners(struct pages *p, struct tx *tx, const struct readings *r)
{
	int32_t *want = arena_array(p->arena, r->n, sizeof(*want));
	struct rows *rows;
	struct err *e;
	size_t i, n = 0;

	for (i = 0; i < r->n; i += run(r, i))
		want[n++] = r->v[i].sensor;
	if ((e = tx_rows(&rows, tx, &q_store_sensors,
		 ARGS(A((int)tx_who(tx)->tenant),
		     arr_int(p->arena, want, n)))) != NULL)
		return err_pass(e);
	p->sensors = (size_t)rows_count(rows);
	p->sensor = arena_array(p->arena, p->sensors, sizeof(*p->sensor));
	p->device = arena_array(p->arena, p->sensors, sizeof(*p->device));
	for (i = 0; i < p->sensors; i++) {
		p->sensor[i] =
		    (int32_t)rows_int(rows, (int)i, STORE_SENSORS_SENSOR_ID);
		p->device[i] =
		    (int32_t)rows_int(rows, (int)i, STORE_SENSORS_DEVICE_ID);
	}
	return NULL;
}

static int
by_device(const void *a, const void *b)
{
	const struct page *x = a, *y = b;

	return (x->device > y->device) - (x->device < y->device);
}

static struct page *
page_of(const struct pages *p, int32_t device)
{
	struct page key = { .device = device };

	return p->n == 0 ? NULL
			 : bsearch(&key, p->v, p->n, sizeof(key), by_device);
}

/* The page of a sensor's device; NULL when nobody knows the sensor. */
static struct page *
page_of_sensor(const struct pages *p, int32_t sensor)
{
	const int32_t *at = p->sensors == 0
				? NULL
				: bsearch(&sensor, p->sensor, p->sensors,
				      sizeof(sensor), by_int);

	return at == NULL ? NULL : page_of(p, p->device[at - p->sensor]);
}

static void
read_page(struct page *g, const struct rows *rows, int r)
{
	g->n = rows_ints(&g->sensor, rows, r, STORE_LATEST_SENSOR);
	(void)rows_times(&g->time, rows, r, STORE_LATEST_TIME);
	(void)rows_reals(&g->value, rows, r, STORE_LATEST_VALUE);
	(void)rows_smalls(&g->quality, rows, r, STORE_LATEST_QUALITY);
	(void)rows_ints(&g->rev, rows, r, STORE_LATEST_REV);
	g->room = g->n;
}

struct err *
pages_load(struct pages *p, struct tx *tx, const struct readings *r,
    const int32_t *more, size_t n)
{
	int32_t *devices;
	struct rows *rows;
	struct err *e;
	size_t i;

	*p = (struct pages){ .arena = tx_arena(tx) };
	if ((e = load_owners(p, tx, r)) != NULL)
		return err_pass(e);
	devices = arena_array(p->arena, p->sensors + n, sizeof(*devices));
	if (p->sensors > 0)
		memcpy(devices, p->device, p->sensors * sizeof(*devices));
	if (n > 0)
		memcpy(devices + p->sensors, more, n * sizeof(*devices));
	p->n = unique(devices, p->sensors + n);
	p->v = arena_array(p->arena, p->n, sizeof(*p->v));
	for (i = 0; i < p->n; i++)
		p->v[i].device = devices[i];
	if ((e = tx_rows(&rows, tx, &q_store_latest,
		 ARGS(A((int)tx_who(tx)->tenant),
		     arr_int(p->arena, devices, p->n)))) != NULL)
		return err_pass(e);
	for (i = 0; i < (size_t)rows_count(rows); i++) {
		struct page *g = page_of(p,
		    (int32_t)rows_int(rows, (int)i, STORE_LATEST_DEVICE_ID));

		if (g != NULL)
			read_page(g, rows, (int)i);
	}
	return NULL;
}

#define GROW(a, old, n, room)                                     \
	((old) = memcpy(arena_array((a), (room), sizeof(*(old))), \
	     (old) != NULL ? (const void *)(old) : "", (n) * sizeof(*(old))))

/* The sensor's place in its page; a new one is appended, with no time yet. */
static size_t
slot(struct pages *p, struct page *g, int32_t sensor)
{
	size_t i;

	for (i = 0; i < g->n; i++)
		if (g->sensor[i] == sensor)
			return i;
	if (g->n == g->room) {
		g->room = g->room * 2 + 8;
		GROW(p->arena, g->sensor, g->n, g->room);
		GROW(p->arena, g->time, g->n, g->room);
		GROW(p->arena, g->value, g->n, g->room);
		GROW(p->arena, g->quality, g->n, g->room);
		GROW(p->arena, g->rev, g->n, g->room);
	}
	g->sensor[g->n] = sensor;
	g->time[g->n] = INT64_MIN;
	return g->n++;
}

static void
note_late(struct late *l, const struct reading *first,
    const struct reading *last, int64_t newest)
{
	int64_t t_max = last->time < newest ? last->time : newest;

	if (l->n == 0 || first->time < l->t_min)
		l->t_min = first->time;
	if (l->n == 0 || t_max > l->t_max)
		l->t_max = t_max;
	l->sensor[l->n++] = first->sensor;
}

struct err *
pages_update(struct late *late, struct pages *p, const struct readings *r)
{
	size_t i, n;

	*late = (struct late){ 0 };
	late->sensor =
	    arena_array(p->arena, p->sensors + 1, sizeof(*late->sensor));
	for (i = 0; i < r->n; i += n) {
		const struct reading *first = &r->v[i], *last;
		struct page *g = page_of_sensor(p, first->sensor);
		size_t k;

		n = run(r, i);
		last = first + n - 1;
		if (g == NULL)
			continue;
		k = slot(p, g, first->sensor);
		if (first->time <= g->time[k])
			note_late(late, first, last, g->time[k]);
		if (last->time < g->time[k] ||
		    (last->time == g->time[k] && last->rev <= g->rev[k]))
			continue;
		g->time[k] = last->time;
		g->value[k] = last->value;
		g->quality[k] = last->quality;
		g->rev[k] = last->rev;
	}
	return NULL;
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
