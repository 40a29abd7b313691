/* Whose import it is: the next one, of whatever tenant and cell. */
#include <unistd.h>

#include "base/clock.h"
#include "base/env.h"
#include "base/log.h"
#include "base/wake.h"
#include "query.h"
#include "worker/import.h"
#include "worker/jobs.h"

/* Before others have their turn. */
#define TURN (2 * CLOCK_S)

/* The next one and where it is; *at NULL: there is none. */
static struct err *
next(struct db **at, struct rows **r, struct db *db, struct arena *a)
{
	struct err *e;
	size_t i = 0;

	for (*at = db; *at != NULL; *at = db_cell(db, i++)) {
		if ((e = db_call(r, *at, a, &q_import_next, NO_ARGS)) != NULL) {
			if (*at == db)
				return err_pass(e);
			log_err(e, "imports of a cell");
			continue;
		}
		if (rows_count(*r) > 0)
			break;
	}
	return NULL;
}

static struct err *
one(struct work *work, struct db *db, struct arena *a)
{
	int32_t tenant;
	struct rows *r;
	struct db *at;
	struct err *e;
	int fd;

	if ((e = next(&at, &r, db, a)) != NULL)
		return err_pass(e);
	work->more = at != NULL;
	if (!work->more)
		return NULL;
	tenant = (int32_t)rows_int(r, 0, IMPORT_NEXT_TENANT_ID);
	e = import_run(at, a, tenant,
	    (int32_t)rows_int(r, 0, IMPORT_NEXT_IMPORT_ID));
	/* Whoever waits for it waits until its readings are consumed. */
	if ((fd = wake_sender()) >= 0) {
		wake_send(fd, work->conf->wake, tenant);
		(void)close(fd);
	}
	return e != NULL ? err_pass(e) : NULL;
}

/*
 * Small ones one after the other: each order waits behind what other long jobs
 * there are of all tenants.
 */
struct err *
job_import(struct db *db, struct arena *a, struct work *work)
{
	int64_t till = env_mono() + TURN;
	struct arena *each = arena_new();
	struct err *e;

	(void)a;
	do {
		arena_reset(each);
		e = one(work, db, each);
	} while (e == NULL && work->more && env_mono() < till);
	arena_free(each);
	return e != NULL ? err_pass(e) : NULL;
}
