/*
 * GET /admin/imports/ID - what it seems to be, what is open, what became of it.
 */
#include "cgi-bin/admin/import_page.h"

#include <string.h>

#include "base/clock.h"
#include "base/dates.h"
#include "base/env.h"
#include "cgi-bin/admin/routes.h"
#include "intake/list.h"
#include "query.h"

enum { ERRORS_MAX = 200, SITES_MAX = 1000, STORY_MAX = 500 };

#define REFRESH_S "2"

/* What each state is called, its sign, and what may be done in it. */
static const struct {
	const char *state, *sign, *text;
	bool is_open, is_busy;
} states[] = {
	{ "looked", "never", "waits for answers", true, false },
	{ "asked", "never", "has a question", true, false },
	{ "dry", "never", "dry run", false, true },
	{ "tried", "never", "dry run made", true, false },
	{ "ready", "never", "waits for its turn", false, true },
	{ "running", "never", "running", false, true },
	{ "done", "online", "done", false, false },
	{ "failed", "offline", "failed", false, false },
	{ "cancelled", "offline", "cancelled", false, false },
};

/* What a column may be, as the page says it. */
static const struct {
	enum column_as as;
	const char *text;
} uses[] = {
	{ AS_LEAVE, "leave it out" },
	{ AS_SENSOR, "readings of a sensor" },
	{ AS_TIME, "the time" },
	{ AS_CLOCK, "the time of day" },
	{ AS_SECONDS, "seconds since the start" },
	{ AS_DEVICE, "the device's key" },
	{ AS_NAME, "the sensor's key" },
	{ AS_VALUE, "the value" },
	{ AS_UNIT, "the unit" },
};

struct err *
import_page_id(int32_t *id, const struct req *rq)
{
	*id = (int32_t)number_typed(req_param(rq, "id"), INT32_MAX);
	return *id > 0
		   ? NULL
		   : err_raise(ERR_MISSING, "There is no such import.", "id");
}

const char *
import_page_said(struct req *rq, struct res *rs, const struct err *e)
{
	rs->status = err_status(e->kind);
	return arena_text(rq->arena, e->say);
}

struct address_keys
import_page_keys(const struct req *rq)
{
	return (struct address_keys){ req_conf(rq)->master_key,
		req_conf(rq)->index_key };
}

static size_t
state_of(const struct import *i)
{
	size_t k, last = sizeof(states) / sizeof(*states) - 1;

	for (k = 0; k < last; k++)
		if (strcmp(states[k].state, i->state) == 0)
			break;
	return k;
}

void
import_page_state(struct view *v, struct arena *a, const struct import *i)
{
	size_t k = state_of(i);

	view_int(v, "Id", i->id);
	view_text(v, "Name", i->name);
	view_text(v, "Kind", i->kind);
	view_text(v, "State", states[k].sign);
	view_text(v, "StateText", states[k].text);
	view_text(v, "Why", i->why);
	view_text(v, "Age", clock_age(a, env_now() - i->made_at));
	view_int(v, "Rows", i->rows);
	view_int(v, "DoneRows", i->done_rows);
	view_int(v, "Share", i->rows > 0 ? i->done_rows * 100 / i->rows : 0);
	view_int(v, "Readings", i->readings);
	view_int(v, "Stored", i->stored);
	view_int(v, "Duplicate", i->duplicate);
	view_int(v, "Missing", i->missing);
	view_int(v, "Bad", i->bad);
	view_int(v, "Open", states[k].is_open);
	view_int(v, "Busy", states[k].is_busy);
	view_int(v, "Waiting", i->waiting);
	view_int(v, "Tried", strcmp(i->state, "tried") == 0);
	view_int(v, "Counted",
	    i->ended_at != 0 || i->done_rows > 0 ||
		strcmp(i->state, "tried") == 0);
	view_int(v, "Cancellable", states[k].is_open || states[k].is_busy);
}

static const char *
samples_of(struct arena *a, const struct seen *c)
{
	struct buf b = buf_new(a, 128);
	size_t i;

	for (i = 0; i < c->n_samples; i++)
		buf_printf(&b, "%s%s", i > 0 ? " \xc2\xb7 " : "", c->sample[i]);
	return b.n > 0 ? (const char *)b.p : "empty";
}

static void
show_column(struct view *v, struct arena *a, const struct seen *c,
    const struct use *u, size_t at)
{
	size_t i;

	view_int(v, "Index", (int64_t)at);
	view_text(v, "Name",
	    *c->name != 0 ? c->name : arena_printf(a, "column %zu", at + 1));
	view_text(v, "Samples", samples_of(a, c));
	view_text(v, "Key", u->key);
	view_text(v, "Unit", u->unit);
	view_text(v, "Low", u->low);
	view_text(v, "High", u->high);
	view_int(v, "Bounded", *u->low != 0 || *u->high != 0);
	for (i = 0; i < sizeof(uses) / sizeof(*uses); i++) {
		struct view *option = view_row(v, "Uses");

		view_text(option, "Value", column_as_name(uses[i].as));
		view_text(option, "Text", uses[i].text);
		view_int(option, "Chosen", uses[i].as == u->as);
	}
}

static struct err *
show_sites(struct req *rq, struct res *rs, const struct plan *p)
{
	struct rows *r;
	struct err *e;
	int i;

	if ((e = tx_rows(&r, rq->tx, &q_import_sites,
		 ARGS(A((int)rq->who.tenant), A(SITES_MAX)))) != NULL)
		return err_pass(e);
	for (i = 0; i < rows_count(r); i++) {
		struct view *v = view_row(rs->view, "Sites");
		const char *key = rows_text(r, i, IMPORT_SITES_KEY);

		view_text(v, "Key", key);
		view_text(v, "Name", rows_text(r, i, IMPORT_SITES_NAME));
		view_text(v, "Zone", rows_text(r, i, IMPORT_SITES_ZONE));
		view_int(v, "Chosen", strcmp(key, p->site) == 0);
	}
	return NULL;
}

static void
show_plan(struct view *v, const struct plan *p)
{
	const char decimal[2] = { p->decimal, 0 };

	view_text(v, "Plan.Order",
	    p->order != 0 ? date_order_name(p->order) : "");
	view_text(v, "Plan.Zone", p->zone);
	view_text(v, "Plan.Decimal", decimal);
	view_text(v, "Plan.Start", p->start);
	view_text(v, "Plan.Same", same_name(p->same));
	view_int(v, "Plan.Skip", p->skips_empty);
	view_text(v, "Plan.Device", p->device);
	view_int(v, "Plan.Make", p->makes);
}

/* The file's columns, and the plan that was sent or is likely. */
static struct err *
show_file(struct req *rq, struct res *rs, const struct import *i)
{
	struct bytes json = { (const unsigned char *)i->plan, strlen(i->plan) };
	struct questions q;
	struct plan p;
	struct look l;
	struct csv c;
	struct err *e;
	size_t k;

	if ((e = import_look(&l, &c, &p, rq->tx, 0, i->id)) != NULL)
		return err_pass(e);
	if (json.n > 0 && (e = plan_read(&p, rq->arena, json)) != NULL)
		return err_pass(e);
	plan_ask(&q, rq->arena, &p, &l);
	for (k = 0; k < q.n; k++) {
		struct view *v = view_row(rs->view, "Questions");

		view_text(v, "Field", q.v[k].field);
		view_text(v, "Ask", q.v[k].ask);
	}
	for (k = 0; k < l.n && k < p.n; k++)
		show_column(view_row(rs->view, "Columns"), rq->arena,
		    &l.column[k], &p.column[k], k);
	show_plan(rs->view, &p);
	view_int(rs->view, "Asked", json.n > 0);
	e = show_sites(rq, rs, &p);
	return e != NULL ? err_pass(e) : NULL;
}

static struct err *
show_errors(struct req *rq, struct res *rs, int32_t id)
{
	struct import_errors all;
	struct err *e;
	size_t i;

	if ((e = import_errors_load(&all, rq->tx, 0, id, ERRORS_MAX)) != NULL)
		return err_pass(e);
	for (i = 0; i < all.n; i++) {
		struct view *v = view_row(rs->view, "Errors");

		view_int(v, "Line", all.v[i].line);
		view_text(v, "Column", all.v[i].column);
		view_text(v, "Code", all.v[i].code);
		view_text(v, "Detail", all.v[i].detail);
		view_text(v, "Cell", all.v[i].cell);
	}
	return NULL;
}

/* What became of the lines of a list, in the words of a dry run or a run. */
static struct err *
show_story(struct req *rq, struct res *rs, const struct import *it)
{
	static const char *const words[][3] = {
		{ "made", "would be made", "made" },
		{ "changed", "would be changed", "changed" },
		{ "same", "is as it says", "is as it says" },
		{ "kept", "stays as it is", "stayed as it is" },
	};
	bool tried = strcmp(it->state, "tried") == 0;
	struct import_story all;
	struct err *e;
	size_t i, k;

	if ((e = import_story_load(&all, rq->tx, 0, it->id, STORY_MAX)) != NULL)
		return err_pass(e);
	for (i = 0; i < all.n; i++) {
		struct view *v = view_row(rs->view, "Lines");

		view_int(v, "Line", all.v[i].line);
		view_text(v, "What", all.v[i].what);
		view_text(v, "State", "offline");
		view_text(v, "Became", "wrong, see above");
		for (k = 0; k < sizeof(words) / sizeof(*words); k++)
			if (strcmp(words[k][0], all.v[i].became) == 0) {
				view_text(v, "Became", words[k][tried ? 1 : 2]);
				view_text(v, "State",
				    k < 2 ? "online" : "never");
			}
	}
	view_int(rs->view, "LinesMore", (int64_t)all.n < it->rows);
	return NULL;
}

/* A box of a list's form, also when a dry run was made with it. */
static bool
is_ticked(const struct req *rq, const char *name)
{
	return req_form(rq, name) != NULL || req_query(rq, name) != NULL;
}

struct err *
import_page_show(struct req *rq, struct res *rs, int32_t id, const char *error)
{
	struct import i;
	struct err *e;
	size_t k;

	if ((e = import_load(&i, rq->tx, 0, id)) != NULL)
		return err_pass(e);
	k = state_of(&i);
	view_text(rs->view, "Page.Title", i.name);
	view_text(rs->view, "Error", error);
	import_page_state(view_branch(rs->view, "Import"), rq->arena, &i);
	if (states[k].is_busy || i.waiting > 0)
		res_header(rs, "Refresh", REFRESH_S);
	if (states[k].is_open && strcmp(i.kind, "readings") == 0 &&
	    (e = show_file(rq, rs, &i)) != NULL)
		return err_pass(e);
	if ((e = show_errors(rq, rs, id)) != NULL ||
	    (list_kind(i.kind) != NULL && (e = show_story(rq, rs, &i)) != NULL))
		return err_pass(e);
	view_int(rs->view, "Whole", is_ticked(rq, "whole"));
	view_int(rs->view, "Changes", is_ticked(rq, "changes"));
	view_int(rs->view, "Mails", *req_conf(rq)->smtp != 0);
	return res_page(rq, rs, "import.cs");
}

struct err *
admin_import(struct req *rq, struct res *rs)
{
	struct err *e;
	int32_t id;

	if ((e = import_page_id(&id, rq)) != NULL)
		return err_pass(e);
	return import_page_show(rq, rs, id, "");
}
