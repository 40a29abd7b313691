/* Where the data of an answer come from: said in its header and on its page. */
#include "query.h"
#include "web/internal.h"

/* Who needs one of these sees what devices are and what they sent. */
static const enum can shows[] = { CAN_TELEMETRY_READ, CAN_DEVICES_READ,
	CAN_DEVICES_WRITE, CAN_DEVICES_ENROLL, CAN_DEBUG_READ, CAN_EXPORTS_READ,
	CAN_TELEMETRY_WRITE };

static bool
shows_data(const struct route *r)
{
	size_t i;

	for (i = 0; i < sizeof(shows) / sizeof(*shows); i++)
		if (r->needs == shows[i])
			return true;
	return false;
}

void
res_source(struct res *rs, bool simulated)
{
	rs->source = simulated ? "simulation" : "field";
}

/* Once: the device in the path or the query, or any that may be seen. */
struct err *
source_settle(struct req *rq, struct res *rs)
{
	const char *key = req_param(rq, "key"), *asked;
	struct rows *r;
	struct err *e;

	if (rs->source != NULL || rs->is_settled || rq->tx == NULL ||
	    rq->route == NULL || rq->child->app->together != NULL ||
	    !shows_data(rq->route))
		return NULL;
	rs->is_settled = true;
	/* No page is about the device in its query alone. */
	asked = rq->child->app->pages ? NULL : req_query(rq, "device");
	if (key == NULL || *key == 0)
		key = asked != NULL ? asked : "";
	if ((e = tx_rows(&r, rq->tx, &q_source_simulated,
		 ARGS(A((int)rq->who.tenant), A(key)))) != NULL)
		return err_pass(e);
	if (rows_bool(r, 0, SOURCE_SIMULATED_IS_ANY))
		res_source(rs, true);
	return NULL;
}
