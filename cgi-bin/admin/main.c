/*
 * admin.fcgi - pages on which a tenant is kept in order.
 */
#include "cgi-bin/admin/routes.h"

static const struct route routes[] = {
#define R(verb, path, needs, guard, tx, run) \
	{ verb, path, needs, guard, tx, run },
	ROUTES(R)
#undef R
};

/* clang-format off */
static const char *const templates[] = {
	"error.cs",

	/* keys */
	"keys.cs", "key_made.cs", "quota.cs",

	/* trace */
	"audit.cs",
	"debug.cs",

	/* roles */
	"admin.cs",
	"users.cs",
	"invited.cs",
	"roles.cs",

	/* enrolment */
	"devices.cs",
	"label.cs",
	"label_print.cs",
	"claim.cs",
	"certificates.cs",

	/* settings */
	"settings.cs",
	"provider.cs",

	/* tenants */
	"tenant.cs",
	"platform.cs",
	"tenant_made.cs",

	/* names that wait */
	"waiting.cs",
	"mapping.cs",

	/* device profiles */
	"profiles.cs",
	"profile.cs",
	"sheets.cs",
	"words.cs",
	"previews.cs",
	"preview.cs",

	/* dead letters */
	"letters.cs",
	"letter.cs",

	/* imports */
	"imports.cs",
	"import.cs",

	/* rules of sensors */
	"rules.cs",

	/* setting up a sender */
	"sender.cs",
	"sender_light.cs",

	/* simulated devices */
	"simulation.cs",

	/* signed plans of edge agents */
	"rollouts.cs",

	/* writing into devices */
	"commands.cs",
	"command.cs",
	NULL
};
/* clang-format on */

/* Every page here is below the same entry of the menu. */
static void
frame(struct req *rq, struct res *rs)
{
	frame_basic(rq, rs);
	view_text(rs->view, "Page.Nav", "admin");
}

static const struct app app = {
	.name = "admin",
	.routes = routes,
	.n = sizeof(routes) / sizeof(*routes),
	.takes = TAKES_COOKIE,
	.body_max = 16 * 1024 * 1024,
	.login = "/login",
	.pages = true,
	.templates = templates,
	.frame = frame,
};

int
main(int argc, char **argv)
{
	return web_main(&app, argc, argv);
}
