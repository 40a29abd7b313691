#include "store/page.h"

#include <string.h>

#include "base/ids.h"
#include "query.h"
#include "store/owners.h"
#include "store/shelf.h"

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

/* What the pages are to be of: the owners, and those who sent. */
static size_t
devices_of(int32_t **out, struct arena *a, const int32_t *owner, size_t owners,
    const int32_t *source, size_t n)
{
	int32_t *v = arena_array(a, owners + n, sizeof(*v));
	size_t i, k = 0;

	for (i = 0; i < owners; i++)
		if (owner[i] != 0 && (k == 0 || v[k - 1] != owner[i]))
			v[k++] = owner[i];
	for (i = 0; i < n; i++)
		v[k++] = source[i];
	*out = v;
	return ids_settle(v, k);
}

/* Say of each sensor that somebody knows which page it is on. */
static void
assign(struct pages *p, struct arena *a, const int32_t *sensor,
    const int32_t *owner, size_t n, const int32_t *device)
{
	size_t i, at = 0;

	p->owner = arena_room(a, n, sizeof(*p->owner));
	for (i = 0; i < n; i++) {
		if (owner[i] == 0)
			continue;
		if (device[at] != owner[i])
			at =
			    (size_t)(ids_find(device, p->n, owner[i]) - device);
		p->owner[p->owners++] =
		    (struct owner){ sensor[i], (int32_t)at, 0 };
	}
}

/*
 * Say where on its page each sensor is, by a walk along both.  missing counts
 * for each page those that are not there; returns how many.
 */
static size_t
settle_in(struct pages *p, struct arena *a, size_t *missing)
{
	size_t *next = arena_array(a, p->n, sizeof(*next)), i, n = 0;

	for (i = 0; i < p->owners; i++) {
		struct owner *o = &p->owner[i];
		const struct page *g = p->v[o->page];
		size_t k = next[o->page];

		while (k < g->n && g->sensor[k] < o->sensor)
			k++;
		next[o->page] = o->at = k;
		if (k < g->n && g->sensor[k] == o->sensor)
			continue;
		o->at = SIZE_MAX;
		missing[o->page]++;
		n++;
	}
	return n;
}

/* Make room for n sensors that are not on their pages yet. */
static void
widen(struct pages *p, struct arena *a, struct shelf *s, size_t *missing,
    size_t n)
{
	int32_t *mine = arena_array(a, n, sizeof(*mine));
	size_t i, from = 0;

	/* The sensors of each page, back to back: where they begin, and end. */
	for (i = 0; i < p->n; i++) {
		size_t more = missing[i];

		missing[i] = from;
		from += more;
	}
	for (i = 0; i < p->owners; i++)
		if (p->owner[i].at == SIZE_MAX)
			mine[missing[p->owner[i].page]++] = p->owner[i].sensor;
	for (i = from = 0; i < p->n; from = missing[i++])
		if (missing[i] > from)
			shelf_widen(s, p->v[i], mine + from, missing[i] - from);
}

struct err *
pages_load(struct pages *p, struct tx *tx, int64_t version,
    const struct readings *r, const int32_t *sources, size_t n)
{
	struct arena *a = tx_arena(tx);
	int32_t *sensor, *owner, *device;
	size_t sensors = sensors_of(&sensor, a, r), *missing;
	struct shelf *s = shelf_of(tx, version);
	struct err *e;

	*p = (struct pages){ 0 };
	owner = arena_array(a, sensors, sizeof(*owner));
	if ((e = owners_find(owner, tx, sensor, sensors)) != NULL)
		return err_pass(e);
	p->n = devices_of(&device, a, owner, sensors, sources, n);
	p->v = arena_array(a, p->n, sizeof(*p->v));
	assign(p, a, sensor, owner, sensors, device);
	if ((e = shelf_pages(p->v, s, tx, device, p->n)) != NULL)
		return err_pass(e);
	missing = arena_array(a, p->n, sizeof(*missing));
	if ((n = settle_in(p, a, missing)) > 0) {
		widen(p, a, s, missing, n);
		(void)settle_in(p, a, missing);
	}
	return NULL;
}

/* Of one sensor: what is late of its readings, and the newest of all. */
static void
update(struct late *late, struct page *g, size_t k, struct arena *a,
    const struct reading *v, size_t n)
{
	const struct reading *last = v + n - 1;
	int64_t newest = g != NULL ? g->time[k] : INT64_MAX;
	size_t j;

	for (j = 0; j < n && v[j].time <= newest; j++)
		late_add(late, a, &v[j], g != NULL);
	if (g == NULL || last->time < newest ||
	    (last->time == newest && last->rev <= g->rev[k]))
		return;
	g->time[k] = last->time;
	g->value[k] = last->value;
	g->quality[k] = last->quality;
	g->rev[k] = last->rev;
}

void
pages_update(struct late *late, struct pages *p, struct arena *a,
    const struct readings *r)
{
	const struct owner *o = p->owner, *end = o + p->owners;
	size_t i, n;

	*late = (struct late){ 0 };
	for (i = 0; i < r->n; i += n) {
		const struct reading *v = &r->v[i];

		n = readings_run(v, r->n - i);
		if (o < end && o->sensor == v->sensor) {
			update(late, p->v[o->page], o->at, a, v, n);
			o++;
		} else {
			update(late, NULL, 0, a, v, n);
		}
	}
}

/* Members of some pages, one page after the other. */
struct column {
	void *v;
	size_t n, each;
	int32_t *at; /* one a page: where it begins, see put_column */
};

/* What is written of some pages. */
struct sheet {
	int32_t *device, *n;
	size_t pages;
	struct column sensor, time, value, quality, rev;
};

/* Room for the members of all the pages. */
static struct column
column_of(struct arena *a, const struct pages *p, size_t members, size_t each)
{
	return (struct column){ .v = arena_room(a, members, each),
		.each = each,
		.at = arena_room(a, p->n, sizeof(int32_t)) };
}

/*
 * Behind what is there.  Of members that are all the same one is enough: then
 * its place is told, which counts from 1, with a minus.
 */
static void
put_column(struct column *c, size_t page, const void *v, size_t n)
{
	const char *from = v;
	bool same =
	    n > 1 && memcmp(from, from + c->each, (n - 1) * c->each) == 0;

	c->at[page] = (int32_t)c->n + 1;
	if (same) {
		c->at[page] = -c->at[page];
		n = 1;
	}
	if (n > 0)
		memcpy((char *)c->v + c->n * c->each, from, n * c->each);
	c->n += n;
}

/* The pages whose sensors the row has already, or those of which it has not. */
static void
gather(struct sheet *s, struct arena *a, const struct pages *p, bool is_other)
{
	size_t i, n = 0;

	for (i = 0; i < p->n; i++)
		n += p->v[i]->is_other == is_other ? p->v[i]->n : 0;
	*s = (struct sheet){ .device = arena_room(a, p->n, sizeof(*s->device)),
		.n = arena_room(a, p->n, sizeof(*s->n)),
		.sensor = column_of(a, p, n, sizeof(int32_t)),
		.time = column_of(a, p, n, sizeof(int64_t)),
		.value = column_of(a, p, n, sizeof(double)),
		.quality = column_of(a, p, n, sizeof(int16_t)),
		.rev = column_of(a, p, n, sizeof(int32_t)) };
	for (i = 0; i < p->n; i++) {
		const struct page *g = p->v[i];

		if (g->is_other != is_other)
			continue;
		s->device[s->pages] = g->device;
		s->n[s->pages] = (int32_t)g->n;
		if (is_other)
			put_column(&s->sensor, s->pages, g->sensor, g->n);
		put_column(&s->time, s->pages, g->time, g->n);
		put_column(&s->value, s->pages, g->value, g->n);
		put_column(&s->quality, s->pages, g->quality, g->n);
		put_column(&s->rev, s->pages++, g->rev, g->n);
	}
}

static struct err *
save(struct tx *tx, const struct pages *p, bool is_other, int64_t version,
    int64_t seen)
{
	struct arena *a = tx_arena(tx);
	struct sheet s;
	struct err *e;

	gather(&s, a, p, is_other);
	if (s.pages == 0)
		return NULL;
	struct arg args[] = {
		A((int)tx_who(tx)->tenant),
		A((long)version),
		A_TIME(seen),
		arr_int(a, s.device, s.pages),
		arr_int(a, s.n, s.pages),
		arr_int(a, s.time.at, s.pages),
		arr_int(a, s.value.at, s.pages),
		arr_int(a, s.quality.at, s.pages),
		arr_int(a, s.rev.at, s.pages),
		arr_time(a, s.time.v, s.time.n),
		arr_real(a, s.value.v, s.value.n),
		arr_small(a, s.quality.v, s.quality.n),
		arr_int(a, s.rev.v, s.rev.n),
		arr_int(a, s.sensor.at, s.pages),
		arr_int(a, s.sensor.v, s.sensor.n),
	};
	e = is_other ? tx_send(tx, &q_store_latest_put, args, 15)
		     : tx_send(tx, &q_store_latest_set, args, 13);
	return e != NULL ? err_pass(e) : NULL;
}

struct err *
pages_save(const struct pages *p, struct tx *tx, int64_t version, int64_t seen)
{
	struct err *e;
	size_t i;

	if ((e = save(tx, p, false, version, seen)) != NULL ||
	    (e = save(tx, p, true, version, seen)) != NULL)
		return err_pass(e);
	for (i = 0; i < p->n; i++)
		p->v[i]->is_other = false;
	return NULL;
}
