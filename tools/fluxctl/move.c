/* fluxctl move: a tenant into a database of its own, and home again. */
#include "db/move.h"

#include <stdio.h>
#include <string.h>

#include "fluxctl/fluxctl.h"
#include "query.h"

static void
say(const char *what)
{
	(void)printf("%s\n", what);
	(void)fflush(stdout);
}

struct err *
ctl_move(struct ctl *c)
{
	const char *tenant = c->args[0], *to = c->args[1];
	struct move m = { .home = c->migrate_database,
		.db = c->db,
		.say = say };
	struct rows *r;
	struct err *e;

	if ((e = db_call(&r, c->db, c->arena, &q_admin_tenant_find,
		 ARGS(A(tenant)))) != NULL)
		return err_pass(e);
	if (rows_null(r, 0, ADMIN_TENANT_FIND_TENANT_ID))
		return err_raise(ERR_MISSING,
		    "There is no tenant of that name.", "tenant \"%s\"",
		    tenant);
	m.tenant = (int32_t)rows_int(r, 0, ADMIN_TENANT_FIND_TENANT_ID);
	e = strcmp(to, "home") == 0 ? move_home(c->arena, &m)
				    : move_away(c->arena, &m, to);
	if (e != NULL)
		return err_pass(e);
	(void)printf("moved: %s\n", to);
	return NULL;
}
