/*
 * POST /admin/gateways/:key/release - its agent is gone for good: what is
 * behind it is polled from here again.
 */
#include "cgi-bin/admin/routes.h"
#include "query.h"

struct err *
admin_agent_release(struct req *rq, struct res *rs)
{
	const char *key = req_param(rq, "key");
	struct rows *r;
	struct err *e;

	if ((e = tx_rows(&r, rq->tx, &q_agent_release, ARGS(A(key)))) != NULL)
		return err_pass(e);
	if (!rows_bool(r, 0, AGENT_RELEASE_DONE))
		return err_raise(ERR_MISSING,
		    "No agent polls what is behind it.", "gateway %s", key);
	return res_goto(rs, arena_printf(rq->arena, "/devices/%s", key));
}
