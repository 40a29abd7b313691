/*
 * GET /admin/devices/:key/debug - the last payloads that came with a device's
 * credential, and why what was refused of them was; POST there: for how long
 * all of them are wanted.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/env.h"
#include "base/zone.h"
#include "cgi-bin/admin/payload.h"
#include "cgi-bin/admin/routes.h"
#include "query.h"

enum { HOURS_MAX = 24 };

static struct err *
missing(const char *key)
{
	return err_raise(ERR_MISSING, "There is no such device.", "device %s",
	    key);
}

static void
state_reasons(struct view *v, struct arena *a, const char *text)
{
	size_t n;

	for (; *text != 0; text += n + (text[n] == '\n')) {
		n = strcspn(text, "\n");
		view_text(view_row(v, "Reasons"), "Text",
		    arena_copy(a, text, n));
	}
}

static void
state_payload(struct view *v, struct arena *a, const struct rows *r, int i)
{
	struct bytes body = rows_bytes(r, i, DEBUG_LIST_BODY);
	int64_t at = rows_time(r, i, DEBUG_LIST_AT);
	int64_t size = rows_int(r, i, DEBUG_LIST_SIZE);

	view_text(v, "Iso", clock_iso(a, at));
	view_text(v, "Time", zone_text(a, "%-d %b %Y %H:%M:%S", at));
	view_int(v, "Status", rows_int(r, i, DEBUG_LIST_STATUS));
	view_int(v, "Size", size);
	view_text(v, "Body", payload_text(a, body));
	if (size > (int64_t)body.n)
		view_int(v, "Shown", (int64_t)body.n);
	state_reasons(v, a, rows_text(r, i, DEBUG_LIST_REASONS));
}

static void
state_device(struct view *v, struct arena *a, const struct rows *r,
    const char *key)
{
	int64_t till = rows_time(r, 0, DEBUG_DEVICE_TILL);

	view_text(v, "Key", key);
	view_text(v, "Name", rows_text(r, 0, DEBUG_DEVICE_NAME));
	view_text(v, "Href", arena_printf(a, "/devices/%s", key));
	view_text(v, "Action", arena_printf(a, "/admin/devices/%s/debug", key));
	if (!rows_null(r, 0, DEBUG_DEVICE_TILL) && till > env_now()) {
		view_text(v, "TillIso", clock_iso(a, till));
		view_text(v, "Till", zone_text(a, "%-d %b %H:%M", till));
	}
	if (rows_null(r, 0, DEBUG_DEVICE_GATEWAY_KEY))
		return;
	view_text(v, "Gateway.Name",
	    rows_text(r, 0, DEBUG_DEVICE_GATEWAY_NAME));
	view_text(v, "Gateway.Href",
	    arena_printf(a, "/admin/devices/%s/debug",
		rows_text(r, 0, DEBUG_DEVICE_GATEWAY_KEY)));
}

struct err *
admin_debug(struct req *rq, struct res *rs)
{
	const char *key = req_param(rq, "key");
	struct view *v = rs->view;
	struct rows *r, *list;
	struct err *e;
	int i;

	zone_use("UTC");
	if ((e = tx_rows(&r, rq->tx, &q_debug_device,
		 ARGS(A((int)rq->who.tenant), A(key)))) != NULL)
		return err_pass(e);
	if (rows_count(r) == 0)
		return missing(key);
	if ((e = tx_rows(&list, rq->tx, &q_debug_list,
		 ARGS(A((int)rows_int(r, 0, DEBUG_DEVICE_DEVICE_ID))))) != NULL)
		return err_pass(e);
	state_device(view_branch(v, "Device"), rq->arena, r, key);
	for (i = 0; i < rows_count(list); i++)
		state_payload(view_row(v, "Payloads"), rq->arena, list, i);
	view_text(v, "Page.Title",
	    arena_printf(rq->arena, "Payloads of %s",
		rows_text(r, 0, DEBUG_DEVICE_NAME)));
	return res_page(rq, rs, "debug.cs");
}

struct err *
admin_debug_set(struct req *rq, struct res *rs)
{
	const char *key = req_param(rq, "key");
	const char *text = req_form(rq, "hours");
	struct rows *r;
	struct err *e;
	char *end;
	long hours;

	hours = text != NULL ? strtol(text, &end, 10) : 0;
	if (text == NULL || end == text || *end != 0 || hours < 0 ||
	    hours > HOURS_MAX)
		return err_raise(ERR_INPUT, "hours: want 0 to 24.", "hours");
	if ((e = tx_rows(&r, rq->tx, &q_debug_set,
		 ARGS(A(key), A((int)hours)))) != NULL)
		return err_pass(e);
	if (!rows_bool(r, 0, DEBUG_SET_DONE))
		return missing(key);
	return res_goto(rs,
	    arena_printf(rq->arena, "/admin/devices/%s/debug", key));
}
