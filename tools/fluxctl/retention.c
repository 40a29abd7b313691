/* retention: how long data are kept, what would go, and what has gone. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/env.h"
#include "fluxctl/fluxctl.h"
#include "query.h"
#include "store/retention.h"

enum { CERTIFICATES = 1000, STEPS = 1000000, STATEMENT_MS = 60000 };

#define PATIENCE (30 * CLOCK_S)
#define PAUSE (200 * CLOCK_MS)

static struct arg
tenant_of(const struct ctl *c)
{
	return A((int)tx_who(c->tx)->tenant);
}

static struct err *
show(struct ctl *c)
{
	struct arg tenant = tenant_of(c);
	struct rows *r;
	struct err *e;
	int i;

	if ((e = tx_rows(&r, c->tx, &q_retention_rules, &tenant, 1)) != NULL)
		return err_pass(e);
	(void)printf("%-8s %-16s %-16s %-8s %s\n", "class", "metric", "keep",
	    "archive", "from");
	for (i = 0; i < rows_count(r); i++)
		(void)printf("%-8s %-16s %-16s %-8s %s\n",
		    rows_text(r, i, RETENTION_RULES_CLASS),
		    rows_text(r, i, RETENTION_RULES_METRIC),
		    rows_text(r, i, RETENTION_RULES_KEEP),
		    rows_bool(r, i, RETENTION_RULES_ARCHIVE) ? "yes" : "no",
		    rows_text(r, i, RETENTION_RULES_ORIGIN));
	return NULL;
}

static struct err *
dry_run(struct ctl *c)
{
	struct rows *r;
	struct err *e;
	int64_t sum[3] = { 0 };
	int i, k;

	if ((e = tx_rows(&r, c->tx, &q_retention_dry,
		 ARGS(tenant_of(c), A_TIME(env_now())))) != NULL)
		return err_pass(e);
	(void)printf("%-8s %-14s %-16s %-8s %12s %14s %14s  %s\n", "class",
	    "table", "metric", "month", "rows", "readings", "bytes", "archive");
	for (i = 0; i < rows_count(r); i++) {
		(void)printf("%-8s %-14s %-16s %-8s",
		    rows_text(r, i, RETENTION_DRY_CLASS),
		    rows_text(r, i, RETENTION_DRY_RELATION),
		    rows_text(r, i, RETENTION_DRY_METRIC),
		    rows_text(r, i, RETENTION_DRY_MONTH));
		for (k = 0; k < 3; k++) {
			int64_t v = rows_int(r, i, RETENTION_DRY_ROWS + k);

			sum[k] += v;
			(void)printf(" %*" PRId64, k == 0 ? 12 : 14, v);
		}
		(void)printf("  %s\n",
		    rows_bool(r, i, RETENTION_DRY_ARCHIVE) ? "yes" : "no");
	}
	(void)printf("%-8s %-14s %-16s %-8s %12" PRId64 " %14" PRId64
		     " %14" PRId64 "\n",
	    "total", "", "", "", sum[0], sum[1], sum[2]);
	return NULL;
}

static struct err *
set(struct ctl *c)
{
	bool archive = ctl_flag(c, "--archive");
	struct err *e;

	if (strcmp(c->args[2], "raw") != 0 && archive)
		return err_raise(ERR_INPUT,
		    "Only raw readings go into an archive.", "%s", c->args[2]);
	if ((e = tx_send(c->tx, &q_retention_set,
		 ARGS(tenant_of(c), A((const char *)c->args[2]),
		     A((const char *)c->args[3]), A((const char *)c->args[4]),
		     A(archive)))) != NULL)
		return err_pass(e);
	return NULL;
}

static struct err *
unset(struct ctl *c)
{
	struct rows *r;
	struct err *e;

	if ((e = tx_rows(&r, c->tx, &q_retention_unset,
		 ARGS(tenant_of(c), A((const char *)c->args[2]),
		     A((const char *)c->args[3])))) != NULL)
		return err_pass(e);
	if (rows_count(r) == 0)
		return err_raise(ERR_MISSING, "The tenant has no such rule.",
		    "%s %s", c->args[2], c->args[3]);
	return NULL;
}

static struct err *
plan(struct ctl *c)
{
	struct err *e = tx_send(c->tx, &q_retention_plan_set,
	    ARGS(tenant_of(c), A((const char *)c->args[2])));

	return e != NULL ? err_pass(e) : NULL;
}

static struct err *
certificates(struct ctl *c)
{
	struct rows *r;
	struct err *e;
	int i;

	if ((e = tx_rows(&r, c->tx, &q_retention_certificates,
		 ARGS(tenant_of(c), A(CERTIFICATES)))) != NULL)
		return err_pass(e);
	for (i = 0; i < rows_count(r); i++)
		(void)printf("%s\n",
		    rows_text(r, i, RETENTION_CERTIFICATES_CERTIFICATE));
	return NULL;
}

/* All there is to do; who packs the tenant just now is waited for. */
static struct err *
run_patiently(struct retained *sum, struct db *db, const struct gate *g,
    const struct retention *p)
{
	int64_t until = env_mono() + PATIENCE;
	struct retained r;
	struct err *e;

	*sum = (struct retained){ 0 };
	for (;;) {
		if ((e = retention_run(&r, db, g, p, STEPS)) != NULL)
			return err_pass(e);
		sum->rows += r.rows;
		sum->readings += r.readings;
		sum->bytes += r.bytes;
		sum->files += r.files;
		if (!r.busy)
			return NULL;
		if (env_mono() > until)
			return err_raise(ERR_BUSY,
			    "The worker is packing this tenant; try again.",
			    "packing");
		(void)usleep(PAUSE);
	}
}

/* Now instead of within a day, and as the worker: only it may delete. */
static struct err *
run(struct ctl *c)
{
	struct gate g = { .kind = GATE_WORKER,
		.tenant = tx_who(c->tx)->tenant };
	struct retention p = { c->archive, "fluxctl", env_now() };
	struct db *db = db_open(c->worker_database);
	struct retained r;
	struct err *e;

	db_patience(db, STATEMENT_MS);
	e = run_patiently(&r, db, &g, &p);
	db_close(db);
	if (e != NULL)
		return err_pass(e);
	(void)printf("deleted %" PRId64 " rows, %" PRId64 " readings, %" PRId64
		     " bytes; %zu archives\n",
	    r.rows, r.readings, r.bytes, r.files);
	return NULL;
}

static const struct ctl_verb verbs[] = {
	/* clang-format off */
	{ "--dry-run",    dry_run,      0 },
	{ "run",          run,          0 },
	{ "set",          set,          3 },
	{ "unset",        unset,        2 },
	{ "plan",         plan,         1 },
	{ "certificates", certificates, 0 },
	/* clang-format on */
};

struct err *
ctl_retention(struct ctl *c)
{
	struct err *e;

	if (c->n == 1) {
		e = show(c);
		return e != NULL ? err_pass(e) : NULL;
	}
	e = ctl_verb(c, verbs, sizeof(verbs) / sizeof(*verbs));
	return e != NULL ? err_pass(e) : NULL;
}
