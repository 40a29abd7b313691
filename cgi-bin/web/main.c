/*
 * web.fcgi - pages for people.
 */
#include "cgi-bin/web/frame.h"

/* clang-format off */
#define ROUTES(R) \
/* verb  path                    needs        database  handler        */ \
R(GET,   "/",                    CAN_VIEW,    TX_READ,  page_overview)    \
R(GET,   "/devices/:key",        CAN_VIEW,    TX_READ,  page_device)      \
R(GET,   "/devices/:key/series", CAN_VIEW,    TX_READ,  page_series)      \
R(GET,   "/live",                CAN_VIEW,    TX_READ,  page_live)        \
R(GET,   "/login",               CAN_NOTHING, TX_NONE,  page_login)       \
R(POST,  "/login",               CAN_NOTHING, TX_NONE,  page_login_post)  \
R(POST,  "/logout",              CAN_NOTHING, TX_NONE,  page_logout)      \
R(GET,   "/offline",             CAN_NOTHING, TX_NONE,  page_offline)
/* clang-format on */

#define R(verb, path, needs, tx, run) handler run;
ROUTES(R)
#undef R

static const struct route routes[] = {
#define R(verb, path, needs, tx, run) { verb, path, needs, tx, run },
	ROUTES(R)
#undef R
};

static const char *const templates[] = { "overview.cs", "device.cs", "login.cs",
	"offline.cs", "error.cs", NULL };

static const struct app app = {
	.name = "web",
	.routes = routes,
	.n = sizeof(routes) / sizeof(*routes),
	.takes = TAKES_COOKIE,
	.login = "/login",
	.pages = true,
	.templates = templates,
	.frame = page_frame,
};

int
main(int argc, char **argv)
{
	return web_main(&app, argc, argv);
}
