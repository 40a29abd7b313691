/*
 * auth.fcgi - who somebody is: passwords, codes, tokens, certificates.
 */
#include <sys/resource.h>

#include "base/sandbox.h"
#include "cgi-bin/auth/routes.h"

enum { NICE = 10 }; /* readings and pages come first */

static const struct route routes[] = {
#define R(verb, path, needs, guard, tx, run) \
	{ verb, path, needs, guard, tx, run },
	ROUTES(R)
#undef R
};

/* clang-format off */
static const char *const templates[] = {
	"login.cs",
	"error.cs",

	/* people */
	"code.cs",
	"setup.cs",
	"confirm.cs",
	"account.cs",
	"codes.cs",
	"ticket.cs",
	"forgot.cs",

	NULL
};
/* clang-format on */

static const struct app app = {
	.name = "auth",
	.routes = routes,
	.n = sizeof(routes) / sizeof(*routes),
	.takes = TAKES_COOKIE,
	.may = SANDBOX_INET, /* it asks the providers of sign-in */
	.login = "/login",
	.pages = true,
	.templates = templates,
	.frame = frame_basic,
};

int
main(int argc, char **argv)
{
	(void)setpriority(PRIO_PROCESS, 0, NICE);
	return web_main(&app, argc, argv);
}
