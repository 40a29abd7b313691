/*
 * export, drop, farewell: everything of a tenant to take along; its end; and
 * what is left of it then.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "fluxctl/fluxctl.h"
#include "model/takeout.h"
#include "query.h"
#include "trust/anchor.h"

enum { STATEMENT_MS = 60000, DAYS_MAX = 365 };

/* Written down, and allowed, before the first row leaves. */
static struct err *
ask(struct takeout *t, struct ctl *c)
{
	struct rows *r;
	struct tx *tx;
	struct err *e;

	if ((e = ctl_enter(c, c->args[0])) != NULL)
		return err_pass(e);
	tx = c->tx;
	c->tx = NULL;
	t->tenant = tx_who(tx)->tenant;
	if ((e = tx_rows(&r, tx, &q_export_tool, NO_ARGS)) != NULL) {
		tx_rollback(tx);
		return err_pass(e);
	}
	t->export = (int32_t)rows_int(r, 0, EXPORT_TOOL_EXPORT_ID);
	if ((e = tx_commit(tx)) != NULL)
		return err_pass(e);
	return NULL;
}

struct err *
ctl_export(struct ctl *c)
{
	struct takeout t = { .path = c->args[1],
		.archive = c->archive,
		.keys = c->audit_keys,
		.master_key = c->master_key,
		.as = "tool" };
	struct err *e;

	if ((e = ask(&t, c)) != NULL)
		return err_pass(e);
	t.db = db_open(c->worker_database);
	db_patience(t.db, STATEMENT_MS);
	e = takeout_write(&t);
	db_close(t.db);
	if (e != NULL)
		return err_pass(e);
	(void)printf("%s: %lld bytes\n", t.path, (long long)t.bytes);
	return NULL;
}

struct err *
ctl_drop(struct ctl *c)
{
	const char *typed = ctl_option(c, "--days", "30");
	struct rows *r;
	struct err *e;
	char *end;
	long days;

	errno = 0;
	days = strtol(typed, &end, 10);
	if (*typed == 0 || *end != 0 || errno != 0 || days < 0 ||
	    days > DAYS_MAX)
		return err_raise(ERR_INPUT, "DAYS: want 0 to 365.", "%s",
		    typed);
	if (!ctl_flag(c, "--yes"))
		return err_raise(ERR_INPUT,
		    "This erases all of the tenant, for good. Say --yes.",
		    "drop without --yes");
	if ((e = tx_rows(&r, c->tx, &q_tenant_leave,
		 ARGS(A((const char *)c->args[0]), A((int)days)))) != NULL)
		return err_pass(e);
	(void)printf("suspended; erased from %s on, unless it is resumed\n",
	    clock_iso(c->arena, rows_time(r, 0, TENANT_LEAVE_DUE_AT)));
	return NULL;
}

struct err *
ctl_farewell(struct ctl *c)
{
	struct rows *r;
	struct err *e;
	bool all = true;
	int i;

	if ((e = db_call(&r, c->db, c->arena, &q_tenant_farewells,
		 ARGS(c->n > 0 ? A((const char *)c->args[0]) : arg_null()))) !=
	    NULL)
		return err_pass(e);
	for (i = 0; i < rows_count(r); i++) {
		const char *body = rows_text(r, i, TENANT_FAREWELLS_BODY);
		struct bytes text = { (const unsigned char *)body,
			strlen(body) };
		bool good = text_good(rows_text(r, i, TENANT_FAREWELLS_KID),
		    rows_bytes(r, i, TENANT_FAREWELLS_SIGNATURE), c->arena,
		    c->audit_keys, text);

		all &= good;
		(void)printf("%s %s\n", good ? "signed" : "NOT SIGNED", body);
	}
	if (!all)
		return err_raise(ERR_REFUSED,
		    "A farewell is not what was signed.", "audit_keys %s",
		    c->audit_keys);
	return NULL;
}
