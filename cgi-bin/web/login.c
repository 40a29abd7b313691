/*
 * GET /login, POST /login, POST /logout - the session cookie comes and goes.
 *
 * A visitor has a cookie before signing in, too: it ties the form to the
 * browser that asked for it.  Signing in replaces it.
 */
#include <openssl/evp.h>
#include <string.h>

#include "base/env.h"
#include "query.h"
#include "web/password.h"
#include "web/web.h"

enum { TOKEN_BYTES = 32, TYPED_MAX = 256 };

handler page_login;
handler page_login_post;
handler page_logout;

/* A path of ours, never another site's. */
static const char *
local_path(const char *s)
{
	if (s == NULL || s[0] != '/' || s[1] == '/' ||
	    strpbrk(s, "\\\r\n") != NULL)
		return "/";
	return s;
}

static struct bytes
new_token(struct arena *a)
{
	unsigned char *token = arena_alloc(a, TOKEN_BYTES);

	env_get()->random(token, TOKEN_BYTES);
	return (struct bytes){ token, TOKEN_BYTES };
}

static struct err *
show(struct req *rq, struct res *rs, const char *email, const char *next,
    const char *error)
{
	view_text(rs->view, "Page.Title", "Sign in");
	view_text(rs->view, "Login.Email", email);
	view_text(rs->view, "Login.Next", next);
	view_text(rs->view, "Login.Error", error);
	return res_page(rq, rs, "login.cs");
}

struct err *
page_login(struct req *rq, struct res *rs)
{
	if (rq->session.n == 0) {
		rq->session = new_token(rq->arena);
		res_session(rq, rs, &rq->session);
	}
	return show(rq, rs, "", local_path(req_query(rq, "next")), "");
}

/* True when the database accepted the proof and made the session. */
static struct err *
sign_in(bool *in, struct req *rq, const char *email, const char *password,
    struct bytes token)
{
	unsigned char proof[PROOF_BYTES], hash[EVP_MAX_MD_SIZE];
	struct rows *r;
	struct err *e;

	if ((e = db_call(&r, req_auth_db(rq), rq->arena, &q_gate_login_begin,
		 ARGS(A(email)))) != NULL ||
	    (e = password_proof(proof, password,
		 rows_bytes(r, 0, GATE_LOGIN_BEGIN_SALT),
		 req_conf(rq)->lock_dir)) != NULL)
		return err_pass(e);
	(void)EVP_Digest(token.p, token.n, hash, NULL, EVP_sha256(), NULL);
	if ((e = db_call(&r, req_auth_db(rq), rq->arena, &q_gate_login_finish,
		 ARGS(A(email), A(((struct bytes){ proof, sizeof(proof) })),
		     A(((struct bytes){ hash, TOKEN_BYTES }))))) != NULL)
		return err_pass(e);
	*in = rows_bool(r, 0, GATE_LOGIN_FINISH_OK);
	return NULL;
}

struct err *
page_login_post(struct req *rq, struct res *rs)
{
	const char *email = req_form(rq, "email");
	const char *password = req_form(rq, "password");
	const char *next = local_path(req_form(rq, "next"));
	struct bytes token = new_token(rq->arena);
	struct err *e;
	bool in;

	if (email == NULL || password == NULL || strlen(email) > TYPED_MAX ||
	    strlen(password) > TYPED_MAX)
		return err_raise(ERR_INPUT,
		    "email and password: both are needed.", "login form");
	if ((e = sign_in(&in, rq, email, password, token)) != NULL)
		return err_pass(e);
	if (!in) {
		rs->status = 401;
		return show(rq, rs, email, next,
		    "That e-mail and password do not match, or too many "
		    "tries were made; wait a moment and try again.");
	}
	res_session(rq, rs, &token);
	return res_goto(rs, next);
}

struct err *
page_logout(struct req *rq, struct res *rs)
{
	struct rows *r;
	struct err *e;

	if ((e = db_call(&r, req_auth_db(rq), rq->arena, &q_gate_logout,
		 ARGS(A(rq->session)))) != NULL)
		return err_pass(e);
	res_session(rq, rs, NULL);
	res_header(rs, "Clear-Site-Data", "\"cache\"");
	return res_goto(rs, "/login");
}
