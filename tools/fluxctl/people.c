/* migrate, tenant, user, key, revoke, poller: who there is, and what for. */
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "base/env.h"
#include "db/migrate.h"
#include "fluxctl/fluxctl.h"
#include "query.h"
#include "web/apikey.h"
#include "web/password.h"

enum { PASSWORD_MIN = 12, PASSWORD_MAX = 256 };

/* What a word on the command line stands for. */
static const struct {
	const char *word;
	unsigned can;
} grants[] = {
	{ "viewer", CAN_VIEW },
	{ "operator", CAN_VIEW | CAN_ACT },
	{ "admin", CAN_VIEW | CAN_ACT | CAN_ADMIN },
	{ "view", CAN_VIEW },
	{ "ingest", CAN_INGEST },
	{ "ingest,view", CAN_INGEST | CAN_VIEW },
};

static struct err *
grant(unsigned *can, const char *word)
{
	size_t i;

	for (i = 0; i < sizeof(grants) / sizeof(*grants); i++) {
		if (strcmp(grants[i].word, word) == 0) {
			*can = grants[i].can;
			return NULL;
		}
	}
	return err_raise(ERR_INPUT, "This role or scope is not known.", "%s",
	    word);
}

struct err *
ctl_migrate(struct ctl *c)
{
	struct err *e;
	int applied;

	if ((e = migrate_run(&applied, c->arena, c->migrate_database,
		 c->sql)) != NULL)
		return err_pass(e);
	(void)printf("%d migrations applied\n", applied);
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
		     A((const char *)c->args[0])))) != NULL)
		return err_pass(e);
	return NULL;
}

/* The first line of stdin. */
static struct err *
read_password(char text[PASSWORD_MAX])
{
	if (fgets(text, PASSWORD_MAX, stdin) == NULL)
		text[0] = 0;
	text[strcspn(text, "\r\n")] = 0;
	if (strlen(text) < PASSWORD_MIN)
		return err_raise(ERR_INPUT,
		    "A password has at least 12 characters.", "too short");
	return NULL;
}

struct err *
ctl_user(struct ctl *c)
{
	unsigned char salt[SALT_BYTES], proof[PROOF_BYTES], stored[PROOF_BYTES];
	const char *email = c->args[1], *name = c->args[2];
	struct bytes salt_bytes = { salt, sizeof(salt) };
	char password[PASSWORD_MAX];
	struct rows *r;
	struct err *e;
	unsigned can;

	env_get()->random(salt, sizeof(salt));
	if ((e = grant(&can, c->args[3])) != NULL ||
	    (e = read_password(password)) != NULL ||
	    (e = password_proof(proof, password, salt_bytes, "")) != NULL)
		return err_pass(e);
	password_verifier(stored, proof);
	if ((e = tx_rows(&r, c->tx, &q_admin_user_create,
		 ARGS(A(email), A(name), A((int)can), A(salt_bytes),
		     A(((struct bytes){ stored, sizeof(stored) }))))) != NULL)
		return err_pass(e);
	if ((e = tx_send(c->tx, &q_admin_member_put,
		 ARGS(A((int)tx_who(c->tx)->tenant),
		     A((long)rows_int(r, 0, ADMIN_USER_CREATE_USER_ID)),
		     A(email), A(name), A((const char *)c->args[3])))) != NULL)
		return err_pass(e);
	return NULL;
}

struct err *
ctl_key(struct ctl *c)
{
	const char *key = apikey_new(c->arena);
	unsigned char hash[EVP_MAX_MD_SIZE];
	struct rows *r;
	struct err *e;
	unsigned can;
	int device;

	if ((e = grant(&can, c->args[2])) != NULL ||
	    (e = tx_rows(&r, c->tx, &q_admin_device_find,
		 ARGS(A((int)tx_who(c->tx)->tenant),
		     A((const char *)c->args[1])))) != NULL)
		return err_pass(e);
	if (rows_count(r) == 0)
		return err_raise(ERR_MISSING, "There is no such device.", "%s",
		    c->args[1]);
	device = (int)rows_int(r, 0, ADMIN_DEVICE_FIND_DEVICE_ID);
	(void)EVP_Digest(key, strlen(key), hash, NULL, EVP_sha256(), NULL);
	if ((e = tx_rows(&r, c->tx, &q_admin_key_create,
		 ARGS(A(apikey_id(c->arena, key)),
		     A(((struct bytes){ hash, 32 })), A(device),
		     A((int)can)))) != NULL)
		return err_pass(e);
	(void)printf("%s\n", key);
	return NULL;
}

struct err *
ctl_revoke(struct ctl *c)
{
	struct rows *r;
	struct err *e;

	if ((e = tx_rows(&r, c->tx, &q_admin_key_revoke,
		 ARGS(A((const char *)c->args[1])))) != NULL)
		return err_pass(e);
	if (!rows_bool(r, 0, ADMIN_KEY_REVOKE_REVOKED))
		return err_raise(ERR_MISSING, "There is no such live key.",
		    "%s", c->args[1]);
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
