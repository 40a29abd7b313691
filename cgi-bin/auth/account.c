/*
 * GET /account, POST /account/password, POST /account/sessions/:id/end and
 * /account/programs/:id/end - what one's account is, its password, where one is
 * signed in, and which programs are.
 */
#include <string.h>

#include "base/clock.h"
#include "base/env.h"
#include "base/zone.h"
#include "cgi-bin/auth/people.h"
#include "query.h"
#include "trust/policy.h"

static const char *const done[][2] = {
	{ "password", "Your new password counts from now on. Everything else "
		      "that was signed in as you has ended." },
	{ "removed", "The second factor is removed." },
	{ "ended", "Ended." },
};

/* What a program says of itself, and how people call it. */
static const char *const browsers[][2] = {
	{ "Edg/", "Edge" },
	{ "OPR/", "Opera" },
	{ "Firefox/", "Firefox" },
	{ "Chrome/", "Chrome" },
	{ "Safari/", "Safari" },
};
static const char *const systems[][2] = {
	{ "Android", "Android" },
	{ "iPhone", "iPhone" },
	{ "iPad", "iPad" },
	{ "Windows", "Windows" },
	{ "Mac OS X", "macOS" },
	{ "Linux", "Linux" },
};

static const char *
word_in(const char *const words[][2], size_t n, const char *text)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strstr(text, words[i][0]) != NULL)
			return words[i][1];
	return NULL;
}

/* "Firefox on Linux" */
static const char *
program_of(struct arena *a, const char *agent)
{
	const char *browser =
	    word_in(browsers, sizeof(browsers) / sizeof(*browsers), agent);
	const char *system =
	    word_in(systems, sizeof(systems) / sizeof(*systems), agent);

	if (browser == NULL)
		return "Another program";
	if (system == NULL)
		return browser;
	return arena_printf(a, "%s on %s", browser, system);
}

static struct err *
state_sessions(struct req *rq, struct view *view)
{
	int64_t now = env_now();
	struct rows *r;
	struct err *e;
	int i;

	if ((e = tx_rows(&r, rq->tx, &q_people_sessions, NO_ARGS)) != NULL)
		return err_pass(e);
	for (i = 0; i < rows_count(r); i++) {
		struct view *v = view_row(view, "Sessions");
		int64_t seen = rows_time(r, i, PEOPLE_SESSIONS_SEEN_AT);

		view_int(v, "Id", rows_int(r, i, PEOPLE_SESSIONS_SESSION_ID));
		view_text(v, "Program",
		    program_of(rq->arena,
			rows_text(r, i, PEOPLE_SESSIONS_AGENT)));
		view_text(v, "Addr", rows_text(r, i, PEOPLE_SESSIONS_ADDR));
		view_text(v, "Since",
		    zone_text(rq->arena, "%-d %b %H:%M UTC",
			rows_time(r, i, PEOPLE_SESSIONS_CREATED_AT)));
		view_text(v, "Seen", clock_iso(rq->arena, seen));
		view_text(v, "Age",
		    clock_age(rq->arena, now > seen ? now - seen : 0));
		if (rows_bool(r, i, PEOPLE_SESSIONS_THIS))
			view_int(v, "This", 1);
		else
			view_int(view, "Account.Others", 1);
	}
	return NULL;
}

static struct err *
state_programs(struct req *rq, struct view *view)
{
	int64_t now = env_now();
	struct rows *r;
	struct err *e;
	int i;

	if ((e = tx_rows(&r, rq->tx, &q_people_programs, NO_ARGS)) != NULL)
		return err_pass(e);
	for (i = 0; i < rows_count(r); i++) {
		struct view *v = view_row(view, "Programs");
		int64_t seen = rows_time(r, i, PEOPLE_PROGRAMS_TURNED_AT);

		view_int(v, "Id", rows_int(r, i, PEOPLE_PROGRAMS_FAMILY_ID));
		view_text(v, "Since",
		    zone_text(rq->arena, "%-d %b %H:%M UTC",
			rows_time(r, i, PEOPLE_PROGRAMS_CREATED_AT)));
		view_text(v, "Seen", clock_iso(rq->arena, seen));
		view_text(v, "Age",
		    clock_age(rq->arena, now > seen ? now - seen : 0));
		view_text(v, "Till",
		    zone_text(rq->arena, "%-d %b %H:%M UTC",
			rows_time(r, i, PEOPLE_PROGRAMS_EXPIRES_AT)));
		view_int(view, "Account.Others", 1);
	}
	return NULL;
}

static struct err *
state_factor(struct req *rq, struct view *v, const struct account *a,
    const char *email)
{
	struct bytes secret;
	struct err *e;

	view_text(v, "Factor.State",
	    a->confirmed      ? "on"
	    : a->sealed.n > 0 ? "begun"
			      : "off");
	view_int(v, "Factor.Codes", a->codes);
	if (a->confirmed || a->sealed.n == 0)
		return NULL;
	if ((e = account_secret(&secret, rq, a)) != NULL ||
	    (e = factor_show(v, rq->arena, secret, email)) != NULL)
		return err_pass(e);
	return NULL;
}

/* How long a password of the tenant must be. */
static struct err *
least_of(int64_t *least, struct req *rq)
{
	struct rows *r;
	struct err *e;

	if ((e = tx_rows(&r, rq->tx, &q_people_least, NO_ARGS)) != NULL)
		return err_pass(e);
	*least = rows_int(r, 0, PEOPLE_LEAST_CHARACTERS);
	return NULL;
}

static struct err *
show(struct req *rq, struct res *rs)
{
	const char *email;
	struct account a;
	struct err *e;
	int64_t least;

	zone_use("UTC");
	if ((e = account_read(&a, rq)) != NULL ||
	    (e = account_email(&email, rq, &a)) != NULL ||
	    (e = least_of(&least, rq)) != NULL ||
	    (e = state_factor(rq, rs->view, &a, email)) != NULL ||
	    (e = state_sessions(rq, rs->view)) != NULL ||
	    (e = state_programs(rq, rs->view)) != NULL)
		return err_pass(e);
	view_text(rs->view, "Page.Title", "Your account");
	view_text(rs->view, "Page.Nav", "account");
	view_text(rs->view, "Account.Email", email);
	view_int(rs->view, "Account.Least", least);
	return res_page(rq, rs, "account.cs");
}

struct err *
account_again(struct req *rq, struct res *rs, const char *form,
    const char *problem)
{
	rs->status = 422;
	view_text(rs->view, "Account.Form", form);
	view_text(rs->view, "Account.Problem", problem);
	return show(rq, rs);
}

struct err *
auth_account(struct req *rq, struct res *rs)
{
	const char *what = req_query(rq, "done"), *text = NULL;

	if (what != NULL)
		text = word_in(done, sizeof(done) / sizeof(*done), what);
	view_text(rs->view, "Account.Done", text != NULL ? text : "");
	return show(rq, rs);
}

/* What is wrong with the form, a sentence; "": nothing. */
static const char *
fault(struct req *rq, const struct chooser *whose)
{
	const char *fresh = typed(rq, "password"), *again = typed(rq, "again");
	struct err *e;

	if (typed(rq, "old") == NULL)
		return "old: your present password is needed.";
	if (fresh == NULL)
		return "password: choose a new one.";
	if (again == NULL || strcmp(fresh, again) != 0)
		return "again: the two new passwords are not the same.";
	if ((e = policy_check(fresh, whose)) != NULL)
		return arena_text(rq->arena, e->say);
	return "";
}

struct err *
auth_password(struct req *rq, struct res *rs)
{
	struct chooser whose = { .name = rq->who.name };
	struct bytes old, fresh;
	const char *wrong;
	struct account a;
	struct rows *r;
	struct err *e;

	if ((e = account_read(&a, rq)) != NULL ||
	    (e = account_email(&whose.address, rq, &a)) != NULL ||
	    (e = least_of(&whose.least, rq)) != NULL)
		return err_pass(e);
	if (*(wrong = fault(rq, &whose)) != 0)
		return account_again(rq, rs, "password", wrong);
	if ((e = req_leave(rq)) != NULL ||
	    (e = people_proof(&old, rq, a.index, typed(rq, "old"))) != NULL ||
	    (e = people_proof(&fresh, rq, a.index, typed(rq, "password"))) !=
		NULL ||
	    (e = req_enter(rq, TX_WRITE)) != NULL ||
	    (e = tx_rows(&r, rq->tx, &q_people_password_set,
		 ARGS(A(old), A(people_verifier(rq->arena, fresh))))) != NULL)
		return err_pass(e);
	if (!rows_bool(r, 0, PEOPLE_PASSWORD_SET_OK)) {
		req_refused_session(rq, rq->session);
		return account_again(rq, rs, "password",
		    "old: that is not your present password, or too many "
		    "tries were made; wait a moment.");
	}
	return res_goto(rs, "/account?done=password");
}

/* The number in the address; 0: it is none. */
static int64_t
number(const char *s)
{
	int64_t n = 0;

	for (; *s >= '0' && *s <= '9' && n < INT64_MAX / 100; s++)
		n = n * 10 + (*s - '0');
	return *s == 0 ? n : 0;
}

static struct err *
end(struct req *rq, struct res *rs, const struct stmt *s, int64_t n)
{
	struct rows *r;
	struct err *e;

	if ((e = tx_rows(&r, rq->tx, s, ARGS(A((long)n)))) != NULL)
		return err_pass(e);
	if (!rows_bool(r, 0, 0))
		return err_raise(ERR_MISSING, "There is no such session.",
		    "session %lld", (long long)n);
	return res_goto(rs, "/account?done=ended");
}

/* "others" ends all but this one. */
struct err *
auth_session_end(struct req *rq, struct res *rs)
{
	const char *id = req_param(rq, "id");

	if (strcmp(id, "others") == 0)
		return end(rq, rs, &q_people_sessions_end, rq->who.user);
	return end(rq, rs, &q_people_session_end, number(id));
}

struct err *
auth_program_end(struct req *rq, struct res *rs)
{
	return end(rq, rs, &q_people_program_end, number(req_param(rq, "id")));
}
