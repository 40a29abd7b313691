#include "cgi-bin/web/bus.h"

#include <string.h>

#include "base/clock.h"
#include "cgi-bin/web/frame.h"
#include "model/unit_health.h"
#include "query.h"

static void
fact(struct view *v, const char *name, const char *value)
{
	struct view *row = view_row(v, "Facts");

	view_text(row, "Name", name);
	view_text(row, "Value", value);
}

static const char *
count(struct arena *a, int64_t n)
{
	return number_shown(a, (double)n, 0);
}

static const char *
percent(struct arena *a, double part)
{
	return arena_printf(a, "%s %%",
	    number_shown(a, part * 100, part < 0.1 ? 1 : 0));
}

/* "illegal address 3, busy 1"; "none". */
static const char *
exceptions(struct arena *a, const struct unit_health *u)
{
	struct buf b = buf_new(a, 64);
	const char *name;
	int i;

	for (i = 1; i < UNIT_EXCEPTIONS; i++) {
		if (u->exceptions[i] == 0)
			continue;
		name = unit_exception(i);
		buf_printf(&b, "%s%s %s", b.n > 0 ? ", " : "",
		    name != NULL ? name : arena_printf(a, "code %d", i),
		    count(a, u->exceptions[i]));
	}
	return b.n > 0 ? (const char *)b.p : "none";
}

static void
counted(struct view *v, struct arena *a, const struct unit_health *u)
{
	fact(v, "Requests", count(a, unit_requests(u)));
	fact(v, "Answers", count(a, u->answers));
	fact(v, "No answer in time", count(a, u->silent));
	fact(v, "Exceptions", exceptions(a, u));
	fact(v, "Garbage",
	    u->garbage == 0
		? "none"
		: arena_printf(a, "%s, of which %s with a wrong checksum",
		      count(a, u->garbage), count(a, u->corrupt)));
	fact(v, "Line down", count(a, u->down));
	fact(v, "Polls left out", count(a, u->missed));
}

/* As it was said last. */
static void
said(struct view *v, struct arena *a, const struct unit_health *u)
{
	if (u->answers > 0)
		fact(v, "An answer takes",
		    arena_printf(a, "%s ms", number_shown(a, u->mean_ms, 1)));
	if (u->p99_ms > 0)
		fact(v, "99 of 100 within",
		    arena_printf(a, "%s ms", number_shown(a, u->p99_ms, 1)));
	fact(v, "Line busy",
	    arena_printf(a, "%s, planned %s", percent(a, u->busy),
		percent(a, u->load)));
	fact(v, "Waiting in the poller",
	    arena_printf(a, "%s records", count(a, u->waiting)));
	if (u->most_words > 0)
		fact(v, "Longest request",
		    arena_printf(a, "%d registers", u->most_words));
	if (*u->holes != 0)
		fact(v, "Does not have", u->holes);
}

struct err *
state_bus(struct view *v, struct req *rq, const struct device *d, int64_t now)
{
	struct arena *a = rq->arena;
	struct unit_health u;
	struct view *bus;
	struct err *e;

	if (*d->modbus == 0)
		return NULL;
	if ((e = unit_health_load(&u, rq->tx, d->id)) != NULL)
		return err_pass(e);
	bus = view_branch(v, "Bus");
	view_text(bus, "Line", d->modbus);
	if (u.at == 0)
		return NULL;
	view_text(bus, "Age", clock_age(a, now - u.at));
	view_text(bus, "Iso", clock_iso(a, u.at));
	if (*u.remark != 0)
		view_text(view_row(bus, "Problems"), "Text", u.remark);
	if (u.offline)
		view_text(view_row(bus, "Problems"), "Text",
		    "It does not answer, and is asked less often.");
	if (u.load > 1)
		view_text(view_row(bus, "Problems"), "Text",
		    arena_printf(a,
			"More is asked of the line than it can hold: its "
			"periods must be %s times as long.",
			number_shown(a, u.load, 1)));
	counted(bus, a, &u);
	said(bus, a, &u);
	return NULL;
}

struct err *
state_agent(struct view *v, struct req *rq, const struct device *d, int64_t now)
{
	struct view *agent;
	struct rows *r;
	struct err *e;
	int64_t heard;

	if (*d->modbus == 0 && strcmp(d->kind, "gateway") != 0)
		return NULL;
	if ((e = tx_rows(&r, rq->tx, &q_agent_of, ARGS(A((int)d->id)))) != NULL)
		return err_pass(e);
	if (rows_count(r) == 0 || !rows_bool(r, 0, AGENT_OF_LOST))
		return NULL;
	heard = rows_time(r, 0, AGENT_OF_HEARD);
	agent = view_branch(v, "Agent");
	view_text(agent, "Name", rows_text(r, 0, AGENT_OF_NAME));
	view_text(agent, "Age", clock_age(rq->arena, now - heard));
	view_text(agent, "Iso", clock_iso(rq->arena, heard));
	view_text(agent, "Release",
	    arena_printf(rq->arena, "/admin/gateways/%s/release",
		rows_text(r, 0, AGENT_OF_GATEWAY)));
	return NULL;
}
