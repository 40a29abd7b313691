/*
 * fleet_load, device_known: a tenant's fleet, or what is asked for of it again
 * and again, kept from one request to the next.
 *
 * Whether what is kept still holds is decided in the request's own
 * transaction, by two numbers that are committed together with what they
 * count, so there is no message that could be lost or come late:
 *
 *   registry  came with the gate's answer.  What was read later in the same
 *             transaction is at least so new, so as long as the number is the
 *             same, sites, devices and sensors are.
 *   version   of flux.tenant; whoever changes flux.latest counts it one up
 *             in the same commit, and writes it into the rows.  It is read
 *             before the rows: what is kept under a number is at least so
 *             new, and rows above it are all that can be newer.
 *
 * Who may read in a subtree only has a snapshot of his own: row security
 * leaves him a part of the tenant, which is not to be shown to anybody else,
 * and nobody else's to him.  What he reaches changes with the registry.
 *
 * Everything kept goes with the connection, so a database that came back from
 * a crash, or from a backup with the same numbers, is read anew.  The tenant
 * is the gate's.
 */
#include <stdlib.h>
#include <string.h>

#include "base/env.h"
#include "model/fleet_internal.h"
#include "query.h"

enum {
	FLEETS_MAX = 4,	    /* tenants a connection keeps */
	DEVICES_MAX = 32,   /* devices that are kept alone */
	SENSORS_MAX = 20000 /* a larger fleet is read each time */
};

/* A tenant's fleet, or the part with one device, as a request has left it. */
struct snapshot {
	int32_t tenant;
	int64_t scope;	 /* whose part of it; 0: all of it */
	const char *key; /* of the one device; "": all of them */
	int64_t registry;
	struct arena *arena;
	struct fleet fleet;
	struct device **by_id;
	size_t devices, sensors;
	int64_t used;	/* counts requests; who was used longest ago goes */
	size_t readers; /* arenas of requests that look at it: do not touch */
	bool kept;	/* in the table; if not, the last reader frees it */
};

struct snapshots {
	struct snapshot *fleet[FLEETS_MAX];
	struct snapshot *device[DEVICES_MAX];
	int64_t clock;
};

static void
let_go(struct snapshot *s)
{
	if (s == NULL || s->kept || s->readers > 0)
		return;
	arena_free(s->arena);
	free(s);
}

/* Out of the table. */
static void
drop(struct snapshot **at)
{
	struct snapshot *s = *at;

	*at = NULL;
	if (s != NULL)
		s->kept = false;
	let_go(s);
}

/* The connection ends. */
static void
release(void *what)
{
	struct snapshots *all = what;
	size_t i;

	for (i = 0; i < FLEETS_MAX; i++)
		drop(&all->fleet[i]);
	for (i = 0; i < DEVICES_MAX; i++)
		drop(&all->device[i]);
	free(all);
}

/* A request ends. */
static void
read_out(void *what)
{
	struct snapshot *s = what;

	s->readers--;
	let_go(s);
}

static struct snapshots *
snapshots(struct db *db)
{
	void **kept = db_kept(db, release);

	if (*kept == NULL &&
	    (*kept = calloc(1, sizeof(struct snapshots))) == NULL)
		abort();
	return *kept;
}

/* Whose part of the tenant is seen here; 0: all of it. */
static int64_t
scope_of(const struct who *w)
{
	return who_scoped(w) ? w->user : 0;
}

/* Is it of what who asks sees of the tenant, or of this device? */
static bool
is_of(const struct snapshot *s, const struct who *w, const char *key)
{
	return s != NULL && s->tenant == w->tenant && s->scope == scope_of(w) &&
	       strcmp(s->key, key) == 0;
}

/* Where it is of n, or may come: its own place, or the most idle one. */
static struct snapshot **
place(struct snapshot **v, size_t n, const struct who *w, const char *key)
{
	struct snapshot **idle = v;
	size_t i;

	for (i = 0; i < n; i++) {
		struct snapshot **at = &v[i];

		if (is_of(*at, w, key))
			return at;
		if (*idle != NULL &&
		    (*at == NULL || (*at)->used < (*idle)->used))
			idle = at;
	}
	return idle;
}

static int
by_id(const void *a, const void *b)
{
	const struct device *const *x = a, *const *y = b;

	return ((*x)->id > (*y)->id) - ((*x)->id < (*y)->id);
}

static void
index_devices(struct snapshot *s)
{
	size_t i, k, n = 0;

	for (i = 0; i < s->fleet.n; i++)
		s->devices += s->fleet.sites[i].n;
	s->by_id = arena_array(s->arena, s->devices, sizeof(struct device *));
	for (i = 0; i < s->fleet.n; i++) {
		for (k = 0; k < s->fleet.sites[i].n; k++) {
			s->by_id[n] = &s->fleet.sites[i].devices[k];
			s->sensors += s->by_id[n++]->n;
		}
	}
	if (n > 1)
		qsort(s->by_id, n, sizeof(*s->by_id), by_id);
}

/* Everything from the start; the transaction's arena is its first reader. */
static struct err *
make(struct snapshot **out, struct tx *tx, const char *key)
{
	struct snapshot *s = calloc(1, sizeof(*s));
	struct err *e;

	if (s == NULL)
		abort();
	s->arena = arena_new();
	s->tenant = tx_who(tx)->tenant;
	s->scope = scope_of(tx_who(tx));
	s->key = arena_text(s->arena, key);
	s->registry = tx_who(tx)->registry;
	s->readers = 1;
	arena_defer(tx_arena(tx), read_out, s);
	if ((e = fleet_read(&s->fleet, s->arena, tx, *key != 0 ? key : NULL)) !=
	    NULL)
		return err_pass(e);
	index_devices(s);
	*out = s;
	return NULL;
}

/* One row of latest into its device. */
static void
renew(struct device *d, const struct rows *r, int row)
{
	int32_t *sensor;
	int64_t *time;
	double *value;
	int16_t *quality;
	size_t n = rows_ints(&sensor, r, row, FLEET_NEWS_SENSOR), i, k;

	if (rows_times(&time, r, row, FLEET_NEWS_TIME) != n ||
	    rows_reals(&value, r, row, FLEET_NEWS_VALUE) != n ||
	    rows_smalls(&quality, r, row, FLEET_NEWS_QUALITY) != n)
		return;
	d->seen = rows_time(r, row, FLEET_NEWS_SEEN);
	d->version = rows_int(r, row, FLEET_NEWS_VERSION);
	for (i = 0; i < d->n; i++) {
		struct sensor *s = &d->sensors[i];

		for (k = 0; k < n && sensor[k] != s->id; k++)
			continue;
		if (k == n)
			continue;
		s->known = true;
		s->latest.time = time[k];
		s->latest.value = value[k];
		s->latest.quality = (uint8_t)quality[k];
	}
}

/* Up to this version, or a little further. */
static struct err *
catch_up(struct snapshot *s, struct tx *tx)
{
	struct rows *r;
	struct err *e;
	int i;

	if ((e = tx_rows(&r, tx, &q_fleet_news,
		 ARGS(A((int)s->tenant), A(s->fleet.version),
		     A(FLEET_ROWS_MAX)))) != NULL)
		return err_pass(e);
	for (i = 0; i < rows_count(r); i++) {
		struct device want = { .id = (int32_t)rows_int(r, i,
					   FLEET_NEWS_DEVICE_ID) };
		struct device *key = &want, **found;

		/* Who is newer than the registry's number comes with it. */
		found = s->devices == 0 ? NULL
					: bsearch(&key, s->by_id, s->devices,
					      sizeof(*s->by_id), by_id);
		if (found != NULL)
			renew(*found, r, i);
	}
	return NULL;
}

/* Is this what is asked for, as the registry is now? */
static bool
holds(const struct snapshot *s, const struct tx *tx, const char *key)
{
	const struct who *w = tx_who(tx);

	return is_of(s, w, key) && s->registry == w->registry;
}

/* Can it be brought to this version in place? */
static bool
can_follow(const struct snapshot *s, int64_t version)
{
	return s->fleet.version <= version &&
	       (s->fleet.version == version || s->readers == 0);
}

static void
look_at(struct snapshot *s, struct tx *tx)
{
	s->readers++;
	arena_defer(tx_arena(tx), read_out, s);
}

struct err *
fleet_load(struct fleet *f, struct tx *tx)
{
	struct snapshots *all = snapshots(tx_db(tx));
	struct snapshot **at = place(all->fleet, FLEETS_MAX, tx_who(tx), "");
	struct snapshot *s = *at;
	struct fleet now = { 0 };
	struct err *e;

	if ((e = fleet_version(&now, tx)) != NULL)
		return err_pass(e);
	if (!holds(s, tx, "") || !can_follow(s, now.version)) {
		if ((e = make(&s, tx, "")) != NULL)
			return err_pass(e);
		drop(at);
		if ((s->kept = s->sensors <= SENSORS_MAX))
			*at = s;
	} else {
		if (s->fleet.version < now.version &&
		    (e = catch_up(s, tx)) != NULL)
			return err_pass(e);
		look_at(s, tx);
	}
	if (s->readers == 1)
		fleet_state(&s->fleet, env_now());
	s->fleet.version = now.version;
	s->used = ++all->clock;
	*f = s->fleet;
	f->alerts = now.alerts;
	return NULL;
}

struct err *
device_known(struct device *d, struct site *site, struct tx *tx,
    const char *key)
{
	struct snapshots *all = snapshots(tx_db(tx));
	struct snapshot **at = place(all->device, DEVICES_MAX, tx_who(tx), key);
	struct snapshot *s = *at;
	struct err *e;

	if (!holds(s, tx, key)) {
		if ((e = make(&s, tx, key)) != NULL)
			return err_pass(e);
		if (s->devices == 0)
			return err_raise(ERR_MISSING,
			    "There is no such device.",
			    "no device of that key");
		drop(at);
		if ((s->kept = s->sensors <= SENSORS_MAX / DEVICES_MAX))
			*at = s;
	} else {
		look_at(s, tx);
	}
	s->used = ++all->clock;
	*site = s->fleet.sites[0];
	*d = site->devices[0];
	return NULL;
}
