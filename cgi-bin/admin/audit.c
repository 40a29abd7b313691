/*
 * GET /admin/audit?act=&object=&person=&since=&till=&before= - who did what,
 * the newest first; GET /admin/audit/export - all of it, as it was hashed.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/zone.h"
#include "cgi-bin/admin/routes.h"
#include "model/audit.h"
#include "query.h"

enum { SHOWN = 50, PEOPLE = 500 };

/* What is looked for; a text that is NULL, and 0, do not matter. */
struct search {
	const char *act, *object;
	int64_t person, since, till, before;
	const char *error;
};

/* Who acted, where it was no person and no device. */
static const struct {
	const char *role, *text;
} roles[] = {
	{ "worker", "Fluxline itself" },
	{ "admin", "operator of the server" },
	{ "nobody", "somebody unknown" },
	{ "poller", "the poller" },
};

/* A field that was filled in; NULL: it was not. */
static const char *
filled(const struct req *rq, const char *name)
{
	const char *s = req_query(rq, name);

	return s != NULL && *s != 0 ? s : NULL;
}

static void
read_time(int64_t *us, struct search *s, const struct req *rq, const char *name)
{
	const char *text = filled(rq, name);

	if (text != NULL && !clock_from_iso(us, text) &&
	    !zone_from_form(us, text))
		s->error = arena_printf(rq->arena,
		    "%s: want a date with a time.", name);
}

static void
read_number(int64_t *n, struct search *s, const struct req *rq,
    const char *name)
{
	const char *text = filled(rq, name);
	char *end;

	if (text == NULL)
		return;
	errno = 0;
	*n = strtoll(text, &end, 10);
	if (errno != 0 || *end != 0)
		s->error = arena_printf(rq->arena, "%s: want a number.", name);
}

static struct search
read_search(const struct req *rq)
{
	struct search s = { .act = filled(rq, "act"),
		.object = filled(rq, "object") };

	zone_use("UTC");
	read_number(&s.person, &s, rq, "person");
	read_number(&s.before, &s, rq, "before");
	read_time(&s.since, &s, rq, "since");
	read_time(&s.till, &s, rq, "till");
	return s;
}

static const char *
who(const struct rows *r, int i)
{
	const char *role = rows_text(r, i, TRACE_LIST_ROLE);
	size_t k;

	if (!rows_null(r, i, TRACE_LIST_NAME))
		return rows_text(r, i, TRACE_LIST_NAME);
	for (k = 0; k < sizeof(roles) / sizeof(*roles); k++)
		if (strcmp(roles[k].role, role) == 0)
			return roles[k].text;
	return role;
}

static void
state_entry(struct view *v, struct arena *a, const struct rows *r, int i)
{
	const char *detail = rows_text(r, i, TRACE_LIST_DETAIL);
	int64_t at = rows_time(r, i, TRACE_LIST_AT);

	view_int(v, "Seq", rows_int(r, i, TRACE_LIST_SEQ));
	view_text(v, "Iso", clock_iso(a, at));
	view_text(v, "Time", zone_text(a, "%-d %b %Y %H:%M:%S", at));
	view_text(v, "Who", who(r, i));
	view_text(v, "Act", rows_text(r, i, TRACE_LIST_ACT));
	view_text(v, "Object", rows_text(r, i, TRACE_LIST_OBJECT));
	view_text(v, "Detail", strcmp(detail, "{}") != 0 ? detail : "");
}

static struct arg
unless_zero(int64_t n)
{
	return n != 0 ? A(n) : arg_null();
}

static struct err *
state_entries(struct view *v, struct req *rq, const struct search *s)
{
	struct rows *r;
	struct err *e;
	int i, n;

	if ((e = tx_rows(&r, rq->tx, &q_trace_list,
		 ARGS(A(s->act), A(s->object), unless_zero(s->person),
		     s->since != 0 ? A_TIME(s->since) : arg_null(),
		     s->till != 0 ? A_TIME(s->till) : arg_null(),
		     unless_zero(s->before), A(SHOWN + 1)))) != NULL)
		return err_pass(e);
	n = rows_count(r);
	for (i = 0; i < n && i < SHOWN; i++)
		state_entry(view_row(v, "Entries"), rq->arena, r, i);
	if (n > SHOWN)
		view_int(v, "Older", rows_int(r, SHOWN - 1, TRACE_LIST_SEQ));
	return NULL;
}

static struct err *
state_people(struct view *v, struct req *rq, const struct search *s)
{
	struct rows *r;
	struct err *e;
	int i;

	if ((e = tx_rows(&r, rq->tx, &q_trace_people,
		 ARGS(A((int)rq->who.tenant), A(PEOPLE)))) != NULL)
		return err_pass(e);
	for (i = 0; i < rows_count(r); i++) {
		int64_t id = rows_int(r, i, TRACE_PEOPLE_USER_ID);
		struct view *one = view_row(v, "People");

		view_int(one, "Id", id);
		view_text(one, "Name", rows_text(r, i, TRACE_PEOPLE_NAME));
		if (id == s->person)
			view_int(one, "Current", 1);
	}
	return NULL;
}

static struct err *
state_sealed(struct view *v, struct req *rq)
{
	struct seals s;
	struct err *e;

	if ((e = audit_sealed(&s, rq->tx)) != NULL)
		return err_pass(e);
	if (s.n == 0)
		return NULL;
	view_int(v, "Seq", s.v[0].seq);
	view_text(v, "Iso", clock_iso(rq->arena, s.v[0].at));
	view_text(v, "Time",
	    zone_text(rq->arena, "%-d %b %Y %H:%M:%S", s.v[0].at));
	view_text(v, "Kid", s.v[0].kid);
	return NULL;
}

/* What was asked for, to be shown in the fields again. */
static void
state_search(struct view *v, const struct req *rq, const struct search *s)
{
	static const char *const fields[][2] = { { "act", "Act" },
		{ "object", "Object" }, { "person", "Person" },
		{ "since", "Since" }, { "till", "Till" } };
	size_t i;

	for (i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
		const char *text = filled(rq, fields[i][0]);

		view_text(v, fields[i][1], text != NULL ? text : "");
		if (text != NULL)
			view_int(v, "Any", 1);
	}
	if (s->error != NULL)
		view_text(v, "Error", s->error);
}

struct err *
admin_audit(struct req *rq, struct res *rs)
{
	struct search s = read_search(rq);
	struct view *v = rs->view;
	struct err *e;

	state_search(view_branch(v, "Search"), rq, &s);
	if (s.error != NULL)
		rs->status = 400;
	else if ((e = state_entries(v, rq, &s)) != NULL)
		return err_pass(e);
	if ((e = state_people(v, rq, &s)) != NULL ||
	    (e = state_sealed(view_branch(v, "Sealed"), rq)) != NULL)
		return err_pass(e);
	view_text(v, "Page.Title", "Audit");
	return res_page(rq, rs, "audit.cs");
}

/* All of the chain, in memory that is given back. */
static struct err *
send_lines(struct req *rq, struct res *rs)
{
	struct arena *scratch = arena_new(), *before = tx_use(rq->tx, scratch);
	int64_t behind = 0;
	struct err *e = NULL;
	bool more = true;

	while (e == NULL && more) {
		struct buf b = buf_new(scratch, 1 << 16);

		if ((e = audit_lines(&b, &more, &behind, rq->tx)) == NULL) {
			buf_put(&rs->body, b.p, b.n);
			e = res_flush(rq, rs);
		}
		arena_reset(scratch);
	}
	(void)tx_use(rq->tx, before);
	arena_free(scratch);
	return e != NULL ? err_pass(e) : NULL;
}

struct err *
admin_audit_export(struct req *rq, struct res *rs)
{
	struct err *e;

	rs->type = "application/jsonl; charset=utf-8";
	res_header(rs, "Content-Disposition",
	    "attachment; filename=\"audit.jsonl\"");
	if (rq->head)
		return NULL;
	if ((e = audit_put(rq->tx, "audit.export", "audit", "{}")) != NULL ||
	    (e = req_commit(rq, TX_READ)) != NULL ||
	    (e = send_lines(rq, rs)) != NULL)
		return err_pass(e);
	return NULL;
}
