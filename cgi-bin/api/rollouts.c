/*
 * GET /api/v1/rollouts?limit= - the signed plans of edge agents and how far
 * they are; POST /api/v1/rollouts/:id/pause and resume.
 */
#include <limits.h>

#include "base/clock.h"
#include "base/member.h"
#include "query.h"
#include "web/web.h"

enum { LIST_MAX = 1000, LIST_USUAL = 200 };

handler api_rollouts;
handler api_rollout_pause;
handler api_rollout_resume;

static const char *
text_or_null(const char *s)
{
	return *s != 0 ? s : NULL;
}

static void
say(struct buf *b, const struct rows *r, int i)
{
	member_comma(b);
	buf_byte(b, '{');
	member_int(b, "rollout", rows_int(r, i, PLAN_LIST_ROLLOUT));
	member_text(b, "gateway", rows_text(r, i, PLAN_LIST_GATEWAY));
	member_int(b, "version", rows_int(r, i, PLAN_LIST_VERSION));
	member_text(b, "made_at",
	    clock_iso(b->arena, rows_time(r, i, PLAN_LIST_MADE_AT)));
	member_text(b, "made_by",
	    text_or_null(rows_text(r, i, PLAN_LIST_MADE_BY)));
	member_text(b, "note", text_or_null(rows_text(r, i, PLAN_LIST_NOTE)));
	member_text(b, "changes", rows_text(r, i, PLAN_LIST_CHANGES));
	member_text(b, "state", rows_text(r, i, PLAN_LIST_STATE));
	member_text(b, "why", text_or_null(rows_text(r, i, PLAN_LIST_WHY)));
	member_text(b, "said_at",
	    rows_null(r, i, PLAN_LIST_SAID_AT)
		? NULL
		: clock_iso(b->arena, rows_time(r, i, PLAN_LIST_SAID_AT)));
	buf_byte(b, '}');
}

struct err *
api_rollouts(struct req *rq, struct res *rs)
{
	struct buf *b = &rs->body;
	struct rows *r;
	struct err *e;
	int64_t most;
	int i;

	if ((e = req_int(&most, rq, "limit", LIST_USUAL, 1, LIST_MAX)) !=
		NULL ||
	    (e = tx_rows(&r, rq->tx, &q_plan_list,
		 ARGS(A((int)rq->who.tenant), A(INT_MAX), A((int)most)))) !=
		NULL)
		return err_pass(e);
	buf_byte(b, '{');
	member_name(b, "plans");
	buf_byte(b, '[');
	for (i = 0; i < rows_count(r); i++)
		say(b, r, i);
	buf_text(b, "]}\n");
	return NULL;
}

static struct err *
go(struct req *rq, struct res *rs, bool on)
{
	int id = (int)number_typed(req_param(rq, "id"), INT_MAX);
	struct rows *r;
	struct err *e;

	if ((e = tx_rows(&r, rq->tx, &q_rollout_go, ARGS(A(id), A(on)))) !=
	    NULL)
		return err_pass(e);
	if (rows_null(r, 0, ROLLOUT_GO_GATEWAYS))
		return err_raise(ERR_MISSING, "There is no such rollout.", "%d",
		    id);
	buf_byte(&rs->body, '{');
	member_int(&rs->body, "gateways", rows_int(r, 0, ROLLOUT_GO_GATEWAYS));
	buf_text(&rs->body, "}\n");
	return NULL;
}

struct err *
api_rollout_pause(struct req *rq, struct res *rs)
{
	struct err *e = go(rq, rs, false);

	return e != NULL ? err_pass(e) : NULL;
}

struct err *
api_rollout_resume(struct req *rq, struct res *rs)
{
	struct err *e = go(rq, rs, true);

	return e != NULL ? err_pass(e) : NULL;
}
