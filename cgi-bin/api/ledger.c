/*
 * GET /api/v1/ledger?from=&to=&format= - what each gateway sent, and what
 * became of it: sent = stored + duplicate + rejected + thinned + lost +
 * waiting.
 */
#include "model/ledger.h"

#include "base/clock.h"
#include "base/env.h"
#include "base/member.h"
#include "cgi-bin/api/table.h"
#include "web/web.h"

handler api_ledger;

static const char *
source(const struct account *a)
{
	return *a->source != 0 ? a->source : "poller";
}

static void
say(struct buf *b, const struct account *a)
{
	member_comma(b);
	buf_byte(b, '{');
	member_text(b, "source", source(a));
	member_int(b, "batches", a->batches);
	member_int(b, "sent", a->sent);
	member_int(b, "stored", a->stored);
	member_int(b, "duplicate", a->duplicate);
	member_int(b, "rejected", a->rejected);
	member_int(b, "thinned", a->thinned);
	member_int(b, "lost", a->lost);
	member_int(b, "waiting", a->waiting);
	member_int(b, "recovered", a->recovered);
	member_int(b, "bytes", a->bytes);
	member_text(b, "last", clock_iso(b->arena, a->last));
	buf_byte(b, '}');
}

static struct err *
say_table(struct table *t, const struct accounts *all)
{
	static const struct column columns[] = {
		{ "source", NULL, CELL_TEXT },
		{ "batches", NULL, CELL_INT },
		{ "sent", NULL, CELL_INT },
		{ "stored", NULL, CELL_INT },
		{ "duplicate", NULL, CELL_INT },
		{ "rejected", NULL, CELL_INT },
		{ "thinned", NULL, CELL_INT },
		{ "lost", NULL, CELL_INT },
		{ "waiting", NULL, CELL_INT },
		{ "recovered", NULL, CELL_INT },
		{ "bytes", NULL, CELL_INT },
		{ "last", NULL, CELL_TIME },
	};
	struct err *e;
	size_t i;

	t->name = t->file = "ledger";
	t->column = columns;
	t->n = sizeof(columns) / sizeof(*columns);
	if ((e = table_begin(t)) != NULL)
		return err_pass(e);
	for (i = 0; i < all->n; i++) {
		const struct account *a = &all->v[i];
		const struct cell row[] = {
			cell_text(source(a)),
			cell_int(a->batches),
			cell_int(a->sent),
			cell_int(a->stored),
			cell_int(a->duplicate),
			cell_int(a->rejected),
			cell_int(a->thinned),
			cell_int(a->lost),
			cell_int(a->waiting),
			cell_int(a->recovered),
			cell_int(a->bytes),
			cell_time(a->last),
		};

		if ((e = table_row(t, row)) != NULL)
			return err_pass(e);
	}
	e = table_end(t);
	return e != NULL ? err_pass(e) : NULL;
}

struct err *
api_ledger(struct req *rq, struct res *rs)
{
	struct buf *b = &rs->body;
	struct table t = { .rq = rq, .rs = rs };
	int64_t now = env_now(), from, to;
	struct accounts all = { 0 };
	struct err *e;
	size_t i;

	if ((e = form_read(&t.form, rq, FORMAT_JSON)) != NULL ||
	    (e = form_zone(&t.form, rq)) != NULL ||
	    (e = req_time(&to, rq, "to", now)) != NULL ||
	    (e = req_time(&from, rq, "from", to - CLOCK_DAY)) != NULL)
		return err_pass(e);
	if (from >= to)
		return err_raise(ERR_INPUT, "from must be before to.", "span");
	if ((e = ledger_load(&all, rq->tx, from, to)) != NULL)
		return err_pass(e);
	if (t.form.format != FORMAT_JSON) {
		e = say_table(&t, &all);
		return e != NULL ? err_pass(e) : NULL;
	}
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
