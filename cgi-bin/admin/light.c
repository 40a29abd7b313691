/*
 * GET /setup/:key/light - has anything come from this sender?  Nothing yet;
 * or it came and was refused, and why; or the newest value.  A page that loads
 * itself anew, or, with ?as=json, what script writes into another.
 */
#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "base/env.h"
#include "base/member.h"
#include "cgi-bin/admin/routes.h"
#include "query.h"

enum { REFRESH_S = 5, DIGITS_MAX = 9 };

/* What was partly taken is written down at nearly one instant. */
#define TOGETHER CLOCK_S

struct light {
	const char *state; /* never, offline or online, as statuses look */
	const char *word;  /* "nothing yet" */
	const char *text;
};

/* "4 s" since then, by our clock. */
static const char *
ago(struct arena *a, int64_t at)
{
	return clock_age(a, env_now() - at);
}

static const char *
value_text(struct arena *a, const struct rows *r)
{
	double v = rows_real(r, 0, SENDER_VALUE_VALUE);
	int digits = (int)rows_int(r, 0, SENDER_VALUE_PRECISION);

	if (!isfinite(v))
		return "no value";
	if (digits < 0 || digits > DIGITS_MAX)
		digits = DIGITS_MAX;
	return arena_printf(a, "%.*f %s", digits, v,
	    rows_text(r, 0, SENDER_VALUE_UNIT));
}

static void
say_refused(struct light *l, const struct req *rq, const struct rows *r)
{
	const char *place = rows_text(r, 0, SENDER_LETTER_PLACE);
	const char *detail = rows_text(r, 0, SENDER_LETTER_DETAIL);
	const char *code = rows_text(r, 0, SENDER_LETTER_CODE);
	const char *since = ago(rq->arena, rows_time(r, 0, SENDER_LETTER_AT));

	*l = (struct light){ "offline", "refused",
		arena_printf(rq->arena, "It came %s ago and was refused: %s",
		    since, code) };
	/* Reasons and places may quote what was sent. */
	if (can_has(rq->who.wide, CAN_DEBUG_READ))
		l->text = arena_printf(rq->arena,
		    "It came %s ago and was refused: %s (%s%s%s)", since,
		    detail, code, *place != 0 ? " at " : "", place);
}

static void
say_value(struct light *l, const struct req *rq, const struct rows *r)
{
	struct arena *a = rq->arena;
	const char *since = ago(a, rows_time(r, 0, SENDER_VALUE_TIME));

	*l = (struct light){ "online", "data",
		arena_printf(a, "Something came, %s ago", since) };
	if (can_has(rq->who.wide, CAN_TELEMETRY_READ))
		l->text = arena_printf(a, "%s of %s: %s, %s ago",
		    rows_text(r, 0, SENDER_VALUE_SENSOR),
		    rows_text(r, 0, SENDER_VALUE_DEVICE), value_text(a, r),
		    since);
}

/* What is to be said of the device of that number. */
static struct err *
light_of(struct light *l, struct req *rq, int device)
{
	struct rows *batch, *letter, *value;
	int tenant = rq->who.tenant;
	int64_t good = 0, bad = 0;
	struct err *e;

	if ((e = tx_rows(&batch, rq->tx, &q_sender_batch,
		 ARGS(A(tenant), A(device)))) != NULL ||
	    (e = tx_rows(&letter, rq->tx, &q_sender_letter,
		 ARGS(A(tenant), A(device)))) != NULL ||
	    (e = tx_rows(&value, rq->tx, &q_sender_value,
		 ARGS(A(tenant), A(device)))) != NULL)
		return err_pass(e);
	if (rows_count(batch) > 0)
		good = rows_time(batch, 0, SENDER_BATCH_AT);
	if (rows_count(letter) > 0)
		bad = rows_time(letter, 0, SENDER_LETTER_AT);
	*l = (struct light){ "never", "nothing yet",
		"Nothing has come with its key." };
	if (bad > good + TOGETHER)
		say_refused(l, rq, letter);
	else if (rows_count(value) > 0)
		say_value(l, rq, value);
	else if (good > 0)
		*l = (struct light){ "never", "on its way",
			"It came, and is being stored." };
	return NULL;
}

static void
put_json(struct res *rs, const struct light *l)
{
	rs->type = "application/json";
	buf_text(&rs->body, "{");
	member_text(&rs->body, "state", l->state);
	member_text(&rs->body, "word", l->word);
	member_text(&rs->body, "text", l->text);
	buf_text(&rs->body, "}");
}

struct err *
admin_setup_light(struct req *rq, struct res *rs)
{
	const char *key = req_param(rq, "key"), *as = req_query(rq, "as");
	struct view *v = rs->view;
	struct light l = { .state = "" };
	struct rows *r;
	struct err *e;

	if ((e = tx_rows(&r, rq->tx, &q_sender_device,
		 ARGS(A((int)rq->who.tenant), A(key)))) != NULL)
		return err_pass(e);
	if (rows_count(r) == 0)
		return err_raise(ERR_MISSING, "There is no such device.",
		    "device %.64s", key);
	if ((e = light_of(&l, rq,
		 (int)rows_int(r, 0, SENDER_DEVICE_DEVICE_ID))) != NULL)
		return err_pass(e);
	if (as != NULL && strcmp(as, "json") == 0) {
		put_json(rs, &l);
		return NULL;
	}
	res_header(rs, "Refresh", arena_printf(rq->arena, "%d", REFRESH_S));
	view_text(v, "Page.Title", "Waiting for data");
	view_text(v, "Sender.Name", rows_text(r, 0, SENDER_DEVICE_NAME));
	view_text(v, "Sender.Back",
	    arena_printf(rq->arena, "/setup?to=%s", key));
	view_text(v, "Light.State", l.state);
	view_text(v, "Light.Word", l.word);
	view_text(v, "Light.Text", l.text);
	e = res_page(rq, rs, "sender_light.cs");
	return e != NULL ? err_pass(e) : NULL;
}
