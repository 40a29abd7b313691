#include "worker/months.h"

#include "base/log.h"
#include "query.h"

struct err *
months_make(int64_t *made, struct db *db, struct arena *a, const char *table,
    const int64_t *at, size_t n)
{
	int64_t before = *made;
	struct rows *r;
	struct err *e;
	size_t i;

	for (i = 0; i < n; i++) {
		if ((e = db_call(&r, db, a, &q_worker_month,
			 ARGS(A(table), A_TIME(at[i])))) != NULL)
			return err_pass(e);
		*made += rows_int(r, 0, WORKER_MONTH_MADE);
	}
	log_info("partitions table=%s made=%lld", table,
	    (long long)(*made - before));
	return NULL;
}
