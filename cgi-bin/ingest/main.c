/*
 * ingest.fcgi - readings from gateways.
 */
#include "cgi-bin/ingest/post.h"

/* clang-format off */
#define ROUTES(R) \
/* verb  path               needs       database  handler       */ \
R(POST,  "/api/v1/ingest",  CAN_INGEST, TX_WRITE, ingest_native)  \
R(POST,  "/api/ingest",     CAN_INGEST, TX_WRITE, ingest_fluxio)
/* clang-format on */

static const struct route routes[] = {
#define R(verb, path, needs, tx, run) { verb, path, needs, tx, run },
	ROUTES(R)
#undef R
};

static const struct app app = {
	.name = "ingest",
	.routes = routes,
	.n = sizeof(routes) / sizeof(*routes),
	.takes = TAKES_KEY,
	.joins = ingest_joins,
	.together = ingest_together,
};

int
main(int argc, char **argv)
{
	return web_main(&app, argc, argv);
}
