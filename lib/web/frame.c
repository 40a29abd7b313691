/* What the head of every page shows. */
#include <stddef.h>

#include "base/clock.h"
#include "base/env.h"
#include "base/zone.h"
#include "web/web.h"

/* users_read and its like, for menus and buttons. */
static void
state_rights(struct view *to, struct arena *a, uint64_t can)
{
	enum can i;
	char *c;

	for (i = CAN_NOTHING + 1; i < CAN_END; i++) {
		const char *word = can_name(i);
		char *name = arena_printf(a, "%s", word);

		for (c = name; *c != 0; c++)
			if (*c == ':')
				*c = '_';
		if (can_has(can, i))
			view_int(to, name, 1);
	}
}

/* Is there anything behind /admin that this one keeps in order? */
static bool
has_desk(uint64_t wide)
{
	static const enum can any[] = { CAN_USERS_READ, CAN_KEYS_READ,
		CAN_AUDIT_READ, CAN_SETTINGS_READ, CAN_TENANTS_MANAGE };
	size_t i;

	for (i = 0; i < sizeof(any) / sizeof(*any); i++)
		if (can_has(wide, any[i]))
			return true;
	return false;
}

void
frame_basic(struct req *rq, struct res *rs)
{
	int64_t now = env_now();
	struct view *v = rs->view;

	zone_use("UTC");
	view_text(v, "Page.Version", req_conf(rq)->assets);
	view_text(v, "Page.Now", clock_iso(rq->arena, now));
	view_text(v, "Page.NowText",
	    zone_text(rq->arena, "%-d %b %H:%M UTC", now));
	view_text(v, "Page.Csrf", req_csrf(rq));
	if (rq->who.tenant == 0)
		return;
	view_text(v, "User.Name", rq->who.name);
	view_text(v, "User.Id",
	    arena_printf(rq->arena, "%d-%lld", rq->who.tenant,
		(long long)rq->who.user));
	view_text(v, "Tenant.Name", rq->who.tenant_name);
	state_rights(view_branch(v, "Can"), rq->arena, rq->who.wide);
	state_rights(view_branch(v, "Local"), rq->arena, rq->who.can);
	view_int(v, "User.Desk", has_desk(rq->who.wide));
}

void
frame_here(struct req *rq, struct res *rs, uint64_t can)
{
	state_rights(view_branch(rs->view, "Here"), rq->arena, can);
}
