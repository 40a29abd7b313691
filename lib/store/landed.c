#include "store/landed.h"

#include <stdlib.h>

#include "query.h"
#include "store/damage.h"

static int
by_id(const void *a, const void *b)
{
	const struct landed *x = a, *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

/* A batch's readings; when it is damaged, all of them are lost. */
static struct err *
decode(struct landed *b, struct tx *tx, const struct rows *rows, int r)
{
	struct arena *a = tx_arena(tx);
	struct bytes block = rows_bytes(rows, r, STORE_TAKE_BLOCK);
	struct damage d = {
		.level = "landing",
		.t_min = rows_time(rows, r, STORE_TAKE_T_MIN),
		.t_max = rows_time(rows, r, STORE_TAKE_T_MAX),
		.n = (size_t)rows_int(rows, r, STORE_TAKE_N),
		.bytes = block,
	};
	struct err *e;

	if ((e = block_decode(&b->r, a, block)) == NULL && b->r.n == d.n)
		return NULL;
	b->r = (struct readings){ 0 };
	b->lost = (int32_t)d.n;
	d.why = damage_why(a, e);
	e = damage_note(tx, &d);
	return e != NULL ? err_pass(e) : NULL;
}

static struct err *
read_batch(struct landed *b, struct tx *tx, const struct rows *rows, int r)
{
	struct err *e;

	b->id = rows_int(rows, r, STORE_TAKE_LANDING_ID);
	b->at = rows_time(rows, r, STORE_TAKE_AT);
	b->batch = rows_int(rows, r, STORE_TAKE_BATCH_ID);
	b->source = (int32_t)rows_int(rows, r, STORE_TAKE_SOURCE_ID);
	b->duplicate = (int32_t)rows_int(rows, r, STORE_TAKE_DUPLICATE);
	e = decode(b, tx, rows, r);
	return e != NULL ? err_pass(e) : NULL;
}

/*
 * A batch's number is drawn by a transaction that is already running, so once
 * everybody who ran when we saw a number has ended, nothing below it can
 * still appear; and what had appeared, the cycle in between has taken.
 */
static void
look_ahead(struct catch *c, const struct horizon *h, int64_t xmin, int64_t xmax)
{
	int64_t last = c->n > 0 ? c->v[c->n - 1].id : 0;

	c->after = *h;
	if (h->seen != 0 && xmin >= h->xmax) {
		int64_t past = h->seen;

		if (c->is_full && last < past)
			past = last;
		if (past >= h->low)
			c->after.low = past + 1;
		c->after.seen = 0;
	}
	if (c->after.seen == 0 && last != 0) {
		c->after.seen = last;
		c->after.xmax = xmax;
	}
}

struct err *
landed_read(bool *own, struct catch *c, struct tx *tx, const struct rows *rows,
    const struct horizon *h)
{
	size_t readings = 0, i;
	struct err *e;

	*c = (struct catch){ 0 };
	if (!(*own = rows_count(rows) > 0))
		return NULL;
	c->version = rows_int(rows, 0, STORE_TAKE_VERSION);
	if (!rows_null(rows, 0, STORE_TAKE_LANDING_ID))
		c->n = (size_t)rows_count(rows);
	c->v = arena_array(tx_arena(tx), c->n, sizeof(*c->v));
	for (i = 0; i < c->n; i++) {
		if ((e = read_batch(&c->v[i], tx, rows, (int)i)) != NULL)
			return err_pass(e);
		if (c->v[i].at > c->seen)
			c->seen = c->v[i].at;
		readings += c->v[i].r.n + (size_t)c->v[i].lost;
	}
	if (c->n > 1)
		qsort(c->v, c->n, sizeof(*c->v), by_id);
	c->is_full = c->n >= STORE_TAKE_ROWS || readings >= STORE_TAKE_MAX;
	look_ahead(c, h, rows_int(rows, 0, STORE_TAKE_XMIN),
	    rows_int(rows, 0, STORE_TAKE_XMAX));
	return NULL;
}

void
landed_gather(struct readings *all, struct arena *a, const struct catch *c)
{
	struct readings *in = arena_array(a, c->n, sizeof(*in));
	size_t i;

	for (i = 0; i < c->n; i++)
		in[i] = c->v[i].r;
	(void)readings_merge(all, a, in, c->n);
}

size_t
landed_sources(int32_t **out, struct arena *a, const struct catch *c)
{
	size_t i, n = 0;

	*out = arena_array(a, c->n, sizeof(**out));
	for (i = 0; i < c->n; i++) {
		int32_t source = c->v[i].source;

		if (source > 0 && (n == 0 || (*out)[n - 1] != source))
			(*out)[n++] = source;
	}
	return n;
}

/* The place of a stored reading with this key and rev; stored->n: none. */
static size_t
find(const struct readings *stored, const struct reading *key)
{
	size_t i = readings_place(stored, key->sensor, key->time);

	if (i < stored->n && stored->v[i].sensor == key->sensor &&
	    stored->v[i].time == key->time && stored->v[i].rev == key->rev)
		return i;
	return stored->n;
}

/*
 * Which batch each stored reading came from: the first that has it.  Only
 * needed when some were not stored.
 */
static void
attribute(struct catch *c, struct arena *a, const struct readings *stored)
{
	bool *claimed = arena_array(a, stored->n, sizeof(*claimed));
	size_t i, k, total = 0;

	for (i = 0; i < c->n; i++) {
		c->v[i].stored = (int32_t)c->v[i].r.n;
		total += c->v[i].r.n;
	}
	if (total == stored->n)
		return;
	for (i = 0; i < c->n; i++) {
		struct landed *b = &c->v[i];

		b->stored = 0;
		for (k = 0; k < b->r.n; k++) {
			size_t place = find(stored, &b->r.v[k]);

			if (place == stored->n || claimed[place])
				continue;
			claimed[place] = true;
			b->stored++;
		}
	}
}

struct err *
landed_account(struct tx *tx, struct catch *c, const struct readings *all)
{
	struct arena *a = tx_arena(tx);
	int64_t *at = arena_array(a, c->n, sizeof(*at));
	int64_t *batch = arena_array(a, c->n, sizeof(*batch));
	int32_t *stored = arena_array(a, c->n, sizeof(*stored));
	int32_t *duplicate = arena_array(a, c->n, sizeof(*duplicate));
	int32_t *lost = arena_array(a, c->n, sizeof(*lost));
	struct err *e;
	size_t i;

	attribute(c, a, all);
	for (i = 0; i < c->n; i++) {
		struct landed *b = &c->v[i];

		b->duplicate += (int32_t)b->r.n - b->stored;
		at[i] = b->at;
		batch[i] = b->batch;
		stored[i] = b->stored;
		duplicate[i] = b->duplicate;
		lost[i] = b->lost;
	}
	if ((e = tx_send(tx, &q_store_account,
		 ARGS(A((int)tx_who(tx)->tenant), arr_time(a, at, c->n),
		     arr_long(a, batch, c->n), arr_int(a, stored, c->n),
		     arr_int(a, duplicate, c->n), arr_int(a, lost, c->n)))) !=
	    NULL)
		return err_pass(e);
	return NULL;
}
