/*
 * One cycle: landing is consumed, and what came of it is recorded, in one
 * transaction.  A killed worker therefore repeats nothing and loses nothing.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "query.h"
#include "store/page.h"
#include "store/store.h"

/* A batch as it lay in landing. */
struct landed {
	int64_t id, at, batch;
	int32_t source;	   /* who sent it; 0: the poller */
	int32_t duplicate; /* found when it came in */
	int32_t stored;
	struct readings r;
};

struct cycle {
	struct tx *tx;
	struct arena *arena;
	int64_t version, seen;
	struct landed *batch;
	size_t n;
	struct readings all; /* what will be stored */
};

static int
by_id(const void *a, const void *b)
{
	const struct landed *x = a, *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

/* Take what has landed; the oldest batch first. */
static struct err *
take(struct cycle *c)
{
	struct rows *rows;
	struct err *e;
	size_t i;

	if ((e = tx_rows(&rows, c->tx, &q_store_take,
		 ARGS(A((int)tx_who(c->tx)->tenant), A(STORE_TAKE_ROWS),
		     A(STORE_TAKE_MAX)))) != NULL)
		return err_pass(e);
	c->n = (size_t)rows_count(rows);
	c->batch = arena_array(c->arena, c->n, sizeof(*c->batch));
	for (i = 0; i < c->n; i++) {
		struct landed *b = &c->batch[i];
		int r = (int)i;

		b->id = rows_int(rows, r, STORE_TAKE_LANDING_ID);
		b->at = rows_time(rows, r, STORE_TAKE_AT);
		b->batch = rows_int(rows, r, STORE_TAKE_BATCH_ID);
		b->source = (int32_t)rows_int(rows, r, STORE_TAKE_SOURCE_ID);
		b->duplicate = (int32_t)rows_int(rows, r, STORE_TAKE_DUPLICATE);
		if ((e = block_decode(&b->r, c->arena,
			 rows_bytes(rows, r, STORE_TAKE_BLOCK))) != NULL)
			return err_pass(e);
		if (b->at > c->seen)
			c->seen = b->at;
	}
	qsort(c->batch, c->n, sizeof(*c->batch), by_id);
	return NULL;
}

/* All batches as one settled array. */
static void
gather(struct cycle *c)
{
	struct readings *in = arena_array(c->arena, c->n, sizeof(*in));
	size_t i;

	for (i = 0; i < c->n; i++)
		in[i] = c->batch[i].r;
	(void)readings_merge(&c->all, c->arena, in, c->n);
}

/* Who sent the batches; gateways are seen although they measure nothing. */
static size_t
sources(int32_t **out, struct cycle *c)
{
	size_t i, n = 0;

	*out = arena_array(c->arena, c->n, sizeof(**out));
	for (i = 0; i < c->n; i++) {
		int32_t source = c->batch[i].source;

		if (source != 0 && (n == 0 || (*out)[n - 1] != source))
			(*out)[n++] = source;
	}
	return n;
}

static int
by_key(const void *a, const void *b)
{
	const struct reading *x = a, *y = b;

	if (x->sensor != y->sensor)
		return x->sensor < y->sensor ? -1 : 1;
	return (x->time > y->time) - (x->time < y->time);
}

static struct reading *
find(const struct readings *in, const struct reading *key)
{
	if (in->n == 0)
		return NULL;
	return bsearch(key, in->v, in->n, sizeof(*in->v), by_key);
}

/* Drop from `all` what is stored already, unless it carries a higher rev. */
static struct err *
drop_known(struct cycle *c, const struct late *late)
{
	struct answer known;
	struct err *e;
	size_t i, kept = 0;

	if (late->n == 0)
		return NULL;
	if ((e = store_derived(&known, c->tx, late->sensor, late->n,
		 late->t_min, late->t_max + 1)) != NULL)
		return err_pass(e);
	for (i = 0; i < c->all.n; i++) {
		const struct reading *old = find(&known.r, &c->all.v[i]);

		if (old == NULL || c->all.v[i].rev > old->rev)
			c->all.v[kept++] = c->all.v[i];
	}
	c->all.n = kept;
	return NULL;
}

/* Leave a mark for what came late, a span a sensor and UTC day. */
static struct err *
mark(struct cycle *c, const struct late *late)
{
	int32_t *sensor = arena_array(c->arena, c->all.n, sizeof(*sensor));
	int64_t *from = arena_array(c->arena, c->all.n, sizeof(*from));
	int64_t *to = arena_array(c->arena, c->all.n, sizeof(*to));
	size_t i, k = 0, n = 0;
	struct err *e;

	for (i = 0; i < c->all.n; i++) {
		const struct reading *r = &c->all.v[i];

		while (k < late->n && late->sensor[k] < r->sensor)
			k++;
		if (k == late->n)
			break;
		if (late->sensor[k] != r->sensor || r->time > late->t_max)
			continue;
		if (n == 0 || sensor[n - 1] != r->sensor ||
		    r->time / CLOCK_DAY != from[n - 1] / CLOCK_DAY) {
			sensor[n] = r->sensor;
			from[n++] = r->time;
		}
		to[n - 1] = r->time;
	}
	if (n == 0)
		return NULL;
	e = tx_send(c->tx, &q_store_mark,
	    ARGS(A((int)tx_who(c->tx)->tenant), arr_int(c->arena, sensor, n),
		arr_time(c->arena, from, n), arr_time(c->arena, to, n)));
	return e != NULL ? err_pass(e) : NULL;
}

/*
 * Which batch each stored reading came from: the first that has it.  Only
 * needed when some were not stored.
 */
static void
attribute(struct cycle *c)
{
	char *claimed = arena_alloc(c->arena, c->all.n + 1);
	size_t i, k, total = 0;

	for (i = 0; i < c->n; i++) {
		c->batch[i].stored = (int32_t)c->batch[i].r.n;
		total += c->batch[i].r.n;
	}
	if (total == c->all.n)
		return;
	for (i = 0; i < c->n; i++) {
		struct landed *b = &c->batch[i];

		b->stored = 0;
		for (k = 0; k < b->r.n; k++) {
			struct reading *r = find(&c->all, &b->r.v[k]);

			if (r == NULL || r->rev != b->r.v[k].rev ||
			    claimed[r - c->all.v])
				continue;
			claimed[r - c->all.v] = 1;
			b->stored++;
		}
	}
}

/* Balance the ledger of every batch taken. */
static struct err *
account(struct cycle *c)
{
	int64_t *at = arena_array(c->arena, c->n, sizeof(*at));
	int64_t *batch = arena_array(c->arena, c->n, sizeof(*batch));
	int32_t *stored = arena_array(c->arena, c->n, sizeof(*stored));
	int32_t *duplicate = arena_array(c->arena, c->n, sizeof(*duplicate));
	struct err *e;
	size_t i;

	attribute(c);
	for (i = 0; i < c->n; i++) {
		const struct landed *b = &c->batch[i];

		at[i] = b->at;
		batch[i] = b->batch;
		stored[i] = b->stored;
		duplicate[i] = b->duplicate + (int32_t)b->r.n - b->stored;
	}
	if ((e = tx_send(c->tx, &q_store_account,
		 ARGS(A((int)tx_who(c->tx)->tenant),
		     arr_time(c->arena, at, c->n),
		     arr_long(c->arena, batch, c->n),
		     arr_int(c->arena, stored, c->n),
		     arr_int(c->arena, duplicate, c->n)))) != NULL)
		return err_pass(e);
	return NULL;
}

struct err *
store_fresh(struct tx *tx, int tier, const struct readings *r)
{
	struct arena *a = tx_arena(tx);
	struct directory dir;
	int64_t t_min, t_max;
	struct bytes block;
	struct err *e;

	if (r->n == 0)
		return NULL;
	readings_span(&t_min, &t_max, r);
	block = block_encode(a, &dir, r);
	if ((e = tx_send(tx, &q_store_fresh_put,
		 ARGS(A((int)tx_who(tx)->tenant), A(tier), A_TIME(t_min),
		     A_TIME(t_max), A((long)r->n),
		     arr_int(a, dir.sensor, dir.n),
		     arr_int(a, dir.offset, dir.n + 1), A(block)))) != NULL)
		return err_pass(e);
	return NULL;
}

struct err *
store_derive(struct derived *out, struct tx *tx, store_hook *hook)
{
	struct cycle c = { .tx = tx, .arena = tx_arena(tx) };
	struct arg tenant = A((int)tx_who(tx)->tenant);
	struct pages pages;
	struct rows *own;
	struct late late;
	struct err *e;
	int32_t *source;
	size_t i, n;

	*out = (struct derived){ 0 };
	if ((e = tx_rows(&own, tx, &q_store_own, &tenant, 1)) != NULL)
		return err_pass(e);
	if (rows_count(own) == 0)
		return NULL; /* another worker is at it */
	c.version = rows_int(own, 0, STORE_OWN_VERSION) + 1;
	if ((e = take(&c)) != NULL)
		return err_pass(e);
	if (c.n == 0)
		return NULL;
	gather(&c);
	n = sources(&source, &c);
	if ((e = pages_load(&pages, tx, &c.all, source, n)) != NULL ||
	    (e = pages_update(&late, &pages, &c.all)) != NULL ||
	    (e = drop_known(&c, &late)) != NULL ||
	    (e = mark(&c, &late)) != NULL ||
	    (e = pages_save(&pages, tx, c.version, c.seen)) != NULL ||
	    (e = account(&c)) != NULL ||
	    (e = store_fresh(tx, 0, &c.all)) != NULL ||
	    (e = hook(tx, &c.all)) != NULL ||
	    (e = tx_send(tx, &q_store_version,
		 ARGS(tenant, A((long)c.version)))) != NULL)
		return err_pass(e);
	for (i = 0; i < c.n; i++) {
		out->stored += (size_t)c.batch[i].stored;
		out->duplicate += (size_t)c.batch[i].duplicate +
				  c.batch[i].r.n - (size_t)c.batch[i].stored;
	}
	out->batches = c.n;
	return NULL;
}
