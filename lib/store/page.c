#include "store/page.h"

#include <stdlib.h>
#include <string.h>

#include "base/ids.h"
#include "query.h"
#include "store/owners.h"

/* Which sensors the readings are of. */
static size_t
sensors_of(int32_t **out, struct arena *a, const struct readings *r)
{
	int32_t *v = arena_array(a, r->n, sizeof(*v));
	size_t i, n = 0;

	for (i = 0; i < r->n; i += readings_run(r->v + i, r->n - i))
		v[n++] = r->v[i].sensor;
	*out = v;
	return n;
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
	return ids_settle(v, old->n + n);
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
		const int32_t *at = ids_find(g->sensor, g->n, old->sensor[i]);
		size_t k = (size_t)(at - g->sensor);

		g->time[k] = old->time[i];
		g->value[k] = old->value[i];
		g->quality[k] = old->quality[i];
		g->rev[k] = old->rev[i];
	}
}

/* What the pages are to be of: the owners, and those who sent. */
static size_t
devices_of(int32_t **out, struct arena *a, const int32_t *owner, size_t owners,
    const int32_t *source, size_t n)
{
	int32_t *v = arena_array(a, owners + n, sizeof(*v));
	size_t i, k = 0;

	for (i = 0; i < owners; i++)
		if (owner[i] != 0)
			v[k++] = owner[i];
	for (i = 0; i < n; i++)
		v[k++] = source[i];
	*out = v;
	return ids_settle(v, k);
}

/* Say of each sensor that somebody knows which page it is on. */
static void
assign(struct pages *p, const int32_t *sensor, const int32_t *owner, size_t n,
    const int32_t *device)
{
	size_t i;

	p->owner = arena_array(p->arena, n, sizeof(*p->owner));
	for (i = 0; i < n; i++)
		if (owner[i] != 0)
			p->owner[p->owners++] = (struct owner){ sensor[i],
				(int32_t)(ids_find(device, p->n, owner[i]) -
					  device) };
}

/* The sensors of each page, back to back; those of page i end at end[i]. */
static void
deal(int32_t *mine, size_t *end, const struct pages *p)
{
	size_t i, before = 0;

	for (i = 0; i < p->owners; i++)
		end[p->owner[i].page]++;
	for (i = 0; i < p->n; i++) {
		size_t n = end[i];

		end[i] = before;
		before += n;
	}
	for (i = 0; i < p->owners; i++)
		mine[end[p->owner[i].page]++] = p->owner[i].sensor;
}

static struct err *
read_pages(struct pages *p, struct tx *tx, int32_t *device)
{
	struct arena *a = p->arena;
	int32_t *mine = arena_array(a, p->owners, sizeof(*mine));
	size_t *end = arena_array(a, p->n, sizeof(*end)), i, from;
	struct rows *rows;
	struct err *e;

	if ((e = tx_rows(&rows, tx, &q_store_pages,
		 ARGS(A((int)tx_who(tx)->tenant), arr_int(a, device, p->n)))) !=
	    NULL)
		return err_pass(e);
	if ((size_t)rows_count(rows) != p->n)
		return err_raise(ERR_BUG, "Something is wrong here.",
		    "%d pages of %zu devices", rows_count(rows), p->n);
	deal(mine, end, p);
	for (i = from = 0; i < p->n; i++) {
		struct page old = { 0 };

		read_page(&old, rows, (int)i);
		p->v[i].device = device[i];
		arrange(&p->v[i], a, &old, mine + from, end[i] - from);
		from = end[i];
	}
	return NULL;
}

struct err *
pages_load(struct pages *p, struct tx *tx, const struct readings *r,
    const int32_t *sources, size_t n)
{
	struct arena *a = tx_arena(tx);
	int32_t *sensor, *owner, *device;
	size_t sensors = sensors_of(&sensor, a, r);
	struct err *e;

	*p = (struct pages){ .arena = a };
	owner = arena_array(a, sensors, sizeof(*owner));
	if ((e = owners_find(owner, tx, sensor, sensors)) != NULL)
		return err_pass(e);
	p->n = devices_of(&device, a, owner, sensors, sources, n);
	p->v = arena_array(a, p->n, sizeof(*p->v));
	assign(p, sensor, owner, sensors, device);
	e = read_pages(p, tx, device);
	return e != NULL ? err_pass(e) : NULL;
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

		n = readings_run(v, r->n - i);
		last = v + n - 1;
		if (g != NULL) {
			const int32_t *at =
			    ids_find(g->sensor, g->n, v->sensor);

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

/* All the pages as columns, one after the other. */
static void
join(struct page *all, int32_t *device, int32_t *start, int32_t *end,
    const struct pages *p)
{
	struct arena *a = p->arena;
	size_t i, n = 0;

	for (i = 0; i < p->n; i++)
		n += p->v[i].n;
	all->sensor = arena_array(a, n, sizeof(*all->sensor));
	all->time = arena_array(a, n, sizeof(*all->time));
	all->value = arena_array(a, n, sizeof(*all->value));
	all->quality = arena_array(a, n, sizeof(*all->quality));
	all->rev = arena_array(a, n, sizeof(*all->rev));
	for (i = 0; i < p->n; i++) {
		const struct page *g = &p->v[i];

		device[i] = g->device;
		start[i] = (int32_t)all->n + 1;
		end[i] = (int32_t)(all->n + g->n);
		if (g->n == 0)
			continue;
		memcpy(all->sensor + all->n, g->sensor,
		    g->n * sizeof(*g->sensor));
		memcpy(all->time + all->n, g->time, g->n * sizeof(*g->time));
		memcpy(all->value + all->n, g->value, g->n * sizeof(*g->value));
		memcpy(all->quality + all->n, g->quality,
		    g->n * sizeof(*g->quality));
		memcpy(all->rev + all->n, g->rev, g->n * sizeof(*g->rev));
		all->n += g->n;
	}
}

struct err *
pages_save(struct pages *p, struct tx *tx, int64_t version, int64_t seen)
{
	struct arena *a = p->arena;
	int32_t *device = arena_array(a, p->n, sizeof(*device));
	int32_t *start = arena_array(a, p->n, sizeof(*start));
	int32_t *end = arena_array(a, p->n, sizeof(*end));
	struct page all = { 0 };
	struct err *e;

	if (p->n == 0)
		return NULL;
	join(&all, device, start, end, p);
	e = tx_send(tx, &q_store_latest_put,
	    ARGS(A((int)tx_who(tx)->tenant), A((long)version), A_TIME(seen),
		arr_int(a, device, p->n), arr_int(a, start, p->n),
		arr_int(a, end, p->n), arr_int(a, all.sensor, all.n),
		arr_time(a, all.time, all.n), arr_real(a, all.value, all.n),
		arr_small(a, all.quality, all.n), arr_int(a, all.rev, all.n)));
	return e != NULL ? err_pass(e) : NULL;
}
