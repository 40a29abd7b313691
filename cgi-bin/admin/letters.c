/*
 * GET /admin/letters - what was refused; /admin/letters/:id - one of it.
 * POST /admin/letters/replay, /admin/letters/drop - what becomes of some.
 */
#include <string.h>

#include "base/clock.h"
#include "base/zone.h"
#include "cgi-bin/admin/payload.h"
#include "cgi-bin/admin/routes.h"
#include "query.h"

enum { SHOWN_MAX = 50, CODES_MAX = 40, ORDERS_MAX = 5, SHOWN_BYTES = 65536 };

/* What mends a refusal, and where; what is not here is the sender's. */
static const struct {
	const char *code, *text;
	bool waits;
} fixes[] = {
	/* clang-format off */
	{ "unknown_device", "Adopt the name, or let it lead to a sensor; it is"
	    " stored then by itself.", true },
	{ "unknown_sensor", "Adopt the name, or let it lead to a sensor; it is"
	    " stored then by itself.", true },
	{ "wrong_unit", "Let the name lead to a sensor of this unit, or give"
	    " the mapping a scale and shift.", false },
	{ "out_of_range", "If the value is right, give the mapping a scale, or"
	    " the sensor wider limits; then replay this.", false },
	{ "clock_ahead", "Set the gateway's clock. With the rule \"stored at"
	    " the time of arrival\" this can be replayed.", false },
	{ "clock_unset", "Set the gateway's clock. With the rule \"stored at"
	    " the time of arrival\" this can be replayed.", false },
	{ "no_profile", "Give the device a profile, so that its registers can"
	    " be read; then replay this.", false },
	/* clang-format on */
};

static const char *const states[] = { "open", "replayed", "dropped" };

struct search {
	const char *gateway, *code, *state;
	int64_t before;
};

static const char *
asked_for(const struct req *rq, const char *name, const char *otherwise)
{
	const char *s = req_query(rq, name);

	return s != NULL ? s : otherwise;
}

static void
state_letter(struct view *v, struct arena *a, const struct rows *r, int i)
{
	int64_t at = rows_time(r, i, LETTER_LIST_AT);
	long long id = (long long)rows_int(r, i, LETTER_LIST_DEAD_ID);

	view_int(v, "Id", id);
	view_text(v, "Href", arena_printf(a, "/admin/letters/%lld", id));
	view_text(v, "Iso", clock_iso(a, at));
	view_text(v, "Time", zone_text(a, "%-d %b %Y %H:%M:%S", at));
	view_text(v, "Gateway", rows_text(r, i, LETTER_LIST_GATEWAY_NAME));
	view_text(v, "Place", rows_text(r, i, LETTER_LIST_PLACE));
	view_text(v, "Code", rows_text(r, i, LETTER_LIST_CODE));
	view_text(v, "Detail", rows_text(r, i, LETTER_LIST_DETAIL));
	view_text(v, "State", rows_text(r, i, LETTER_LIST_STATE));
	view_int(v, "Whole", rows_bool(r, i, LETTER_LIST_WHOLE));
	view_text(v, "Device", rows_text(r, i, LETTER_LIST_DEVICE));
	view_text(v, "Sensor", rows_text(r, i, LETTER_LIST_SENSOR));
	view_text(v, "Value", rows_text(r, i, LETTER_LIST_VALUE));
	view_text(v, "Unit", rows_text(r, i, LETTER_LIST_UNIT));
	if (strcmp(rows_text(r, i, LETTER_LIST_STATE), "open") == 0)
		view_int(v, "Open", 1);
}

static void
state_orders(struct view *v, struct arena *a, const struct rows *r)
{
	int i;

	for (i = 0; i < rows_count(r); i++) {
		int64_t at = rows_time(r, i, REPLAY_LIST_ASKED_AT);
		struct view *row = view_row(v, "Orders");

		view_text(row, "Iso", clock_iso(a, at));
		view_text(row, "Time", zone_text(a, "%-d %b %H:%M:%S", at));
		view_text(row, "Gateway", rows_text(r, i, REPLAY_LIST_GATEWAY));
		view_text(row, "Device", rows_text(r, i, REPLAY_LIST_DEVICE));
		view_text(row, "Sensor", rows_text(r, i, REPLAY_LIST_SENSOR));
		view_text(row, "State", rows_text(r, i, REPLAY_LIST_STATE));
		view_int(row, "Taken", rows_int(r, i, REPLAY_LIST_TAKEN));
		view_int(row, "Recovered",
		    rows_int(r, i, REPLAY_LIST_RECOVERED));
		view_int(row, "Refused", rows_int(r, i, REPLAY_LIST_REFUSED));
	}
}

static void
state_search(struct view *v, const struct rows *codes, const struct search *f)
{
	size_t k;
	int i;

	view_text(v, "Search.Gateway", f->gateway);
	view_text(v, "Search.Code", f->code);
	view_text(v, "Search.State", f->state);
	for (i = 0; i < rows_count(codes); i++) {
		const char *code = rows_text(codes, i, LETTER_CODES_CODE);
		struct view *row = view_row(v, "Codes");

		view_text(row, "Code", code);
		view_int(row, "N", rows_int(codes, i, LETTER_CODES_N));
		view_int(row, "Current", strcmp(code, f->code) == 0);
	}
	for (k = 0; k < sizeof(states) / sizeof(*states); k++) {
		struct view *row = view_row(v, "States");

		view_text(row, "State", states[k]);
		view_int(row, "Current", strcmp(states[k], f->state) == 0);
	}
}

struct err *
admin_letters(struct req *rq, struct res *rs)
{
	struct search f = { .gateway = asked_for(rq, "gateway", ""),
		.code = asked_for(rq, "code", ""),
		.state = asked_for(rq, "state", "open") };
	struct rows *r, *codes, *orders;
	int tenant = rq->who.tenant, i, n;
	struct err *e;

	zone_use("UTC");
	if ((e = req_int(&f.before, rq, "before", INT64_MAX, 1, INT64_MAX)) !=
		NULL ||
	    (e = tx_rows(&codes, rq->tx, &q_letter_codes,
		 ARGS(A(tenant), A(CODES_MAX)))) != NULL ||
	    (e = tx_rows(&orders, rq->tx, &q_replay_list,
		 ARGS(A(tenant), A(ORDERS_MAX)))) != NULL ||
	    (e = tx_rows(&r, rq->tx, &q_letter_list,
		 ARGS(A(tenant), A(f.gateway), A(f.code), A(f.state),
		     A((long)f.before), A(SHOWN_MAX + 1)))) != NULL)
		return err_pass(e);
	n = rows_count(r) < SHOWN_MAX ? rows_count(r) : SHOWN_MAX;
	for (i = 0; i < n; i++)
		state_letter(view_row(rs->view, "Letters"), rq->arena, r, i);
	if (rows_count(r) > SHOWN_MAX)
		view_int(rs->view, "Older",
		    rows_int(r, n - 1, LETTER_LIST_DEAD_ID));
	state_search(rs->view, codes, &f);
	state_orders(rs->view, rq->arena, orders);
	view_text(rs->view, "Page.Title", "Dead letters");
	return res_page(rq, rs, "letters.cs");
}

/* ---- one ---- */

static struct err *
id_of(int64_t *id, const char *s)
{
	*id = number_typed(s, INT64_MAX);
	return *id > 0
		   ? NULL
		   : err_raise(ERR_MISSING, "There is no such letter.", "id");
}

/* The bytes as figures, sixteen a line; of a text there is no need. */
static const char *
figures(struct arena *a, struct bytes body)
{
	size_t i, n = body.n < 512 ? body.n : 512;
	struct buf b = buf_new(a, 3 * n + 16);

	for (i = 0; i < n; i++)
		buf_printf(&b, "%02x%c", body.p[i], i % 16 == 15 ? '\n' : ' ');
	return (const char *)b.p;
}

static void
state_body(struct view *v, struct arena *a, const struct rows *r)
{
	struct bytes body = rows_bytes(r, 0, LETTER_LOAD_BODY);
	int64_t size = rows_int(r, 0, LETTER_LOAD_SIZE);
	const char *text = payload_text(a, body);

	view_text(v, "Body", text);
	view_text(v, "Query", rows_text(r, 0, LETTER_LOAD_QUERY));
	view_int(v, "Size", size);
	if (size > (int64_t)body.n)
		view_int(v, "Shown", (int64_t)body.n);
	if (strlen(text) != body.n)
		view_text(v, "Figures", figures(a, body));
}

static void
state_fix(struct view *v, struct arena *a, const struct rows *r)
{
	const char *gateway = rows_text(r, 0, LETTER_LOAD_GATEWAY);
	const char *code = rows_text(r, 0, LETTER_LOAD_CODE);
	size_t i;

	if (*gateway != 0)
		view_text(v, "Mapping",
		    arena_printf(a, "/admin/gateways/%s/mapping", gateway));
	view_text(v, "Fix",
	    "What came is the sender's to mend; if it is of no use any more,"
	    " drop it.");
	for (i = 0; i < sizeof(fixes) / sizeof(*fixes); i++) {
		if (strcmp(fixes[i].code, code) != 0)
			continue;
		view_text(v, "Fix", fixes[i].text);
		if (fixes[i].waits && *gateway != 0)
			view_text(v, "Waiting",
			    arena_printf(a, "/admin/waiting?gateway=%s",
				gateway));
	}
}

struct err *
admin_letter(struct req *rq, struct res *rs)
{
	struct view *v = view_branch(rs->view, "Letter");
	struct rows *r;
	struct err *e;
	int64_t id;

	zone_use("UTC");
	if ((e = id_of(&id, req_param(rq, "id"))) != NULL ||
	    (e = tx_rows(&r, rq->tx, &q_letter_load,
		 ARGS(A((int)rq->who.tenant), A((long)id)))) != NULL)
		return err_pass(e);
	if (rows_count(r) == 0)
		return err_raise(ERR_MISSING, "There is no such letter.",
		    "letter %lld", (long long)id);
	/* The columns of the list stand first in both statements. */
	state_letter(v, rq->arena, r, 0);
	if (!rows_null(r, 0, LETTER_LOAD_TIME))
		view_text(v, "Measured",
		    clock_iso(rq->arena, rows_time(r, 0, LETTER_LOAD_TIME)));
	state_body(v, rq->arena, r);
	state_fix(v, rq->arena, r);
	view_text(rs->view, "Page.Title",
	    arena_printf(rq->arena, "Dead letter %lld", (long long)id));
	return res_page(rq, rs, "letter.cs");
}

/* ---- changing ---- */

static struct err *
change(struct req *rq, struct res *rs, const struct stmt *act)
{
	int64_t *id = arena_array(rq->arena, rq->form.n + 1, sizeof(*id));
	struct rows *r;
	size_t i, n = 0;
	struct err *e;

	for (i = 0; i < rq->form.n; i++)
		if (strcmp(rq->form.v[i].name, "id") == 0 &&
		    (e = id_of(&id[n++], rq->form.v[i].value)) != NULL)
			return err_pass(e);
	if (n == 0)
		return err_raise(ERR_INPUT, "id: choose a letter first.", "id");
	if ((e = tx_rows(&r, rq->tx, act, ARGS(arr_long(rq->arena, id, n)))) !=
	    NULL)
		return err_pass(e);
	rs->wake = true;
	return res_goto(rs, "/admin/letters");
}

struct err *
admin_letters_replay(struct req *rq, struct res *rs)
{
	struct err *e = change(rq, rs, &q_letter_replay);

	return e != NULL ? err_pass(e) : NULL;
}

struct err *
admin_letters_drop(struct req *rq, struct res *rs)
{
	struct err *e = change(rq, rs, &q_letter_drop);

	return e != NULL ? err_pass(e) : NULL;
}
