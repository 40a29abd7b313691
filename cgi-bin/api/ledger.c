/*
 * GET /api/v1/ledger?from=&to= - what each gateway sent, and what became of
 * it: sent = stored + duplicate + rejected + lost + waiting.
 */
#include "model/ledger.h"

#include "base/clock.h"
#include "base/env.h"
#include "web/member.h"
#include "web/web.h"

handler api_ledger;

static void
say(struct buf *b, const struct account *a)
{
	member_comma(b);
	buf_byte(b, '{');
	member_text(b, "source", *a->source != 0 ? a->source : "poller");
	member_int(b, "batches", a->batches);
	member_int(b, "sent", a->sent);
	member_int(b, "stored", a->stored);
	member_int(b, "duplicate", a->duplicate);
	member_int(b, "rejected", a->rejected);
	member_int(b, "lost", a->lost);
	member_int(b, "waiting", a->waiting);
	member_text(b, "last", clock_iso(b->arena, a->last));
	buf_byte(b, '}');
}

struct err *
api_ledger(struct req *rq, struct res *rs)
{
	struct buf *b = &rs->body;
	int64_t now = env_now(), from, to;
	struct accounts all = { 0 };
	struct err *e;
	size_t i;

	if ((e = req_time(&to, rq, "to", now)) != NULL ||
	    (e = req_time(&from, rq, "from", to - CLOCK_DAY)) != NULL)
		return err_pass(e);
	if (from >= to)
		return err_raise(ERR_INPUT, "from must be before to.", "span");
	if ((e = ledger_load(&all, rq->tx, from, to)) != NULL)
		return err_pass(e);
	buf_byte(b, '{');
	member_text(b, "from", clock_iso(rq->arena, from));
	member_text(b, "to", clock_iso(rq->arena, to));
	member_name(b, "ledger");
	buf_byte(b, '[');
	for (i = 0; i < all.n; i++)
		say(b, &all.v[i]);
	buf_text(b, "]}\n");
	return NULL;
}
