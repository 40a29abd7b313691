/*
 * Scripts of other sites: which may read the answers to an API key.
 *
 * Never with cookies: an origin is allowed for requests that carry their own
 * credential, and Access-Control-Allow-Credentials is not sent.
 */
#include <string.h>

#include "query.h"
#include "web/internal.h"

enum { ORIGIN_MAX = 200, PREFLIGHT_S = 600 };

static const char *
origin_of(const struct req *rq)
{
	const char *origin = req_header(rq, "Origin");

	if ((rq->child->app->takes & TAKES_KEY) == 0 ||
	    strlen(origin) > ORIGIN_MAX)
		return "";
	return origin;
}

bool
cors_preflight(struct req *rq, struct res *rs, const char *allow)
{
	const char *origin = origin_of(rq);
	struct rows *r;

	if (rq->verb != OPTIONS || allow == NULL || *origin == 0 ||
	    *req_header(rq, "Access-Control-Request-Method") == 0 ||
	    db_call(&r, rq->child->db, rq->arena, &q_cors_any,
		ARGS(A(origin))) != NULL ||
	    !rows_bool(r, 0, CORS_ANY_LISTED))
		return false;
	rs->status = 204;
	rq->cors = origin;
	res_header(rs, "Access-Control-Allow-Methods", allow);
	res_header(rs, "Access-Control-Allow-Headers",
	    "Authorization, X-API-Key, Content-Type, If-None-Match, "
	    "Idempotency-Key, X-Flux-Time, X-Flux-Nonce, X-Flux-Signature");
	res_header(rs, "Access-Control-Max-Age",
	    arena_printf(rq->arena, "%d", PREFLIGHT_S));
	return true;
}

struct err *
cors_mark(struct req *rq)
{
	const char *origin = origin_of(rq);
	struct rows *r;
	struct err *e;

	if (*origin == 0 || rq->tx == NULL || rq->gate.kind == GATE_SESSION)
		return NULL;
	if ((e = tx_rows(&r, rq->tx, &q_cors_has, ARGS(A(origin)))) != NULL)
		return err_pass(e);
	if (rows_bool(r, 0, CORS_HAS_LISTED))
		rq->cors = origin;
	return NULL;
}
