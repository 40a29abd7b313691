/*
 * GET /admin - where a tenant is kept in order: what of it one may see.
 */
#include "cgi-bin/admin/routes.h"

/* One of the permissions is enough; local: also when held in a part only. */
static const struct {
	enum can needs;
	bool local;
	const char *href, *title, *text;
} doors[] = {
	/* clang-format off */
	{ CAN_USERS_READ, false, "/admin/users", "Users",
	    "Who may sign in, and with which roles" },
	{ CAN_USERS_READ, false, "/admin/roles", "Roles",
	    "What each role may do" },
	{ CAN_KEYS_READ, false, "/admin/keys", "API keys",
	    "What devices and programs send and ask with" },
	{ CAN_DEVICES_READ, true, "/admin/devices", "Devices",
	    "Labels for enrolment, rules of sensors, last payloads" },
	{ CAN_DEVICES_READ, true, "/admin/waiting", "Names that wait",
	    "What gateways send and nobody knows, and their mapping" },
	{ CAN_DEVICES_READ, false, "/admin/profiles", "Device profiles",
	    "Register maps of your own, and which devices have them" },
	{ CAN_DEBUG_READ, true, "/admin/letters", "Dead letters",
	    "What was refused, why, and giving it in again" },
	{ CAN_DEVICES_READ, false, "/setup", "Set up a sender",
	    "Routers, Telegraf, Node-RED and others, ready to paste" },
	{ CAN_DEVICES_WRITE, true, "/admin/simulation", "Simulation",
	    "Devices that nobody has, and how to play them" },
	{ CAN_DEVICES_READ, false, "/admin/rollouts", "Plans of edge agents",
	    "What remote pollers are to do, signed and rolled out in stages" },
	{ CAN_DEVICES_READ, true, "/commands", "Commands",
	    "What was written into devices, and what became of it" },
	{ CAN_TELEMETRY_WRITE, false, "/admin/imports", "Imports",
	    "Readings, devices, assets and people from files" },
	{ CAN_KEYS_READ, false, "/admin/certificates", "Certificates",
	    "Of devices, and of who issues them" },
	{ CAN_AUDIT_READ, false, "/admin/audit", "Audit",
	    "Who did what, and when" },
	{ CAN_QUOTA_READ, false, "/admin/quota", "Usage",
	    "What was used, and what is left" },
	{ CAN_SETTINGS_READ, false, "/admin/settings", "Settings",
	    "Sessions, and which sites may ask" },
	{ CAN_SETTINGS_READ, false, "/admin/provider", "Sign-in provider",
	    "Signing in with an account of your company" },
	{ CAN_SETTINGS_READ, false, "/admin/tenant", "Tenant",
	    "What there is, taking it along, and its end" },
	{ CAN_TENANTS_MANAGE, false, "/platform", "Tenants",
	    "Who is on this platform" },
	/* clang-format on */
};

struct err *
admin_home(struct req *rq, struct res *rs)
{
	size_t i;

	for (i = 0; i < sizeof(doors) / sizeof(*doors); i++) {
		uint64_t set = doors[i].local ? rq->who.can : rq->who.wide;
		struct view *v;

		if (!can_has(set, doors[i].needs))
			continue;
		v = view_row(rs->view, "Doors");
		view_text(v, "Href", doors[i].href);
		view_text(v, "Title", doors[i].title);
		view_text(v, "Text", doors[i].text);
	}
	view_text(rs->view, "Page.Title", "Administration");
	return res_page(rq, rs, "admin.cs");
}
