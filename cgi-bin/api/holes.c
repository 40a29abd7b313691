/*
 * GET /api/v1/ledger/holes?device=&from=&to= - which of a gateway's numbered
 * batches never came.
 */
#include "base/clock.h"
#include "base/env.h"
#include "base/member.h"
#include "cgi-bin/api/ask.h"
#include "model/ledger.h"

handler api_holes;

struct err *
api_holes(struct req *rq, struct res *rs)
{
	const char *device = req_query(rq, "device");
	struct buf *b = &rs->body;
	int64_t now = env_now(), from, to;
	struct holes holes;
	struct device d;
	struct site site;
	struct err *e;
	bool is_cut;
	size_t i;

	if (device == NULL || *device == 0)
		return err_raise(ERR_INPUT, "device: this field is missing.",
		    "no device");
	if ((e = req_time(&to, rq, "to", now)) != NULL ||
	    (e = req_time(&from, rq, "from", to - 7 * CLOCK_DAY)) != NULL)
		return err_pass(e);
	if (from >= to)
		return err_raise(ERR_INPUT, "from must be before to.", "span");
	if ((e = device_known(&d, &site, rq->tx, device)) != NULL ||
	    (e = ledger_holes(&holes, &is_cut, rq->tx, device, from, to)) !=
		NULL)
		return err_pass(e);
	buf_byte(b, '{');
	member_text(b, "device", device);
	member_text(b, "from", clock_iso(rq->arena, from));
	member_text(b, "to", clock_iso(rq->arena, to));
	member_bool(b, "cut", is_cut);
	member_name(b, "holes");
	buf_byte(b, '[');
	for (i = 0; i < holes.n; i++) {
		const struct hole *h = &holes.v[i];

		member_comma(b);
		buf_byte(b, '{');
		member_text(b, "prefix", h->of);
		member_int(b, "low", h->low);
		member_int(b, "high", h->high);
		member_text(b, "after", clock_iso(rq->arena, h->after));
		member_text(b, "before", clock_iso(rq->arena, h->before));
		buf_byte(b, '}');
	}
	buf_text(b, "]}\n");
	return NULL;
}
