/*
 * web.fcgi - pages for people.
 */
#include "cgi-bin/web/frame.h"

/* clang-format off */
#define ROUTES(R) \
/* verb path                    permission          guard  database handler     */ \
R(GET,  "/",                    CAN_TELEMETRY_READ, LOCAL, TX_READ, page_overview) \
R(GET,  "/devices/:key",        CAN_TELEMETRY_READ, LOCAL, TX_READ, page_device)   \
R(GET,  "/devices/:key/series", CAN_TELEMETRY_READ, LOCAL, TX_READ, page_series)   \
R(GET,  "/live",                CAN_TELEMETRY_READ, LOCAL, TX_READ, page_live)     \
/* why a reading is as it is */ \
R(GET,  "/devices/:key/why",    CAN_TELEMETRY_READ, LOCAL, TX_READ, page_why)      \
/* ledger and gaps */ \
R(GET,  "/ledger",              CAN_TELEMETRY_READ, LOCAL, TX_READ, page_ledger)   \
R(GET,  "/ledger/:key",         CAN_TELEMETRY_READ, LOCAL, TX_READ, page_source)   \
R(GET,  "/gaps",                CAN_TELEMETRY_READ, LOCAL, TX_READ, page_gaps)     \
R(GET,  "/devices/:key/gaps",   CAN_TELEMETRY_READ, LOCAL, TX_READ, page_device_gaps) \
/* counters and exchanged meters */ \
R(GET,  "/devices/:key/counters", CAN_TELEMETRY_READ, LOCAL, TX_READ, page_counters) \
/* status */ \
R(GET,  "/status",              CAN_NOTHING,        PLAIN, TX_NONE, page_status)   \
R(GET,  "/healthz",             CAN_NOTHING,        PLAIN, TX_NONE, web_healthz)   \
R(GET,  "/readyz",              CAN_NOTHING,        PLAIN, TX_NONE, web_readyz)    \
R(GET,  "/livez",               CAN_NOTHING,        PLAIN, TX_NONE, web_livez)     \
R(GET,  "/metrics",             CAN_NOTHING,        PLAIN, TX_NONE, web_metrics)   \
/* without a database */ \
R(GET,  "/offline",             CAN_NOTHING,        PLAIN, TX_NONE, page_offline)
/* clang-format on */

#define R(verb, path, needs, guard, tx, run) handler run;
ROUTES(R)
#undef R

static const struct route routes[] = {
#define R(verb, path, needs, guard, tx, run) \
	{ verb, path, needs, guard, tx, run },
	ROUTES(R)
#undef R
};

/* clang-format off */
static const char *const templates[] = {
	"overview.cs", "device.cs", "offline.cs", "error.cs",

	/* why a reading is as it is */
	"why.cs",
	/* ledger and gaps */
	"ledger.cs", "source.cs", "gaps.cs", "device_gaps.cs",
	/* counters and exchanged meters */
	"counters.cs",
	/* status */
	"status.cs",
	NULL
};
/* clang-format on */

static const struct app app = {
	.name = "web",
	.routes = routes,
	.n = sizeof(routes) / sizeof(*routes),
	.takes = TAKES_COOKIE,
	.login = "/login",
	.pages = true,
	.templates = templates,
	.frame = frame_basic,
};

int
main(int argc, char **argv)
{
	return web_main(&app, argc, argv);
}
