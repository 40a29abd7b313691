/*
 * GET /commands?device= - what was asked of devices, and asking; POST /commands
 * - ask; GET /commands/:id - one of them, POST .../confirm, approve, withdraw.
 */
#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "base/env.h"
#include "base/hex.h"
#include "base/zone.h"
#include "cgi-bin/admin/routes.h"
#include "model/command.h"
#include "model/role.h"
#include "model/unit.h"
#include "query.h"

enum { SHOWN_MAX = 50, ONCE_BYTES = 16 };

/* The states as people read them, and how each is drawn. */
static const struct {
	const char *state, *said, *drawn;
} states[] = {
	/* clang-format off */
	{ "waiting", "waits to be confirmed", "never" },
	{ "queued", "queued for the poller", "never" },
	{ "sent", "sent to the poller", "never" },
	{ "acknowledged", "the device has taken it", "never" },
	{ "verified", "read back, done", "online" },
	{ "failed", "failed", "offline" },
	{ "expired", "expired, not carried out", "never" },
	{ "withdrawn", "withdrawn", "never" },
	/* clang-format on */
};

static void
state_when(struct view *v, struct arena *a, const char *name, int64_t at)
{
	struct view *when;

	if (at == 0)
		return;
	when = view_branch(v, name);
	view_text(when, "Iso", clock_iso(a, at));
	view_text(when, "Text", zone_text(a, "%-d %b %Y %H:%M:%S %Z", at));
}

static void
state_command(struct view *v, struct arena *a, const struct command *c)
{
	size_t i;

	zone_use(c->zone);
	view_int(v, "Id", c->id);
	view_text(v, "Href",
	    arena_printf(a, "/commands/%lld", (long long)c->id));
	view_text(v, "Device", c->device);
	view_text(v, "DeviceName", c->device_name);
	view_text(v, "Point", c->point);
	view_text(v, "Value", arena_printf(a, "%.10g", c->value));
	view_text(v, "Unit", unit_shown(c->unit));
	view_text(v, "Reason", c->reason);
	view_text(v, "State", c->state);
	for (i = 0; i < sizeof(states) / sizeof(*states); i++) {
		if (strcmp(states[i].state, c->state) != 0)
			continue;
		view_text(v, "Said", states[i].said);
		view_text(v, "Drawn", states[i].drawn);
	}
	view_text(v, "By", c->asked_by);
	view_text(v, "ConfirmedBy", c->confirmed_by);
	view_text(v, "Why", c->why);
	if (!isnan(c->read_back))
		view_text(v, "ReadBack",
		    arena_printf(a, "%.10g", c->read_back));
	state_when(v, a, "Asked", c->asked_at);
	state_when(v, a, "Confirmed", c->confirmed_at);
	state_when(v, a, "Sent", c->sent_at);
	state_when(v, a, "Acknowledged", c->acknowledged_at);
	state_when(v, a, "Ended", c->ended_at);
	state_when(v, a, "Expires", c->expires_at);
}

/* ---- asking ---- */

static void
state_point(struct view *v, struct arena *a, const struct point *pt)
{
	const struct writing *w = pt->writing;

	view_text(v, "Key", pt->key);
	view_text(v, "Name", pt->name);
	view_text(v, "Unit", unit_shown(pt->unit));
	if (pt->type == POINT_BIT)
		view_text(v, "Range", "0 or 1");
	else
		view_text(v, "Range",
		    arena_printf(a, "%.10g to %.10g", w->low, w->high));
}

/* The form of a device; why there is none, when nothing can be written. */
static struct err *
state_form(struct req *rq, struct res *rs, const char *device)
{
	struct view *form = view_branch(rs->view, "Form");
	const char *name, *twice = "";
	struct profile *p;
	struct err *e;
	unsigned char once[ONCE_BYTES];
	uint64_t can;
	size_t i;

	if ((e = role_here(&can, rq->tx, device)) != NULL)
		return err_pass(e);
	frame_here(rq, rs, can);
	env_get()->random(once, sizeof(once));
	view_text(form, "Once",
	    hex_text(rq->arena, (struct bytes){ once, sizeof(once) }));
	view_text(form, "Device", device);
	e = command_target(&p, &name, rq->tx, req_conf(rq)->profiles, device);
	if (e != NULL && e->kind != ERR_INPUT)
		return err_pass(e);
	if (e != NULL) {
		view_text(form, "None", e->say);
		return NULL;
	}
	view_text(form, "Name", name);
	for (i = 0; i < p->n; i++) {
		const struct point *pt = &p->points[i];

		if (pt->writing == NULL)
			continue;
		state_point(view_row(form, "Points"), rq->arena, pt);
		if (pt->writing->confirm != CONFIRM_NONE)
			twice = arena_printf(rq->arena, "%s%s%s", twice,
			    *twice != 0 ? ", " : "", pt->name);
	}
	view_text(form, "Twice", twice);
	return NULL;
}

struct err *
admin_commands(struct req *rq, struct res *rs)
{
	const char *device = req_query(rq, "device");
	struct command *v;
	int64_t before;
	struct err *e;
	size_t i, n;

	if (device == NULL)
		device = "";
	if ((e = req_int(&before, rq, "before", INT64_MAX, 1, INT64_MAX)) !=
		NULL ||
	    (*device != 0 && (e = state_form(rq, rs, device)) != NULL) ||
	    (e = command_list(&v, &n, rq->tx, device, before, SHOWN_MAX + 1)) !=
		NULL)
		return err_pass(e);
	for (i = 0; i < n && i < SHOWN_MAX; i++)
		state_command(view_row(rs->view, "Commands"), rq->arena, &v[i]);
	if (n > SHOWN_MAX)
		view_int(rs->view, "Older", v[SHOWN_MAX - 1].id);
	view_text(rs->view, "Page.Title", "Commands");
	return res_page(rq, rs, "commands.cs");
}

static struct err *
goto_command(struct req *rq, struct res *rs, int64_t id)
{
	return res_goto(rs,
	    arena_printf(rq->arena, "/commands/%lld", (long long)id));
}

struct err *
admin_command_ask(struct req *rq, struct res *rs)
{
	const char *seconds = req_typed(rq, "seconds"), *name, *state;
	const struct order o = { .device = req_typed(rq, "device"),
		.point = req_typed(rq, "point"),
		.reason = req_typed(rq, "reason"),
		.key = req_typed(rq, "once"),
		.value = real_typed(rq->arena, req_typed(rq, "value")),
		.seconds = *seconds != 0 ? (int)number_typed(seconds, INT32_MAX)
					 : ORDER_USUAL_S };
	const struct point *pt;
	struct profile *p;
	struct err *e;
	int64_t id;

	if (isnan(o.value))
		return err_raise(ERR_INPUT, "value: want a number.", "value");
	if ((e = command_target(&p, &name, rq->tx, req_conf(rq)->profiles,
		 o.device)) != NULL ||
	    (e = order_check(&pt, &o, p)) != NULL ||
	    (e = command_ask(&id, &state, rq->tx, &o, pt)) != NULL)
		return err_pass(e);
	return goto_command(rq, rs, id);
}

/* ---- one ---- */

/* 0 when it is no number, and no command has that one. */
static int64_t
id_of(const struct req *rq)
{
	return number_typed(req_param(rq, "id"), INT64_MAX);
}

/* What the point is worth now, if anybody knows. */
static struct err *
state_now(struct req *rq, struct view *v, const struct command *c)
{
	struct rows *r;
	struct err *e;

	if ((e = tx_rows(&r, rq->tx, &q_command_now,
		 ARGS(A((int)rq->who.tenant), A(c->device), A(c->point)))) !=
	    NULL)
		return err_pass(e);
	if (rows_count(r) == 0 || rows_null(r, 0, COMMAND_NOW_VALUE))
		return NULL;
	view_text(v, "Now",
	    arena_printf(rq->arena, "%.10g",
		rows_real(r, 0, COMMAND_NOW_VALUE)));
	state_when(v, rq->arena, "NowAt", rows_time(r, 0, COMMAND_NOW_TIME));
	return NULL;
}

struct err *
admin_command(struct req *rq, struct res *rs)
{
	struct view *v = view_branch(rs->view, "Command");
	struct command c;
	struct err *e;
	int64_t id = id_of(rq);
	uint64_t can;

	if ((e = command_load(&c, rq->tx, id)) != NULL ||
	    (e = role_here(&can, rq->tx, c.device)) != NULL)
		return err_pass(e);
	frame_here(rq, rs, can);
	state_command(v, rq->arena, &c);
	view_text(v, "Step", c.confirm);
	view_text(v, "Back",
	    arena_printf(rq->arena, "/commands?device=%s", c.device));
	if ((e = state_now(rq, v, &c)) != NULL)
		return err_pass(e);
	if (c.ended_at == 0 && strcmp(c.state, "expired") != 0 &&
	    strcmp(c.state, "failed") != 0)
		view_int(v, "Open", 1);
	view_text(rs->view, "Page.Title",
	    arena_printf(rq->arena, "Command %lld", (long long)id));
	return res_page(rq, rs, "command.cs");
}

static struct err *
confirm(struct req *rq, struct res *rs, bool approve)
{
	struct err *e;
	int64_t id = id_of(rq);

	if ((e = command_confirm(rq->tx, id, approve)) != NULL)
		return err_pass(e);
	return goto_command(rq, rs, id);
}

struct err *
admin_command_confirm(struct req *rq, struct res *rs)
{
	struct err *e = confirm(rq, rs, false);

	return e != NULL ? err_pass(e) : NULL;
}

struct err *
admin_command_approve(struct req *rq, struct res *rs)
{
	struct err *e = confirm(rq, rs, true);

	return e != NULL ? err_pass(e) : NULL;
}

struct err *
admin_command_withdraw(struct req *rq, struct res *rs)
{
	struct err *e;
	int64_t id = id_of(rq);

	if ((e = command_withdraw(rq->tx, id)) != NULL)
		return err_pass(e);
	return goto_command(rq, rs, id);
}
