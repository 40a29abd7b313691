#include "cgi-bin/ingest/roster.h"

#include <math.h>
#include <string.h>

#include "query.h"

struct roster {
	uint64_t seed;
	struct slice *device;
	struct target *v;
	size_t n;
	struct hashed devices, keys, codes;
};

/* A sensor's key stands for another one at each device. */
static uint64_t
key_hash(const struct roster *r, int32_t device, struct slice key)
{
	return hash_bytes(r->seed + (uint64_t)device, key.p, key.n);
}

/* Fill the tables that the look-ups go by. */
static void
index_all(struct roster *r, struct arena *a, size_t n_devices, size_t n)
{
	size_t i;

	r->seed = hash_seed();
	r->devices = hash_table(a, n_devices);
	r->keys = hash_table(a, n);
	r->codes = hash_table(a, n);
	for (i = 0; i < n_devices; i++)
		hash_add(&r->devices,
		    hash_bytes(r->seed, r->device[i].p, r->device[i].n), i);
	for (i = 0; i < n; i++) {
		const struct target *t = &r->v[i];

		hash_add(&r->keys, key_hash(r, t->device, t->key), i);
		hash_add(&r->codes, hash_bytes(r->seed, t->code.p, t->code.n),
		    i);
	}
}

struct roster *
roster_make(struct arena *a, const struct slice *device, size_t n_devices,
    const struct target *v, size_t n)
{
	struct roster *r = arena_alloc(a, sizeof(*r));

	r->device = arena_array(a, n_devices + 1, sizeof(*r->device));
	r->v = arena_array(a, n + 1, sizeof(*r->v));
	r->n = n;
	if (n_devices > 0)
		memcpy(r->device, device, n_devices * sizeof(*device));
	if (n > 0)
		memcpy(r->v, v, n * sizeof(*v));
	index_all(r, a, n_devices, n);
	return r;
}

static struct slice
text_of(struct arena *a, const struct rows *r, int i, int col)
{
	struct bytes b = rows_bytes(r, i, col);

	return (struct slice){ arena_copy(a, b.p, b.n), b.n };
}

static double
bound(const struct rows *r, int i, int col)
{
	return rows_null(r, i, col) ? NAN : rows_real(r, i, col);
}

static struct target
target_of(struct arena *a, const struct rows *r, int i)
{
	static const int columns[FACETS] = { INGEST_ROSTER_F_MIN,
		INGEST_ROSTER_F_MAX, INGEST_ROSTER_F_COUNT,
		INGEST_ROSTER_F_STDDEV };
	struct target t = {
		.key = text_of(a, r, i, INGEST_ROSTER_KEY),
		.code = text_of(a, r, i, INGEST_ROSTER_CODE),
		.unit = arena_text(a, rows_text(r, i, INGEST_ROSTER_UNIT)),
		.states = "",
		.low = bound(r, i, INGEST_ROSTER_LOW),
		.high = bound(r, i, INGEST_ROSTER_HIGH),
		.id = (int32_t)rows_int(r, i, INGEST_ROSTER_SENSOR_ID),
	};
	size_t f;

	if (!rows_null(r, i, INGEST_ROSTER_STATES))
		t.states = arena_text(a, rows_text(r, i, INGEST_ROSTER_STATES));
	for (f = 0; f < FACETS; f++)
		t.facet[f] = (int32_t)rows_int(r, i, columns[f]);
	return t;
}

struct err *
roster_load(struct roster **out, struct arena *a, struct tx *tx)
{
	const struct who *who = tx_who(tx);
	struct roster *to = arena_alloc(a, sizeof(*to));
	size_t n, n_devices = 0, i;
	struct rows *r;
	struct err *e;

	if ((e = tx_rows(&r, tx, &q_ingest_roster,
		 ARGS(A((int)who->tenant), A((int)who->device),
		     A(ROSTER_MAX + 1)))) != NULL)
		return err_pass(e);
	n = (size_t)rows_count(r);
	if (n > ROSTER_MAX)
		return err_raise(ERR_REFUSED,
		    "This key may write to too many sensors.",
		    "more than %d sensors", ROSTER_MAX);
	to->device = arena_array(a, n + 1, sizeof(*to->device));
	to->v = arena_array(a, n + 1, sizeof(*to->v));
	for (i = 0; i < n; i++) {
		struct bytes b = rows_bytes(r, (int)i, INGEST_ROSTER_DEVICE);
		struct slice device = { (const char *)b.p, b.n };

		/* The rows come device by device. */
		if (n_devices == 0 ||
		    !slice_same(to->device[n_devices - 1], device))
			to->device[n_devices++] =
			    text_of(a, r, (int)i, INGEST_ROSTER_DEVICE);
		to->v[i] = target_of(a, r, (int)i);
		to->v[i].device = (int32_t)(n_devices - 1);
	}
	index_all(to, a, n_devices, n);
	*out = to;
	return NULL;
}

int32_t
roster_device(const struct roster *r, struct slice key)
{
	uint64_t h = hash_bytes(r->seed, key.p, key.n);
	size_t i, step = 0;

	while (hash_next(&i, &step, &r->devices, h))
		if (slice_same(r->device[i], key))
			return (int32_t)i;
	return -1;
}

const struct target *
roster_sensor(const struct roster *r, int32_t device, struct slice key)
{
	uint64_t h = key_hash(r, device, key);
	size_t i, step = 0;

	while (hash_next(&i, &step, &r->keys, h))
		if (r->v[i].device == device && slice_same(r->v[i].key, key))
			return &r->v[i];
	return NULL;
}

const struct target *
roster_code(const struct roster *r, struct slice code)
{
	uint64_t h = hash_bytes(r->seed, code.p, code.n);
	size_t i, step = 0;

	while (hash_next(&i, &step, &r->codes, h))
		if (slice_same(r->v[i].code, code))
			return &r->v[i];
	return NULL;
}

size_t
roster_size(const struct roster *r)
{
	return r->n;
}
