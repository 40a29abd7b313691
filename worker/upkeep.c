#include "base/clock.h"
#include "base/env.h"
#include "query.h"
#include "worker/jobs.h"

/* A body that is drained a second time comes soon after the first. */
#define DRAINED_KEPT (7 * CLOCK_DAY)

struct err *
job_upkeep(struct db *db, struct arena *a, int32_t tenant)
{
	struct gate g = { .kind = GATE_WORKER, .tenant = tenant };
	struct tx *tx;
	struct err *e;

	if ((e = tx_begin(&tx, db, a, &g, TX_WRITE)) != NULL)
		return err_pass(e);
	if ((e = tx_send(tx, &q_worker_replay_forget,
		 ARGS(A((int)tenant), A_TIME(env_now() - CLOCK_DAY)))) !=
		NULL ||
	    (e = tx_send(tx, &q_spool_forget,
		 ARGS(A((int)tenant), A_TIME(env_now() - DRAINED_KEPT)))) !=
		NULL ||
	    (e = tx_send(tx, &q_probe_forget, NO_ARGS)) != NULL ||
	    (e = tx_commit(tx)) != NULL) {
		tx_rollback(tx);
		return err_pass(e);
	}
	return NULL;
}
