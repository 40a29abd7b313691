#include "store/rollup.h"
#include "base/clock.h"
#include "base/env.h"
#include "worker/jobs.h"
#include "worker/months.h"

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
 * What lacks a month is planned anew when it is made, and may know of further
 * months then.  Months that could not be made have rows in the default
 * partition, and get more there.
 */
static struct err *
turn(struct rolled *r, struct db *db, struct arena *a, int32_t tenant)
{
	struct err *e;
	int64_t made;
	int idle = 0;

	for (;;) {
		e = step(r, db, a, tenant, idle == MONTHS_IDLE);
		if (e != NULL)
			return err_pass(e);
		if (r->month == NULL)
			return NULL;
		made = 0;
		/* The day's is the one that is asked for: it comes last. */
		if ((e = months_make(&made, db, a, "rollup_hour", r->month,
			 r->months)) != NULL ||
		    (e = months_make(&made, db, a, "rollup_day", r->month,
			 r->months)) != NULL)
			return err_pass(e);
		idle = made > 0 ? 0 : idle + 1;
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
