/* Everything of a tenant that asked for it, in a file that it can fetch. */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/env.h"
#include "base/log.h"
#include "model/takeout.h"
#include "query.h"
#include "worker/jobs.h"

#define KEPT (7 * CLOCK_DAY)

/* Files that nobody can fetch any more, of one tenant's folder. */
static void
forget(const char *folder)
{
	int64_t oldest = (env_now() - KEPT) / CLOCK_S;
	const struct dirent *f;
	struct stat st;
	DIR *d = opendir(folder);

	if (d == NULL)
		return;
	while ((f = readdir(d)) != NULL)
		if (fstatat(dirfd(d), f->d_name, &st, AT_SYMLINK_NOFOLLOW) ==
			0 &&
		    S_ISREG(st.st_mode) && st.st_mtime < oldest)
			(void)unlinkat(dirfd(d), f->d_name, 0);
	(void)closedir(d);
}

static void
forget_all(struct arena *a, const char *exports)
{
	const struct dirent *f;
	DIR *d = opendir(exports);

	if (d == NULL)
		return;
	while ((f = readdir(d)) != NULL)
		if (*f->d_name != '.')
			forget(arena_printf(a, "%s/%s", exports, f->d_name));
	(void)closedir(d);
}

/* How it ended. */
static struct err *
tell(struct db *db, struct arena *a, const struct takeout *t, const char *state,
    const char *place)
{
	struct gate g = { .kind = GATE_WORKER, .tenant = t->tenant };
	struct tx *tx;
	struct err *e;

	if ((e = tx_begin(&tx, db, a, &g, TX_WRITE)) != NULL)
		return err_pass(e);
	if ((e = tx_send(tx, &q_export_step,
		 ARGS(A((int)t->export), A(state), A(place),
		     A((long)t->bytes)))) != NULL ||
	    (e = tx_commit(tx)) != NULL) {
		tx_rollback(tx);
		return err_pass(e);
	}
	return NULL;
}

static struct err *
make(struct db *db, struct arena *a, struct takeout *t)
{
	struct err *e = takeout_write(t), kept;
	const char *say;

	if (e == NULL) {
		log_info("export tenant=%d bytes=%lld", t->tenant,
		    (long long)t->bytes);
		e = tell(db, a, t, "done", "");
		return e != NULL ? err_pass(e) : NULL;
	}
	if (e->kind == ERR_CONFLICT) /* somebody else is at it still */
		return NULL;
	kept = err_keep();
	say = arena_text(a, e->say);
	if ((e = tell(db, a, t, "failed", say)) != NULL)
		return err_pass(e);
	err_restore(&kept);
	log_err(&kept, "export tenant=%d", t->tenant);
	return NULL;
}

struct err *
job_export(struct db *db, struct arena *a, struct work *w)
{
	const char *exports = w->conf->exports;
	struct takeout t = { .db = db,
		.archive = w->conf->archive,
		.keys = w->conf->audit_keys,
		.master_key = w->conf->master_key,
		.as = "runs" };
	struct rows *r;
	struct db *at;
	struct err *e;
	size_t i = 0;

	if (*exports == 0)
		return NULL;
	forget_all(a, exports);
	for (at = db; at != NULL; at = db_cell(db, i++)) {
		if ((e = db_call(&r, at, a, &q_export_next, NO_ARGS)) != NULL) {
			if (at == db)
				return err_pass(e);
			log_err(e, "export of a cell");
			continue;
		}
		if (rows_count(r) > 0)
			break;
	}
	if (at == NULL)
		return NULL;
	t.db = at;
	t.tenant = (int32_t)rows_int(r, 0, EXPORT_NEXT_TENANT_ID);
	t.export = (int32_t)rows_int(r, 0, EXPORT_NEXT_EXPORT_ID);
	(void)mkdir(exports, 0700);
	(void)mkdir(arena_printf(a, "%s/%d", exports, t.tenant), 0700);
	t.path = arena_printf(a, "%s/%d/%d.tar", exports, t.tenant, t.export);
	e = make(at, a, &t);
	w->more = true;
	return e != NULL ? err_pass(e) : NULL;
}
