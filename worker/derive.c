#include "model/rule.h"
#include "worker/jobs.h"

struct err *
job_derive(struct db *db, struct arena *a, struct work *w)
{
	struct gate g = { .kind = GATE_WORKER, .tenant = w->tenant };
	struct derived d;
	struct tx *tx;
	struct err *e;

	if ((e = tx_begin(&tx, db, a, &g, TX_WRITE)) != NULL)
		return err_pass(e);
	if ((e = store_derive(&d, tx, &w->horizon, rules_evaluate)) != NULL ||
	    (e = tx_commit(tx)) != NULL) {
		tx_rollback(tx);
		return err_pass(e);
	}
	w->horizon = d.after;
	w->did = d.batches > 0;
	w->more = d.is_full;
	return NULL;
}

struct err *
job_stray(struct db *db, struct arena *a, struct work *w)
{
	struct gate g = { .kind = GATE_WORKER, .tenant = w->tenant };
	int64_t low = w->horizon.low;
	struct tx *tx;
	struct err *e;

	if ((e = tx_begin(&tx, db, a, &g, TX_READ)) != NULL)
		return err_pass(e);
	if ((e = store_stray(&w->horizon, tx)) != NULL ||
	    (e = tx_commit(tx)) != NULL) {
		tx_rollback(tx);
		return err_pass(e);
	}
	w->did = w->horizon.low != low;
	return NULL;
}
