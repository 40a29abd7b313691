/*
 * The end of the audit's chain is signed, and a copy of that goes to a folder
 * which is to be kept elsewhere: with it, even a chain that was written anew
 * from its beginning is found out.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/env.h"
#include "model/audit.h"
#include "query.h"
#include "worker/jobs.h"

/* A line at the end of the tenant's file, on the disk when this returns. */
static struct err *
append(struct arena *a, const char *folder, const struct anchor *v)
{
	const char *path = arena_printf(a, "%s/%d.jsonl", folder, v->tenant);
	const struct env *env = env_get();
	struct buf line = buf_new(a, 512);
	bool done;
	int fd;

	anchor_put(&line, v);
	(void)mkdir(folder, 0700);
	fd = env->open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	done = fd >= 0 && env->write(fd, line.p, line.n) == (ssize_t)line.n &&
	       env->sync(fd) == 0;
	if (fd >= 0)
		(void)env->close(fd);
	if (!done)
		return err_raise(ERR_BUSY, "The signed head cannot be kept.",
		    "%s: %s", path, strerror(errno));
	return NULL;
}

/*
 * Sign the end, unless it is signed.  The copy goes first: one that the
 * database does not know of is still true.
 */
static struct err *
seal(struct tx *tx, struct arena *a, const struct settings *conf)
{
	struct anchor v = { .tenant = tx_who(tx)->tenant, .at = env_now() };
	struct rows *r;
	struct err *e;

	if ((e = tx_rows(&r, tx, &q_trace_unsealed, ARGS(A((int)v.tenant)))) !=
	    NULL)
		return err_pass(e);
	if (rows_count(r) == 0)
		return NULL;
	v.seq = rows_int(r, 0, TRACE_UNSEALED_SEQ);
	v.hash = rows_bytes(r, 0, TRACE_UNSEALED_HASH);
	if ((e = anchor_sign(&v, a, conf->audit_keys)) != NULL ||
	    (*conf->anchor != 0 && (e = append(a, conf->anchor, &v)) != NULL) ||
	    (e = tx_send(tx, &q_trace_seal,
		 ARGS(A((int)v.tenant), A(v.seq), A(v.hash), A_TIME(v.at),
		     A(v.kid), A(v.signature)))) != NULL)
		return err_pass(e);
	return NULL;
}

struct err *
job_audit(struct db *db, struct arena *a, struct work *w)
{
	struct gate g = { .kind = GATE_WORKER, .tenant = w->tenant };
	struct rows *r;
	struct tx *tx;
	struct err *e;

	if ((e = tx_begin(&tx, db, a, &g, TX_WRITE)) != NULL)
		return err_pass(e);
	if ((e = tx_rows(&r, tx, &q_trace_rest, NO_ARGS)) != NULL ||
	    (*w->conf->audit_keys != 0 && (e = seal(tx, a, w->conf)) != NULL) ||
	    (e = tx_commit(tx)) != NULL) {
		tx_rollback(tx);
		return err_pass(e);
	}
	return NULL;
}
