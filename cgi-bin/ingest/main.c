/*
 * ingest.fcgi - readings from gateways.
 */
#include "cgi-bin/ingest/influx.h"
#include "cgi-bin/ingest/post.h"
#include "cgi-bin/ingest/rescue.h"

/* clang-format off */
#define ROUTES(R) \
/* verb path                            permission           guard    database  handler        */ \
R(POST, "/api/v1/ingest",               CAN_TELEMETRY_WRITE, PLAIN,   TX_WRITE, ingest_native)   \
R(POST, "/api/ingest",                  CAN_TELEMETRY_WRITE, PLAIN,   TX_WRITE, ingest_fluxio)   \
R(POST, "/api/v1/ingest/quality",       CAN_TELEMETRY_WRITE, PLAIN,   TX_WRITE, ingest_quality)  \
R(POST, "/v1/ingestion/telemetry",      CAN_TELEMETRY_WRITE, PLAIN,   TX_WRITE, ingest_fleet)    \
R(GET,  "/api/v1/ingest/plan",          CAN_TELEMETRY_WRITE, PLAIN,   TX_READ,  ingest_plan)     \
R(POST, "/api/v1/ingest/commands",      CAN_TELEMETRY_WRITE, PLAIN,   TX_WRITE, agent_commands)  \
R(POST, "/api/v1/ingest/health",        CAN_TELEMETRY_WRITE, PLAIN,   TX_WRITE, agent_health)    \
R(GET,  "/api/v1/ingest/bundle",        CAN_TELEMETRY_WRITE, PLAIN,   TX_READ,  bundle_offer)    \
R(POST, "/api/v1/ingest/bundle",        CAN_TELEMETRY_WRITE, PLAIN,   TX_WRITE, bundle_report)   \
/* InfluxDB */ \
R(POST, "/write",                       CAN_TELEMETRY_WRITE, BASIC,   TX_WRITE, influx_write1)   \
R(POST, "/api/v2/write",                CAN_TELEMETRY_WRITE, BASIC,   TX_WRITE, influx_write2)   \
R(GET,  "/query",                       CAN_TELEMETRY_WRITE, BASIC,   TX_READ,  influx_query)    \
R(POST, "/query",                       CAN_TELEMETRY_WRITE, BASIC,   TX_READ,  influx_query)    \
R(GET,  "/ping",                        CAN_NOTHING,         PLAIN,   TX_NONE,  influx_ping)     \
R(GET,  "/api/v2/ping",                 CAN_NOTHING,         PLAIN,   TX_NONE,  influx_ping)     \
R(GET,  "/health",                      CAN_NOTHING,         PLAIN,   TX_NONE,  influx_health)   \
/* ThingsBoard */ \
R(POST, "/api/v1/:token/telemetry",     CAN_TELEMETRY_WRITE, PATHKEY, TX_WRITE, tb_telemetry)    \
R(POST, "/tb/api/v1/:token/telemetry",  CAN_TELEMETRY_WRITE, PATHKEY, TX_WRITE, tb_telemetry)    \
R(POST, "/api/v1/:token/attributes",    CAN_TELEMETRY_WRITE, PATHKEY, TX_WRITE, tb_attributes)   \
R(POST, "/tb/api/v1/:token/attributes", CAN_TELEMETRY_WRITE, PATHKEY, TX_WRITE, tb_attributes)   \
R(GET,  "/api/v1/:token/attributes",    CAN_TELEMETRY_WRITE, PATHKEY, TX_READ,  tb_attributes_show) \
R(GET,  "/tb/api/v1/:token/attributes", CAN_TELEMETRY_WRITE, PATHKEY, TX_READ,  tb_attributes_show)
/* clang-format on */

static const struct route routes[] = {
#define R(verb, path, needs, guard, tx, run) \
	{ verb, path, needs, guard, tx, run },
	ROUTES(R)
#undef R
};

static const struct app app = {
	.name = "ingest",
	.routes = routes,
	.n = sizeof(routes) / sizeof(*routes),
	.takes = TAKES_KEY,
	.start = rescue_start,
	.rescue = rescue,
	.say = influx_say,
	.joins = ingest_joins,
	.together = ingest_together,
};

int
main(int argc, char **argv)
{
	return web_main(&app, argc, argv);
}
