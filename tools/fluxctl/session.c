/* session, reset, invite: how people come in, and where they are. */
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/env.h"
#include "base/hex.h"
#include "fluxctl/fluxctl.h"
#include "query.h"

enum { SECRET_BYTES = 32 };

/* A link that counts once, on stdout and nowhere else. */
static struct err *
print_link(struct ctl *c, int64_t user)
{
	unsigned char secret[SECRET_BYTES], hash[EVP_MAX_MD_SIZE];
	struct rows *r;
	struct err *e;

	env_get()->random(secret, sizeof(secret));
	(void)EVP_Digest(secret, sizeof(secret), hash, NULL, EVP_sha256(),
	    NULL);
	if ((e = tx_rows(&r, c->tx, &q_people_ticket_make,
		 ARGS(A((long)user), A(((struct bytes){ hash, 32 }))))) != NULL)
		return err_pass(e);
	if (rows_count(r) == 0)
		return err_raise(ERR_MISSING, "There is no such person.",
		    "user %lld", (long long)user);
	(void)printf("%s/%s/", c->origin,
	    rows_text(r, 0, PEOPLE_TICKET_MAKE_KIND));
	(void)printf("%s\n",
	    hex_text(c->arena, (struct bytes){ secret, sizeof(secret) }));
	(void)fprintf(stderr, "good until %s\n",
	    clock_iso(c->arena,
		rows_time(r, 0, PEOPLE_TICKET_MAKE_EXPIRES_AT)));
	return NULL;
}

/* TENANT EMAIL NAME ROLE [ASSET]: somebody new, without a password. */
struct err *
ctl_invite(struct ctl *c)
{
	struct address_keys keys = { c->master_key, c->index_key };
	struct newcomer who = { c->args[1], c->args[2], { 0 } };
	int64_t user;
	struct err *e;

	if ((e = ctl_grant(&who.grant, c, 3)) != NULL ||
	    (e = member_invite(&user, c->tx, &keys, &who)) != NULL ||
	    (e = print_link(c, user)) != NULL)
		return err_pass(e);
	return NULL;
}

/* TENANT EMAIL: a new link for who is invited or has lost the password. */
struct err *
ctl_reset(struct ctl *c)
{
	int64_t user;
	struct err *e;

	if ((e = member_find(&user, c->tx, c->index_key, c->args[1])) != NULL ||
	    (e = print_link(c, user)) != NULL)
		return err_pass(e);
	return NULL;
}

/* TENANT end|unfactor EMAIL: all sessions, or the second factor. */
struct err *
ctl_session(struct ctl *c)
{
	bool end = strcmp(c->args[1], "end") == 0;
	struct rows *r;
	int64_t user;
	struct err *e;

	if (!end && strcmp(c->args[1], "unfactor") != 0)
		return err_raise(ERR_INPUT, "end or unfactor?", "%s",
		    c->args[1]);
	if ((e = member_find(&user, c->tx, c->index_key, c->args[2])) != NULL ||
	    (e = tx_rows(&r, c->tx,
		 end ? &q_people_sessions_end : &q_people_factor_drop,
		 ARGS(A((long)user)))) != NULL)
		return err_pass(e);
	if (!rows_bool(r, 0, 0))
		return err_raise(ERR_MISSING, "There is none.", "%s",
		    c->args[2]);
	return NULL;
}
