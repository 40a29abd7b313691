#include "store/retention.h"

#include "base/clock.h"
#include "base/env.h"
#include "base/log.h"
#include "query.h"
#include "worker/jobs.h"

enum { STEPS = 200 }; /* a look of one tenant; the rest at the next look */

/* Has the tenant had its turn within a day? */
static struct err *
is_done(bool *done, struct db *db, struct arena *a, const struct gate *g,
    int64_t now)
{
	struct rows *r;
	struct tx *tx;
	struct err *e;

	if ((e = tx_begin(&tx, db, a, g, TX_READ)) != NULL)
		return err_pass(e);
	if ((e = tx_rows(&r, tx, &q_retention_ran, ARGS(A((int)g->tenant)))) !=
		NULL ||
	    (e = tx_commit(tx)) != NULL) {
		tx_rollback(tx);
		return err_pass(e);
	}
	*done = rows_count(r) > 0 &&
		rows_time(r, 0, RETENTION_RAN_RAN_AT) > now - CLOCK_DAY;
	return NULL;
}

struct err *
job_retention(struct db *db, struct arena *a, struct work *w)
{
	struct gate g = { .kind = GATE_WORKER, .tenant = w->tenant };
	struct retention p = { w->conf->archive, "worker", env_now() };
	struct retained r;
	struct err *e;
	bool done = false;

	if ((e = is_done(&done, db, a, &g, p.now)) != NULL)
		return err_pass(e);
	if (done)
		return NULL;
	if ((e = retention_run(&r, db, &g, &p, STEPS)) != NULL)
		return err_pass(e);
	w->more = r.busy;
	if (r.rows > 0)
		log_info("retention tenant=%d rows=%lld readings=%lld "
			 "bytes=%lld files=%zu",
		    w->tenant, (long long)r.rows, (long long)r.readings,
		    (long long)r.bytes, r.files);
	return NULL;
}
