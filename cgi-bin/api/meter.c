/*
 * GET /api/v1/meter?from=&to=&format= - what the tenant is charged by, a day
 * of UTC: from the ledger itself, so that both are the same numbers.
 */
#include "base/clock.h"
#include "base/env.h"
#include "base/member.h"
#include "cgi-bin/api/table.h"
#include "model/ledger.h"
#include "web/web.h"

enum { DAYS = 31, DAYS_MOST = 400 };

handler api_meter;

static const struct column columns[] = {
	{ "day", NULL, CELL_TEXT },
	{ "messages", NULL, CELL_INT },
	{ "readings", NULL, CELL_INT },
	{ "refused", NULL, CELL_INT },
	{ "bytes", NULL, CELL_INT },
};

/* Those that were taken: what was refused is not charged. */
static int64_t
readings(const struct account *a)
{
	return a->sent - a->rejected - a->thinned;
}

static const char *
day_of(struct arena *a, int64_t at)
{
	return arena_printf(a, "%.10s", clock_iso(a, at));
}

static struct err *
say_table(struct table *t, const struct accounts *all)
{
	struct err *e;
	size_t i;

	t->name = t->file = "meter";
	t->column = columns;
	t->n = sizeof(columns) / sizeof(*columns);
	if ((e = table_begin(t)) != NULL)
		return err_pass(e);
	for (i = 0; i < all->n; i++) {
		const struct account *a = &all->v[i];
		const struct cell row[] = {
			cell_text(day_of(t->rq->arena, a->last)),
			cell_int(a->batches),
			cell_int(readings(a)),
			cell_int(a->rejected),
			cell_int(a->bytes),
		};

		if ((e = table_row(t, row)) != NULL)
			return err_pass(e);
	}
	e = table_end(t);
	return e != NULL ? err_pass(e) : NULL;
}

static void
say(struct buf *b, const struct accounts *all)
{
	size_t i;

	buf_byte(b, '{');
	member_name(b, "days");
	buf_byte(b, '[');
	for (i = 0; i < all->n; i++) {
		const struct account *a = &all->v[i];

		member_comma(b);
		buf_byte(b, '{');
		member_text(b, "day", day_of(b->arena, a->last));
		member_int(b, "messages", a->batches);
		member_int(b, "readings", readings(a));
		member_int(b, "refused", a->rejected);
		member_int(b, "bytes", a->bytes);
		buf_byte(b, '}');
	}
	buf_text(b, "]}\n");
}

struct err *
api_meter(struct req *rq, struct res *rs)
{
	struct table t = { .rq = rq, .rs = rs };
	int64_t now = env_now(), from, to;
	struct accounts all = { 0 };
	struct err *e;

	if ((e = form_read(&t.form, rq, FORMAT_JSON)) != NULL ||
	    (e = req_time(&to, rq, "to", now)) != NULL ||
	    (e = req_time(&from, rq, "from", to - DAYS * CLOCK_DAY)) != NULL)
		return err_pass(e);
	from -= from % CLOCK_DAY;
	if (from >= to || to - from > DAYS_MOST * CLOCK_DAY)
		return err_raise(ERR_INPUT,
		    "from must be before to, by 400 days at most.", "span");
	if ((e = ledger_days(&all, rq->tx, "", from, to)) != NULL)
		return err_pass(e);
	if (t.form.format != FORMAT_JSON) {
		e = say_table(&t, &all);
		return e != NULL ? err_pass(e) : NULL;
	}
	say(&rs->body, &all);
	return NULL;
}
