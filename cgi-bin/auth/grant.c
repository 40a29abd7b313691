/*
 * POST /api/v1/auth/token - a person's program shows a password, and a code
 * where there is a second factor, and gets tokens.
 *
 * The password opens a session as it does on the page, with the same waits and
 * the same entries in the chain; the session then becomes tokens and is over.
 */
#include <stdlib.h>
#include <string.h>

#include "base/env.h"
#include "cgi-bin/auth/body.h"
#include "cgi-bin/auth/mint.h"
#include "cgi-bin/auth/people.h"
#include "model/datakey.h"
#include "query.h"
#include "trust/totp.h"

enum { EMAIL, PASSWORD, CODE, TENANT, MEMBERS, CODE_MAX = 16, NUMBER_MAX = 9 };

/* The address and password fit in several tenants. */
static struct err *
ask_which(struct rows *r, struct arena *a)
{
	struct buf b = buf_new(a, 64);
	int32_t *tenants;
	size_t i, n = rows_ints(&tenants, r, 0, PEOPLE_LOGIN_FINISH_TENANTS);

	for (i = 0; i < n; i++)
		buf_printf(&b, "%s%d", i > 0 ? ", " : "", tenants[i]);
	return err_say(err_raise(ERR_INPUT, "", "%zu tenants", n),
	    "tenant: say which one, of %s.", (const char *)b.p);
}

/* A session of the password; *code: it waits for a second factor. */
static struct err *
open_session(bool *code, struct bytes session, struct req *rq,
    const struct body_text *m)
{
	const char *tenant = m[TENANT].text, *index;
	struct bytes proof;
	struct rows *r;
	struct err *e;

	if (tenant != NULL &&
	    (*tenant == 0 || tenant[strspn(tenant, "0123456789")] != 0))
		return err_raise(ERR_INPUT, "tenant: this must be a number.",
		    "tenant");
	if ((e = people_index(&index, rq, m[EMAIL].text)) != NULL ||
	    (e = people_proof(&proof, rq, index, m[PASSWORD].text)) != NULL ||
	    (e = db_call(&r, req_auth_db(rq), rq->arena, &q_people_login_finish,
		 ARGS(A(index), A(proof), A(token_hash(rq->arena, session)),
		     tenant != NULL ? arg_i32(atoi(tenant)) : arg_null(),
		     A(req_remote(rq)), A("token")))) != NULL)
		return err_pass(e);
	*code = strcmp(rows_text(r, 0, PEOPLE_LOGIN_FINISH_STAGE), "code") == 0;
	if (rows_bool(r, 0, PEOPLE_LOGIN_FINISH_OK))
		return NULL;
	if (!rows_null(r, 0, PEOPLE_LOGIN_FINISH_TENANTS))
		return ask_which(r, rq->arena);
	req_refused(rq, index);
	return mint_refused("address and password");
}

/* The step of a right code; SQL NULL for a wrong one. */
static struct err *
step_of(struct arg *step, struct req *rq, struct bytes session,
    const char *code)
{
	struct db *db = req_auth_db(rq);
	struct seal_master *master;
	struct seal_key *key;
	struct bytes secret;
	struct rows *r;
	struct err *e;
	int32_t tenant;
	int64_t n;

	*step = arg_null();
	if ((e = db_call(&r, db, rq->arena, &q_people_factor_begin,
		 ARGS(A(session)))) != NULL)
		return err_pass(e);
	if (rows_count(r) == 0)
		return NULL;
	tenant = (int32_t)rows_int(r, 0, PEOPLE_FACTOR_BEGIN_TENANT_ID);
	if ((e = seal_master_load(&master, rq->arena,
		 req_conf(rq)->master_key)) != NULL ||
	    (e = datakey_at(&key, db, rq->arena, master, tenant)) != NULL ||
	    (e = factor_open(&secret, rq, key, tenant,
		 rows_int(r, 0, PEOPLE_FACTOR_BEGIN_USER_ID),
		 rows_bytes(r, 0, PEOPLE_FACTOR_BEGIN_SEALED))) != NULL)
		return err_pass(e);
	if (totp_match(&n, secret, code, env_now(),
		rows_int(r, 0, PEOPLE_FACTOR_BEGIN_LAST_STEP)))
		*step = arg_int(n);
	return NULL;
}

/* The second factor; the session has another secret then. */
static struct err *
pass_code(struct bytes *session, struct req *rq, const char *code)
{
	struct bytes fresh = token_new(rq->arena);
	struct arg step;
	struct rows *r;
	struct err *e;

	if (code == NULL)
		return err_raise(ERR_LOGIN,
		    "code: this person has a second factor.", "no code");
	if ((e = step_of(&step, rq, *session, code)) != NULL ||
	    (e = db_call(&r, req_auth_db(rq), rq->arena, &q_people_factor_pass,
		 ARGS(A(*session), step, arg_null(),
		     A(token_hash(rq->arena, fresh))))) != NULL)
		return err_pass(e);
	if (!rows_bool(r, 0, PEOPLE_FACTOR_PASS_OK)) {
		req_refused_session(rq, *session);
		return mint_refused("code");
	}
	*session = fresh;
	return NULL;
}

static struct err *
open_family(struct req *rq, struct res *rs, struct bytes session)
{
	struct pair pair;
	struct granted g;
	struct rows *r;
	struct err *e;

	mint_pair(&pair);
	if ((e = db_call(&r, req_auth_db(rq), rq->arena, &q_token_person_open,
		 ARGS(A(session),
		     A(((struct bytes){ pair.sid_hash, MINT_BYTES })),
		     A(((struct bytes){ pair.refresh_hash, MINT_BYTES }))))) !=
	    NULL)
		return err_pass(e);
	if (rows_null(r, 0, TOKEN_PERSON_OPEN_PERMISSIONS))
		return mint_refused("session");
	g = (struct granted){ .subject =
				  rows_text(r, 0, TOKEN_PERSON_OPEN_SUBJECT),
		.permissions = rows_text(r, 0, TOKEN_PERSON_OPEN_PERMISSIONS),
		.seconds = rows_int(r, 0, TOKEN_PERSON_OPEN_SECONDS) };
	e = mint_answer(rq, rs, &pair, &g);
	return e != NULL ? err_pass(e) : NULL;
}

struct err *
auth_token(struct req *rq, struct res *rs)
{
	struct body_text m[MEMBERS] = {
		[EMAIL] = { "email", false, TYPED_MAX, NULL },
		[PASSWORD] = { "password", false, TYPED_MAX, NULL },
		[CODE] = { "code", true, CODE_MAX, NULL },
		[TENANT] = { "tenant", true, NUMBER_MAX, NULL },
	};
	struct bytes session = token_new(rq->arena);
	struct err *e;
	bool code = false;

	if ((e = body_texts(m, MEMBERS, rq)) != NULL ||
	    (e = open_session(&code, session, rq, m)) != NULL ||
	    (code && (e = pass_code(&session, rq, m[CODE].text)) != NULL))
		return err_pass(e);
	e = open_family(rq, rs, session);
	return e != NULL ? err_pass(e) : NULL;
}
