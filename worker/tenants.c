/* What is done for all tenants at once, and needs none of their data. */
#include "query.h"
#include "worker/jobs.h"

struct err *
job_tenants(struct db *db, struct arena *a, struct work *w)
{
	struct rows *r;
	struct err *e;
	int i;

	if ((e = db_call(&r, db, a, &q_gate_tenants, NO_ARGS)) != NULL)
		return err_pass(e);
	for (i = 0; i < rows_count(r) && w->n_tenants < TENANTS_MAX; i++)
		w->tenants[w->n_tenants++] =
		    (int32_t)rows_int(r, i, GATE_TENANTS_TENANT_ID);
	return NULL;
}

struct err *
job_partitions(struct db *db, struct arena *a, struct work *w)
{
	struct rows *r;
	struct err *e;

	if ((e = db_call(&r, db, a, &q_worker_partitions, NO_ARGS)) != NULL)
		return err_pass(e);
	w->did = rows_int(r, 0, WORKER_PARTITIONS_MADE) > 0;
	if ((e = db_call(&r, db, a, &q_retention_drop, NO_ARGS)) != NULL)
		return err_pass(e);
	return NULL;
}
