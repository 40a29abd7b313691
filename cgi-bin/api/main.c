/*
 * api.fcgi - REST for programs, and the addresses of the FluxIO document.
 */
#include "web/web.h"

/* clang-format off */
#define ROUTES(R) \
/* verb path                           permission          guard  database  handler       */ \
R(GET, "/api/v1/devices",              CAN_DEVICES_READ,   LOCAL, TX_READ,  api_devices)      \
R(GET, "/api/v1/telemetry",            CAN_TELEMETRY_READ, LOCAL, TX_READ,  api_telemetry)    \
R(GET, "/api/v1/telemetry/latest",     CAN_TELEMETRY_READ, LOCAL, TX_READ,  api_latest)       \
R(GET, "/api/v1/telemetry/aggregate",  CAN_TELEMETRY_READ, LOCAL, TX_READ,  api_aggregate)    \
R(GET, "/api/v1/telemetry/statistics", CAN_TELEMETRY_READ, LOCAL, TX_READ,  api_statistics)   \
R(GET, "/api/v1/telemetry/rollup",     CAN_TELEMETRY_READ, LOCAL, TX_READ,  api_rollup)       \
R(GET, "/api/v1/telemetry/export",     CAN_EXPORTS_READ,   LOCAL, TX_WRITE, api_export)       \
R(GET, "/api/v1/ledger",               CAN_TELEMETRY_READ, LOCAL, TX_READ,  api_ledger)       \
/* dead letters */ \
R(GET, "/api/v1/dead-letters",         CAN_DEBUG_READ,     LOCAL, TX_READ,  api_letters)      \
R(POST, "/api/v1/dead-letters/replay", CAN_DEVICES_WRITE,  PLAIN, TX_WRITE, api_letters_replay) \
/* device profiles of the tenant's own */ \
R(GET, "/api/v1/profiles",             CAN_DEVICES_READ,   PLAIN, TX_READ,  api_profiles)     \
R(POST, "/api/v1/profiles",            CAN_DEVICES_WRITE,  PLAIN, TX_WRITE, api_profile_add)  \
R(POST, "/api/v1/profiles/apply",      CAN_DEVICES_WRITE,  PLAIN, TX_WRITE, api_profile_apply) \
/* imports; their functions ask for the key's rights, which a read that is \
 * answered by what is known of a key does not have */ \
R(POST, "/api/v1/imports",             CAN_TELEMETRY_WRITE, PLAIN, TX_WRITE, api_import_open)  \
R(GET, "/api/v1/imports",              CAN_TELEMETRY_WRITE, PLAIN, TX_WRITE, api_imports)      \
R(GET, "/api/v1/imports/:id",          CAN_TELEMETRY_WRITE, PLAIN, TX_WRITE, api_import)       \
R(GET, "/api/v1/imports/:id/errors",   CAN_TELEMETRY_WRITE, PLAIN, TX_WRITE, api_import_errors) \
R(POST, "/api/v1/imports/:id/dry",     CAN_TELEMETRY_WRITE, PLAIN, TX_WRITE, api_import_dry)   \
R(POST, "/api/v1/imports/:id/run",     CAN_TELEMETRY_WRITE, PLAIN, TX_WRITE, api_import_run)   \
R(POST, "/api/v1/imports/:id/cancel",  CAN_TELEMETRY_WRITE, PLAIN, TX_WRITE, api_import_cancel) \
/* holes, completeness, meter */ \
R(GET, "/api/v1/ledger/holes",         CAN_TELEMETRY_READ, LOCAL, TX_READ,  api_holes)        \
R(GET, "/api/v1/completeness",         CAN_TELEMETRY_READ, LOCAL, TX_READ,  api_complete)     \
R(GET, "/api/v1/meter",                CAN_QUOTA_READ,     PLAIN, TX_READ,  api_meter)        \
/* why a reading is as it is */ \
R(GET, "/api/v1/why",                  CAN_TELEMETRY_READ, LOCAL, TX_READ,  api_why)          \
R(GET, "/api/v1/attributes",           CAN_TELEMETRY_READ, LOCAL, TX_READ,  api_attributes)   \
/* counters and exchanged meters */ \
R(GET, "/api/v1/counters",             CAN_TELEMETRY_READ, LOCAL, TX_READ,  api_counters)     \
R(POST, "/api/v1/counters/exchange",   CAN_DEVICES_WRITE,  LOCAL, TX_WRITE, api_counter_exchange) \
R(POST, "/api/v1/counters/withdraw",   CAN_DEVICES_WRITE,  LOCAL, TX_WRITE, api_counter_withdraw) \
/* writing into devices */ \
R(POST, "/api/v1/commands",            CAN_COMMANDS_SEND,  LOCAL, TX_WRITE, api_command_ask)  \
R(GET, "/api/v1/commands",             CAN_DEVICES_READ,   LOCAL, TX_READ,  api_commands)     \
R(GET, "/api/v1/commands/:id",         CAN_DEVICES_READ,   LOCAL, TX_READ,  api_command)      \
R(POST, "/api/v1/commands/:id/confirm", CAN_COMMANDS_SEND, LOCAL, TX_WRITE, api_command_confirm) \
R(POST, "/api/v1/commands/:id/approve", CAN_COMMANDS_APPROVE, LOCAL, TX_WRITE, api_command_approve) \
R(POST, "/api/v1/commands/:id/withdraw", CAN_COMMANDS_SEND, LOCAL, TX_WRITE, api_command_withdraw) \
/* registers as they are now; their function asks for the rights, too */ \
R(POST, "/api/v1/probes",              CAN_DEBUG_READ,     LOCAL, TX_WRITE, api_probe_ask)    \
R(GET, "/api/v1/probes/:id",           CAN_DEBUG_READ,     LOCAL, TX_WRITE, api_probe)        \
/* signed plans of edge agents */ \
R(GET, "/api/v1/rollouts",             CAN_DEVICES_READ,   PLAIN, TX_READ,  api_rollouts)     \
R(POST, "/api/v1/rollouts/:id/pause",  CAN_DEVICES_WRITE,  PLAIN, TX_WRITE, api_rollout_pause) \
R(POST, "/api/v1/rollouts/:id/resume", CAN_DEVICES_WRITE,  PLAIN, TX_WRITE, api_rollout_resume) \
/* as the FluxIO document has it */ \
R(GET, "/api/devices",                 CAN_DEVICES_READ,   LOCAL, TX_READ,  api_flux_devices) \
R(GET, "/api/flow-data",               CAN_TELEMETRY_READ, LOCAL, TX_READ,  api_flow_data)    \
R(GET, "/api/health",                  CAN_NOTHING,        PLAIN, TX_NONE,  api_health)
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

static const struct app app = {
	.name = "api",
	.routes = routes,
	.n = sizeof(routes) / sizeof(*routes),
	.takes = TAKES_KEY | TAKES_COOKIE,
	.body_max = 16 * 1024 * 1024,
};

int
main(int argc, char **argv)
{
	return web_main(&app, argc, argv);
}
