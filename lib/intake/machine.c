#include "intake/machine.h"

#include <string.h>

#include "model/owned.h"
#include "query.h"

enum { MACHINES_MAX = 250000, SLAVES = 256 };

struct machines {
	uint64_t seed;
	struct hashed keys;
	struct machine *v;
	size_t n;
	const struct machine *own;
	/* By number on the bus; of one that came twice nobody is meant. */
	const struct machine *slave[SLAVES];
	bool twice[SLAVES];
};

static void
number(struct machines *m, const struct machine *one)
{
	if (one->slave < 0 || one->slave >= SLAVES)
		return;
	m->twice[one->slave] |= m->slave[one->slave] != NULL;
	m->slave[one->slave] = m->twice[one->slave] ? NULL : one;
}

/* All that is found by, for the members that are there. */
static void
index_all(struct machines *m, struct arena *a)
{
	size_t i;

	m->seed = hash_seed();
	m->keys = hash_table(a, m->n);
	for (i = 0; i < m->n; i++) {
		const struct machine *one = &m->v[i];

		hash_add(&m->keys, hash_bytes(m->seed, one->key.p, one->key.n),
		    i);
		number(m, one);
		if (one->own)
			m->own = one;
	}
}

struct machines *
machines_make(struct arena *a, const struct machine *v, size_t n)
{
	struct machines *m = arena_alloc(a, sizeof(*m));

	m->v = arena_array(a, n + 1, sizeof(*m->v));
	m->n = n;
	if (n > 0)
		memcpy(m->v, v, n * sizeof(*v));
	index_all(m, a);
	return m;
}

/* The profiles that the tenant keeps himself, where a machine has one. */
static struct err *
profiles_load(struct machines *m, struct arena *a, struct tx *tx,
    int32_t source, const struct rows *r)
{
	struct owned *own;
	struct err *e;
	bool any = false;
	size_t i;

	for (i = 0; i < m->n && !any; i++)
		any = rows_bool(r, (int)i, INGEST_MACHINES_IS_OWN_PROFILE);
	if (!any)
		return NULL;
	if ((e = owned_load(&own, a, tx, source)) != NULL)
		return err_pass(e);
	for (i = 0; i < m->n; i++)
		m->v[i].own_profile = owned_find(own,
		    (int32_t)rows_int(r, (int)i, INGEST_MACHINES_DEVICE_ID));
	return NULL;
}

struct err *
machines_load(struct machines **out, struct arena *a, struct tx *tx,
    int32_t source)
{
	struct machines *m = arena_alloc(a, sizeof(*m));
	struct rows *r;
	struct err *e;
	size_t i;

	if ((e = tx_rows(&r, tx, &q_ingest_machines,
		 ARGS(A((int)tx_who(tx)->tenant), A((int)source),
		     A(MACHINES_MAX + 1)))) != NULL)
		return err_pass(e);
	m->n = (size_t)rows_count(r);
	if (m->n > MACHINES_MAX)
		return err_raise(ERR_REFUSED,
		    "This key stands for too many devices.",
		    "more than %d devices", MACHINES_MAX);
	m->v = arena_array(a, m->n + 1, sizeof(*m->v));
	for (i = 0; i < m->n; i++) {
		const char *key =
		    arena_text(a, rows_text(r, (int)i, INGEST_MACHINES_DEVICE));

		m->v[i] = (struct machine){ .key = { key, strlen(key) },
			.profile = arena_text(a,
			    rows_text(r, (int)i, INGEST_MACHINES_PROFILE)),
			.slave =
			    (int)rows_int(r, (int)i, INGEST_MACHINES_SLAVE),
			.own = rows_bool(r, (int)i, INGEST_MACHINES_OWN) };
	}
	if ((e = profiles_load(m, a, tx, source, r)) != NULL)
		return err_pass(e);
	index_all(m, a);
	*out = m;
	return NULL;
}

const struct machine *
machine_named(const struct machines *m, struct slice key)
{
	size_t i, step = 0;
	uint64_t h;

	if (m == NULL || key.p == NULL)
		return NULL;
	h = hash_bytes(m->seed, key.p, key.n);
	while (hash_next(&i, &step, &m->keys, h))
		if (slice_same(m->v[i].key, key))
			return &m->v[i];
	return NULL;
}

const struct machine *
machine_slave(const struct machines *m, int slave)
{
	if (m == NULL || slave < 0 || slave >= SLAVES)
		return NULL;
	return m->slave[slave];
}

const struct machine *
machine_own(const struct machines *m)
{
	return m != NULL ? m->own : NULL;
}
