/*
 * GET, POST /login/factor - who must have a second factor and has none sets it
 * up before anything else opens.
 *
 * The cookie is that of a session that waits for it; a code of the new secret
 * replaces it, and the recovery codes are shown once, so that answer is a page.
 */
#include <openssl/crypto.h>

#include "base/env.h"
#include "cgi-bin/auth/people.h"
#include "model/datakey.h"
#include "query.h"
#include "trust/totp.h"

/* Whose session waits; user 0: nobody's does. */
struct waiting {
	int32_t tenant;
	int64_t user;
	const char *name, *tenant_name;
	struct bytes sealed; /* n = 0: there is no secret yet */
};

static struct err *
waiting_read(struct waiting *w, struct req *rq, struct bytes session)
{
	struct rows *r;
	struct err *e;

	*w = (struct waiting){ 0 };
	if (session.n == 0)
		return NULL;
	if ((e = db_call(&r, req_auth_db(rq), rq->arena, &q_people_setup_look,
		 ARGS(A(session)))) != NULL)
		return err_pass(e);
	if (rows_count(r) == 0)
		return NULL;
	w->tenant = (int32_t)rows_int(r, 0, PEOPLE_SETUP_LOOK_TENANT_ID);
	w->user = rows_int(r, 0, PEOPLE_SETUP_LOOK_USER_ID);
	w->name = rows_text(r, 0, PEOPLE_SETUP_LOOK_NAME);
	w->tenant_name = rows_text(r, 0, PEOPLE_SETUP_LOOK_TENANT_NAME);
	w->sealed = rows_bytes(r, 0, PEOPLE_SETUP_LOOK_SEALED);
	return NULL;
}

struct err *
setup_is_due(bool *due, struct req *rq, struct bytes session)
{
	struct waiting w;
	struct err *e;

	if ((e = waiting_read(&w, rq, session)) != NULL)
		return err_pass(e);
	*due = w.user != 0;
	return NULL;
}

static struct err *
key_of(struct seal_key **key, struct req *rq, const struct waiting *w)
{
	struct seal_master *master;
	struct err *e;

	if ((e = seal_master_load(&master, rq->arena,
		 req_conf(rq)->master_key)) != NULL ||
	    (e = datakey_at(key, req_auth_db(rq), rq->arena, master,
		 w->tenant)) != NULL)
		return err_pass(e);
	return NULL;
}

static struct err *
secret_of(struct bytes *secret, struct req *rq, const struct waiting *w)
{
	struct seal_key *key;
	struct err *e;

	if ((e = key_of(&key, rq, w)) != NULL ||
	    (e = factor_open(secret, rq, key, w->tenant, w->user, w->sealed)) !=
		NULL)
		return err_pass(e);
	return NULL;
}

static struct err *
show(struct req *rq, struct res *rs, const struct waiting *w, const char *next,
    const char *error)
{
	struct bytes secret;
	struct err *e;

	if (w->sealed.n > 0 && ((e = secret_of(&secret, rq, w)) != NULL ||
				   (e = factor_show(rs->view, rq->arena, secret,
					w->name)) != NULL))
		return err_pass(e);
	view_int(rs->view, "Setup.Begun", w->sealed.n > 0);
	view_text(rs->view, "Setup.Tenant", w->tenant_name);
	view_text(rs->view, "Login.Next", next);
	view_text(rs->view, "Login.Error", error);
	view_text(rs->view, "Page.Title", "A second factor");
	return res_page(rq, rs, "setup.cs");
}

struct err *
auth_setup(struct req *rq, struct res *rs)
{
	struct waiting w;
	struct err *e;

	if ((e = waiting_read(&w, rq, rq->session)) != NULL)
		return err_pass(e);
	if (w.user == 0)
		return res_goto(rs, "/login");
	return show(rq, rs, &w, path_local(req_query(rq, "next")), "");
}

/* A new secret, in place of one of which no code was shown. */
static struct err *
begin(struct req *rq, struct res *rs, const struct waiting *w, const char *next)
{
	unsigned char secret[TOTP_SECRET];
	struct seal_key *key;
	struct bytes sealed;
	struct rows *r;
	struct err *e;

	env_get()->random(secret, sizeof(secret));
	if ((e = key_of(&key, rq, w)) != NULL ||
	    (e = factor_seal(&sealed, rq, key, w->tenant, w->user,
		 (struct bytes){ secret, sizeof(secret) })) != NULL ||
	    (e = db_call(&r, req_auth_db(rq), rq->arena, &q_people_setup_put,
		 ARGS(A(rq->session), A(sealed)))) != NULL)
		return err_pass(e);
	OPENSSL_cleanse(secret, sizeof(secret));
	return res_goto(rs, arena_printf(rq->arena, "/login/factor?next=%s",
				path_quoted(rq->arena, next)));
}

/* A right code was shown: in force, and the session open. */
static struct err *
finish(struct req *rq, struct res *rs, int64_t step, const char *next)
{
	struct bytes token = token_new(rq->arena);
	struct arg codes = recovery_new(rs->view, rq->arena);
	struct rows *r;
	struct err *e;

	if ((e = db_call(&r, req_auth_db(rq), rq->arena, &q_people_setup_pass,
		 ARGS(A(rq->session), arg_int(step), codes,
		     A(token_hash(rq->arena, token))))) != NULL)
		return err_pass(e);
	if (!rows_bool(r, 0, PEOPLE_SETUP_PASS_OK))
		return err_raise(ERR_LOGIN, "Please sign in.",
		    "set up meanwhile");
	res_session(rq, rs, &token);
	view_text(rs->view, "Next", next);
	view_text(rs->view, "Page.Title", "Recovery codes");
	return res_page(rq, rs, "codes.cs");
}

struct err *
auth_setup_post(struct req *rq, struct res *rs)
{
	const char *next = path_local(req_form(rq, "next"));
	const char *code = typed(rq, "code");
	struct bytes secret;
	struct waiting w;
	struct err *e;
	int64_t step;

	if ((e = waiting_read(&w, rq, rq->session)) != NULL)
		return err_pass(e);
	if (w.user == 0)
		return res_goto(rs, "/login");
	if (req_form(rq, "code") == NULL || w.sealed.n == 0)
		return begin(rq, rs, &w, next);
	if ((e = secret_of(&secret, rq, &w)) != NULL)
		return err_pass(e);
	if (code != NULL && totp_match(&step, secret, code, env_now(), 0))
		return finish(rq, rs, step, next);
	rs->status = 422;
	return show(rq, rs, &w, next,
	    "code: it is not the one that is shown now. Check that the "
	    "telephone's clock is right.");
}
