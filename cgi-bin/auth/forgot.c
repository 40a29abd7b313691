/*
 * GET, POST /forgot - how to come by a new password.
 *
 * Whether anybody has the address that is typed is not to be seen: the answer
 * is the same, and the mail is made by the worker, later.
 */
#include <string.h>

#include "cgi-bin/auth/people.h"
#include "query.h"

static struct err *
show(struct req *rq, struct res *rs, const char *error)
{
	const char *done = req_query(rq, "done");

	visitor_know(rq, rs);
	view_text(rs->view, "Page.Title", "Password forgotten");
	view_int(rs->view, "Forgot.Mail", *req_conf(rq)->smtp != 0);
	view_int(rs->view, "Forgot.Done", done != NULL);
	view_text(rs->view, "Forgot.Error", error);
	return res_page(rq, rs, "forgot.cs");
}

struct err *
auth_forgot(struct req *rq, struct res *rs)
{
	return show(rq, rs, "");
}

struct err *
auth_forgot_post(struct req *rq, struct res *rs)
{
	const char *email = typed(rq, "email"), *index;
	struct rows *r;
	struct err *e;

	if (*req_conf(rq)->smtp == 0)
		return res_goto(rs, "/forgot");
	if (email == NULL || strchr(email, '@') == NULL) {
		rs->status = 422;
		return show(rq, rs, "email: give an address.");
	}
	if ((e = people_index(&index, rq, email)) != NULL ||
	    (e = db_call(&r, req_auth_db(rq), rq->arena, &q_mail_forgot,
		 ARGS(A(index)))) != NULL)
		return err_pass(e);
	return res_goto(rs, "/forgot?done=1");
}
