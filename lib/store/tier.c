/* Many small rows of fresh become one larger one. */
#include <stdlib.h>
#include <string.h>

#include "query.h"
#include "store/page.h"

struct part {
	int64_t id;
	struct readings r;
};

static int
by_id(const void *a, const void *b)
{
	const struct part *x = a, *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

/* The parts of a tier, oldest first, as one settled array. */
static struct err *
load(struct readings *all, struct tx *tx, const struct rows *rows)
{
	size_t n = (size_t)rows_count(rows), i;
	struct part *part = arena_array(tx_arena(tx), n, sizeof(*part));
	struct readings *in = arena_array(tx_arena(tx), n, sizeof(*in));
	struct err *e;

	for (i = 0; i < n; i++) {
		part[i].id = rows_int(rows, (int)i, STORE_TIER_TAKE_FRESH_ID);
		if ((e = block_decode(&part[i].r, tx_arena(tx),
			 rows_bytes(rows, (int)i, STORE_TIER_TAKE_BLOCK))) !=
		    NULL)
			return err_pass(e);
	}
	qsort(part, n, sizeof(*part), by_id);
	for (i = 0; i < n; i++)
		in[i] = part[i].r;
	(void)readings_merge(all, tx_arena(tx), in, n);
	return NULL;
}

struct err *
store_tier(bool *merged, struct tx *tx)
{
	struct arg tenant = A((int)tx_who(tx)->tenant);
	struct readings all;
	struct rows *rows;
	struct err *e;
	int tier;

	*merged = false;
	if ((e = tx_rows(&rows, tx, &q_store_own, &tenant, 1)) != NULL)
		return err_pass(e);
	if (rows_count(rows) == 0)
		return NULL;
	if ((e = tx_rows(&rows, tx, &q_store_full_tier,
		 ARGS(tenant, A(STORE_TIER_ROWS), A(STORE_TIER_MAX)))) != NULL)
		return err_pass(e);
	if (rows_count(rows) == 0)
		return NULL;
	tier = (int)rows_int(rows, 0, STORE_FULL_TIER_TIER);
	if ((e = tx_rows(&rows, tx, &q_store_tier_take,
		 ARGS(tenant, A(tier), A(STORE_TIER_ROWS),
		     A(STORE_TIER_MAX)))) != NULL ||
	    (e = load(&all, tx, rows)) != NULL)
		return err_pass(e);
	if ((e = store_fresh(tx, tier + 1, &all)) != NULL)
		return err_pass(e);
	*merged = true;
	return NULL;
}
