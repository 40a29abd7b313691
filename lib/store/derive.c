/*
 * One cycle: landing is consumed, and what came of it is recorded, in one
 * transaction.  A killed worker therefore repeats nothing and loses nothing.
 */
#include "query.h"
#include "store/fresh.h"
#include "store/landed.h"
#include "store/page.h"
#include "store/shelf.h"

/* Everything that the readings change; the writes are sent, not awaited. */
static struct err *
record(struct tx *tx, struct catch *c, struct readings *all)
{
	struct pages pages;
	struct late late;
	int32_t *source;
	size_t n = landed_sources(&source, tx_arena(tx), c);
	struct err *e;

	if ((e = pages_load(&pages, tx, c->version, all, source, n)) != NULL)
		return err_pass(e);
	pages_update(&late, &pages, tx_arena(tx), all);
	if ((e = late_drop(all, tx, &late)) != NULL ||
	    (e = pages_save(&pages, tx, c->version + 1, c->seen)) != NULL ||
	    (e = late_mark(tx, all, &late)) != NULL ||
	    (e = landed_account(tx, c, all)) != NULL ||
	    (e = fresh_put(tx, all->n > STORE_SMALL_MAX ? STORE_LARGE_TIER : 0,
		 0, all)) != NULL ||
	    (e = tx_send(tx, &q_store_version,
		 ARGS(A((int)tx_who(tx)->tenant),
		     A((long)(c->version + 1))))) != NULL)
		return err_pass(e);
	return NULL;
}

struct err *
store_take(struct rows **out, struct tx *tx, const struct horizon *h)
{
	struct err *e = tx_ask(out, tx, &q_store_take,
	    ARGS(A((int)tx_who(tx)->tenant), A((long)h->low),
		A(STORE_TAKE_ROWS), A(STORE_TAKE_MAX)));

	return e != NULL ? err_pass(e) : NULL;
}

struct err *
store_derive(struct derived *out, struct tx *tx, const struct rows *taken,
    const struct horizon *h)
{
	struct catch c;
	struct err *e;
	size_t i;
	bool own;

	*out = (struct derived){ .after = *h };
	if ((e = landed_read(&own, &c, tx, taken, h)) != NULL)
		return err_pass(e);
	if (!own)
		return NULL;
	out->after = c.after;
	if (c.n == 0)
		return NULL;
	landed_gather(&out->r, tx_arena(tx), &c);
	if ((e = record(tx, &c, &out->r)) != NULL)
		return err_pass(e);
	for (i = 0; i < c.n; i++) {
		out->stored += (size_t)c.v[i].stored;
		out->duplicate += (size_t)c.v[i].duplicate;
		out->lost += (size_t)c.v[i].lost;
	}
	out->batches = c.n;
	out->version = c.version + 1;
	out->came = c.v[0].at;
	out->is_full = c.is_full;
	return NULL;
}

void
store_derived(struct tx *tx, const struct derived *d)
{
	if (d->batches > 0)
		shelf_keep(tx, d->version);
}

struct err *
store_stray(struct horizon *h, struct tx *tx)
{
	struct rows *rows;
	struct err *e;

	if ((e = tx_rows(&rows, tx, &q_store_stray,
		 ARGS(A((int)tx_who(tx)->tenant), A((long)h->low)))) != NULL)
		return err_pass(e);
	if (rows_count(rows) > 0)
		h->low = rows_int(rows, 0, STORE_STRAY_LANDING_ID);
	return NULL;
}
