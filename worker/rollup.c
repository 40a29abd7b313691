#include "store/rollup.h"
#include "base/clock.h"
#include "base/env.h"
#include "query.h"
#include "worker/jobs.h"

#define SLICE (500 * CLOCK_MS) /* of the worker's time; then others' turn */

/* One transaction; rolled back when it lacks the partition of a month. */
static struct err *
step(struct rolled *r, struct db *db, struct arena *a, int32_t tenant,
    bool anywhere)
{
	struct gate g = { .kind = GATE_WORKER, .tenant = tenant };
	struct tx *tx;
	struct err *e;

	if ((e = tx_begin(&tx, db, a, &g, TX_WRITE)) != NULL)
		return err_pass(e);
	if ((e = store_rollup(r, tx, anywhere)) != NULL ||
	    (r->month == NULL && (e = tx_commit(tx)) != NULL)) {
		tx_rollback(tx);
		return err_pass(e);
	}
	if (r->month != NULL)
		tx_rollback(tx);
	return NULL;
}

/*
 * A new month locks its table, so it is made in a transaction of its own.
 * The plan is made anew then, and may know of further months.  Months that
 * could not be made have rows in the default partition, and get more there.
 */
static struct err *
turn(struct rolled *r, struct db *db, struct arena *a, int32_t tenant)
{
	struct rows *rows;
	struct err *e;
	int idle = 0;

	for (;;) {
		e = step(r, db, a, tenant, idle == MONTHS_IDLE);
		if (e != NULL)
			return err_pass(e);
		if (r->month == NULL)
			return NULL;
		if ((e = db_call(&rows, db, a, &q_rollup_partitions,
			 ARGS(arr_time(a, r->month, r->months)))) != NULL)
			return err_pass(e);
		idle = rows_int(rows, 0, ROLLUP_PARTITIONS_MADE) > 0 ? 0
								     : idle + 1;
	}
}

struct err *
job_rollup(struct db *db, struct arena *a, struct work *w)
{
	int64_t end = env_mono() + SLICE;
	struct rolled r;
	struct err *e;

	do {
		e = turn(&r, db, a, w->tenant);
		arena_reset(a);
		if (e != NULL)
			return err_pass(e);
	} while (r.more && env_mono() < end);
	w->more = r.more;
	return NULL;
}
