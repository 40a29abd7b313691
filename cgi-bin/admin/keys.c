/* The tenant's API keys: shown, made, followed by another, ended, limited. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/env.h"
#include "base/zone.h"
#include "cgi-bin/admin/routes.h"
#include "query.h"
#include "web/issue.h"

enum {
	SHOWN_MAX = 500,
	DEVICES_MAX = 1000,
	NAME_MAX_ = 64,
	NETS_MAX = 1000,
	DAYS_MAX = 3650,
	RATE_MAX = 100000000,
	ROTATE_DAYS = 30, /* a key that is older is to be rotated */
	SOON_DAYS = 30
};

/* How a key's state looks and what it is called. */
static const struct {
	const char *state, *shape, *text;
	bool lives;
} states[] = {
	{ "live", "online", "live", true },
	{ "unused", "never", "not used yet", true },
	{ "ending", "offline", "ends soon", true },
	{ "expired", "offline", "expired", false },
	{ "ended", "offline", "ended", false },
};

static const char *
day_text(struct arena *a, int64_t t)
{
	return zone_text(a, "%-d %b %Y", t);
}

/* "in 6 days", "in 3 h" */
static const char *
ahead_text(struct arena *a, int64_t us)
{
	return arena_printf(a, "in %s", clock_age(a, us));
}

/* What somebody should do about a live key; "": nothing. */
static const char *
warning(struct arena *a, int64_t now, int64_t made, int64_t end)
{
	if (end > 0 && end - now < SOON_DAYS * CLOCK_DAY)
		return arena_printf(a, "Ends %s: rotate it.",
		    ahead_text(a, end - now));
	if (now - made > ROTATE_DAYS * CLOCK_DAY)
		return "Older than 30 days: rotate it.";
	return "";
}

/* When it ends, and what is to be done about that. */
static void
state_end(struct view *v, struct arena *a, const struct rows *r, int i,
    int64_t now, bool lives)
{
	int64_t expires = rows_null(r, i, KEY_LIST_EXPIRES_AT)
			      ? 0
			      : rows_time(r, i, KEY_LIST_EXPIRES_AT);
	int64_t ends = rows_null(r, i, KEY_LIST_ENDS_AT)
			   ? 0
			   : rows_time(r, i, KEY_LIST_ENDS_AT);
	int64_t made = rows_time(r, i, KEY_LIST_CREATED_AT);

	if (ends == 0 || (expires > 0 && expires < ends))
		ends = expires;
	if (ends > 0)
		view_text(v, "Ends",
		    lives ? arena_printf(a, "%s, %s", day_text(a, ends),
				ahead_text(a, ends - now))
			  : day_text(a, ends));
	if (lives && rows_null(r, i, KEY_LIST_ENDS_AT))
		view_text(v, "Warning", warning(a, now, made, expires));
}

static void
state_key(struct view *v, struct arena *a, const struct rows *r, int i,
    int64_t now)
{
	static const struct {
		const char *name;
		int column;
	} texts[] = {
		{ "Id", KEY_LIST_KEY_ID },
		{ "Device", KEY_LIST_DEVICE },
		{ "DeviceName", KEY_LIST_DEVICE_NAME },
		{ "Name", KEY_LIST_NAME },
		{ "Permissions", KEY_LIST_PERMISSIONS },
		{ "From", KEY_LIST_USED_ADDR },
		{ "Nets", KEY_LIST_NETS },
		{ "Replaces", KEY_LIST_REPLACES },
	};
	const char *state = rows_text(r, i, KEY_LIST_STATE);
	size_t k;

	for (k = 0; k < sizeof(texts) / sizeof(*texts); k++)
		view_text(v, texts[k].name, rows_text(r, i, texts[k].column));
	view_text(v, "Made", day_text(a, rows_time(r, i, KEY_LIST_CREATED_AT)));
	view_int(v, "Requests", rows_int(r, i, KEY_LIST_REQUESTS));
	view_int(v, "Readings", rows_int(r, i, KEY_LIST_READINGS));
	if (rows_bool(r, i, KEY_LIST_SIGNS))
		view_int(v, "Signs", 1);
	if (!rows_null(r, i, KEY_LIST_USED_AT))
		view_text(v, "Used",
		    arena_printf(a, "%s ago",
			clock_age(a, now - rows_time(r, i, KEY_LIST_USED_AT))));
	for (k = 0; strcmp(states[k].state, state) != 0;)
		k++;
	view_text(v, "State", states[k].shape);
	view_text(v, "StateText", states[k].text);
	if (states[k].lives)
		view_int(v, "Lives", 1);
	state_end(v, a, r, i, now, states[k].lives);
}

/* The permissions that a key may be given: those of who makes it. */
static void
state_rights(struct view *v, const struct req *rq)
{
	enum can i;

	for (i = CAN_NOTHING + 1; i < CAN_END; i++) {
		const char *word = can_name(i);
		struct view *row;

		if (!can_has(rq->who.wide, i))
			continue;
		row = view_row(v, "Rights");
		view_text(row, "Word", word);
		if (rq->verb == GET ? i == CAN_TELEMETRY_WRITE
				    : req_form(rq, arena_printf(rq->arena,
						       "may.%s", word)) != NULL)
			view_int(row, "On", 1);
	}
}

/* The form, as it was typed. */
static void
state_form(struct view *v, const struct req *rq, const char *error)
{
	static const struct {
		const char *name, *field;
	} fields[] = {
		{ "Form.Device", "device" },
		{ "Form.Name", "name" },
		{ "Form.Days", "days" },
		{ "Form.Nets", "nets" },
		{ "Form.Requests", "requests" },
		{ "Form.Readings", "readings" },
	};
	size_t i;

	for (i = 0; i < sizeof(fields) / sizeof(*fields); i++)
		view_text(v, fields[i].name, req_typed(rq, fields[i].field));
	if (req_form(rq, "signs") != NULL)
		view_int(v, "Form.Signs", 1);
	if (req_form(rq, "short") != NULL)
		view_int(v, "Form.Short", 1);
	view_text(v, "Form.Error", error);
	state_rights(v, rq);
}

/* The page; error: what is wrong with the form, "" for nothing. */
static struct err *
show(struct req *rq, struct res *rs, const char *error)
{
	int tenant = rq->who.tenant;
	struct rows *keys, *devices;
	struct view *v = rs->view;
	int64_t now = env_now();
	struct err *e;
	int i;

	if ((e = tx_rows(&keys, rq->tx, &q_key_list,
		 ARGS(A(tenant), A(SHOWN_MAX + 1)))) != NULL ||
	    (e = tx_rows(&devices, rq->tx, &q_key_devices,
		 ARGS(A(tenant), A(DEVICES_MAX)))) != NULL)
		return err_pass(e);
	zone_use("UTC");
	view_text(v, "Page.Title", "Keys");
	for (i = 0; i < rows_count(keys) && i < SHOWN_MAX; i++)
		state_key(view_row(v, "Keys"), rq->arena, keys, i, now);
	if (i < rows_count(keys))
		view_int(v, "KeysMore", 1);
	for (i = 0; i < rows_count(devices); i++) {
		struct view *row = view_row(v, "Devices");

		view_text(row, "Key", rows_text(devices, i, KEY_DEVICES_KEY));
		view_text(row, "Name", rows_text(devices, i, KEY_DEVICES_NAME));
	}
	state_form(v, rq, error);
	e = res_page(rq, rs, "keys.cs");
	return e != NULL ? err_pass(e) : NULL;
}

struct err *
admin_keys(struct req *rq, struct res *rs)
{
	struct err *e = show(rq, rs, "");

	return e != NULL ? err_pass(e) : NULL;
}

/* A whole number of a form; empty is 0. */
static struct err *
read_number(int32_t *out, const struct req *rq, const char *name, int32_t most)
{
	const char *s = req_typed(rq, name);
	size_t n = strlen(s);
	long v = n > 0 && n < 10 ? strtol(s, NULL, 10) : 0;

	if (strspn(s, "0123456789") != n || n >= 10 || v > most)
		return err_say(err_raise(ERR_INPUT, "", "%s", name),
		    "%s: a whole number, at most %d.", name, most);
	*out = (int32_t)v;
	return NULL;
}

static struct err *
read_device(int32_t *out, struct req *rq)
{
	const char *key = req_typed(rq, "device");
	struct rows *r;
	struct err *e;

	if ((e = tx_rows(&r, rq->tx, &q_key_device,
		 ARGS(A((int)rq->who.tenant), A(key)))) != NULL)
		return err_pass(e);
	if (rows_count(r) == 0)
		return err_raise(ERR_INPUT, "device: there is no such device.",
		    "%.64s", key);
	*out = (int32_t)rows_int(r, 0, KEY_DEVICE_DEVICE_ID);
	return NULL;
}

/* What the form asks for; ERR_INPUT names the field. */
static struct err *
read_wish(struct wish *w, struct req *rq, const char **rights)
{
	const char *nets = req_typed(rq, "nets");
	int32_t days = 0;
	struct err *e;
	enum can i;

	*w = (struct wish){ .name = req_typed(rq, "name"),
		.rights = rights,
		.signs = req_form(rq, "signs") != NULL,
		.is_short = req_form(rq, "short") != NULL };
	if ((e = read_device(&w->device, rq)) != NULL ||
	    (e = read_number(&days, rq, "days", DAYS_MAX)) != NULL ||
	    (e = read_number(&w->requests, rq, "requests", RATE_MAX)) != NULL ||
	    (e = read_number(&w->readings, rq, "readings", RATE_MAX)) != NULL)
		return err_pass(e);
	if (strlen(w->name) > NAME_MAX_)
		return err_raise(ERR_INPUT, "name: at most 64 characters.",
		    "name");
	if (strlen(nets) > NETS_MAX ||
	    (w->nets = issue_nets(rq->arena, nets)) == NULL)
		return err_raise(ERR_INPUT,
		    "nets: networks as 192.0.2.0/24, with a blank between.",
		    "nets");
	for (i = CAN_NOTHING + 1; i < CAN_END; i++)
		if (req_form(rq,
			arena_printf(rq->arena, "may.%s", can_name(i))) != NULL)
			rights[w->n_rights++] = can_name(i);
	if (w->n_rights == 0)
		return err_raise(ERR_INPUT,
		    "may: choose at least one permission.", "no right");
	w->expires = days > 0 ? env_now() + days * CLOCK_DAY : 0;
	return NULL;
}

/*
 * A key is shown in the answer to the form that made it, and nowhere else: an
 * address to go to afterwards would have to lead to it.
 */
static struct err *
show_made(struct req *rq, struct res *rs, const struct issued *k,
    const char *replaces)
{
	struct view *v = rs->view;
	struct err *e;

	view_text(v, "Page.Title", "A new key");
	view_text(v, "Made.Key", k->key);
	view_text(v, "Made.Secret", k->secret);
	view_text(v, "Made.Replaces", replaces);
	e = res_page(rq, rs, "key_made.cs");
	return e != NULL ? err_pass(e) : NULL;
}

struct err *
admin_key_make(struct req *rq, struct res *rs)
{
	const char *rights[CAN_END];
	struct issued made;
	struct wish w;
	struct err *e;

	if ((e = read_wish(&w, rq, rights)) != NULL) {
		if (e->kind != ERR_INPUT)
			return err_pass(e);
		rs->status = err_status(e->kind);
		e = show(rq, rs, arena_text(rq->arena, e->say));
		return e != NULL ? err_pass(e) : NULL;
	}
	if ((e = issue_key(&made, rq->tx, &w, req_conf(rq)->request_key)) !=
		NULL ||
	    (e = show_made(rq, rs, &made, "")) != NULL)
		return err_pass(e);
	return NULL;
}

struct err *
admin_key_rotate(struct req *rq, struct res *rs)
{
	const char *id = req_param(rq, "id");
	struct issued made;
	struct err *e;

	if ((e = issue_successor(&made, rq->tx, id,
		 req_conf(rq)->request_key)) != NULL ||
	    (e = show_made(rq, rs, &made, id)) != NULL)
		return err_pass(e);
	return NULL;
}

/* Back to the list, unless there was no such key. */
static struct err *
done(struct res *rs, const struct rows *r, int column, const char *id)
{
	struct err *e;

	if (!rows_bool(r, 0, column))
		return err_raise(ERR_MISSING, "There is no such live key.",
		    "key %.20s", id);
	e = res_goto(rs, "/admin/keys");
	return e != NULL ? err_pass(e) : NULL;
}

struct err *
admin_key_end(struct req *rq, struct res *rs)
{
	const char *id = req_param(rq, "id");
	struct rows *r;
	struct err *e;

	if ((e = tx_rows(&r, rq->tx, &q_key_end, ARGS(A(id)))) != NULL ||
	    (e = done(rs, r, KEY_END_DONE, id)) != NULL)
		return err_pass(e);
	return NULL;
}

struct err *
admin_key_limits(struct req *rq, struct res *rs)
{
	const char *id = req_param(rq, "id");
	int32_t limits[2];
	struct rows *r;
	struct err *e;

	if ((e = read_number(&limits[0], rq, "requests", RATE_MAX)) != NULL ||
	    (e = read_number(&limits[1], rq, "readings", RATE_MAX)) != NULL ||
	    (e = tx_rows(&r, rq->tx, &q_key_limit,
		 ARGS(A(id), arr_int(rq->arena, limits, 2)))) != NULL ||
	    (e = done(rs, r, KEY_LIMIT_DONE, id)) != NULL)
		return err_pass(e);
	return NULL;
}
