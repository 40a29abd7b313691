/*
 * POST /api/v1/commands {device, point, value, reason, expires_in_s} - ask for
 * something to be written; GET /api/v1/commands?device=&before=&limit= and
 * /api/v1/commands/:id - what became of it; POST .../:id/confirm, approve and
 * withdraw.
 */
#include <math.h>

#include "base/clock.h"
#include "base/jscan.h"
#include "base/member.h"
#include "model/command.h"
#include "web/web.h"

enum { COMMANDS_MAX = 1000, COMMANDS_USUAL = 100 };

handler api_commands;
handler api_command;
handler api_command_ask;
handler api_command_confirm;
handler api_command_approve;
handler api_command_withdraw;

static const char *
text_or_null(const char *s)
{
	return *s != 0 ? s : NULL;
}

static const char *
iso_or_null(struct arena *a, int64_t at)
{
	return at != 0 ? clock_iso(a, at) : NULL;
}

static void
say(struct buf *b, const struct command *c)
{
	struct arena *a = b->arena;

	member_comma(b);
	buf_byte(b, '{');
	member_int(b, "id", c->id);
	member_text(b, "state", c->state);
	member_text(b, "device", c->device);
	member_text(b, "point", c->point);
	member_real(b, "value", c->value);
	member_text(b, "reason", text_or_null(c->reason));
	member_text(b, "confirm", c->confirm);
	member_text(b, "asked_by", text_or_null(c->asked_by));
	member_text(b, "asked_at", clock_iso(a, c->asked_at));
	member_text(b, "confirmed_by", text_or_null(c->confirmed_by));
	member_text(b, "confirmed_at", iso_or_null(a, c->confirmed_at));
	member_text(b, "expires_at", clock_iso(a, c->expires_at));
	member_text(b, "sent_at", iso_or_null(a, c->sent_at));
	member_text(b, "acknowledged_at", iso_or_null(a, c->acknowledged_at));
	member_text(b, "ended_at", iso_or_null(a, c->ended_at));
	member_real(b, "read_back", c->read_back);
	member_text(b, "why", text_or_null(c->why));
	buf_byte(b, '}');
}

/* ---- reading ---- */

struct err *
api_commands(struct req *rq, struct res *rs)
{
	const char *device = req_query(rq, "device");
	struct buf *b = &rs->body;
	int64_t before, most;
	struct command *v;
	struct err *e;
	size_t i, n;

	if ((e = req_int(&before, rq, "before", INT64_MAX, 1, INT64_MAX)) !=
		NULL ||
	    (e = req_int(&most, rq, "limit", COMMANDS_USUAL, 1,
		 COMMANDS_MAX)) != NULL ||
	    (e = command_list(&v, &n, rq->tx, device != NULL ? device : "",
		 before, (int)most + 1)) != NULL)
		return err_pass(e);
	buf_byte(b, '{');
	member_name(b, "commands");
	buf_byte(b, '[');
	for (i = 0; i < n && i < (size_t)most; i++)
		say(b, &v[i]);
	buf_byte(b, ']');
	if (n > (size_t)most)
		member_int(b, "before", v[most - 1].id);
	buf_text(b, "}\n");
	return NULL;
}

/* 0 when it is no number, and no command has that one. */
static int64_t
id_of(const struct req *rq)
{
	return number_typed(req_param(rq, "id"), INT64_MAX);
}

static struct err *
answer(struct req *rq, struct res *rs, int64_t id)
{
	struct command c;
	struct err *e;

	if ((e = command_load(&c, rq->tx, id)) != NULL)
		return err_pass(e);
	say(&rs->body, &c);
	buf_byte(&rs->body, '\n');
	return NULL;
}

struct err *
api_command(struct req *rq, struct res *rs)
{
	struct err *e;
	int64_t id = id_of(rq);

	if ((e = answer(rq, rs, id)) != NULL)
		return err_pass(e);
	return NULL;
}

/* ---- asking ---- */

static const char *
text_of(struct arena *a, const struct jvalue *v)
{
	return v->kind == J_TEXT ? arena_copy(a, v->text.p, v->text.n) : NULL;
}

/* One member of the body; false: it is none of ours, or of another kind. */
static bool
member_read(struct order *o, struct arena *a, struct slice key,
    const struct jvalue *v)
{
	if (slice_is(key, "device"))
		return (o->device = text_of(a, v)) != NULL;
	if (slice_is(key, "point"))
		return (o->point = text_of(a, v)) != NULL;
	if (slice_is(key, "reason"))
		return (o->reason = text_of(a, v)) != NULL;
	if (slice_is(key, "value")) {
		o->value = v->kind == J_INT ? (double)v->i : v->d;
		return v->kind == J_INT || v->kind == J_REAL;
	}
	if (slice_is(key, "expires_in_s") && v->kind == J_INT) {
		o->seconds = v->i < 0 || v->i > INT32_MAX ? -1 : (int)v->i;
		return true;
	}
	return false;
}

static struct err *
order_read(struct order *o, struct req *rq)
{
	const char *wrong = NULL;
	struct jvalue top, v;
	struct slice key;
	struct jscan s;
	struct err *e;

	*o = (struct order){ .reason = "",
		.value = NAN,
		.seconds = ORDER_USUAL_S,
		.key = req_header(rq, "Idempotency-Key") };
	if (rq->body_err != NULL)
		return err_raise(rq->body_err->kind, rq->body_err->say, "%s",
		    rq->body_err->why);
	jscan_open(&s, rq->arena, rq->body);
	jscan_value(&s, &top);
	while (top.kind == J_OBJECT && jscan_member(&s, &key)) {
		jscan_value(&s, &v);
		if (!member_read(o, rq->arena, key, &v) && wrong == NULL)
			wrong = arena_copy(rq->arena, key.p, key.n);
		jscan_pass(&s, &v);
	}
	if (top.kind == J_ARRAY)
		jscan_pass(&s, &top);
	if ((e = jscan_close(&s)) != NULL)
		return err_pass(e);
	if (wrong != NULL)
		return err_raise(ERR_INPUT,
		    arena_printf(rq->arena, "%s: it is not understood.", wrong),
		    "%s", wrong);
	if (o->device == NULL || o->point == NULL || isnan(o->value))
		return err_raise(ERR_INPUT,
		    "device, point, value: they are needed.", "missing");
	return NULL;
}

struct err *
api_command_ask(struct req *rq, struct res *rs)
{
	const struct point *pt;
	const char *name, *state;
	struct profile *p;
	struct order o;
	struct err *e;
	int64_t id;

	if ((e = order_read(&o, rq)) != NULL ||
	    (e = command_target(&p, &name, rq->tx, req_conf(rq)->profiles,
		 o.device)) != NULL ||
	    (e = order_check(&pt, &o, p)) != NULL ||
	    (e = command_ask(&id, &state, rq->tx, &o, pt)) != NULL ||
	    (e = answer(rq, rs, id)) != NULL)
		return err_pass(e);
	rs->status = 202;
	return NULL;
}

static struct err *
confirm(struct req *rq, struct res *rs, bool approve)
{
	struct err *e;
	int64_t id = id_of(rq);

	if ((e = command_confirm(rq->tx, id, approve)) != NULL ||
	    (e = answer(rq, rs, id)) != NULL)
		return err_pass(e);
	return NULL;
}

struct err *
api_command_confirm(struct req *rq, struct res *rs)
{
	struct err *e = confirm(rq, rs, false);

	return e != NULL ? err_pass(e) : NULL;
}

struct err *
api_command_approve(struct req *rq, struct res *rs)
{
	struct err *e = confirm(rq, rs, true);

	return e != NULL ? err_pass(e) : NULL;
}

struct err *
api_command_withdraw(struct req *rq, struct res *rs)
{
	struct err *e;
	int64_t id = id_of(rq);

	if ((e = command_withdraw(rq->tx, id)) != NULL ||
	    (e = answer(rq, rs, id)) != NULL)
		return err_pass(e);
	return NULL;
}
