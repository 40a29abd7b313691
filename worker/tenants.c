/* What is done for all tenants at once, and needs none of their data. */
#include "base/log.h"
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

/* Asks for the next until there is none; *did: there was one. */
static struct err *
each(bool *did, struct db *db, struct arena *a, const struct stmt *next)
{
	struct rows *r;
	struct err *e;

	for (;;) {
		if ((e = db_call(&r, db, a, next, NO_ARGS)) != NULL)
			return err_pass(e);
		if (!rows_bool(r, 0, 0))
			return NULL;
		*did = true;
	}
}

struct err *
job_partitions(struct db *db, struct arena *a, struct work *w)
{
	struct err *e;

	if ((e = each(&w->did, db, a, &q_worker_month_next)) != NULL ||
	    (e = each(&w->did, db, a, &q_retention_drop_next)) != NULL)
		return err_pass(e);
	return NULL;
}

struct err *
job_analyse(struct db *db, struct arena *a, struct work *w)
{
	struct rows *r;
	struct err *e;

	if ((e = db_call(&r, db, a, &q_worker_analyse, NO_ARGS)) != NULL)
		return err_pass(e);
	w->did = rows_bool(r, 0, WORKER_ANALYSE_IS_DONE);
	if (w->did)
		log_info("registry analysed");
	return NULL;
}
