#include "base/log.h"
#include "model/rule.h"
#include "store/store.h"
#include "worker/jobs.h"

/* One transaction of the tenant; its arena lives for the cycle. */
static struct err *
cycle(struct derived *d, struct db *db, struct arena *a, const struct gate *g)
{
	struct tx *tx;
	struct err *e;

	if ((e = tx_begin(&tx, db, a, g, TX_WRITE)) != NULL)
		return err_pass(e);
	if ((e = store_derive(d, tx, rules_evaluate)) != NULL ||
	    (e = tx_commit(tx)) != NULL) {
		tx_rollback(tx);
		return err_pass(e);
	}
	return NULL;
}

static struct err *
tier(bool *merged, struct db *db, struct arena *a, const struct gate *g)
{
	struct tx *tx;
	struct err *e;

	if ((e = tx_begin(&tx, db, a, g, TX_WRITE)) != NULL)
		return err_pass(e);
	if ((e = store_tier(merged, tx)) != NULL ||
	    (e = tx_commit(tx)) != NULL) {
		tx_rollback(tx);
		return err_pass(e);
	}
	return NULL;
}

struct err *
job_derive(struct db *db, struct arena *a, int32_t tenant)
{
	struct gate g = { .kind = GATE_WORKER, .tenant = tenant };
	struct derived d;
	struct err *e;
	bool merged, any = false;

	do {
		e = cycle(&d, db, a, &g);
		arena_reset(a);
		if (e != NULL)
			return err_pass(e);
		any |= d.batches > 0;
	} while (d.batches >= STORE_TAKE_ROWS);
	for (merged = any; merged;) {
		e = tier(&merged, db, a, &g);
		arena_reset(a);
		if (e != NULL)
			return err_pass(e);
	}
	return NULL;
}
