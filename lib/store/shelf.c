#include "store/shelf.h"

#include <stdlib.h>

#include "query.h"

enum {
	TENANTS_MAX = 8,  /* that a connection keeps */
	ROOM_MAX = 100000 /* of each; a larger one is asked each time */
};

struct shelf {
	int32_t tenant;
	int64_t version; /* 0: in doubt */
	int64_t used;
	struct arena *arena; /* of the pages; what has grown leaves a hole */
	struct page **v;     /* by device, ascending */
	size_t n;
	size_t room; /* members that there is memory for, of whatever */
};

struct kept {
	struct shelf v[TENANTS_MAX];
	int64_t clock;
};

static void
forget(struct shelf *s)
{
	arena_free(s->arena);
	*s = (struct shelf){ 0 };
}

static void
release(void *what)
{
	struct kept *k = what;
	size_t i;

	for (i = 0; i < TENANTS_MAX; i++)
		forget(&k->v[i]);
	free(k);
}

/* Its own, or else the one that was used the longest ago. */
static struct shelf *
find(struct kept *k, int32_t tenant)
{
	struct shelf *found = &k->v[0];
	size_t i;

	for (i = 0; i < TENANTS_MAX; i++) {
		struct shelf *s = &k->v[i];

		if (s->tenant == tenant)
			return s;
		if (s->used < found->used)
			found = s;
	}
	return found;
}

struct shelf *
shelf_of(struct tx *tx, int64_t version)
{
	void **kept = db_kept(tx_db(tx), release);
	struct shelf *s;
	struct kept *k;

	if (*kept == NULL && (*kept = calloc(1, sizeof(*k))) == NULL)
		abort();
	k = *kept;
	s = find(k, tx_who(tx)->tenant);
	if (s->tenant != tx_who(tx)->tenant || s->version == 0 ||
	    s->version != version || s->room > ROOM_MAX)
		forget(s);
	if (s->arena == NULL)
		s->arena = arena_small();
	s->tenant = tx_who(tx)->tenant;
	s->version = 0;
	s->used = ++k->clock;
	return s;
}

void
shelf_keep(struct tx *tx, int64_t version)
{
	struct kept *k = *db_kept(tx_db(tx), release);
	struct shelf *s;

	/* The connection may have ended with the commit. */
	if (k == NULL)
		return;
	s = find(k, tx_who(tx)->tenant);
	if (s->tenant == tx_who(tx)->tenant)
		s->version = version;
}

/* A page with room for n sensors, which it does not have yet. */
static void
lay_out(struct shelf *s, struct page *g, size_t n)
{
	g->sensor = arena_room(s->arena, n, sizeof(*g->sensor));
	g->time = arena_room(s->arena, n, sizeof(*g->time));
	g->value = arena_room(s->arena, n, sizeof(*g->value));
	g->quality = arena_room(s->arena, n, sizeof(*g->quality));
	g->rev = arena_room(s->arena, n, sizeof(*g->rev));
	s->room += n;
}

static void
copy(struct page *to, size_t i, const struct page *from, size_t k)
{
	to->sensor[i] = from->sensor[k];
	to->time[i] = from->time[k];
	to->value[i] = from->value[k];
	to->quality[i] = from->quality[k];
	to->rev[i] = from->rev[k];
}

/* The columns as they are stored. */
static struct page *
read_page(struct shelf *s, const struct rows *rows, int r)
{
	struct page *g = arena_alloc(s->arena, sizeof(*g)), old;
	size_t i;

	g->device = (int32_t)rows_int(rows, r, STORE_PAGES_DEVICE_ID);
	g->is_other = rows_null(rows, r, STORE_PAGES_SENSOR);
	old.n = rows_ints(&old.sensor, rows, r, STORE_PAGES_SENSOR);
	(void)rows_times(&old.time, rows, r, STORE_PAGES_TIME);
	(void)rows_reals(&old.value, rows, r, STORE_PAGES_VALUE);
	(void)rows_smalls(&old.quality, rows, r, STORE_PAGES_QUALITY);
	(void)rows_ints(&old.rev, rows, r, STORE_PAGES_REV);
	lay_out(s, g, old.n);
	for (i = 0; i < old.n; i++)
		copy(g, i, &old, i);
	g->n = old.n;
	return g;
}

/* Put pages, which are ascending and new, among the kept ones. */
static void
put(struct shelf *s, struct page *const *more, size_t n)
{
	struct page **v = arena_room(s->arena, s->n + n, sizeof(*v));
	size_t i, k = 0, at;

	for (i = at = 0; at < s->n + n; at++)
		if (i == n || (k < s->n && s->v[k]->device < more[i]->device))
			v[at] = s->v[k++];
		else
			v[at] = more[i++];
	s->v = v;
	s->n += n;
	s->room += s->n;
}

/* Which of the devices have their pages here; returns how many have not. */
static size_t
look_up(struct page **out, int32_t *missing, const struct shelf *s,
    const int32_t *device, size_t n)
{
	size_t i, k = 0, m = 0;

	for (i = 0; i < n; i++) {
		while (k < s->n && s->v[k]->device < device[i])
			k++;
		if (k < s->n && s->v[k]->device == device[i])
			out[i] = s->v[k];
		else
			missing[m++] = device[i];
	}
	return m;
}

struct err *
shelf_pages(struct page **out, struct shelf *s, struct tx *tx,
    const int32_t *device, size_t n)
{
	struct arena *a = tx_arena(tx);
	int32_t *missing = arena_array(a, n, sizeof(*missing));
	size_t m = look_up(out, missing, s, device, n), i;
	struct page **more;
	struct rows *rows;
	struct err *e;

	if (m == 0)
		return NULL;
	if ((e = tx_rows(&rows, tx, &q_store_pages,
		 ARGS(A((int)tx_who(tx)->tenant), arr_int(a, missing, m)))) !=
	    NULL)
		return err_pass(e);
	if ((size_t)rows_count(rows) != m)
		return err_raise(ERR_BUG, "Something is wrong here.",
		    "%d pages of %zu devices", rows_count(rows), m);
	more = arena_array(a, m, sizeof(*more));
	for (i = 0; i < m; i++)
		more[i] = read_page(s, rows, (int)i);
	put(s, more, m);
	(void)look_up(out, missing, s, device, n);
	return NULL;
}

void
shelf_widen(struct shelf *s, struct page *g, const int32_t *sensor, size_t n)
{
	struct page old = *g;
	size_t i = 0, k = 0;

	lay_out(s, g, old.n + n);
	for (g->n = 0; i < n || k < old.n; g->n++) {
		if (i == n || (k < old.n && old.sensor[k] < sensor[i])) {
			copy(g, g->n, &old, k++);
			continue;
		}
		g->sensor[g->n] = sensor[i++];
		g->time[g->n] = INT64_MIN;
		g->value[g->n] = 0;
		g->quality[g->n] = 0;
		g->rev[g->n] = 0;
	}
	g->is_other = true;
}
