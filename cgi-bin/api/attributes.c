/*
 * GET /api/v1/attributes?device= - what a device says of itself besides
 * readings: {"device", "attributes": {"firmware": {"value", "at"}}}.
 */
#include "base/clock.h"
#include "base/member.h"
#include "query.h"
#include "web/web.h"

handler api_attributes;

static void
say(struct buf *b, const struct rows *r, int i)
{
	member_name(b, rows_text(r, i, ATTRIBUTE_LIST_NAME));
	buf_byte(b, '{');
	member_name(b, "value");
	buf_text(b, rows_text(r, i, ATTRIBUTE_LIST_VALUE));
	member_text(b, "at",
	    clock_iso(b->arena, rows_time(r, i, ATTRIBUTE_LIST_AT)));
	buf_byte(b, '}');
}

struct err *
api_attributes(struct req *rq, struct res *rs)
{
	const char *device = req_query(rq, "device");
	struct buf *b = &rs->body;
	struct rows *r;
	struct err *e;
	int i;

	if (device == NULL || *device == 0)
		return err_raise(ERR_INPUT, "device: this field is missing.",
		    "no device");
	if ((e = tx_rows(&r, rq->tx, &q_attribute_list,
		 ARGS(A((int)rq->who.tenant), A(device)))) != NULL)
		return err_pass(e);
	if (rows_count(r) == 0)
		return err_raise(ERR_MISSING, "There is no such device.", "%s",
		    device);
	buf_byte(b, '{');
	member_text(b, "device", device);
	member_name(b, "attributes");
	buf_byte(b, '{');
	for (i = 0; i < rows_count(r); i++)
		if (!rows_null(r, i, ATTRIBUTE_LIST_NAME))
			say(b, r, i);
	buf_text(b, "}}\n");
	return NULL;
}
