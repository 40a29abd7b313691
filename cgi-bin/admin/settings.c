/*
 * GET /admin/settings, POST /admin/settings/{security,signin,cors} - how long
 * sessions last, what is asked of who signs in, and which sites' scripts may
 * read the tenant's answers.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cgi-bin/admin/routes.h"
#include "query.h"

enum { ORIGINS_MAX = 51, NUMBER_MAX = 100000 };

static struct err *
state_signin(struct req *rq, struct view *v)
{
	struct rows *r;
	struct err *e;

	if ((e = tx_rows(&r, rq->tx, &q_settings_signin, NO_ARGS)) != NULL)
		return err_pass(e);
	view_int(v, "Settings.Least", rows_int(r, 0, SETTINGS_SIGNIN_SHORTEST));
	view_text(v, "Settings.Factor",
	    rows_text(r, 0, SETTINGS_SIGNIN_FACTOR_FOR));
	return NULL;
}

struct err *
admin_settings(struct req *rq, struct res *rs)
{
	struct rows *r;
	struct err *e;

	if ((e = tx_rows(&r, rq->tx, &q_settings_show, NO_ARGS)) != NULL ||
	    (e = state_signin(rq, rs->view)) != NULL)
		return err_pass(e);
	view_text(rs->view, "Page.Title", "Settings");
	view_int(rs->view, "Settings.Idle",
	    rows_int(r, 0, SETTINGS_SHOW_IDLE_MIN));
	view_int(rs->view, "Settings.Absolute",
	    rows_int(r, 0, SETTINGS_SHOW_ABSOLUTE_H));
	view_text(rs->view, "Settings.Origins",
	    rows_text(r, 0, SETTINGS_SHOW_ORIGINS));
	view_int(rs->view, "Settings.Saved", req_query(rq, "saved") != NULL);
	return res_page(rq, rs, "settings.cs");
}

static struct err *
number(int *out, const struct req *rq, const char *name)
{
	const char *s = req_typed(rq, name);
	char *end;
	long v;

	errno = 0;
	v = strtol(s, &end, 10);
	if (*s == 0 || *end != 0 || errno != 0 || v < 0 || v > NUMBER_MAX)
		return err_say(err_raise(ERR_INPUT, "", "%s", name),
		    "%s: a whole number is needed.", name);
	*out = (int)v;
	return NULL;
}

struct err *
admin_settings_security(struct req *rq, struct res *rs)
{
	int idle, absolute;
	struct rows *r;
	struct err *e;

	if ((e = number(&idle, rq, "idle")) != NULL ||
	    (e = number(&absolute, rq, "absolute")) != NULL ||
	    (e = tx_rows(&r, rq->tx, &q_settings_sessions,
		 ARGS(A(idle), A(absolute)))) != NULL ||
	    (e = res_goto(rs, "/admin/settings?saved=1")) != NULL)
		return err_pass(e);
	return NULL;
}

struct err *
admin_settings_signin(struct req *rq, struct res *rs)
{
	struct rows *r;
	struct err *e;
	int least;

	if ((e = number(&least, rq, "least")) != NULL ||
	    (e = tx_rows(&r, rq->tx, &q_settings_signin_put,
		 ARGS(A(least), A(req_typed(rq, "factor"))))) != NULL ||
	    (e = res_goto(rs, "/admin/settings?saved=1")) != NULL)
		return err_pass(e);
	return NULL;
}

/* The lines of the text that are not empty; one more than may be is enough. */
static size_t
lines(const char **v, struct arena *a, const char *text)
{
	static const char between[] = " \t\r\n,";
	size_t n = 0, length;

	for (text += strspn(text, between); *text != 0 && n < ORIGINS_MAX;
	     text += strspn(text, between)) {
		length = strcspn(text, between);
		v[n++] = arena_copy(a, text, length);
		text += length;
	}
	return n;
}

struct err *
admin_settings_cors(struct req *rq, struct res *rs)
{
	const char *origin[ORIGINS_MAX];
	size_t n = lines(origin, rq->arena, req_typed(rq, "origins"));
	struct rows *r;
	struct err *e;

	if ((e = tx_rows(&r, rq->tx, &q_settings_cors,
		 ARGS(arr_text(rq->arena, origin, n)))) != NULL ||
	    (e = res_goto(rs, "/admin/settings?saved=1")) != NULL)
		return err_pass(e);
	return NULL;
}
