/*
 * POST /admin/devices/:key/exchange - the meter behind a counter was exchanged;
 * POST .../withdraw - it was not.  Both are asked by /devices/:key/counters.
 */
#include "base/clock.h"
#include "base/zone.h"
#include "cgi-bin/admin/routes.h"
#include "model/meter.h"
#include "query.h"

/* By the clocks of the device's site, or with a zone of its own. */
static struct err *
at_typed(int64_t *at, struct req *rq, const char *device)
{
	const char *text = req_typed(rq, "at");
	struct rows *r;
	struct err *e;

	if ((e = tx_rows(&r, rq->tx, &q_meter_zone,
		 ARGS(A((int)rq->who.tenant), A(device)))) != NULL)
		return err_pass(e);
	if (rows_count(r) == 0)
		return err_raise(ERR_MISSING, "There is no such device.",
		    "device %.64s", device);
	zone_use(rows_text(r, 0, METER_ZONE_ZONE));
	if (!clock_from_iso(at, text) && !zone_from_form(at, text))
		return err_raise(ERR_INPUT, "at: want a date with a time.",
		    "at");
	return NULL;
}

static struct err *
back(struct req *rq, struct res *rs, const char *device)
{
	rs->wake = true;
	return res_goto(rs,
	    arena_printf(rq->arena, "/devices/%s/counters", device));
}

struct err *
admin_exchange(struct req *rq, struct res *rs)
{
	const char *device = req_param(rq, "key");
	struct exchange x = {
		.old_last = real_typed(rq->arena, req_typed(rq, "old_last")),
		.new_first = real_typed(rq->arena, req_typed(rq, "new_first")),
	};
	struct err *e;

	if ((e = at_typed(&x.at, rq, device)) != NULL ||
	    (e = meter_exchange(rq->tx, device, req_typed(rq, "sensor"), &x)) !=
		NULL)
		return err_pass(e);
	return back(rq, rs, device);
}

struct err *
admin_exchange_withdraw(struct req *rq, struct res *rs)
{
	const char *device = req_param(rq, "key");
	struct err *e;
	int64_t at;

	if ((e = at_typed(&at, rq, device)) != NULL ||
	    (e = meter_withdraw(rq->tx, device, req_typed(rq, "sensor"), at)) !=
		NULL)
		return err_pass(e);
	return back(rq, rs, device);
}
