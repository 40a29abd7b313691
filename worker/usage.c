/* What a tenant has used, said before it is used up; what is near its end. */
#include "base/log.h"
#include "query.h"
#include "worker/jobs.h"

struct err *
job_usage(struct db *db, struct arena *a, struct work *w)
{
	struct gate g = { .kind = GATE_WORKER, .tenant = w->tenant };
	struct rows *r;
	struct tx *tx;
	struct err *e;
	int i;

	if ((e = tx_begin(&tx, db, a, &g, TX_WRITE)) != NULL)
		return err_pass(e);
	if ((e = tx_send(tx, &q_usage_count, NO_ARGS)) != NULL ||
	    (e = tx_rows(&r, tx, &q_quota_judge, NO_ARGS)) != NULL ||
	    (e = tx_commit(tx)) != NULL) {
		tx_rollback(tx);
		return err_pass(e);
	}
	for (i = 0; i < rows_count(r); i++)
		log_warn("quota tenant=%d what=%s used=%lld most=%lld",
		    w->tenant, rows_text(r, i, QUOTA_JUDGE_WHAT),
		    (long long)rows_int(r, i, QUOTA_JUDGE_USED),
		    (long long)rows_int(r, i, QUOTA_JUDGE_MOST));
	return NULL;
}

struct err *
job_expire(struct db *db, struct arena *a, struct work *w)
{
	struct gate g = { .kind = GATE_WORKER, .tenant = w->tenant };
	struct rows *r;
	struct tx *tx;
	struct err *e;
	int i;

	if ((e = tx_begin(&tx, db, a, &g, TX_WRITE)) != NULL)
		return err_pass(e);
	if ((e = tx_rows(&r, tx, &q_key_remind, NO_ARGS)) != NULL ||
	    (e = tx_commit(tx)) != NULL) {
		tx_rollback(tx);
		return err_pass(e);
	}
	for (i = 0; i < rows_count(r); i++)
		log_warn("near its end tenant=%d what=%s days=%lld", w->tenant,
		    rows_text(r, i, KEY_REMIND_OBJECT),
		    (long long)rows_int(r, i, KEY_REMIND_DAYS));
	return NULL;
}
