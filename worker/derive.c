#include "base/env.h"
#include "base/stat.h"
#include "model/rule.h"
#include "query.h"
#include "store/reach.h"
#include "worker/jobs.h"
#include "worker/sane.h"

/* What else becomes of new readings, where anything is watched at all. */
static struct err *
judge(struct tx *tx, const struct rows *watched, const struct readings *r)
{
	bool rules = rows_bool(watched, 0, READING_WATCHED_RULES);
	bool steady = rows_bool(watched, 0, READING_WATCHED_STEADY);
	const char *reach;
	struct err *e;

	if (!rules && !steady)
		return NULL;
	reach = reach_of(tx_arena(tx), r);
	if ((rules && (e = rules_evaluate(tx, r, reach)) != NULL) ||
	    (steady && (e = sane_watch(tx, r, reach)) != NULL))
		return err_pass(e);
	return NULL;
}

/*
 * One cycle: a round trip for what there is, another one for all the rest.
 * What is watched is asked behind the readings: a rule that was there before
 * one of them is seen with it.
 */
static struct err *
cycle(struct derived *d, struct tx *tx, const struct horizon *h)
{
	struct rows *taken, *watched;
	struct err *e;

	if ((e = store_take(&taken, tx, h)) != NULL ||
	    (e = tx_rows(&watched, tx, &q_reading_watched,
		 ARGS(A((int)tx_who(tx)->tenant)))) != NULL ||
	    (e = store_derive(d, tx, taken, h)) != NULL ||
	    (d->batches > 0 && (e = judge(tx, watched, &d->r)) != NULL) ||
	    (e = tx_commit(tx)) != NULL)
		return err_pass(e);
	return NULL;
}

struct err *
job_derive(struct db *db, struct arena *a, struct work *w)
{
	struct derived d;
	struct tx *tx;
	struct err *e;

	if ((e = tx_begin_soon(&tx, db, a, w->tenant, TX_WRITE)) != NULL)
		return err_pass(e);
	if ((e = cycle(&d, tx, &w->horizon)) != NULL) {
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
