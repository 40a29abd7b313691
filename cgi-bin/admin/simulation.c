/*
 * GET /admin/simulation - what is simulated, by where it is polled or who posts
 * for it; ?at=KEY: the devices of the place of that one.
 * GET /admin/simulation/scenario?at=KEY - that place for the simulator to play.
 *
 * The places begin behind ?after=KEY, and so do the devices.  None are made
 * here: where the poller calls is the operator's to say.
 */
#include <string.h>

#include "base/clock.h"
#include "base/env.h"
#include "cgi-bin/admin/routes.h"
#include "model/fleet.h"
#include "model/simulated.h"
#include "query.h"

enum { PLACES = 50, DEVICES = 50 };

#define PAGE "/admin/simulation"

static const char *
text_query(const struct req *rq, const char *name)
{
	const char *s = req_query(rq, name);

	return s != NULL ? s : "";
}

static void
state_newest(struct view *v, struct arena *a, const struct rows *r, int i,
    int column)
{
	if (rows_null(r, i, column))
		return;
	view_text(v, "Time", clock_iso(a, rows_time(r, i, column)));
	view_text(v, "Age", clock_age(a, env_now() - rows_time(r, i, column)));
}

/* ---- places ---- */

/* What is said of how a place is reached. */
static const struct {
	const char *way, *by;
	bool of_gateway, has_port, is_played;
} ways[] = {
	{ "tcp", "Modbus TCP", false, true, true },
	{ "rtu_tcp", "Modbus RTU over TCP", false, true, true },
	{ "rtu", "a serial line", false, false, false },
	{ "via", "posts of its own", true, false, false },
};

static size_t
way_of(const char *name)
{
	size_t k = 0;

	while (k + 1 < sizeof(ways) / sizeof(*ways) &&
	       strcmp(ways[k].way, name) != 0)
		k++;
	return k;
}

static void
state_where(struct view *v, struct arena *a, const struct rows *r, int i)
{
	size_t k = way_of(rows_text(r, i, SIMULATED_GROUPS_WAY));
	const char *host = rows_text(r, i, SIMULATED_GROUPS_HOST);
	const char *gateway = rows_text(r, i, SIMULATED_GROUPS_GATEWAY);
	const char *where = host;

	if (ways[k].of_gateway)
		where = *gateway != 0 ? gateway : "by themselves";
	else if (ways[k].has_port)
		where = arena_printf(a, "%s:%lld", host,
		    (long long)rows_int(r, i, SIMULATED_GROUPS_PORT));
	view_text(v, "Where", where);
	view_text(v, "By", ways[k].by);
	if (!ways[k].of_gateway)
		view_text(v, "Agent", gateway);
	if (rows_bool(r, i, SIMULATED_GROUPS_CLASH))
		view_int(v, "Clash", 1);
	else if (ways[k].is_played &&
		 *rows_text(r, i, SIMULATED_GROUPS_PROFILES) != 0)
		view_text(v, "Scenario",
		    arena_printf(a, PAGE "/scenario?at=%s",
			rows_text(r, i, SIMULATED_GROUPS_FIRST)));
}

/* "12 silent"; of none of them nothing is said. */
static void
state_count(struct view *v, struct arena *a, const char *name, int64_t n,
    const char *are)
{
	if (n > 0)
		view_text(v, name,
		    arena_printf(a, "%s%s", number_shown(a, (double)n, 0),
			are));
}

static void
state_place(struct view *v, struct arena *a, const struct rows *r, int i)
{
	int64_t all = rows_int(r, i, SIMULATED_GROUPS_DEVICES);
	int64_t heard = rows_int(r, i, SIMULATED_GROUPS_HEARD);
	int64_t silent = rows_int(r, i, SIMULATED_GROUPS_SILENT);

	state_where(v, a, r, i);
	state_count(v, a, "Devices", all, "");
	state_count(v, a, "Heard", heard, " heard");
	state_count(v, a, "Silent", silent, " silent");
	state_count(v, a, "Never", all - heard - silent, " never seen");
	state_count(v, a, "Unasked", rows_int(r, i, SIMULATED_GROUPS_UNASKED),
	    " without a profile");
	state_newest(v, a, r, i, SIMULATED_GROUPS_NEWEST);
	view_text(v, "Profiles", rows_text(r, i, SIMULATED_GROUPS_PROFILES));
	if (rows_bool(r, i, SIMULATED_GROUPS_OWN))
		view_int(v, "Own", 1);
	view_text(v, "Href",
	    arena_printf(a, PAGE "?at=%s",
		rows_text(r, i, SIMULATED_GROUPS_FIRST)));
}

/* The places, or the one of the device at. */
static struct err *
state_places(struct req *rq, struct res *rs, const char *at, const char *after)
{
	struct rows *r;
	struct err *e;
	int i, n;

	if ((e = tx_rows(&r, rq->tx, &q_simulated_groups,
		 ARGS(A((int)rq->who.tenant), A(at), A(after),
		     A(PLACES + 1)))) != NULL)
		return err_pass(e);
	if (*at != 0 && rows_count(r) == 0)
		return err_raise(ERR_MISSING,
		    "There is no such simulated device.", "%s", at);
	n = rows_count(r) < PLACES ? rows_count(r) : PLACES;
	for (i = 0; i < n; i++) {
		state_place(view_row(rs->view, "Places"), rq->arena, r, i);
		if (rows_bool(r, i, SIMULATED_GROUPS_OWN))
			view_int(rs->view, "Own", 1);
	}
	if (rows_count(r) > n)
		view_text(rs->view, "More",
		    arena_printf(rq->arena, PAGE "?after=%s",
			rows_text(r, n - 1, SIMULATED_GROUPS_FIRST)));
	return NULL;
}

/* ---- the devices of one ---- */

static void
state_device(struct view *v, struct arena *a, const struct rows *r, int i)
{
	const char *key = rows_text(r, i, SIMULATED_DEVICES_KEY);
	const char *state = rows_text(r, i, SIMULATED_DEVICES_STATE);

	view_text(v, "Key", key);
	view_text(v, "Name", rows_text(r, i, SIMULATED_DEVICES_NAME));
	view_text(v, "Href", arena_printf(a, "/devices/%s", key));
	view_text(v, "Profile", rows_text(r, i, SIMULATED_DEVICES_PROFILE));
	view_int(v, "Unit", rows_int(r, i, SIMULATED_DEVICES_UNIT));
	view_text(v, "State", state);
	view_text(v, "StateText",
	    strcmp(state, "never") == 0 ? "never seen" : state);
	state_newest(v, a, r, i, SIMULATED_DEVICES_NEWEST);
}

static struct err *
state_devices(struct req *rq, struct res *rs, const char *at, const char *after)
{
	struct rows *r;
	struct err *e;
	int i, n;

	if ((e = tx_rows(&r, rq->tx, &q_simulated_devices,
		 ARGS(A((int)rq->who.tenant), A(at), A(after),
		     A(DEVICES + 1)))) != NULL)
		return err_pass(e);
	n = rows_count(r) < DEVICES ? rows_count(r) : DEVICES;
	for (i = 0; i < n; i++)
		state_device(view_row(rs->view, "Devices"), rq->arena, r, i);
	if (rows_count(r) > n)
		view_text(rs->view, "More",
		    arena_printf(rq->arena, PAGE "?at=%s&after=%s", at,
			rows_text(r, n - 1, SIMULATED_DEVICES_KEY)));
	return NULL;
}

/* ---- the page ---- */

/* Of the whole tenant, and so only for whom it is to change as a whole. */
static struct err *
state_bound(struct req *rq, struct res *rs)
{
	struct rows *r;
	struct err *e;
	int i;

	if (!can_has(rq->who.wide, CAN_DEVICES_WRITE))
		return NULL;
	if ((e = tx_rows(&r, rq->tx, &q_quota_list, NO_ARGS)) != NULL)
		return err_pass(e);
	for (i = 0; i < rows_count(r); i++) {
		if (strcmp(rows_text(r, i, QUOTA_LIST_WHAT), "simulated") != 0)
			continue;
		view_text(rs->view, "Bound.Used",
		    number_shown(rq->arena,
			(double)rows_int(r, i, QUOTA_LIST_USED), 0));
		view_text(rs->view, "Bound.Most",
		    number_shown(rq->arena,
			(double)rows_int(r, i, QUOTA_LIST_MOST), 0));
	}
	return NULL;
}

/* A word of a shell, whatever is in it. */
static const char *
quoted(struct arena *a, const char *s)
{
	struct buf b = buf_new(a, strlen(s) + 8);

	for (buf_byte(&b, '\''); *s != 0; s++)
		if (*s == '\'')
			buf_text(&b, "'\\''");
		else
			buf_byte(&b, (unsigned char)*s);
	buf_text(&b, "'");
	return arena_copy(a, (const char *)b.p, b.n);
}

struct err *
admin_simulation(struct req *rq, struct res *rs)
{
	const char *at = text_query(rq, "at"), *after = text_query(rq, "after");
	struct err *e;

	if ((e = state_bound(rq, rs)) != NULL ||
	    (e = state_places(rq, rs, at, *at != 0 ? "" : after)) != NULL)
		return err_pass(e);
	if (*at != 0 && (e = state_devices(rq, rs, at, after)) != NULL)
		return err_pass(e);
	view_text(rs->view, "At", at);
	view_text(rs->view, "After", after);
	view_text(rs->view, "Command",
	    arena_printf(rq->arena,
		"fluxctl CONFIG simulate %s SITE KEY PROFILE COUNT HOST:PORT "
		"> scenario.json",
		quoted(rq->arena, rq->who.tenant_name)));
	view_text(rs->view, "Page.Title", "Simulation");
	return res_page(rq, rs, "simulation.cs");
}

struct err *
admin_simulation_scenario(struct req *rq, struct res *rs)
{
	struct simulated_place place;
	struct err *e;

	if ((e = simulated_load(&place, rq->tx, text_query(rq, "at"))) != NULL)
		return err_pass(e);
	simulated_put(&rs->body, &place);
	buf_text(&rs->body, "\n");
	rs->type = "application/json";
	res_header(rs, "Content-Disposition",
	    "attachment; filename=\"scenario.json\"");
	return NULL;
}
