/*
 * api.fcgi - REST for programs, and the addresses of the FluxIO document.
 */
#include "web/web.h"

/* clang-format off */
#define ROUTES(R) \
/* verb  path                            needs        database  handler        */ \
R(GET,   "/api/v1/devices",              CAN_VIEW,    TX_READ,  api_devices)      \
R(GET,   "/api/v1/telemetry",            CAN_VIEW,    TX_READ,  api_telemetry)    \
R(GET,   "/api/v1/telemetry/latest",     CAN_VIEW,    TX_READ,  api_latest)       \
R(GET,   "/api/v1/telemetry/aggregate",  CAN_VIEW,    TX_READ,  api_aggregate)    \
R(GET,   "/api/v1/telemetry/statistics", CAN_VIEW,    TX_READ,  api_statistics)   \
R(GET,   "/api/v1/telemetry/export",     CAN_VIEW,    TX_READ,  api_export)       \
R(GET,   "/api/v1/ledger",               CAN_VIEW,    TX_READ,  api_ledger)       \
R(GET,   "/api/devices",                 CAN_VIEW,    TX_READ,  api_flux_devices) \
R(GET,   "/api/flow-data",               CAN_VIEW,    TX_READ,  api_flow_data)    \
R(GET,   "/api/health",                  CAN_NOTHING, TX_NONE,  api_health)
/* clang-format on */

#define R(verb, path, needs, tx, run) handler run;
ROUTES(R)
#undef R

static const struct route routes[] = {
#define R(verb, path, needs, tx, run) { verb, path, needs, tx, run },
	ROUTES(R)
#undef R
};

static const struct app app = {
	.name = "api",
	.routes = routes,
	.n = sizeof(routes) / sizeof(*routes),
	.takes = TAKES_KEY | TAKES_COOKIE,
};

int
main(int argc, char **argv)
{
	return web_main(&app, argc, argv);
}
