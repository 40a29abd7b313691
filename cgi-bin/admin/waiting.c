/*
 * GET /admin/waiting - names that gateways send and nobody knows.
 * POST /admin/waiting/adopt, /admin/waiting/ignore - what becomes of one.
 */
#include <ctype.h>
#include <string.h>

#include "base/clock.h"
#include "base/env.h"
#include "base/utf8.h"
#include "cgi-bin/admin/routes.h"
#include "query.h"

enum { SHOWN_MAX = 200, GATEWAYS_MAX = 500, KEY_MAX = 64, TITLE_MAX = 80 };

/* A name as a key: what a key cannot have is an underscore. */
static const char *
key_of(struct arena *a, const char *name)
{
	struct buf b = buf_new(a, KEY_MAX);

	for (; *name != 0 && b.n < KEY_MAX; name++)
		if (isalnum((unsigned char)*name) ||
		    strchr(".:-", *name) != NULL)
			buf_byte(&b, (unsigned char)*name);
		else if (b.n > 0 && b.p[b.n - 1] != '_')
			buf_byte(&b, '_');
	while (b.n > 0 && b.p[b.n - 1] == '_')
		b.p[--b.n] = 0;
	return b.n > 0 ? (const char *)b.p : "sensor";
}

/* And for people: "flow_rate" is "Flow rate". */
static const char *
title_of(struct arena *a, const char *name)
{
	char *s = arena_copy(a, name, utf8_whole(name, strlen(name)));
	size_t i, n;

	for (i = 0; s[i] != 0; i++)
		if (s[i] == '_')
			s[i] = ' ';
	s[0] = (char)toupper((unsigned char)s[0]);
	n = strlen(s);
	return arena_copy(a, s, utf8_whole(s, n < TITLE_MAX ? n : TITLE_MAX));
}

/* A text as it stands in a query. */
static void
put_escaped(struct buf *b, const char *s)
{
	for (; *s != 0; s++)
		if (isalnum((unsigned char)*s) || strchr("._-", *s) != NULL)
			buf_byte(b, (unsigned char)*s);
		else
			buf_printf(b, "%%%02X", (unsigned char)*s);
}

/* The gateway's mapping, with this name in its form. */
static const char *
mapping_href(struct arena *a, const struct rows *r, int i)
{
	struct buf b = buf_new(a, 256);

	buf_printf(&b, "/admin/gateways/%s/mapping?device=",
	    rows_text(r, i, WAITING_LIST_GATEWAY));
	put_escaped(&b, rows_text(r, i, WAITING_LIST_DEVICE));
	buf_text(&b, "&sensor=");
	put_escaped(&b, rows_text(r, i, WAITING_LIST_SENSOR));
	return (const char *)b.p;
}

/* The device that it would be of: the one so called, or the gateway itself. */
static const char *
device_of(struct arena *a, const struct rows *r, int i)
{
	const char *name = rows_text(r, i, WAITING_LIST_DEVICE);

	if (!rows_null(r, i, WAITING_LIST_FITS))
		return rows_text(r, i, WAITING_LIST_FITS);
	if (*name == 0 ||
	    strcmp(rows_text(r, i, WAITING_LIST_KIND), "gateway") != 0)
		return rows_text(r, i, WAITING_LIST_GATEWAY);
	return key_of(a, name);
}

static void
state_name(struct view *v, struct arena *a, const struct rows *r, int i)
{
	const char *gateway = rows_text(r, i, WAITING_LIST_GATEWAY);
	const char *sensor = rows_text(r, i, WAITING_LIST_SENSOR);
	int64_t at = rows_time(r, i, WAITING_LIST_LAST_AT);

	view_text(v, "Gateway", gateway);
	view_text(v, "GatewayName", rows_text(r, i, WAITING_LIST_GATEWAY_NAME));
	view_text(v, "Mapping", mapping_href(a, r, i));
	view_text(v, "Device", rows_text(r, i, WAITING_LIST_DEVICE));
	view_text(v, "Sensor", sensor);
	view_text(v, "Iso", clock_iso(a, at));
	view_text(v, "Age", clock_age(a, env_now() - at));
	view_int(v, "Count", rows_int(r, i, WAITING_LIST_COUNT));
	view_text(v, "Sample", rows_text(r, i, WAITING_LIST_SAMPLE));
	view_text(v, "Unit", rows_text(r, i, WAITING_LIST_UNIT));
	if (*sensor == 0) /* names above the number that is kept */
		return;
	view_int(v, "Named", 1);
	view_text(v, "ToDevice", device_of(a, r, i));
	view_text(v, "Key", key_of(a, sensor));
	view_text(v, "Title", title_of(a, sensor));
}

static void
state_gateways(struct view *v, struct arena *a, const struct rows *r,
    const char *chosen)
{
	int i;

	for (i = 0; i < rows_count(r); i++) {
		const char *key = rows_text(r, i, WAITING_GATEWAYS_KEY);
		struct view *row = view_row(v, "Gateways");

		view_text(row, "Key", key);
		view_text(row, "Name", rows_text(r, i, WAITING_GATEWAYS_NAME));
		view_int(row, "Waiting",
		    rows_int(r, i, WAITING_GATEWAYS_WAITING));
		view_int(row, "Mapped",
		    rows_int(r, i, WAITING_GATEWAYS_MAPPED));
		view_text(row, "Href",
		    arena_printf(a, "/admin/gateways/%s/mapping", key));
		if (strcmp(key, chosen) == 0)
			view_int(row, "Current", 1);
	}
}

struct err *
admin_waiting(struct req *rq, struct res *rs)
{
	const char *gateway = req_query(rq, "gateway");
	const char *done = req_query(rq, "done");
	int tenant = rq->who.tenant;
	struct rows *r, *gateways;
	struct err *e;
	int i;

	if (gateway == NULL)
		gateway = "";
	if ((e = tx_rows(&gateways, rq->tx, &q_waiting_gateways,
		 ARGS(A(tenant), A(GATEWAYS_MAX)))) != NULL ||
	    (e = tx_rows(&r, rq->tx, &q_waiting_list,
		 ARGS(A(tenant), A(gateway), A(SHOWN_MAX + 1)))) != NULL)
		return err_pass(e);
	state_gateways(rs->view, rq->arena, gateways, gateway);
	for (i = 0; i < rows_count(r) && i < SHOWN_MAX; i++)
		state_name(view_row(rs->view, "Names"), rq->arena, r, i);
	if (rows_count(r) > SHOWN_MAX)
		view_int(rs->view, "NamesMore", 1);
	view_text(rs->view, "Gateway", gateway);
	view_text(rs->view, "Done", done != NULL ? done : "");
	view_text(rs->view, "Page.Title", "Names that wait");
	return res_page(rq, rs, "waiting.cs");
}

static struct err *
missing(const char *key)
{
	return err_raise(ERR_MISSING, "There is no such gateway.", "gateway %s",
	    key);
}

/* What a sender calls it is taken as it is, blanks too. */
static const char *
sent(const struct req *rq, const char *name)
{
	const char *s = req_form(rq, name);

	return s != NULL ? s : "";
}

struct err *
admin_waiting_adopt(struct req *rq, struct res *rs)
{
	const char *gateway = sent(rq, "gateway");
	struct rows *r;
	struct err *e;

	if ((e = tx_rows(&r, rq->tx, &q_mapping_adopt,
		 ARGS(A(gateway), A(sent(rq, "device")), A(sent(rq, "sensor")),
		     A(req_typed(rq, "to_device")), A(req_typed(rq, "key")),
		     A(req_typed(rq, "name")), A(req_typed(rq, "unit")),
		     A(req_typed(rq, "kind"))))) != NULL)
		return err_pass(e);
	if (rows_null(r, 0, MAPPING_ADOPT_SENSOR_ID))
		return missing(gateway);
	rs->wake = true;
	return res_goto(rs, "/admin/waiting?done=adopted");
}

struct err *
admin_waiting_ignore(struct req *rq, struct res *rs)
{
	const char *gateway = sent(rq, "gateway");
	struct rows *r;
	struct err *e;

	if ((e = tx_rows(&r, rq->tx, &q_mapping_put,
		 ARGS(A(gateway), A(sent(rq, "device")), A(sent(rq, "sensor")),
		     A(""), A(1.0), A(0.0)))) != NULL)
		return err_pass(e);
	if (!rows_bool(r, 0, MAPPING_PUT_DONE))
		return missing(gateway);
	return res_goto(rs, "/admin/waiting?done=ignored");
}
