#include "store/owners.h"

#include <stdlib.h>
#include <string.h>

#include "query.h"

enum {
	TENANTS_MAX = 16, /* that a connection keeps */
	SENSORS_MAX =
	    200000 /* of one tenant; a larger one is asked each time */
};

/* Some sensors of a tenant and their devices, ascending by sensor. */
struct owners {
	int32_t tenant;
	int64_t registry, used;
	int32_t *sensor, *device; /* one allocation, sensor first */
	size_t n;
};

struct kept {
	struct owners v[TENANTS_MAX];
	int64_t clock;
};

static void
release(void *what)
{
	struct kept *k = what;
	size_t i;

	for (i = 0; i < TENANTS_MAX; i++)
		free(k->v[i].sensor);
	free(k);
}

static void
forget(struct owners *o)
{
	free(o->sensor);
	*o = (struct owners){ 0 };
}

/* What is kept of this tenant and holds; empty when nothing does. */
static struct owners *
owners_of(struct tx *tx)
{
	void **kept = db_kept(tx_db(tx), release);
	const struct who *w = tx_who(tx);
	struct owners *found = NULL;
	struct kept *all;
	size_t i;

	if (*kept == NULL && (*kept = calloc(1, sizeof(*all))) == NULL)
		abort();
	all = *kept;
	for (i = 0; i < TENANTS_MAX; i++) {
		struct owners *o = &all->v[i];

		if (o->tenant == w->tenant) {
			found = o;
			break;
		}
		if (found == NULL || o->used < found->used)
			found = o;
	}
	if (found->tenant != w->tenant || found->registry != w->registry)
		forget(found);
	found->tenant = w->tenant;
	found->registry = w->registry;
	found->used = ++all->clock;
	return found;
}

/* Fill in what is kept; returns how many are missing, and which. */
static size_t
look_up(int32_t *device, int32_t *missing, const struct owners *o,
    const int32_t *sensor, size_t n)
{
	size_t i, k = 0, m = 0;

	for (i = 0; i < n; i++) {
		while (k < o->n && o->sensor[k] < sensor[i])
			k++;
		device[i] =
		    k < o->n && o->sensor[k] == sensor[i] ? o->device[k] : 0;
		if (device[i] == 0)
			missing[m++] = sensor[i];
	}
	return m;
}

/* Put the rows, which are ascending and new, among what is kept. */
static void
remember(struct owners *o, const struct rows *r)
{
	size_t more = (size_t)rows_count(r), n = o->n + more, i, k = 0, at;
	int32_t *sensor = malloc(2 * n * sizeof(*sensor)), *device;

	if (sensor == NULL)
		abort();
	device = sensor + n;
	for (i = at = 0; at < n; at++) {
		int32_t next = i < more ? (int32_t)rows_int(r, (int)i,
					      STORE_OWNERS_SENSOR_ID)
					: 0;

		if (i == more || (k < o->n && o->sensor[k] < next)) {
			sensor[at] = o->sensor[k];
			device[at] = o->device[k++];
		} else {
			sensor[at] = next;
			device[at] = (int32_t)rows_int(r, (int)i++,
			    STORE_OWNERS_DEVICE_ID);
		}
	}
	free(o->sensor);
	o->sensor = sensor;
	o->device = device;
	o->n = n;
}

struct err *
owners_find(int32_t *device, struct tx *tx, const int32_t *sensor, size_t n)
{
	struct arena *a = tx_arena(tx);
	int32_t *missing = arena_array(a, n, sizeof(*missing));
	struct owners *o = owners_of(tx);
	size_t m = look_up(device, missing, o, sensor, n);
	struct rows *rows;
	struct err *e;

	if (m == 0)
		return NULL;
	if ((e = tx_rows(&rows, tx, &q_store_owners,
		 ARGS(A((int)tx_who(tx)->tenant), arr_int(a, missing, m)))) !=
	    NULL)
		return err_pass(e);
	if (rows_count(rows) == 0)
		return NULL;
	remember(o, rows);
	(void)look_up(device, missing, o, sensor, n);
	if (o->n > SENSORS_MAX)
		forget(o);
	return NULL;
}
