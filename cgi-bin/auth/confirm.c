/*
 * GET /confirm, POST /confirm - the password once more before a dangerous act.
 * For some minutes such acts are allowed then; the cookie is another.  Who
 * came by a provider may show that one again who he is.
 */
#include "cgi-bin/auth/people.h"
#include "query.h"

/* What the page says of the person, while it can be read. */
static struct err *
state(struct account *a, struct req *rq, struct res *rs, const char *next)
{
	const char *email;
	struct rows *r;
	struct err *e;

	if ((e = account_read(a, rq)) != NULL ||
	    (e = account_email(&email, rq, a)) != NULL ||
	    (e = tx_rows(&r, rq->tx, &q_oidc_own, NO_ARGS)) != NULL)
		return err_pass(e);
	view_text(rs->view, "Login.Email", email);
	if (rows_count(r) == 0)
		return NULL;
	view_text(rs->view, "Provider.Name", rows_text(r, 0, OIDC_OWN_NAME));
	view_text(rs->view, "Provider.Href",
	    arena_printf(rq->arena, "/oidc/%s?again=1&next=%s",
		path_quoted(rq->arena, rows_text(r, 0, OIDC_OWN_SLUG)),
		path_quoted(rq->arena, next)));
	return NULL;
}

static struct err *
show(struct req *rq, struct res *rs, const char *next, const char *error)
{
	view_text(rs->view, "Page.Title", "Confirm it is you");
	view_text(rs->view, "Login.Next", next);
	view_text(rs->view, "Login.Error", error);
	return res_page(rq, rs, "confirm.cs");
}

struct err *
auth_confirm(struct req *rq, struct res *rs)
{
	const char *next = path_local(req_query(rq, "next"));
	struct account a;
	struct err *e;

	if ((e = state(&a, rq, rs, next)) != NULL)
		return err_pass(e);
	return show(rq, rs, next, "");
}

struct err *
auth_confirm_post(struct req *rq, struct res *rs)
{
	const char *next = path_local(req_form(rq, "next"));
	const char *password = typed(rq, "password");
	struct bytes token = token_new(rq->arena), proof;
	struct account a;
	struct rows *r;
	struct err *e;

	if (password == NULL)
		return err_raise(ERR_INPUT, "password: it is needed.",
		    "confirm form");
	if ((e = state(&a, rq, rs, next)) != NULL ||
	    (e = req_leave(rq)) != NULL ||
	    (e = people_proof(&proof, rq, a.index, password)) != NULL ||
	    (e = db_call(&r, req_auth_db(rq), rq->arena, &q_people_confirm_pass,
		 ARGS(A(rq->session), A(proof),
		     A(token_hash(rq->arena, token))))) != NULL)
		return err_pass(e);
	if (!rows_bool(r, 0, PEOPLE_CONFIRM_PASS_OK)) {
		rs->status = 401;
		req_refused_session(rq, rq->session);
		return show(rq, rs, next,
		    "That is not your password, or too many tries were made; "
		    "wait a moment and try again.");
	}
	res_session(rq, rs, &token);
	return res_goto(rs, next);
}
