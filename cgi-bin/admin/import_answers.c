/*
 * POST /admin/imports/ID/{dry,run,cancel} - what to do, with the answers.
 * POST /admin/imports/ID/invite - the same as run, for a file of people.
 */
#include <string.h>

#include "base/dates.h"
#include "cgi-bin/admin/import_page.h"
#include "cgi-bin/admin/routes.h"
#include "intake/list.h"

static const char *
field_of(const struct req *rq, const char *name, size_t i)
{
	return req_typed(rq, arena_printf(rq->arena, "%s-%zu", name, i));
}

/* The form as a plan; what is no word of it is not said. */
static void
plan_typed(struct plan *p, struct req *rq)
{
	const char *decimal = req_typed(rq, "decimal");

	*p = (struct plan){
		.decimal = *decimal == '.' || *decimal == ',' ? *decimal : 0,
		.order = date_order_named(req_typed(rq, "order")),
		.zone = req_typed(rq, "zone"),
		.device = req_typed(rq, "device"),
		.start = req_typed(rq, "start"),
		.skips_empty = strcmp(req_typed(rq, "empty"), "skip") == 0,
		.makes = req_form(rq, "make") != NULL,
		.site = req_typed(rq, "site"),
	};
	(void)same_named(&p->same, req_typed(rq, "same"));
	p->column = arena_array(rq->arena, CSV_COLUMNS_MAX, sizeof(*p->column));
	while (p->n < CSV_COLUMNS_MAX) {
		struct use *u = &p->column[p->n];

		if (!column_as_named(&u->as, field_of(rq, "as", p->n)))
			break;
		u->key = field_of(rq, "key", p->n);
		u->unit = field_of(rq, "unit", p->n);
		u->low = field_of(rq, "low", p->n);
		u->high = field_of(rq, "high", p->n);
		p->n++;
	}
}

/* A list, as the form wishes; of people only where they may be invited. */
static struct err *
list(struct req *rq, const struct import *i, bool is_dry, bool invites)
{
	struct import_wish wish = { .is_dry = is_dry,
		.is_whole = req_form(rq, "whole") != NULL,
		.changes = req_form(rq, "changes") != NULL,
		.mails = *req_conf(rq)->smtp != 0,
		.keys = import_page_keys(rq) };
	struct err *e;

	if (!is_dry && invites != (strcmp(i->kind, "users") == 0))
		return err_raise(ERR_CONFLICT,
		    "People are invited, and nothing else is.", "import %d",
		    (int)i->id);
	e = import_list(rq->tx, 0, i, &wish);
	return e != NULL ? err_pass(e) : NULL;
}

static struct err *
decide(struct req *rq, struct res *rs, const char *became, bool invites)
{
	bool whole = req_form(rq, "whole") != NULL;
	bool changes = req_form(rq, "changes") != NULL;
	struct questions q;
	struct import i;
	struct plan p;
	struct err *e;
	int32_t id;

	if ((e = import_page_id(&id, rq)) != NULL ||
	    (e = import_load(&i, rq->tx, 0, id)) != NULL)
		return err_pass(e);
	if (invites || list_kind(i.kind) != NULL) {
		e = list(rq, &i, strcmp(became, "dry") == 0, invites);
	} else {
		plan_typed(&p, rq);
		e = import_decide(&q, rq->tx, 0, id, &p, became);
	}
	if (e != NULL && (e->kind == ERR_TOO_BIG || e->kind == ERR_REFUSED))
		return import_page_show(rq, rs, id,
		    import_page_said(rq, rs, e));
	if (e != NULL)
		return err_pass(e);
	return res_goto(rs,
	    arena_printf(rq->arena, "/admin/imports/%d%s%s%s", (int)id,
		whole || changes ? "?" : "", whole ? "whole=1&" : "",
		changes ? "changes=1" : ""));
}

struct err *
admin_import_dry(struct req *rq, struct res *rs)
{
	return decide(rq, rs, "dry", false);
}

struct err *
admin_import_run(struct req *rq, struct res *rs)
{
	return decide(rq, rs, "ready", false);
}

struct err *
admin_import_invite(struct req *rq, struct res *rs)
{
	return decide(rq, rs, "ready", true);
}

struct err *
admin_import_cancel(struct req *rq, struct res *rs)
{
	struct err *e;
	int32_t id;

	if ((e = import_page_id(&id, rq)) != NULL ||
	    (e = import_cancel(rq->tx, 0, id)) != NULL)
		return err_pass(e);
	return res_goto(rs,
	    arena_printf(rq->arena, "/admin/imports/%d", (int)id));
}
