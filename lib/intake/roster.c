#include "intake/roster.h"

#include <math.h>
#include <string.h>

#include "intake/memo.h"
#include "query.h"

struct roster {
	uint64_t seed;
	struct slice *device;
	struct target *v;
	size_t n;
	struct hashed devices, keys, codes;
	struct intake_rule rule;
	struct virtuals virtuals;
	struct arena *arena;
	struct memo **memo;		 /* made when a line comes */
	struct hashed *numbers;		 /* and these when a block does */
	const struct machines *machines; /* NULL: it was made */
};

static const struct intake_rule usual = {
	.zone = "UTC", .home = "", .own = "", .site = "", .metric = "auto"
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

	r->arena = a;
	r->memo = arena_alloc(a, sizeof(struct memo *));
	r->numbers = arena_alloc(a, sizeof(*r->numbers));
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
		if (t->code.n == 0)
			continue;
		hash_add(&r->codes, hash_bytes(r->seed, t->code.p, t->code.n),
		    i);
	}
}

struct roster *
roster_make(struct arena *a, const struct slice *device, size_t n_devices,
    const struct target *v, size_t n)
{
	struct roster *r = arena_alloc(a, sizeof(*r));
	size_t i;

	r->device = arena_array(a, n_devices + 1, sizeof(*r->device));
	r->v = arena_array(a, n + 1, sizeof(*r->v));
	r->n = n;
	if (n_devices > 0)
		memcpy(r->device, device, n_devices * sizeof(*device));
	if (n > 0)
		memcpy(r->v, v, n * sizeof(*v));
	for (i = 0; i < n; i++)
		if (r->v[i].scale == 0)
			r->v[i].scale = 1;
	r->rule = usual;
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
	static const int columns[FACETS] = {
		[FACET_MIN] = INGEST_ROSTER_F_MIN,
		[FACET_MAX] = INGEST_ROSTER_F_MAX,
		[FACET_COUNT] = INGEST_ROSTER_F_COUNT,
		[FACET_STDDEV] = INGEST_ROSTER_F_STDDEV,
		[FACET_DECIMALS] = INGEST_ROSTER_F_DECIMALS,
	};
	struct target t = {
		.key = text_of(a, r, i, INGEST_ROSTER_KEY),
		.code = text_of(a, r, i, INGEST_ROSTER_CODE),
		.unit = arena_text(a, rows_text(r, i, INGEST_ROSTER_UNIT)),
		.states = "",
		.low = bound(r, i, INGEST_ROSTER_LOW),
		.high = bound(r, i, INGEST_ROSTER_HIGH),
		.flags = rows_bool(r, i, INGEST_ROSTER_FLAGS),
		.zero = rows_bool(r, i, INGEST_ROSTER_ZERO),
		.scale = rows_real(r, i, INGEST_ROSTER_SCALE),
		.shift = rows_real(r, i, INGEST_ROSTER_SHIFT),
		.id = (int32_t)rows_int(r, i, INGEST_ROSTER_SENSOR_ID),
	};
	size_t f;

	if (!rows_null(r, i, INGEST_ROSTER_STATES))
		t.states = arena_text(a, rows_text(r, i, INGEST_ROSTER_STATES));
	for (f = 0; f < FACETS; f++)
		t.facet[f] = (int32_t)rows_int(r, i, columns[f]);
	return t;
}

static struct err *
rule_load(struct intake_rule *out, struct arena *a, struct tx *tx,
    int32_t source)
{
	struct rows *r;
	struct err *e;

	*out = usual;
	if ((e = tx_rows(&r, tx, &q_ingest_rule,
		 ARGS(A((int)tx_who(tx)->tenant), A((int)source)))) != NULL)
		return err_pass(e);
	if (rows_count(r) == 0)
		return NULL;
	*out = (struct intake_rule){
		.refuses_clock = rows_bool(r, 0, INGEST_RULE_REFUSES_CLOCK),
		.zone = arena_text(a, rows_text(r, 0, INGEST_RULE_ZONE)),
		.home = arena_text(a, rows_text(r, 0, INGEST_RULE_HOME)),
		.metric = arena_text(a, rows_text(r, 0, INGEST_RULE_METRIC)),
		.own = arena_text(a, rows_text(r, 0, INGEST_RULE_OWN)),
		.site = arena_text(a, rows_text(r, 0, INGEST_RULE_SITE)),
		.simulated = rows_bool(r, 0, INGEST_RULE_SIMULATED),
	};
	return NULL;
}

const struct intake_rule *
roster_rule(const struct roster *r)
{
	return &r->rule;
}

const struct virtuals *
roster_virtuals(const struct roster *r)
{
	return &r->virtuals;
}

const struct machines *
roster_machines(const struct roster *r)
{
	return r->machines;
}

void
roster_equip(struct roster *r, const struct machines *m)
{
	r->machines = m;
}

struct err *
roster_load(struct roster **out, struct arena *a, struct tx *tx, int32_t source)
{
	struct roster *to = arena_alloc(a, sizeof(*to));
	size_t n, n_devices = 0, i;
	struct machines *m;
	struct rows *r;
	struct err *e;

	if ((e = rule_load(&to->rule, a, tx, source)) != NULL ||
	    (e = virtuals_load(&to->virtuals, a, tx, source)) != NULL ||
	    (e = machines_load(&m, a, tx, source)) != NULL ||
	    (e = tx_rows(&r, tx, &q_ingest_roster,
		 ARGS(A((int)tx_who(tx)->tenant), A((int)source),
		     A(ROSTER_MAX + 1)))) != NULL)
		return err_pass(e);
	n = (size_t)rows_count(r);
	if (n > ROSTER_MAX)
		return err_raise(ERR_REFUSED,
		    "This key may write to too many sensors.",
		    "more than %d sensors", ROSTER_MAX);
	to->device = arena_array(a, n + 1, sizeof(*to->device));
	to->v = arena_array(a, n + 1, sizeof(*to->v));
	to->n = n;
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
	to->machines = m;
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

static uint64_t
number_hash(const struct roster *r, int32_t id)
{
	return hash_bytes(r->seed, &id, sizeof(id));
}

bool
target_has_facet(const struct target *t, int32_t id)
{
	size_t f = 0;

	while (f < FACETS && t->facet[f] != id)
		f++;
	return id != 0 && f < FACETS;
}

/* A mapping that changes values is for who goes by names. */
static void
numbers_make(const struct roster *r)
{
	size_t i, f;

	*r->numbers = hash_table(r->arena, r->n * (1 + FACETS));
	for (i = 0; i < r->n; i++) {
		const struct target *t = &r->v[i];

		if (t->scale != 1 || t->shift != 0)
			continue;
		hash_add(r->numbers, number_hash(r, t->id), i);
		for (f = 0; f < FACETS; f++)
			if (t->facet[f] != 0)
				hash_add(r->numbers,
				    number_hash(r, t->facet[f]), i);
	}
}

const struct target *
roster_numbered(const struct roster *r, int32_t id)
{
	size_t i, step = 0;
	uint64_t h;

	if (r->numbers->slot == NULL)
		numbers_make(r);
	h = number_hash(r, id);
	while (hash_next(&i, &step, r->numbers, h))
		if (id != 0 &&
		    (r->v[i].id == id || target_has_facet(&r->v[i], id)))
			return &r->v[i];
	return NULL;
}

struct memo *
roster_memo(const struct roster *r)
{
	if (*r->memo == NULL)
		*r->memo = memo_make(r->arena, r->n);
	return *r->memo;
}

size_t
roster_size(const struct roster *r)
{
	return r->n;
}
