/* migrate, tenant, user, poller: who there is, and what for. */
#include <stdio.h>
#include <string.h>

#include "db/migrate.h"
#include "db/move.h"
#include "fluxctl/fluxctl.h"
#include "query.h"
#include "trust/policy.h"
#include "web/password.h"

/* One database; in NULL: the first. */
static struct err *
migrate_in(struct ctl *c, const char *cell)
{
	const char *conninfo = cell == NULL ? c->migrate_database
					    : move_conninfo(c->arena, c->db,
						  c->migrate_database, cell);
	struct err *e;
	int applied;

	if (conninfo == NULL)
		return err_raise(ERR_MISSING, "There is no cell of that name.",
		    "cell \"%s\"", cell);
	if ((e = migrate_run(&applied, c->arena, conninfo, c->sql)) != NULL)
		return err_pass(e);
	(void)printf("%d migrations applied%s%s\n", applied,
	    cell != NULL ? " in cell " : "", cell != NULL ? cell : "");
	return NULL;
}

/* migrate [CELL]: everything, or that cell only. */
struct err *
ctl_migrate(struct ctl *c)
{
	const char *cell = c->n > 0 ? c->args[0] : NULL;
	struct err *e;
	size_t i;

	if ((e = migrate_in(c, cell)) != NULL)
		return err_pass(e);
	if (cell != NULL)
		return NULL;
	for (i = 0; (cell = db_cell_name(c->db, i)) != NULL; i++)
		if ((e = migrate_in(c, cell)) != NULL)
			return err_pass(e);
	return NULL;
}

struct err *
ctl_tenant(struct ctl *c)
{
	struct rows *r;
	struct err *e;

	if ((e = db_call(&r, c->db, c->arena, &q_admin_tenant_create,
		 ARGS(A((const char *)c->args[0])))) != NULL ||
	    (e = ctl_enter(c, c->args[0])) != NULL ||
	    (e = tx_send(c->tx, &q_admin_tenant_put,
		 ARGS(A((int)tx_who(c->tx)->tenant),
		     A((const char *)c->args[0])))) != NULL ||
	    (ctl_flag(c, "--platform") &&
		(e = tx_send(c->tx, &q_tenant_platform, NO_ARGS)) != NULL))
		return err_pass(e);
	return NULL;
}

/* The first line of stdin, when it will do for this person. */
static struct err *
read_password(char text[PASSWORD_MAX + 2], struct ctl *c)
{
	struct chooser whose = { .address = c->args[1], .name = c->args[2] };
	struct rows *r;
	struct err *e;

	if ((e = tx_rows(&r, c->tx, &q_people_least, NO_ARGS)) != NULL)
		return err_pass(e);
	whose.least = rows_int(r, 0, PEOPLE_LEAST_CHARACTERS);
	if (fgets(text, PASSWORD_MAX + 2, stdin) == NULL)
		text[0] = 0;
	text[strcspn(text, "\r\n")] = 0;
	if ((e = policy_check(text, &whose)) != NULL)
		return err_pass(e);
	return NULL;
}

struct err *
ctl_user(struct ctl *c)
{
	unsigned char proof[PROOF_BYTES], stored[PROOF_BYTES];
	const char *email = c->args[1], *name = c->args[2], *index;
	char password[PASSWORD_MAX + 2];
	int64_t user;
	struct bytes salt;
	struct rows *r;
	struct err *e;

	if (!address_valid(email))
		return err_raise(ERR_INPUT, "EMAIL: an address is needed.",
		    "user");
	if ((e = read_password(password, c)) != NULL ||
	    (e = address_index(&index, c->arena, c->index_key, email)) !=
		NULL ||
	    (e = tx_rows(&r, c->tx, &q_people_login_begin, ARGS(A(index)))) !=
		NULL)
		return err_pass(e);
	salt = rows_bytes(r, 0, PEOPLE_LOGIN_BEGIN_SALT);
	if ((e = password_proof(proof, password, salt, "")) != NULL)
		return err_pass(e);
	password_verifier(stored, proof);
	if ((e = tx_rows(&r, c->tx, &q_admin_user_create,
		 ARGS(A(index), A(name), A(c->args[3]), A(salt),
		     A(((struct bytes){ stored, sizeof(stored) }))))) != NULL)
		return err_pass(e);
	user = rows_int(r, 0, ADMIN_USER_CREATE_USER_ID);
	if ((e = tx_send(c->tx, &q_admin_member_put,
		 ARGS(A((int)tx_who(c->tx)->tenant), A((long)user), A(index),
		     A(name), A(c->args[3])))) != NULL ||
	    (e = member_seal(c->tx, c->master_key, user, email)) != NULL ||
	    (e = tx_rows(&r, c->tx, &q_admin_rights_again,
		 ARGS(A((long)user)))) != NULL)
		return err_pass(e);
	return NULL;
}

struct err *
ctl_poller(struct ctl *c)
{
	struct rows *r;
	struct err *e = tx_rows(&r, c->tx, &q_admin_poller_assign,
	    ARGS(A((const char *)"fl_poller")));

	return e != NULL ? err_pass(e) : NULL;
}
