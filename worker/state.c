/* Say how all of it is, once a second, whether there is a database or not. */
#include <string.h>
#include <sys/statvfs.h>

#include "base/env.h"
#include "base/health.h"
#include "base/log.h"
#include "intake/spool.h"
#include "query.h"
#include "worker/jobs.h"

enum { LOOK_MS = 2000, STATEMENT_MS = 30000, PER_MILLE = 1000 };

#define MB (INT64_C(1024) * 1024)

static bool
look(struct health *h, struct db *db, struct arena *a)
{
	struct rows *r;
	struct err *e;

	db_deadline(db, LOOK_MS);
	e = db_call(&r, db, a, &q_health_look, NO_ARGS);
	db_deadline(db, STATEMENT_MS);
	if (e != NULL)
		return false;
	h->months = rows_int(r, 0, HEALTH_LOOK_MONTHS);
	return true;
}

static void
measure(struct health *h, struct arena *a, const struct settings *conf)
{
	struct spool_counts c;
	struct spool *s;
	struct statvfs v;
	struct err *e;

	if (*conf->spool == 0)
		return;
	if ((e = spool_open(&s, a, conf->spool, conf->spool_mb * MB)) != NULL) {
		log_err(e, "state");
		return;
	}
	c = spool_counts(s);
	spool_close(s);
	h->spool_bytes = c.bytes;
	h->spool_max = c.max_bytes;
	h->spool_tenants = c.tenants;
	if (statvfs(conf->spool, &v) != 0 || v.f_blocks == 0)
		return;
	h->disk_free = (int64_t)(v.f_bavail * PER_MILLE / v.f_blocks);
	h->disk_bytes = (int64_t)(v.f_bavail * v.f_frsize);
}

struct err *
job_state(struct db *db, struct arena *a, struct work *w)
{
	struct health was, h = { 0 };
	struct err *e;

	if (*w->conf->state == 0)
		return NULL;
	/* What the database last said of itself holds while it is away. */
	(void)health_read(&was, w->conf->state);
	h.months = was.months;
	h.up = look(&h, db, a);
	measure(&h, a, w->conf);
	h.at = env_now();
	h.since = was.at != 0 && was.up == h.up ? was.since : h.at;
	if ((e = health_write(w->conf->state, &h)) != NULL)
		return err_pass(e);
	return NULL;
}
