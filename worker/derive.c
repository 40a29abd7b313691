#include "base/env.h"
#include "base/stat.h"
#include "model/rule.h"
#include "store/reach.h"
#include "worker/jobs.h"
#include "worker/sane.h"

/* What else becomes of new readings. */
static struct err *
judge(struct tx *tx, const struct readings *r)
{
	const char *reach = reach_of(tx_arena(tx), r);
	struct err *e;

	if ((e = rules_evaluate(tx, r, reach)) != NULL ||
	    (e = sane_watch(tx, r, reach)) != NULL)
		return err_pass(e);
	return NULL;
}

struct err *
job_derive(struct db *db, struct arena *a, struct work *w)
{
	struct gate g = { .kind = GATE_WORKER, .tenant = w->tenant };
	struct derived d;
	struct tx *tx;
	struct err *e;

	if ((e = tx_begin(&tx, db, a, &g, TX_WRITE)) != NULL)
		return err_pass(e);
	if ((e = store_derive(&d, tx, &w->horizon, judge)) != NULL ||
	    (e = tx_commit(tx)) != NULL) {
		tx_rollback(tx);
		return err_pass(e);
	}
	store_derived(tx, &d);
	stat_add(w->conf->stats, STAT_DERIVED, d.batches);
	if (d.came != 0 && env_now() > d.came)
		stat_add(w->conf->stats, STAT_LAG_US,
		    (uint64_t)(env_now() - d.came) * d.batches);
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
