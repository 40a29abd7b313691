/*
 * GET /login/code, POST /login/code - the second factor of a sign-in: a code
 * of the telephone, or a recovery code instead.
 *
 * The cookie is that of a session that waits; a right code replaces it.
 */
#include <openssl/crypto.h>

#include "base/env.h"
#include "cgi-bin/auth/people.h"
#include "model/datakey.h"
#include "query.h"
#include "trust/totp.h"

/* Who waits for a code; user 0: nobody does. */
struct waiting {
	int32_t tenant;
	int64_t user, last_step;
	struct bytes sealed;
};

static struct err *
waiting_read(struct waiting *w, struct req *rq)
{
	struct rows *r;
	struct err *e;

	*w = (struct waiting){ 0 };
	if ((e = db_call(&r, req_auth_db(rq), rq->arena, &q_people_factor_begin,
		 ARGS(A(rq->session)))) != NULL)
		return err_pass(e);
	if (rows_count(r) == 0)
		return NULL;
	w->tenant = (int32_t)rows_int(r, 0, PEOPLE_FACTOR_BEGIN_TENANT_ID);
	w->user = rows_int(r, 0, PEOPLE_FACTOR_BEGIN_USER_ID);
	w->last_step = rows_int(r, 0, PEOPLE_FACTOR_BEGIN_LAST_STEP);
	w->sealed = rows_bytes(r, 0, PEOPLE_FACTOR_BEGIN_SEALED);
	return NULL;
}

static struct err *
show(struct req *rq, struct res *rs, const char *next, const char *error)
{
	view_text(rs->view, "Page.Title", "Code");
	view_text(rs->view, "Login.Next", next);
	view_text(rs->view, "Login.Error", error);
	return res_page(rq, rs, "code.cs");
}

struct err *
auth_code(struct req *rq, struct res *rs)
{
	struct waiting w;
	struct err *e;

	if ((e = waiting_read(&w, rq)) != NULL)
		return err_pass(e);
	if (w.user == 0)
		return res_goto(rs, "/login");
	return show(rq, rs, path_local(req_query(rq, "next")), "");
}

/* The step of a right code; SQL NULL for a wrong one. */
static struct err *
step_of(struct arg *step, struct req *rq, const struct waiting *w,
    const char *code)
{
	struct db *db = req_auth_db(rq);
	struct seal_master *master;
	struct seal_key *key;
	struct bytes secret;
	struct err *e;
	int64_t n;

	*step = arg_null();
	if (code == NULL)
		return NULL;
	if ((e = seal_master_load(&master, rq->arena,
		 req_conf(rq)->master_key)) != NULL ||
	    (e = datakey_at(&key, db, rq->arena, master, w->tenant)) != NULL ||
	    (e = factor_open(&secret, rq, key, w->tenant, w->user,
		 w->sealed)) != NULL)
		return err_pass(e);
	if (totp_match(&n, secret, code, env_now(), w->last_step))
		*step = arg_int(n);
	return NULL;
}

/* The bytes of a recovery code; SQL NULL when it cannot be one. */
static struct arg
recovery_of(struct arena *a, const char *text)
{
	unsigned char *code = arena_alloc(a, RECOVERY_BYTES);

	if (text == NULL || !base32_read(code, RECOVERY_BYTES, text))
		return arg_null();
	return arg_bytes((struct bytes){ code, RECOVERY_BYTES });
}

struct err *
auth_code_post(struct req *rq, struct res *rs)
{
	const char *next = path_local(req_form(rq, "next"));
	struct arg step, recovery;
	struct bytes token = token_new(rq->arena);
	struct waiting w;
	struct rows *r;
	struct err *e;

	if ((e = waiting_read(&w, rq)) != NULL)
		return err_pass(e);
	if (w.user == 0)
		return res_goto(rs, "/login");
	recovery = recovery_of(rq->arena, typed(rq, "recovery"));
	if ((e = step_of(&step, rq, &w, typed(rq, "code"))) != NULL ||
	    (e = db_call(&r, req_auth_db(rq), rq->arena, &q_people_factor_pass,
		 ARGS(A(rq->session), step, recovery,
		     A(token_hash(rq->arena, token))))) != NULL)
		return err_pass(e);
	if (!rows_bool(r, 0, PEOPLE_FACTOR_PASS_OK)) {
		rs->status = 401;
		req_refused_session(rq, rq->session);
		return show(rq, rs, next,
		    "That code is not right or was used before, or too many "
		    "tries were made; wait for the next code and try again.");
	}
	res_session(rq, rs, &token);
	return res_goto(rs, next);
}
