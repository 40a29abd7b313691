#include "db/copy.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/env.h"

#define SAY "The tenant could not be moved."

enum { FENCE_S = 60, LOOK_MS = 20 };

/* The columns of ctx.move_plan. */
enum { WHAT, ROLE, STAGE, TAKE, FILL, HASH, ERASE, NUMBER };

/* Its rows are what other databases made of others, so no trigger fires. */
static const char settings[] =
    "SET client_min_messages = warning; SET timezone = 'UTC';"
    "SET session_replication_role = replica";

static struct err *
failed(PGconn *c, const char *what)
{
	return err_raise(ERR_BUG, SAY, "%.120s: %s", what, PQerrorMessage(c));
}

struct err *
copy_run(const char **text, struct arena *a, PGconn *c, const char *sql)
{
	PGresult *r = PQexec(c, sql);
	ExecStatusType s = PQresultStatus(r);

	if (s != PGRES_COMMAND_OK && s != PGRES_TUPLES_OK) {
		PQclear(r);
		return failed(c, sql);
	}
	if (text != NULL)
		*text = arena_text(a, PQntuples(r) > 0 && !PQgetisnull(r, 0, 0)
					  ? PQgetvalue(r, 0, 0)
					  : PQcmdTuples(r));
	PQclear(r);
	return NULL;
}

void
copy_drop(PGconn *c)
{
	if (PQtransactionStatus(c) != PQTRANS_IDLE)
		PQclear(PQexec(c, "ROLLBACK"));
}

struct err *
copy_act(const char **text, struct arena *a, PGconn *c, const char *sql)
{
	struct err *e;

	if ((e = copy_run(NULL, a, c, "BEGIN; SET LOCAL ROLE fl_ctx")) !=
		NULL ||
	    (e = copy_run(text, a, c, sql)) != NULL ||
	    (e = copy_run(NULL, a, c, "COMMIT")) != NULL) {
		struct err under_way = *e;

		copy_drop(c);
		err_restore(&under_way);
		return err_pass(e);
	}
	return NULL;
}

struct err *
copy_connect(PGconn **out, struct arena *a, const char *conninfo)
{
	PGconn *c = PQconnectdb(conninfo);
	struct err *e;

	*out = NULL;
	if (PQstatus(c) != CONNECTION_OK)
		e = err_raise(ERR_BUSY, SAY, "connect: %s", PQerrorMessage(c));
	else
		e = copy_run(NULL, a, c, settings);
	if (e != NULL) {
		PQfinish(c);
		return err_pass(e);
	}
	*out = c;
	return NULL;
}

/*
 * Whoever has passed a gate has read ctx.tenant_home and holds its lock to the
 * end of his transaction.  The gate takes that lock before its snapshot, so
 * who still saw the tenant open is among those that hold it now.
 */
struct err *
copy_fence(struct arena *a, PGconn *c)
{
	static const char held[] =
	    "FROM pg_locks WHERE relation = 'ctx.tenant_home'::regclass "
	    "AND database = (SELECT oid FROM pg_database "
	    "WHERE datname = current_database()) "
	    "AND pid <> pg_backend_pid()";
	int64_t end = env_mono() + FENCE_S * CLOCK_S;
	const char *who, *left;
	struct err *e;

	if ((e = copy_run(&who, a, c,
		 arena_printf(a,
		     "SELECT coalesce(array_agg(virtualtransaction), '{}') %s",
		     held))) != NULL)
		return err_pass(e);
	for (;;) {
		if ((e = copy_run(&left, a, c,
			 arena_printf(a,
			     "SELECT count(*) %s "
			     "AND virtualtransaction = ANY ('%s')",
			     held, who))) != NULL)
			return err_pass(e);
		if (strcmp(left, "0") == 0)
			return NULL;
		if (env_mono() > end)
			return err_raise(ERR_BUSY,
			    "Somebody has been at work for a minute; try "
			    "again later.",
			    "%s transactions", left);
		(void)poll(NULL, 0, LOOK_MS);
	}
}

static struct err *
begin(struct arena *a, PGconn *c, int32_t tenant)
{
	struct err *e = copy_run(NULL, a, c,
	    arena_printf(a,
		"BEGIN ISOLATION LEVEL REPEATABLE READ;"
		"SET LOCAL ROLE fl_ctx; SELECT ctx.mint(%d, 0, 'move')",
		(int)tenant));

	return e != NULL ? err_pass(e) : NULL;
}

/* Months that are there are needed there. */
static struct err *
make_months(struct copy *m)
{
	PGresult *r = PQexec(m->from,
	    "SELECT format('SELECT flux.partition_month(%L, %L)', o.relname,"
	    " to_date(right(c.relname, 7), 'YYYY_MM'))"
	    " FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
	    " JOIN pg_class o ON o.oid = i.inhparent"
	    " WHERE o.relnamespace = 'flux'::regnamespace AND o.relkind = 'p'"
	    " AND c.relname ~ '_[0-9]{4}_[0-9]{2}$'");
	struct err *e = NULL;
	int i;

	if (PQresultStatus(r) != PGRES_TUPLES_OK)
		e = failed(m->from, "partitions");
	for (i = 0; e == NULL && i < PQntuples(r); i++)
		e = copy_run(NULL, m->arena, m->to,
		    arena_printf(m->arena,
			"BEGIN; SET LOCAL ROLE fl_owner; %s; COMMIT",
			PQgetvalue(r, i, 0)));
	PQclear(r);
	return e != NULL ? err_pass(e) : NULL;
}

/* One COPY into the other, piece by piece. */
static struct err *
pump(PGconn *from, PGconn *to)
{
	struct err *e = NULL;
	PGresult *r;
	char *piece;
	int n;

	while ((n = PQgetCopyData(from, &piece, 0)) > 0) {
		if (e == NULL && PQputCopyData(to, piece, n) != 1)
			e = failed(to, "write");
		PQfreemem(piece);
	}
	if (n != -1 && e == NULL)
		e = failed(from, "read");
	if (PQputCopyEnd(to, e != NULL ? "broken off" : NULL) != 1 && e == NULL)
		e = failed(to, "end");
	while ((r = PQgetResult(from)) != NULL) {
		if (PQresultStatus(r) != PGRES_COMMAND_OK && e == NULL)
			e = failed(from, "read");
		PQclear(r);
	}
	while ((r = PQgetResult(to)) != NULL) {
		if (PQresultStatus(r) != PGRES_COMMAND_OK && e == NULL)
			e = failed(to, "write");
		PQclear(r);
	}
	return e != NULL ? err_pass(e) : NULL;
}

static struct err *
copy_opened(PGconn *c, const char *sql, ExecStatusType wanted)
{
	PGresult *r = PQexec(c, sql);
	ExecStatusType s = PQresultStatus(r);

	PQclear(r);
	return s == wanted ? NULL : failed(c, sql);
}

/* The same number of rows on both sides, and the same in them? */
static struct err *
compare(struct copy *m, const PGresult *plan, int i)
{
	const char *here, *there;
	struct err *e;

	if ((e = copy_run(&here, m->arena, m->from,
		 PQgetvalue(plan, i, HASH))) != NULL ||
	    (e = copy_run(&there, m->arena, m->to,
		 PQgetvalue(plan, i, HASH))) != NULL)
		return err_pass(e);
	if (strcmp(here, there) != 0)
		return err_raise(ERR_BUG, SAY, "%s: %s became %s",
		    PQgetvalue(plan, i, WHAT), here, there);
	return NULL;
}

static struct err *
copy_table(struct copy *m, const PGresult *plan, int i)
{
	const char *role = arena_printf(m->arena, "SET LOCAL ROLE %s",
	    PQgetvalue(plan, i, ROLE));
	struct err *e;

	m->say(arena_printf(m->arena, "copy %s", PQgetvalue(plan, i, WHAT)));
	if ((e = copy_run(NULL, m->arena, m->from, role)) != NULL ||
	    (e = copy_run(NULL, m->arena, m->to, role)) != NULL ||
	    (e = copy_run(NULL, m->arena, m->to, PQgetvalue(plan, i, STAGE))) !=
		NULL ||
	    (e = copy_opened(m->to, "COPY moved FROM STDIN (FORMAT binary)",
		 PGRES_COPY_IN)) != NULL ||
	    (e = copy_opened(m->from, PQgetvalue(plan, i, TAKE),
		 PGRES_COPY_OUT)) != NULL ||
	    (e = pump(m->from, m->to)) != NULL ||
	    (e = copy_run(NULL, m->arena, m->to, PQgetvalue(plan, i, FILL))) !=
		NULL ||
	    (e = compare(m, plan, i)) != NULL)
		return err_pass(e);
	if (!PQgetisnull(plan, i, NUMBER) &&
	    (e = copy_run(NULL, m->arena, m->to,
		 PQgetvalue(plan, i, NUMBER))) != NULL)
		return err_pass(e);
	return NULL;
}

/* In the context of the tenant, whose transaction has begun. */
static struct err *
plan_of(PGresult **plan, struct arena *a, PGconn *c, int32_t tenant,
    const char *base)
{
	*plan = PQexec(c,
	    arena_printf(a,
		"SELECT what, role, stage, take, fill, hash, erase, number "
		"FROM ctx.move_plan(%d, %s)",
		(int)tenant, base));
	if (PQresultStatus(*plan) == PGRES_TUPLES_OK)
		return NULL;
	PQclear(*plan);
	return failed(c, "plan");
}

struct err *
copy_rows(struct copy *m)
{
	PGresult *plan;
	struct err *e;
	int i;

	if ((e = make_months(m)) != NULL ||
	    (e = begin(m->arena, m->from, m->tenant)) != NULL ||
	    (e = begin(m->arena, m->to, m->tenant)) != NULL ||
	    (e = plan_of(&plan, m->arena, m->from, m->tenant, m->base)) != NULL)
		return err_pass(e);
	for (i = 0; e == NULL && i < PQntuples(plan); i++)
		e = copy_table(m, plan, i);
	PQclear(plan);
	return e != NULL ? err_pass(e) : NULL;
}

static struct err *
erase_table(struct arena *a, PGconn *c, int32_t tenant, const PGresult *plan,
    int i)
{
	const char *gone;
	struct err *e;

	do {
		if ((e = begin(a, c, tenant)) != NULL ||
		    (e = copy_run(NULL, a, c,
			 arena_printf(a, "SET LOCAL ROLE %s",
			     PQgetvalue(plan, i, ROLE)))) != NULL ||
		    (e = copy_run(&gone, a, c, PQgetvalue(plan, i, ERASE))) !=
			NULL ||
		    (e = copy_run(NULL, a, c, "COMMIT")) != NULL)
			return err_pass(e);
	} while (strcmp(gone, "0") != 0);
	return NULL;
}

struct err *
copy_erase(struct arena *a, PGconn *c, int32_t tenant)
{
	PGresult *plan;
	struct err *e;
	int i;

	if ((e = begin(a, c, tenant)) != NULL ||
	    (e = plan_of(&plan, a, c, tenant, "1")) != NULL)
		return err_pass(e);
	e = copy_run(NULL, a, c, "COMMIT");
	for (i = PQntuples(plan) - 1; e == NULL && i >= 0; i--)
		e = erase_table(a, c, tenant, plan, i);
	PQclear(plan);
	return e != NULL ? err_pass(e) : NULL;
}
