/*
 * GET /login, POST /login, POST /logout - the session cookie comes and goes.
 *
 * A visitor has a cookie before signing in, too: it ties the form to the
 * browser that asked for it.  Signing in replaces it.
 */
#include <string.h>

#include "base/utf8.h"
#include "cgi-bin/auth/people.h"
#include "query.h"

enum { AGENT_MAX = 200, BETWEEN = 0x1f };

/* What the database says to an address's index and a proof. */
struct answer {
	bool in;
	bool code; /* a second factor is due */
	int32_t *tenants;
	size_t n; /* tenants in which the proof fits, when it is not one */
	const char *names;
};

static const char *const done[][2] = {
	{ "password", "Your password is set. Sign in with it." },
	{ "ended", "You are signed out." },
};

static const char *
done_text(const struct req *rq)
{
	const char *what = req_query(rq, "done");
	size_t i;

	for (i = 0; what != NULL && i < sizeof(done) / sizeof(*done); i++)
		if (strcmp(what, done[i][0]) == 0)
			return done[i][1];
	return "";
}

struct err *
login_page(struct req *rq, struct res *rs, const struct login *l)
{
	const char *next = l->next != NULL ? l->next : "";

	view_text(rs->view, "Page.Title", "Sign in");
	view_text(rs->view, "Login.Email", l->email != NULL ? l->email : "");
	view_text(rs->view, "Login.Next", next);
	view_text(rs->view, "Login.Error", l->error != NULL ? l->error : "");
	view_text(rs->view, "Login.Done", done_text(rq));
	if (l->provider != NULL) {
		view_text(rs->view, "Provider.Name", l->provider);
		view_text(rs->view, "Provider.Href",
		    arena_printf(rq->arena, "/oidc/%s?next=%s",
			path_quoted(rq->arena, l->slug),
			path_quoted(rq->arena, next)));
	}
	return res_page(rq, rs, "login.cs");
}

static struct err *
show(struct req *rq, struct res *rs, const char *email, const char *next,
    const char *error)
{
	struct err *e = login_page(rq, rs,
	    &(struct login){ .email = email, .next = next, .error = error });

	return e != NULL ? err_pass(e) : NULL;
}

/* On from here, to another step of the sign-in. */
static struct err *
go_on(struct req *rq, struct res *rs, const char *step, const char *next)
{
	return res_goto(rs, arena_printf(rq->arena, "%s?next=%s", step,
				path_quoted(rq->arena, next)));
}

/*
 * With ?tenant= also by its provider.  Whoever does not know what the tenant
 * is called learns nothing, and a tenant without one looks like none.
 */
struct err *
auth_login(struct req *rq, struct res *rs)
{
	struct login l = { .next = path_local(req_query(rq, "next")),
		.slug = req_query(rq, "tenant") };
	struct rows *r;
	struct err *e;
	bool due;

	if ((e = setup_is_due(&due, rq, rq->session)) != NULL)
		return err_pass(e);
	if (due)
		return go_on(rq, rs, "/login/factor", l.next);
	visitor_know(rq, rs);
	if (l.slug != NULL) {
		if ((e = db_call(&r, req_auth_db(rq), rq->arena, &q_oidc_at,
			 ARGS(A(l.slug)))) != NULL)
			return err_pass(e);
		if (rows_count(r) > 0)
			l.provider = rows_text(r, 0, OIDC_AT_NAME);
	}
	return login_page(rq, rs, &l);
}

const char *
agent_of(struct req *rq)
{
	const char *s = req_header(rq, "User-Agent");
	size_t n = strlen(s);

	if (!utf8_valid(s))
		return "";
	if (n > AGENT_MAX)
		n = utf8_whole(s, AGENT_MAX);
	return arena_copy(rq->arena, s, n);
}

/* The tenant that was chosen, when there was a choice. */
static struct err *
tenant_of(struct arg *out, const struct req *rq)
{
	const char *s = typed(rq, "tenant");
	int64_t n = 0;

	*out = arg_null();
	if (s == NULL)
		return NULL;
	for (; *s >= '0' && *s <= '9' && n < INT32_MAX / 10; s++)
		n = n * 10 + (*s - '0');
	if (*s != 0)
		return err_raise(ERR_INPUT, "tenant: choose one of the list.",
		    "tenant");
	*out = arg_i32((int)n);
	return NULL;
}

static struct err *
sign_in(struct answer *to, struct req *rq, const char *index,
    const char *password, struct bytes token)
{
	struct bytes proof;
	struct arg tenant;
	struct rows *r;
	struct err *e;

	if ((e = tenant_of(&tenant, rq)) != NULL ||
	    (e = people_proof(&proof, rq, index, password)) != NULL ||
	    (e = db_call(&r, req_auth_db(rq), rq->arena, &q_people_login_finish,
		 ARGS(A(index), A(proof), A(token_hash(rq->arena, token)),
		     tenant, A(req_remote(rq)), A(agent_of(rq))))) != NULL)
		return err_pass(e);
	to->in = rows_bool(r, 0, PEOPLE_LOGIN_FINISH_OK);
	to->code =
	    strcmp(rows_text(r, 0, PEOPLE_LOGIN_FINISH_STAGE), "code") == 0;
	to->n = rows_ints(&to->tenants, r, 0, PEOPLE_LOGIN_FINISH_TENANTS);
	to->names = rows_text(r, 0, PEOPLE_LOGIN_FINISH_NAMES);
	return NULL;
}

/* The password was right, and fits in several tenants. */
static struct err *
choose(struct req *rq, struct res *rs, const struct answer *got,
    const char *email, const char *next)
{
	const char *name = got->names;
	size_t i;

	for (i = 0; i < got->n; i++) {
		struct view *v = view_row(rs->view, "Tenants");
		size_t n = strcspn(name, (char[]){ BETWEEN, 0 });

		view_int(v, "Id", got->tenants[i]);
		view_text(v, "Name", arena_copy(rq->arena, name, n));
		name += n + (name[n] != 0);
	}
	return show(rq, rs, email, next, "");
}

struct err *
auth_login_post(struct req *rq, struct res *rs)
{
	const char *email = typed(rq, "email");
	const char *password = typed(rq, "password");
	const char *next = path_local(req_form(rq, "next")), *index;
	struct bytes token = token_new(rq->arena);
	struct answer got = { 0 };
	struct err *e;
	bool due;

	if (email == NULL || password == NULL)
		return err_raise(ERR_INPUT,
		    "email and password: both are needed.", "login form");
	if ((e = people_index(&index, rq, email)) != NULL ||
	    (e = sign_in(&got, rq, index, password, token)) != NULL)
		return err_pass(e);
	if (!got.in && got.n > 1)
		return choose(rq, rs, &got, email, next);
	if (!got.in) {
		rs->status = 401;
		req_refused(rq, index);
		return show(rq, rs, email, next,
		    "That e-mail and password do not match, or too many "
		    "tries were made; wait a moment and try again.");
	}
	if ((e = setup_is_due(&due, rq, token)) != NULL)
		return err_pass(e);
	res_session(rq, rs, &token);
	if (due)
		return go_on(rq, rs, "/login/factor", next);
	if (got.code)
		return go_on(rq, rs, "/login/code", next);
	return res_goto(rs, next);
}

struct err *
auth_logout(struct req *rq, struct res *rs)
{
	struct rows *r;
	struct err *e;

	if ((e = db_call(&r, req_auth_db(rq), rq->arena, &q_people_logout,
		 ARGS(A(rq->session)))) != NULL)
		return err_pass(e);
	res_session(rq, rs, NULL);
	res_header(rs, "Clear-Site-Data", "\"cache\"");
	return res_goto(rs, "/login");
}
