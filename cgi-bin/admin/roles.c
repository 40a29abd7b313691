/*
 * GET /admin/roles - what each role may do.
 * POST /admin/roles, /admin/roles/:id, /admin/roles/:id/drop - the tenant's
 * own roles.
 */
#include "model/role.h"

#include <string.h>

#include "cgi-bin/admin/routes.h"

enum { NAME_MAX_BYTES = 160 };

/* "alerts:write" as people read it, in the order of enum can. */
static const char *const words[CAN_END] = {
	[CAN_TELEMETRY_READ] = "see readings",
	[CAN_TELEMETRY_WRITE] = "send readings",
	[CAN_DEVICES_READ] = "see devices",
	[CAN_ALERTS_READ] = "see alarms",
	[CAN_ALERTS_ACKNOWLEDGE] = "acknowledge alarms",
	[CAN_ALERTS_WRITE] = "set alarm limits",
	[CAN_DEVICES_WRITE] = "change devices",
	[CAN_DEVICES_ENROLL] = "enrol devices",
	[CAN_COMMANDS_SEND] = "send commands",
	[CAN_COMMANDS_APPROVE] = "approve commands",
	[CAN_WORK_READ] = "see work orders",
	[CAN_WORK_WRITE] = "do work orders",
	[CAN_EXPORTS_READ] = "export readings",
	[CAN_USERS_READ] = "see users",
	[CAN_USERS_WRITE] = "change users",
	[CAN_ROLES_WRITE] = "change roles",
	[CAN_KEYS_READ] = "see keys",
	[CAN_KEYS_WRITE] = "change keys",
	[CAN_AUDIT_READ] = "see the audit",
	[CAN_AUDIT_EXPORT] = "export the audit",
	[CAN_DEBUG_READ] = "see payloads",
	[CAN_SETTINGS_READ] = "see settings",
	[CAN_SETTINGS_WRITE] = "change settings",
	[CAN_QUOTA_READ] = "see usage",
	[CAN_TENANT_EXPORT] = "export the tenant",
	[CAN_TENANT_DELETE] = "delete the tenant",
	[CAN_TENANTS_MANAGE] = "manage tenants",
};

/* The permissions that one may give, ticked where the set holds them. */
static void
show_choices(struct view *v, const struct req *rq, uint64_t set)
{
	enum can i;

	for (i = CAN_NOTHING + 1; i < CAN_END; i++) {
		struct view *row;

		if (!can_has(rq->who.wide, i))
			continue;
		row = view_row(v, "Permissions");
		view_text(row, "Name", can_name(i));
		view_text(row, "Text", words[i]);
		view_int(row, "Ticked", can_has(set, i));
	}
}

/* "see readings, see devices" */
static const char *
said(struct arena *a, uint64_t set)
{
	struct buf b = buf_new(a, 256);
	enum can i;

	for (i = CAN_NOTHING + 1; i < CAN_END; i++)
		if (can_has(set, i))
			buf_printf(&b, "%s%s", b.n > 0 ? ", " : "", words[i]);
	buf_byte(&b, 0);
	return (const char *)b.p;
}

static void
show_role(struct view *v, const struct req *rq, const struct role *r)
{
	bool mine = can_has(rq->who.wide, CAN_ROLES_WRITE) && !r->builtin &&
		    (r->can & ~rq->who.wide) == 0;

	view_int(v, "Id", r->id);
	view_text(v, "Name", r->name);
	view_int(v, "Builtin", r->builtin);
	view_text(v, "Holders",
	    arena_printf(rq->arena, "%lld %s", (long long)r->holders,
		r->holders == 1 ? "person" : "people"));
	view_int(v, "Held", r->holders > 0);
	view_text(v, "Says", r->can != 0 ? said(rq->arena, r->can) : "nothing");
	view_int(v, "Manage", mine);
	if (mine)
		show_choices(v, rq, r->can);
}

static struct err *
show(struct req *rq, struct res *rs, const char *name, uint64_t can,
    const char *error)
{
	struct roles all;
	struct err *e;
	size_t i;

	if ((e = roles_load(&all, rq->tx)) != NULL)
		return err_pass(e);
	for (i = 0; i < all.n; i++)
		show_role(view_row(rs->view, "Roles"), rq, &all.v[i]);
	if (can_has(rq->who.wide, CAN_ROLES_WRITE))
		show_choices(view_branch(rs->view, "Make"), rq, can);
	view_text(rs->view, "Make.Name", name);
	view_text(rs->view, "Make.Error", error);
	view_text(rs->view, "Page.Title", "Roles");
	return res_page(rq, rs, "roles.cs");
}

struct err *
admin_roles(struct req *rq, struct res *rs)
{
	return show(rq, rs, "", 0, "");
}

/* ---- changing ---- */

/* The name, "" when there is none, and what is ticked. */
static const char *
read_form(uint64_t *can, const struct req *rq)
{
	const char *name = req_form(rq, "name");
	enum can i;
	size_t k;

	*can = 0;
	for (k = 0; k < rq->form.n; k++)
		for (i = CAN_NOTHING + 1; i < CAN_END; i++)
			if (strcmp(rq->form.v[k].name, "may") == 0 &&
			    strcmp(rq->form.v[k].value, can_name(i)) == 0)
				*can |= UINT64_C(1) << (i - 1);
	if (name == NULL || strlen(name) > NAME_MAX_BYTES)
		return "";
	return name + strspn(name, " \t\r\n");
}

static struct err *
save(struct req *rq, struct res *rs, int32_t id)
{
	uint64_t can;
	const char *name = read_form(&can, rq), *wrong = NULL;
	struct roles all;
	struct err *e;
	size_t i;

	if ((e = roles_load(&all, rq->tx)) != NULL)
		return err_pass(e);
	for (i = 0; i < all.n && *name != 0; i++)
		if (strcmp(all.v[i].name, name) == 0 && all.v[i].id != id)
			break;
	if (*name == 0)
		wrong = "Name: give a name of up to 40 letters.";
	else if (i < all.n)
		wrong = "Name: there is a role of this name.";
	if (wrong != NULL && id != 0)
		return err_raise(ERR_INPUT, wrong, "role %d", (int)id);
	if (wrong != NULL) {
		rs->status = 422;
		return show(rq, rs, name, can, wrong);
	}
	if ((e = role_put(rq->tx, id, name, can)) != NULL)
		return err_pass(e);
	return res_goto(rs, "/admin/roles");
}

struct err *
admin_role_make(struct req *rq, struct res *rs)
{
	return save(rq, rs, 0);
}

static struct err *
id_of(int32_t *id, const struct req *rq)
{
	*id = (int32_t)number_typed(req_param(rq, "id"), INT32_MAX);
	return *id > 0 ? NULL
		       : err_raise(ERR_MISSING, "There is no such role.", "id");
}

struct err *
admin_role_change(struct req *rq, struct res *rs)
{
	struct err *e;
	int32_t id;

	if ((e = id_of(&id, rq)) != NULL || (e = save(rq, rs, id)) != NULL)
		return err_pass(e);
	return NULL;
}

struct err *
admin_role_drop(struct req *rq, struct res *rs)
{
	struct err *e;
	int32_t id;

	if ((e = id_of(&id, rq)) != NULL || (e = role_drop(rq->tx, id)) != NULL)
		return err_pass(e);
	return res_goto(rs, "/admin/roles");
}
