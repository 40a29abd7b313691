/*
 * POST /account/factor, .../factor/confirm, .../factor/remove and
 * /account/codes - one's own second factor.
 *
 * The secret is made here and kept sealed.  It is in force when a code of it
 * was shown, and that is when the recovery codes are made; they are shown once
 * and only their hashes are kept, so these two answers are pages and no 303.
 */
#include <openssl/crypto.h>

#include "base/env.h"
#include "cgi-bin/auth/people.h"
#include "model/datakey.h"
#include "query.h"
#include "trust/qr.h"
#include "trust/totp.h"

#define ISSUER "Fluxline"

/* The tenant's key, for sealing and for opening. */
static struct err *
key_of(struct seal_key **key, struct req *rq)
{
	struct seal_master *master;
	struct err *e;

	if ((e = seal_master_load(&master, rq->arena,
		 req_conf(rq)->master_key)) != NULL ||
	    (e = datakey_of(key, rq->tx, master)) != NULL)
		return err_pass(e);
	return NULL;
}

struct err *
account_secret(struct bytes *secret, struct req *rq, const struct account *a)
{
	struct seal_key *key;
	struct err *e;

	if ((e = key_of(&key, rq)) != NULL ||
	    (e = factor_open(secret, rq, key, rq->who.tenant, a->user,
		 a->sealed)) != NULL)
		return err_pass(e);
	return NULL;
}

struct err *
factor_show(struct view *v, struct arena *a, struct bytes secret,
    const char *account)
{
	struct buf path = buf_new(a, 16384);
	const char *uri = totp_uri(a, secret, account, ISSUER);
	struct err *e;
	int side;

	if ((e = qr_path(&path, &side, uri)) != NULL)
		return err_pass(e);
	view_text(v, "Factor.Secret", base32_groups(a, secret));
	view_text(v, "Factor.Uri", uri);
	view_text(v, "Factor.Qr", (const char *)path.p);
	view_int(v, "Factor.Side", side);
	return NULL;
}

struct err *
auth_factor(struct req *rq, struct res *rs)
{
	unsigned char secret[TOTP_SECRET];
	struct seal_key *key;
	struct bytes sealed;
	struct rows *r;
	struct err *e;

	env_get()->random(secret, sizeof(secret));
	if ((e = key_of(&key, rq)) != NULL ||
	    (e = factor_seal(&sealed, rq, key, rq->who.tenant, rq->who.user,
		 (struct bytes){ secret, sizeof(secret) })) != NULL ||
	    (e = tx_rows(&r, rq->tx, &q_people_factor_put, ARGS(A(sealed)))) !=
		NULL)
		return err_pass(e);
	OPENSSL_cleanse(secret, sizeof(secret));
	if (!rows_bool(r, 0, PEOPLE_FACTOR_PUT_OK))
		return account_again(rq, rs, "factor",
		    "There is one already; remove it before you set up "
		    "another.");
	return res_goto(rs, "/account#factor");
}

struct arg
recovery_new(struct view *v, struct arena *a)
{
	unsigned char code[RECOVERY_CODES][RECOVERY_BYTES];
	struct bytes hash[RECOVERY_CODES];
	size_t i;

	env_get()->random(code, sizeof(code));
	for (i = 0; i < RECOVERY_CODES; i++) {
		struct bytes one = { code[i], RECOVERY_BYTES };

		hash[i] = token_hash(a, one);
		view_text(view_row(v, "Codes"), "Text", base32_groups(a, one));
	}
	OPENSSL_cleanse(code, sizeof(code));
	return arr_bytes(a, hash, RECOVERY_CODES);
}

/*
 * Other recovery codes.  The step of a code puts the factor in force; SQL
 * NULL: it is.
 */
static struct err *
give_codes(struct req *rq, struct res *rs, struct arg step)
{
	struct arg codes = recovery_new(rs->view, rq->arena);
	struct rows *r;
	struct err *e;

	if ((e = tx_rows(&r, rq->tx, &q_people_factor_codes,
		 ARGS(step, codes))) != NULL)
		return err_pass(e);
	if (!rows_bool(r, 0, PEOPLE_FACTOR_CODES_OK))
		return account_again(rq, rs, "factor",
		    "There is no second factor that this could be done for.");
	view_text(rs->view, "Next", "/account");
	view_text(rs->view, "Page.Title", "Recovery codes");
	return res_page(rq, rs, "codes.cs");
}

struct err *
auth_factor_confirm(struct req *rq, struct res *rs)
{
	const char *code = typed(rq, "code");
	struct bytes secret;
	struct account a;
	struct err *e;
	int64_t step;

	if ((e = account_read(&a, rq)) != NULL)
		return err_pass(e);
	if (a.sealed.n == 0 || a.confirmed)
		return account_again(rq, rs, "factor",
		    "There is nothing to be confirmed.");
	if ((e = account_secret(&secret, rq, &a)) != NULL)
		return err_pass(e);
	if (code == NULL ||
	    !totp_match(&step, secret, code, env_now(), a.last_step))
		return account_again(rq, rs, "factor",
		    "code: it is not the one that is shown now. Check that "
		    "the telephone's clock is right.");
	return give_codes(rq, rs, arg_int(step));
}

struct err *
auth_codes(struct req *rq, struct res *rs)
{
	return give_codes(rq, rs, arg_null());
}

struct err *
auth_factor_remove(struct req *rq, struct res *rs)
{
	struct rows *r;
	struct err *e;

	if ((e = tx_rows(&r, rq->tx, &q_people_factor_drop,
		 ARGS(A((long)rq->who.user)))) != NULL)
		return err_pass(e);
	return res_goto(rs, rows_bool(r, 0, PEOPLE_FACTOR_DROP_OK)
				? "/account?done=removed"
				: "/account");
}
