#include "cgi-bin/ingest/rosters.h"

#include <string.h>

#include "base/clock.h"
#include "base/env.h"
#include "base/hash.h"
#include "cgi-bin/ingest/ring.h"
#include "web/web.h"

enum {
	GUESTS_MAX = 512, /* more than these are forgotten, all at once */
	SENSORS_KEPT = ROSTER_MAX,
	DUE_S = 60 /* after its own gate, who has no conditions is let pass */
};

struct rosters {
	struct arena *arena;
	uint64_t seed;
	struct hashed keys;
	struct profiles *profiles; /* NULL: nobody has asked */
	struct guest v[GUESTS_MAX];
	size_t n, sensors;
};

static void
release(void *what)
{
	arena_free(((struct rosters *)what)->arena);
}

/* All of it lives in its own arena. */
static struct rosters *
rosters_new(void)
{
	struct arena *a = arena_new();
	struct rosters *all = arena_alloc(a, sizeof(*all));

	all->arena = a;
	all->seed = hash_seed();
	all->keys = hash_table(a, GUESTS_MAX);
	return all;
}

void
rosters_forget(struct db *db)
{
	void **kept = db_kept(db, release);

	if (*kept != NULL)
		release(*kept);
	*kept = NULL;
}

/* Those of the connection, with room for one more. */
static struct rosters *
rosters_of(struct db *db)
{
	void **kept = db_kept(db, release);
	const struct rosters *all = *kept;

	if (all != NULL &&
	    (all->n == GUESTS_MAX || all->sensors > SENSORS_KEPT))
		rosters_forget(db);
	if (*kept == NULL)
		*kept = rosters_new();
	return *kept;
}

static struct guest *
find(struct db *db, struct bytes key)
{
	struct rosters *all = *db_kept(db, release);
	struct guest *found = NULL;
	size_t i, step = 0;

	if (all == NULL)
		return NULL;
	/* A key that came again under another number stands behind itself. */
	while (hash_next(&i, &step, &all->keys,
	    hash_bytes(all->seed, key.p, key.n)))
		if (all->v[i].known.key.n == key.n &&
		    memcmp(all->v[i].known.key.p, key.p, key.n) == 0 &&
		    (found == NULL || found < &all->v[i]))
			found = &all->v[i];
	return found;
}

const struct guest *
rosters_find(struct db *db, struct bytes key)
{
	return find(db, key);
}

/* Its own gate has let it in: what that said of it holds for a while. */
static void
greet(struct guest *g, const struct who *w)
{
	g->is_limited = limit_any(&w->limits);
	g->due = (w->flags & (WHO_SIGNS | WHO_APART | WHO_OVER)) != 0
		     ? 0
		     : env_now() + DUE_S * CLOCK_S;
}

static struct err *
remember(const struct roster **out, struct tx *tx, struct bytes key)
{
	struct rosters *all = rosters_of(tx_db(tx));
	const struct who *w = tx_who(tx);
	struct guest *g = &all->v[all->n];
	const void *copy = arena_copy(all->arena, key.p, key.n);
	struct roster *roster;
	struct err *e;
	int64_t till;

	if ((e = roster_load(&roster, all->arena, tx, w->device)) != NULL ||
	    (e = ring_till(&till, tx)) != NULL)
		return err_pass(e);
	*g = (struct guest){ .known = { .key = { copy, key.n },
				 .tenant = w->tenant,
				 .device = w->device,
				 .can = w->can,
				 .registry = w->registry,
				 .cred = w->cred,
				 .limits = w->limits },
		.tenant_name = arena_text(all->arena, w->tenant_name),
		.roster = roster,
		.debug_till = till };
	hash_add(&all->keys, hash_bytes(all->seed, key.p, key.n), all->n++);
	all->sensors += roster_size(roster);
	greet(g, w);
	*out = roster;
	return NULL;
}

struct err *
rosters_load(const struct roster **out, struct tx *tx, struct bytes key)
{
	struct guest *g = find(tx_db(tx), key);
	const struct who *w = tx_who(tx);
	struct err *e;

	if (g != NULL && g->known.tenant == w->tenant &&
	    g->known.device == w->device && g->known.can == w->can &&
	    g->known.registry == w->registry) {
		greet(g, w);
		*out = g->roster;
		return NULL;
	}
	e = remember(out, tx, key);
	return e != NULL ? err_pass(e) : NULL;
}

struct profiles *
rosters_profiles(struct db *db, const char *dir)
{
	struct rosters *all = *db_kept(db, release);

	if (all == NULL)
		return NULL;
	if (all->profiles == NULL)
		all->profiles = profiles_open(all->arena, dir);
	return all->profiles;
}
