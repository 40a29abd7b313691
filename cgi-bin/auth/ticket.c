/*
 * GET, POST /invite/:ticket and /reset/:ticket - who has the link sets the
 * password.
 *
 * A link that is wrong, was used or is over is one and the same answer.
 */
#include <string.h>

#include "cgi-bin/auth/people.h"
#include "query.h"
#include "trust/policy.h"

struct ticket {
	struct bytes secret, salt;
	const char *email, *name, *tenant;
	int64_t least; /* characters of the password */
};

/* The address of whose link it is. */
static struct err *
read_email(struct ticket *t, struct req *rq, const struct rows *r)
{
	struct address sealed = { rows_int(r, 0, PEOPLE_TICKET_TAKE_USER_ID),
		rows_bytes(r, 0, PEOPLE_TICKET_TAKE_ADDRESS) };
	struct seal_key *k;
	struct err *e;

	if ((e = address_key_at(&k, req_auth_db(rq), rq->arena,
		 req_conf(rq)->master_key,
		 (int32_t)rows_int(r, 0, PEOPLE_TICKET_TAKE_TENANT_ID))) !=
		NULL ||
	    (e = address_open(&t->email, rq->arena, k, &sealed)) != NULL)
		return err_pass(e);
	return NULL;
}

static struct err *
look(struct ticket *t, struct req *rq, const char *kind)
{
	struct rows *r = NULL;
	struct err *e;

	if (token_read(&t->secret, rq->arena, req_param(rq, "ticket")) &&
	    (e = db_call(&r, req_auth_db(rq), rq->arena, &q_people_ticket_take,
		 ARGS(A(t->secret)))) != NULL)
		return err_pass(e);
	if (r == NULL || rows_count(r) == 0 ||
	    strcmp(rows_text(r, 0, PEOPLE_TICKET_TAKE_KIND), kind) != 0)
		return err_raise(ERR_MISSING,
		    "This link is not valid any more; ask for a new one.",
		    "no such ticket");
	t->name = rows_text(r, 0, PEOPLE_TICKET_TAKE_NAME);
	t->tenant = rows_text(r, 0, PEOPLE_TICKET_TAKE_TENANT_NAME);
	t->salt = rows_bytes(r, 0, PEOPLE_TICKET_TAKE_SALT);
	if ((e = read_email(t, rq, r)) != NULL ||
	    (e = db_call(&r, req_auth_db(rq), rq->arena, &q_people_ticket_least,
		 ARGS(A(t->secret)))) != NULL)
		return err_pass(e);
	t->least = rows_int(r, 0, PEOPLE_TICKET_LEAST_CHARACTERS);
	return NULL;
}

static struct err *
show(struct req *rq, struct res *rs, const struct ticket *t, const char *kind,
    const char *error)
{
	bool invited = strcmp(kind, "invite") == 0;

	visitor_know(rq, rs);
	view_text(rs->view, "Page.Title",
	    invited ? "Welcome" : "A new password");
	view_int(rs->view, "Ticket.Invited", invited);
	view_text(rs->view, "Ticket.Path", rq->path);
	view_text(rs->view, "Ticket.Email", t->email);
	view_text(rs->view, "Ticket.Name", t->name);
	view_text(rs->view, "Ticket.Tenant", t->tenant);
	view_int(rs->view, "Ticket.Least", t->least);
	view_text(rs->view, "Ticket.Error", error);
	return res_page(rq, rs, "ticket.cs");
}

static struct err *
page(struct req *rq, struct res *rs, const char *kind)
{
	struct ticket t;
	struct err *e;

	if ((e = look(&t, rq, kind)) != NULL)
		return err_pass(e);
	return show(rq, rs, &t, kind, "");
}

/* What is wrong with the form, a sentence; "": nothing. */
static const char *
fault(struct req *rq, const struct ticket *t, const char **password)
{
	const struct chooser whose = { t->email, t->name, t->least };
	const char *again = typed(rq, "again");
	struct err *e;

	*password = typed(rq, "password");
	if (*password == NULL)
		return "password: choose one.";
	if (again == NULL || strcmp(*password, again) != 0)
		return "again: the two passwords are not the same.";
	if ((e = policy_check(*password, &whose)) != NULL)
		return arena_text(rq->arena, e->say);
	return "";
}

static struct err *
spend(struct req *rq, struct res *rs, const char *kind)
{
	const char *password, *wrong;
	unsigned char proof[PROOF_BYTES];
	struct bytes verifier;
	struct ticket t;
	struct rows *r;
	struct err *e;

	if ((e = look(&t, rq, kind)) != NULL)
		return err_pass(e);
	if (*(wrong = fault(rq, &t, &password)) != 0) {
		rs->status = 422;
		return show(rq, rs, &t, kind, wrong);
	}
	if ((e = password_proof(proof, password, t.salt,
		 req_conf(rq)->lock_dir)) != NULL)
		return err_pass(e);
	verifier =
	    people_verifier(rq->arena, (struct bytes){ proof, sizeof(proof) });
	if ((e = db_call(&r, req_auth_db(rq), rq->arena, &q_people_ticket_spend,
		 ARGS(A(t.secret), A(verifier)))) != NULL)
		return err_pass(e);
	if (!rows_bool(r, 0, PEOPLE_TICKET_SPEND_OK))
		return err_raise(ERR_MISSING,
		    "This link is not valid any more; ask for a new one.",
		    "spent meanwhile");
	return res_goto(rs, "/login?done=password");
}

struct err *
auth_invite(struct req *rq, struct res *rs)
{
	return page(rq, rs, "invite");
}

struct err *
auth_invite_post(struct req *rq, struct res *rs)
{
	return spend(rq, rs, "invite");
}

struct err *
auth_reset(struct req *rq, struct res *rs)
{
	return page(rq, rs, "reset");
}

struct err *
auth_reset_post(struct req *rq, struct res *rs)
{
	return spend(rq, rs, "reset");
}
