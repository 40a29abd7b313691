/* GET /admin/quota - what the tenant uses a day, and may use. */
#include <string.h>

#include "cgi-bin/admin/routes.h"
#include "model/fleet.h"
#include "query.h"

enum { DAYS_MAX = 92 };

/* What each quota is called. */
static const struct {
	const char *what, *name;
} names[] = {
	{ "readings_day", "Readings a day" },
	{ "bytes", "Bytes a day" },
	{ "devices", "Devices" },
	{ "users", "Users" },
	{ "simulated", "Simulated devices" },
};

static const char *
name_of(const char *what)
{
	size_t i, n = sizeof(names) / sizeof(*names);

	for (i = 0; i < n; i++)
		if (strcmp(names[i].what, what) == 0)
			return names[i].name;
	return what;
}

static const char *
grouped(struct arena *a, int64_t n)
{
	return number_shown(a, (double)n, 0);
}

static const char *
state_text(int64_t used, int64_t most)
{
	if (used >= most)
		return "used up";
	return used * 5 >= most * 4 ? "nearly used up" : "fine";
}

static void
state_quota(struct view *v, struct arena *a, const struct rows *r, int i)
{
	int64_t most = rows_int(r, i, QUOTA_LIST_MOST);
	int64_t used = rows_int(r, i, QUOTA_LIST_USED);

	view_text(v, "Name", name_of(rows_text(r, i, QUOTA_LIST_WHAT)));
	view_text(v, "Used", grouped(a, used));
	view_text(v, "Most", grouped(a, most));
	view_int(v, "Share", (int64_t)(100.0 * (double)used / (double)most));
	view_text(v, "State", used * 5 >= most * 4 ? "offline" : "online");
	view_text(v, "StateText", state_text(used, most));
}

static void
state_day(struct view *v, struct arena *a, const struct rows *r, int i)
{
	static const struct {
		const char *name;
		int column;
	} numbers[] = {
		{ "Requests", USAGE_DAYS_REQUESTS },
		{ "Readings", USAGE_DAYS_READINGS },
		{ "Refused", USAGE_DAYS_REFUSED },
		{ "Bytes", USAGE_DAYS_BYTES },
		{ "Devices", USAGE_DAYS_DEVICES },
		{ "Alarms", USAGE_DAYS_ALARMS },
	};
	size_t k;

	view_text(v, "Day", rows_text(r, i, USAGE_DAYS_DAY));
	for (k = 0; k < sizeof(numbers) / sizeof(*numbers); k++)
		view_text(v, numbers[k].name,
		    grouped(a, rows_int(r, i, numbers[k].column)));
}

/* A site whose devices come in one way has that way. */
static void
state_site(struct view *v, struct arena *a, const struct rows *r, int i)
{
	int64_t direct = rows_int(r, i, SITE_WAYS_DIRECT);
	int64_t behind = rows_int(r, i, SITE_WAYS_BEHIND);
	int64_t polled = rows_int(r, i, SITE_WAYS_POLLED);

	view_text(v, "Name", rows_text(r, i, SITE_WAYS_NAME));
	view_text(v, "Direct", grouped(a, direct));
	view_text(v, "Behind", grouped(a, behind));
	view_text(v, "Polled", grouped(a, polled));
	view_text(v, "Way",
	    behind + polled == 0   ? "direct"
	    : direct + polled == 0 ? "gateway"
	    : direct + behind == 0 ? "polled"
				   : "mixed");
}

static const char *
limit_text(struct arena *a, int64_t n)
{
	return n > 0 ? grouped(a, n) : "no limit";
}

struct err *
admin_quota(struct req *rq, struct res *rs)
{
	struct rows *quotas, *days, *limits, *sites;
	struct arena *a = rq->arena;
	struct view *v = rs->view;
	struct err *e;
	int i;

	if ((e = tx_rows(&quotas, rq->tx, &q_quota_list, NO_ARGS)) != NULL ||
	    (e = tx_rows(&limits, rq->tx, &q_limit_now, NO_ARGS)) != NULL ||
	    (e = tx_rows(&days, rq->tx, &q_usage_days,
		 ARGS(A((int)rq->who.tenant), A(DAYS_MAX)))) != NULL ||
	    (e = tx_rows(&sites, rq->tx, &q_site_ways,
		 ARGS(A((int)rq->who.tenant)))) != NULL)
		return err_pass(e);
	view_text(v, "Page.Title", "Use and quotas");
	view_text(v, "Limits.Requests",
	    limit_text(a, rows_int(limits, 0, LIMIT_NOW_REQUESTS)));
	view_text(v, "Limits.Readings",
	    limit_text(a, rows_int(limits, 0, LIMIT_NOW_READINGS)));
	if (rows_bool(limits, 0, LIMIT_NOW_OVER))
		view_int(v, "Over", 1);
	for (i = 0; i < rows_count(quotas); i++)
		state_quota(view_row(v, "Quotas"), a, quotas, i);
	for (i = 0; i < rows_count(days); i++)
		state_day(view_row(v, "Days"), a, days, i);
	for (i = 0; i < rows_count(sites); i++)
		state_site(view_row(v, "Sites"), a, sites, i);
	e = res_page(rq, rs, "quota.cs");
	return e != NULL ? err_pass(e) : NULL;
}
