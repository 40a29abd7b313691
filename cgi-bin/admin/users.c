/*
 * GET /admin/users?find= - a tenant's people and what they hold.
 * POST /admin/invitations - one more, or a new link for one who has not come;
 * it goes by mail, or else the answer shows it, once.
 * POST /admin/users/:id/{roles,suspend,resume,sessions,factor,remove}
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/env.h"
#include "base/zone.h"
#include "cgi-bin/admin/routes.h"
#include "model/member.h"
#include "model/role.h"
#include "query.h"

enum { TYPED_MAX = 256, FAILURES_MAX = 5 };

/* What a mail was about, in the words of the page. */
static const char *const mails[][2] = {
	{ "invite", "an invitation" },
	{ "reset", "a link for a new password" },
	{ "security", "a notice about signing in" },
	{ "expiry", "a notice about keys that end" },
	{ "quota", "a notice about a quota" },
};

/* The form for an invitation, as it was sent. */
struct asked {
	const char *email, *name, *place;
	int32_t role;
	const char *error;
};

/* ---- reading ---- */

static bool
number(int64_t *out, const char *s, char end)
{
	char *rest;

	if (s == NULL || *s < '0' || *s > '9')
		return false;
	errno = 0;
	*out = strtoll(s, &rest, 10);
	return errno == 0 && *rest == end;
}

static struct err *
id_of(int64_t *id, const struct req *rq)
{
	if (!number(id, req_param(rq, "id"), 0))
		return err_raise(ERR_MISSING, "There is no such person.", "id");
	return NULL;
}

/* ---- showing ---- */

static void
show_grant(struct view *v, struct arena *a, const struct grant *g)
{
	view_text(v, "Value",
	    arena_printf(a, "%d.%d", (int)g->role, (int)g->asset));
	view_text(v, "Role", g->role_name);
	view_text(v, "Place",
	    *g->place != 0  ? g->place
	    : g->asset != 0 ? "a place that is gone"
			    : "");
}

static void
show_member(struct view *v, const struct req *rq, const struct member *m)
{
	const struct who *w = &rq->who;
	bool invited = !m->has_password && m->seen == 0;
	size_t i;

	view_int(v, "Id", m->id);
	view_text(v, "Name", m->name);
	view_text(v, "Email", m->email);
	view_text(v, "State",
	    m->suspended ? "offline"
	    : invited	 ? "never"
			 : "online");
	view_text(v, "StateText",
	    m->suspended ? "suspended"
	    : invited	 ? "invited"
			 : "active");
	view_int(v, "Suspended", m->suspended);
	view_int(v, "Invited", invited);
	if (m->seen != 0)
		view_text(v, "Seen", clock_age(rq->arena, env_now() - m->seen));
	view_int(v, "Self", m->id == w->user);
	view_int(v, "Manage",
	    can_has(w->wide, CAN_USERS_WRITE) && (m->held & ~w->wide) == 0);
	for (i = 0; i < m->n; i++)
		show_grant(view_row(v, "Grants"), rq->arena, &m->grants[i]);
}

/* The roles that one may give, and where. */
static struct err *
show_choices(struct req *rq, struct res *rs, const struct asked *form)
{
	struct places places;
	struct roles roles;
	struct err *e;
	size_t i;

	if ((e = roles_load(&roles, rq->tx)) != NULL ||
	    (e = places_load(&places, rq->tx)) != NULL)
		return err_pass(e);
	for (i = 0; i < roles.n; i++) {
		struct view *v;

		if ((roles.v[i].can & ~rq->who.wide) != 0)
			continue;
		v = view_row(rs->view, "Roles");
		view_int(v, "Id", roles.v[i].id);
		view_text(v, "Name", roles.v[i].name);
		view_int(v, "Chosen", roles.v[i].id == form->role);
	}
	for (i = 0; i < places.n; i++) {
		struct view *v = view_row(rs->view, "Places");

		view_text(v, "Key", places.v[i].key);
		view_text(v, "Text",
		    arena_printf(rq->arena, "%s, %s", places.v[i].name,
			places.v[i].site));
	}
	return NULL;
}

static struct address_keys
keys_of(const struct req *rq)
{
	return (struct address_keys){ req_conf(rq)->master_key,
		req_conf(rq)->index_key };
}

static const char *
mail_name(const char *kind)
{
	size_t i;

	for (i = 0; i < sizeof(mails) / sizeof(*mails); i++)
		if (strcmp(mails[i][0], kind) == 0)
			return mails[i][1];
	return kind;
}

/* What could not be sent. */
static struct err *
show_failures(struct req *rq, struct res *rs)
{
	struct rows *r;
	struct err *e;
	int i;

	if ((e = tx_rows(&r, rq->tx, &q_mail_failures,
		 ARGS(A((int)rq->who.tenant), A(FAILURES_MAX)))) != NULL)
		return err_pass(e);
	for (i = 0; i < rows_count(r); i++) {
		struct view *v = view_row(rs->view, "Failures");

		view_text(v, "Name", rows_text(r, i, MAIL_FAILURES_NAME));
		view_text(v, "Mail",
		    mail_name(rows_text(r, i, MAIL_FAILURES_KIND)));
		view_text(v, "Why", rows_text(r, i, MAIL_FAILURES_WHY));
		view_int(rs->view, "Failed",
		    rows_int(r, i, MAIL_FAILURES_TOTAL));
	}
	return NULL;
}

static struct err *
show(struct req *rq, struct res *rs, const char *find, const struct asked *form)
{
	struct address_keys keys = keys_of(rq);
	struct members all;
	struct err *e;
	size_t i;

	if ((e = members_load(&all, rq->tx, &keys, find)) != NULL ||
	    (e = show_failures(rq, rs)) != NULL)
		return err_pass(e);
	for (i = 0; i < all.n; i++)
		show_member(view_row(rs->view, "Users"), rq, &all.v[i]);
	if (can_has(rq->who.wide, CAN_USERS_WRITE) &&
	    (e = show_choices(rq, rs, form)) != NULL)
		return err_pass(e);
	view_int(rs->view, "More", all.more);
	view_int(rs->view, "Mailed", req_query(rq, "mailed") != NULL);
	view_text(rs->view, "Find", find);
	view_text(rs->view, "Invite.Email", form->email);
	view_text(rs->view, "Invite.Name", form->name);
	view_text(rs->view, "Invite.Place", form->place);
	view_text(rs->view, "Invite.Error", form->error);
	view_text(rs->view, "Page.Title", "Users");
	return res_page(rq, rs, "users.cs");
}

struct err *
admin_users(struct req *rq, struct res *rs)
{
	struct asked none = { "", "", "", 0, "" };
	const char *find = req_query(rq, "find");

	return show(rq, rs,
	    find != NULL && strlen(find) <= TYPED_MAX ? find : "", &none);
}

/* ---- inviting ---- */

static struct err *
send_link(struct req *rq, struct res *rs, int64_t id)
{
	struct err *e;

	if ((e = member_mail(rq->tx, id)) != NULL)
		return err_pass(e);
	return res_goto(rs,
	    arena_printf(rq->arena, "/admin/users?mailed=1#user-%lld",
		(long long)id));
}

static struct err *
give_link(struct req *rq, struct res *rs, int64_t id, const char *email)
{
	struct ticket t;
	struct err *e;

	if (*req_conf(rq)->smtp != 0)
		return send_link(rq, rs, id);
	if ((e = member_ticket(&t, rq->tx, id)) != NULL)
		return err_pass(e);
	view_text(rs->view, "Link.Href",
	    arena_printf(rq->arena, "%s%s", req_conf(rq)->origin, t.path));
	view_text(rs->view, "Link.Email", email);
	view_text(rs->view, "Link.Until",
	    zone_text(rq->arena, "%-d %b %Y %H:%M UTC", t.until));
	view_text(rs->view, "Page.Title", "Invitation");
	return res_page(rq, rs, "invited.cs");
}

/* What is wrong with the form, by the name of its field; "": nothing. */
static struct err *
fault(const char **error, struct req *rq, const struct asked *form)
{
	int64_t known;
	struct err *e;

	*error = "";
	if (!address_valid(form->email))
		*error = "E-mail: give an address.";
	else if (*form->name == 0)
		*error = "Name: give a name.";
	else if (form->role == 0)
		*error = "Role: choose one.";
	if (**error != 0)
		return NULL;
	if ((e = member_find(&known, rq->tx, req_conf(rq)->index_key,
		 form->email)) == NULL)
		*error = "E-mail: this person is a member already.";
	else if (e->kind != ERR_MISSING)
		return err_pass(e);
	return NULL;
}

static struct err *
invite(struct req *rq, struct res *rs, struct asked *form)
{
	struct newcomer who = { form->email, form->name,
		{ .role = form->role } };
	struct address_keys keys = keys_of(rq);
	struct err *e;
	int64_t id;

	if ((e = fault(&form->error, rq, form)) != NULL)
		return err_pass(e);
	if (*form->error != 0) {
		rs->status = 422;
		return show(rq, rs, "", form);
	}
	if ((e = place_find(&who.grant.asset, rq->tx, form->place)) != NULL) {
		if (e->kind != ERR_INPUT)
			return err_pass(e);
		form->error = "Place: there is no place of this key.";
		rs->status = 422;
		return show(rq, rs, "", form);
	}
	if ((e = member_invite(&id, rq->tx, &keys, &who)) != NULL)
		return err_pass(e);
	return give_link(rq, rs, id, form->email);
}

struct err *
admin_invite(struct req *rq, struct res *rs)
{
	struct asked form = { req_typed(rq, "email"), req_typed(rq, "name"),
		req_typed(rq, "place"), 0, "" };
	struct err *e;
	int64_t n;

	if (number(&n, req_form(rq, "user"), 0)) {
		if (n == rq->who.user)
			return err_raise(ERR_CONFLICT,
			    "Your own password is changed on the page of your "
			    "account.",
			    "a link for oneself");
		if ((e = member_manage(rq->tx, n)) != NULL)
			return err_pass(e);
		return give_link(rq, rs, n, "");
	}
	if (number(&n, req_form(rq, "role"), 0) && n <= INT32_MAX)
		form.role = (int32_t)n;
	return invite(rq, rs, &form);
}

/* ---- changing ---- */

static struct err *
back(const struct req *rq, struct res *rs, int64_t id)
{
	return res_goto(rs,
	    arena_printf(rq->arena, "/admin/users#user-%lld", (long long)id));
}

/* "3.17": a role and an asset. */
static bool
read_grant(struct grant *g, const char *s)
{
	int64_t role, asset;
	const char *dot = strchr(s, '.');

	if (dot == NULL || !number(&role, s, '.') ||
	    !number(&asset, dot + 1, 0) || role > INT32_MAX ||
	    asset > INT32_MAX)
		return false;
	*g = (struct grant){ .role = (int32_t)role, .asset = (int32_t)asset };
	return true;
}

/* The grants whose box is still ticked, and one more if a role is chosen. */
struct err *
admin_user_roles(struct req *rq, struct res *rs)
{
	struct grant *g = arena_array(rq->arena, rq->form.n + 1, sizeof(*g));
	struct err *e;
	int64_t id, role;
	size_t i, n = 0;

	if ((e = id_of(&id, rq)) != NULL)
		return err_pass(e);
	for (i = 0; i < rq->form.n; i++)
		if (strcmp(rq->form.v[i].name, "grant") == 0 &&
		    read_grant(&g[n], rq->form.v[i].value))
			n++;
	if (number(&role, req_form(rq, "role"), 0) && role <= INT32_MAX) {
		g[n] = (struct grant){ .role = (int32_t)role };
		if ((e = place_find(&g[n].asset, rq->tx,
			 req_typed(rq, "place"))) != NULL)
			return err_pass(e);
		n++;
	}
	if ((e = member_roles(rq->tx, id, g, n)) != NULL)
		return err_pass(e);
	return back(rq, rs, id);
}

static struct err *
suspend(struct req *rq, struct res *rs, bool away)
{
	struct err *e;
	int64_t id;

	if ((e = id_of(&id, rq)) != NULL ||
	    (e = member_suspend(rq->tx, id, away)) != NULL)
		return err_pass(e);
	return back(rq, rs, id);
}

struct err *
admin_user_suspend(struct req *rq, struct res *rs)
{
	return suspend(rq, rs, true);
}

struct err *
admin_user_resume(struct req *rq, struct res *rs)
{
	return suspend(rq, rs, false);
}

/* What is done to somebody by his number alone. */
static struct err *
act(struct req *rq, struct res *rs,
    struct err *(*what)(struct tx *, int64_t id))
{
	struct err *e;
	int64_t id;

	if ((e = id_of(&id, rq)) != NULL || (e = what(rq->tx, id)) != NULL)
		return err_pass(e);
	return back(rq, rs, id);
}

struct err *
admin_user_sessions(struct req *rq, struct res *rs)
{
	return act(rq, rs, member_sign_out);
}

struct err *
admin_user_factor(struct req *rq, struct res *rs)
{
	return act(rq, rs, member_factor_drop);
}

struct err *
admin_user_remove(struct req *rq, struct res *rs)
{
	return act(rq, rs, member_remove);
}
