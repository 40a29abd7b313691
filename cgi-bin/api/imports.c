/*
 * POST /api/v1/imports?name=&kind=readings|devices|assets - a file: CSV, JSON,
 * either gzipped.  The answer says what it seems to be, and what is not clear.
 * POST /api/v1/imports/ID/{dry,run,cancel} - what to do with it; the body is
 * the plan, or none for the one that it has.
 * GET /api/v1/imports, /api/v1/imports/ID - what became of them.
 * GET /api/v1/imports/ID/errors?format=json|csv - lines that were wrong.
 */
#include <string.h>

#include "base/clock.h"
#include "base/member.h"
#include "cgi-bin/api/table.h"
#include "intake/import.h"

handler api_import_open;
handler api_imports;
handler api_import;
handler api_import_errors;
handler api_import_dry;
handler api_import_run;
handler api_import_cancel;

enum { LIST_MAX = 200, ERRORS_MAX = 1000 };

static struct err *
id_of(int32_t *id, const struct req *rq)
{
	*id = (int32_t)number_typed(req_param(rq, "id"), INT32_MAX);
	return *id > 0
		   ? NULL
		   : err_raise(ERR_MISSING, "There is no such import.", "id");
}

/* Text that is JSON already, as a member. */
static void
member_json(struct buf *b, const char *name, const char *json)
{
	member_name(b, name);
	buf_text(b, *json != 0 ? json : "null");
}

static void
say(struct buf *b, const struct import *i)
{
	member_int(b, "id", i->id);
	member_text(b, "name", i->name);
	member_text(b, "kind", i->kind);
	member_text(b, "state", i->state);
	if (*i->why != 0)
		member_text(b, "why", i->why);
	member_text(b, "made", clock_iso(b->arena, i->made_at));
	if (i->ended_at != 0)
		member_text(b, "ended", clock_iso(b->arena, i->ended_at));
	member_int(b, "bytes", i->bytes);
	member_int(b, "rows", i->rows);
	member_int(b, "doneRows", i->done_rows);
	member_int(b, "readings", i->readings);
	member_int(b, "stored", i->stored);
	member_int(b, "duplicate", i->duplicate);
	member_int(b, "missing", i->missing);
	member_int(b, "bad", i->bad);
	member_int(b, "waiting", i->waiting);
}

static void
questions_put(struct buf *b, const struct questions *q)
{
	size_t i;

	member_name(b, "questions");
	buf_byte(b, '[');
	for (i = 0; i < q->n; i++) {
		member_comma(b);
		buf_byte(b, '{');
		member_text(b, "field", q->v[i].field);
		member_text(b, "ask", q->v[i].ask);
		buf_byte(b, '}');
	}
	buf_byte(b, ']');
}

struct err *
api_import_open(struct req *rq, struct res *rs)
{
	const char *kind = req_query(rq, "kind"), *name = req_query(rq, "name");
	struct buf *b = &rs->body, plan = buf_new(rq->arena, 1024);
	struct questions q = { .n = 0 };
	struct plan suggested;
	struct import i;
	struct look l;
	struct csv c;
	struct err *e;
	int32_t id;

	if (kind == NULL)
		kind = "readings";
	if (strcmp(kind, "readings") != 0 && strcmp(kind, "devices") != 0 &&
	    strcmp(kind, "assets") != 0)
		return err_raise(ERR_INPUT,
		    "kind: want readings, devices or assets; people are "
		    "invited by people.",
		    "kind");
	if (rq->body_err != NULL)
		return err_raise(rq->body_err->kind, rq->body_err->say, "body");
	if ((e = import_open(&id, rq->tx, rq->who.device,
		 name != NULL ? name : "", kind, rq->body)) != NULL ||
	    (e = import_load(&i, rq->tx, rq->who.device, id)) != NULL ||
	    (e = import_look(&l, &c, &suggested, rq->tx, rq->who.device, id)) !=
		NULL)
		return err_pass(e);
	rs->status = 201;
	res_header(rs, "Location",
	    arena_printf(rq->arena, "/api/v1/imports/%d", (int)id));
	buf_byte(b, '{');
	say(b, &i);
	member_json(b, "look", i.look);
	if (strcmp(kind, "readings") == 0) {
		plan_put(&plan, &suggested);
		member_json(b, "plan", (const char *)plan.p);
		plan_ask(&q, rq->arena, &suggested, &l);
	}
	questions_put(b, &q);
	buf_text(b, "}\n");
	return NULL;
}

struct err *
api_imports(struct req *rq, struct res *rs)
{
	struct buf *b = &rs->body;
	struct imports all;
	struct err *e;
	int64_t behind;
	size_t i;

	if ((e = req_int(&behind, rq, "behind", 0, 0, INT32_MAX)) != NULL ||
	    (e = imports_load(&all, rq->tx, rq->who.device, (int32_t)behind,
		 LIST_MAX)) != NULL)
		return err_pass(e);
	buf_text(b, "{\"imports\":[");
	for (i = 0; i < all.n; i++) {
		member_comma(b);
		buf_byte(b, '{');
		say(b, &all.v[i]);
		buf_byte(b, '}');
	}
	buf_text(b, "]}\n");
	return NULL;
}

struct err *
api_import(struct req *rq, struct res *rs)
{
	struct buf *b = &rs->body;
	struct import i;
	struct err *e;
	int32_t id;

	if ((e = id_of(&id, rq)) != NULL ||
	    (e = import_load(&i, rq->tx, rq->who.device, id)) != NULL)
		return err_pass(e);
	buf_byte(b, '{');
	say(b, &i);
	member_json(b, "look", i.look);
	member_json(b, "plan", i.plan);
	buf_text(b, "}\n");
	return NULL;
}

static struct err *
errors_table(struct table *t, const struct import_errors *all)
{
	static const struct column columns[] = {
		{ "line", NULL, CELL_INT },
		{ "column", NULL, CELL_TEXT },
		{ "code", NULL, CELL_TEXT },
		{ "detail", NULL, CELL_TEXT },
		{ "cell", NULL, CELL_TEXT },
	};
	struct err *e;
	size_t i;

	t->name = t->file = "errors";
	t->column = columns;
	t->n = sizeof(columns) / sizeof(*columns);
	if ((e = table_begin(t)) != NULL)
		return err_pass(e);
	for (i = 0; i < all->n; i++) {
		const struct import_error *x = &all->v[i];
		const struct cell row[] = {
			cell_int(x->line),
			cell_text(x->column),
			cell_text(x->code),
			cell_text(x->detail),
			cell_text(x->cell),
		};

		if ((e = table_row(t, row)) != NULL)
			return err_pass(e);
	}
	e = table_end(t);
	return e != NULL ? err_pass(e) : NULL;
}

struct err *
api_import_errors(struct req *rq, struct res *rs)
{
	struct table t = { .rq = rq, .rs = rs };
	struct buf *b = &rs->body;
	struct import_errors all;
	struct import it;
	struct err *e;
	int32_t id;
	size_t i;

	if ((e = form_read(&t.form, rq, FORMAT_JSON)) != NULL ||
	    (e = form_zone(&t.form, rq)) != NULL ||
	    (e = id_of(&id, rq)) != NULL ||
	    (e = import_load(&it, rq->tx, rq->who.device, id)) != NULL ||
	    (e = import_errors_load(&all, rq->tx, rq->who.device, id,
		 ERRORS_MAX)) != NULL)
		return err_pass(e);
	if (t.form.format != FORMAT_JSON) {
		e = errors_table(&t, &all);
		return e != NULL ? err_pass(e) : NULL;
	}
	buf_byte(b, '{');
	member_int(b, "total", it.bad + it.missing);
	member_name(b, "errors");
	buf_byte(b, '[');
	for (i = 0; i < all.n; i++) {
		member_comma(b);
		buf_byte(b, '{');
		member_int(b, "line", all.v[i].line);
		member_text(b, "column", all.v[i].column);
		member_text(b, "code", all.v[i].code);
		member_text(b, "detail", all.v[i].detail);
		member_text(b, "cell", all.v[i].cell);
		buf_byte(b, '}');
	}
	buf_text(b, "]}\n");
	return NULL;
}

/* ---- what to do with it ---- */

/* The plan that came, or the one that there is. */
static struct err *
plan_of(struct plan *p, const struct req *rq, const struct import *i)
{
	struct bytes json = rq->body;
	struct err *e;

	if (json.n == 0)
		json = (struct bytes){ (const unsigned char *)i->plan,
			strlen(i->plan) };
	if (json.n == 0)
		return err_raise(ERR_INPUT,
		    "Say what the columns are: the body must be a plan.",
		    "no plan");
	e = plan_read(p, rq->arena, json);
	return e != NULL ? err_pass(e) : NULL;
}

static struct err *
decide(struct req *rq, struct res *rs, const char *became)
{
	const char *whole = req_query(rq, "whole");
	struct import_wish wish = { .keys = { "", "" } };
	struct questions q = { .n = 0 };
	struct buf *b = &rs->body;
	struct import i;
	struct plan p;
	struct err *e;
	int32_t id;

	if ((e = id_of(&id, rq)) != NULL ||
	    (e = import_load(&i, rq->tx, rq->who.device, id)) != NULL)
		return err_pass(e);
	wish.is_dry = strcmp(became, "dry") == 0;
	wish.is_whole = whole != NULL && strcmp(whole, "1") == 0;
	if (strcmp(i.kind, "devices") == 0 || strcmp(i.kind, "assets") == 0)
		e = import_list(rq->tx, rq->who.device, &i, &wish);
	else if (strcmp(i.kind, "readings") != 0)
		e = err_raise(ERR_REFUSED,
		    "People are invited by people, on the page of imports.",
		    "import %d", (int)id);
	else if ((e = plan_of(&p, rq, &i)) == NULL)
		e = import_decide(&q, rq->tx, rq->who.device, id, &p, became);
	if (e != NULL ||
	    (e = import_load(&i, rq->tx, rq->who.device, id)) != NULL)
		return err_pass(e);
	rs->status = q.n > 0 ? 422 : 202;
	buf_byte(b, '{');
	if (q.n > 0) {
		rs->type = "application/problem+json";
		member_text(b, "title", "There are questions");
		member_int(b, "status", 422);
		member_text(b, "detail", q.v[0].ask);
	}
	say(b, &i);
	questions_put(b, &q);
	buf_text(b, "}\n");
	return NULL;
}

struct err *
api_import_dry(struct req *rq, struct res *rs)
{
	return decide(rq, rs, "dry");
}

struct err *
api_import_run(struct req *rq, struct res *rs)
{
	return decide(rq, rs, "ready");
}

struct err *
api_import_cancel(struct req *rq, struct res *rs)
{
	struct buf *b = &rs->body;
	struct import i;
	struct err *e;
	int32_t id;

	if ((e = id_of(&id, rq)) != NULL ||
	    (e = import_cancel(rq->tx, rq->who.device, id)) != NULL ||
	    (e = import_load(&i, rq->tx, rq->who.device, id)) != NULL)
		return err_pass(e);
	buf_byte(b, '{');
	say(b, &i);
	buf_text(b, "}\n");
	return NULL;
}
