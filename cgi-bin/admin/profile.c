/*
 * GET /admin/profiles - the device profiles that a tenant keeps; the form for
 * one more may be filled in by the query.  POST there adds a version, as JSON
 * or out of another's register map.
 */
#include <string.h>

#include "base/clock.h"
#include "base/env.h"
#include "cgi-bin/admin/pasted.h"
#include "cgi-bin/admin/routes.h"
#include "model/profile.h"
#include "query.h"

enum { LIST_MAX = 500 };

static void
state_profile(struct view *v, struct arena *a, const struct rows *r, int i)
{
	view_text(v, "Href",
	    arena_printf(a, "/admin/profile?id=%s&version=%s",
		rows_text(r, i, PROFILE_LIST_ID),
		rows_text(r, i, PROFILE_LIST_VERSION)));
	view_text(v, "Id", rows_text(r, i, PROFILE_LIST_ID));
	view_text(v, "Version", rows_text(r, i, PROFILE_LIST_VERSION));
	view_text(v, "Vendor", rows_text(r, i, PROFILE_LIST_VENDOR));
	view_text(v, "Model", rows_text(r, i, PROFILE_LIST_MODEL));
	view_int(v, "Points", rows_int(r, i, PROFILE_LIST_POINTS));
	view_int(v, "Devices", rows_int(r, i, PROFILE_LIST_DEVICES));
	view_text(v, "Age",
	    clock_age(a, env_now() - rows_time(r, i, PROFILE_LIST_MADE_AT)));
}

static struct err *
show_list(struct req *rq, struct res *rs, const char *error)
{
	struct rows *r;
	struct err *e;
	int i;

	if ((e = tx_rows(&r, rq->tx, &q_profile_list,
		 ARGS(A((int)rq->who.tenant), A(LIST_MAX)))) != NULL)
		return err_pass(e);
	for (i = 0; i < rows_count(r); i++)
		state_profile(view_row(rs->view, "Profiles"), rq->arena, r, i);
	pasted_state(rs->view, rq);
	view_text(rs->view, "Error", error);
	view_text(rs->view, "Page.Title", "Device profiles");
	return res_page(rq, rs, "profiles.cs");
}

struct err *
admin_profiles(struct req *rq, struct res *rs)
{
	return show_list(rq, rs, "");
}

struct err *
admin_profile_add(struct req *rq, struct res *rs)
{
	const char *json, *notes;
	struct profile *p;
	struct rows *r;
	struct err *e;

	if ((e = pasted_read(&json, &notes, rq)) != NULL ||
	    (e = profile_parse(&p, rq->arena, json, strlen(json))) != NULL ||
	    (e = profile_own_check(rq->arena, req_conf(rq)->profiles, p)) !=
		NULL) {
		if (e->kind != ERR_INPUT && e->kind != ERR_TOO_BIG &&
		    e->kind != ERR_CONFLICT)
			return err_pass(e);
		rs->status = err_status(e->kind);
		return show_list(rq, rs,
		    arena_printf(rq->arena, "%s %s", e->say, e->why));
	}
	if ((e = tx_rows(&r, rq->tx, &q_profile_put,
		 ARGS(A(p->id), A(p->version), A(json), A(notes)))) != NULL)
		return err_pass(e);
	return res_goto(rs,
	    arena_printf(rq->arena, "/admin/profile?id=%s&version=%s", p->id,
		p->version));
}
