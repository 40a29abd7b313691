/*
 * GET /platform?find=&after= - the tenants, and how much each has.
 * POST /platform/tenants - one more, and an invitation for who keeps it.
 * POST /platform/tenants/:id/{suspend,resume}
 */
#include <string.h>

#include "base/clock.h"
#include "base/env.h"
#include "base/zone.h"
#include "cgi-bin/admin/routes.h"
#include "model/fleet.h"
#include "model/member.h"
#include "query.h"

enum { TENANTS_SHOWN = 200, FIND_MAX = 100 };

/* The form for a new tenant, as it was sent. */
struct asked {
	const char *name, *slug, *email, *person, *error;
};

static const char *
figure(struct arena *a, const struct rows *r, int i, int column)
{
	return number_shown(a, (double)rows_int(r, i, column), 0);
}

static void
state_tenant(struct view *v, const struct req *rq, const struct rows *r, int i)
{
	const char *state = rows_text(r, i, PLATFORM_LIST_STATE);
	struct arena *a = rq->arena;

	view_int(v, "Own",
	    rows_int(r, i, PLATFORM_LIST_TENANT_ID) == rq->who.tenant);
	view_int(v, "Id", rows_int(r, i, PLATFORM_LIST_TENANT_ID));
	view_text(v, "Name", rows_text(r, i, PLATFORM_LIST_NAME));
	view_text(v, "Slug", rows_text(r, i, PLATFORM_LIST_SLUG));
	view_text(v, "Since",
	    zone_text(a, "%-d %b %Y",
		rows_time(r, i, PLATFORM_LIST_CREATED_AT)));
	view_text(v, "State",
	    strcmp(state, "active") == 0 ? "online" : "offline");
	view_text(v, "StateText", state);
	view_int(v, "Active", strcmp(state, "active") == 0);
	view_int(v, "Erased", strcmp(state, "erased") == 0);
	if (!rows_null(r, i, PLATFORM_LIST_DUE_AT))
		view_text(v, "Due",
		    zone_text(a, "%-d %b %Y",
			rows_time(r, i, PLATFORM_LIST_DUE_AT)));
	view_text(v, "Users", figure(a, r, i, PLATFORM_LIST_USERS));
	view_text(v, "Devices", figure(a, r, i, PLATFORM_LIST_DEVICES));
	view_text(v, "Readings", figure(a, r, i, PLATFORM_LIST_READINGS));
	if (!rows_null(r, i, PLATFORM_LIST_MOST))
		view_text(v, "Most", figure(a, r, i, PLATFORM_LIST_MOST));
	if (!rows_null(r, i, PLATFORM_LIST_SEEN))
		view_text(v, "Seen",
		    clock_age(a,
			env_now() - rows_time(r, i, PLATFORM_LIST_SEEN)));
}

static struct err *
show(struct req *rq, struct res *rs, const struct asked *form)
{
	const char *find = req_query(rq, "find");
	struct view *v = rs->view;
	struct rows *r;
	struct err *e;
	int64_t after;
	int i;

	if (find == NULL || strlen(find) > FIND_MAX)
		find = "";
	if ((e = req_int(&after, rq, "after", 0, 0, INT32_MAX)) != NULL ||
	    (e = tx_rows(&r, rq->tx, &q_platform_list,
		 ARGS(A(find), A((int)after), A(TENANTS_SHOWN + 1)))) != NULL)
		return err_pass(e);
	for (i = 0; i < rows_count(r) && i < TENANTS_SHOWN; i++)
		state_tenant(view_row(v, "Tenants"), rq, r, i);
	if (rows_count(r) > TENANTS_SHOWN)
		view_int(v, "After",
		    rows_int(r, TENANTS_SHOWN - 1, PLATFORM_LIST_TENANT_ID));
	view_text(v, "Find", find);
	view_text(v, "Form.Name", form->name);
	view_text(v, "Form.Slug", form->slug);
	view_text(v, "Form.Email", form->email);
	view_text(v, "Form.Person", form->person);
	view_text(v, "Form.Error", form->error);
	view_text(v, "Page.Title", "Tenants");
	return res_page(rq, rs, "platform.cs");
}

struct err *
admin_platform(struct req *rq, struct res *rs)
{
	const struct asked none = { "", "", "", "", "" };

	return show(rq, rs, &none);
}

/* ---- a new one ---- */

static const char *
fault(const struct asked *form)
{
	if (*form->name == 0)
		return "Name: give a name.";
	if (*form->slug == 0)
		return "Short name: small letters, digits and hyphens.";
	if (!address_valid(form->email))
		return "E-mail: give an address.";
	if (*form->person == 0)
		return "Administrator: give a name.";
	return "";
}

/*
 * From platform_make on the transaction is the new tenant's, in which the
 * first administrator is invited as anybody else.
 */
static struct err *
make(struct ticket *t, struct req *rq, const struct asked *form)
{
	struct address_keys keys = { req_conf(rq)->master_key,
		req_conf(rq)->index_key };
	struct newcomer who = { .address = form->email, .name = form->person };
	struct rows *r;
	struct err *e;
	int64_t id;

	if ((e = tx_rows(&r, rq->tx, &q_platform_make,
		 ARGS(A(form->name), A(form->slug)))) != NULL)
		return err_pass(e);
	tx_in(rq->tx, (int32_t)rows_int(r, 0, PLATFORM_MAKE_TENANT));
	who.grant.role = (int32_t)rows_int(r, 0, PLATFORM_MAKE_ROLE);
	if ((e = member_invite(&id, rq->tx, &keys, &who)) != NULL ||
	    (e = *req_conf(rq)->smtp != 0
		     ? member_mail(rq->tx, id)
		     : member_ticket(t, rq->tx, id)) != NULL)
		return err_pass(e);
	return NULL;
}

struct err *
admin_platform_make(struct req *rq, struct res *rs)
{
	struct asked form = { req_typed(rq, "name"), req_typed(rq, "slug"),
		req_typed(rq, "email"), req_typed(rq, "person"), "" };
	struct view *v = rs->view;
	struct ticket t = { 0 };
	struct err *e;

	form.error = fault(&form);
	if (*form.error != 0) {
		rs->status = 422;
		return show(rq, rs, &form);
	}
	if ((e = make(&t, rq, &form)) != NULL)
		return err_pass(e);
	if (t.path != NULL)
		view_text(v, "Link.Href",
		    arena_printf(rq->arena, "%s%s", req_conf(rq)->origin,
			t.path));
	view_text(v, "Link.Email", form.email);
	view_text(v, "Link.Until",
	    zone_text(rq->arena, "%-d %b %Y %H:%M UTC", t.until));
	view_text(v, "Link.Tenant", form.name);
	view_text(v, "Page.Title", "Invitation");
	return res_page(rq, rs, "tenant_made.cs");
}

/* ---- away, and back ---- */

static struct err *
suspend(struct req *rq, struct res *rs, bool away)
{
	int64_t id = number_typed(req_param(rq, "id"), INT32_MAX);
	struct rows *r;
	struct err *e;

	if ((e = tx_rows(&r, rq->tx, &q_platform_suspend,
		 ARGS(A((int)id), A(away)))) != NULL)
		return err_pass(e);
	if (rows_null(r, 0, PLATFORM_SUSPEND_DONE))
		return err_raise(ERR_MISSING, "There is no such tenant.",
		    "tenant %s", req_param(rq, "id"));
	return res_goto(rs,
	    arena_printf(rq->arena, "/platform#tenant-%d", (int)id));
}

struct err *
admin_platform_suspend(struct req *rq, struct res *rs)
{
	return suspend(rq, rs, true);
}

struct err *
admin_platform_resume(struct req *rq, struct res *rs)
{
	return suspend(rq, rs, false);
}
