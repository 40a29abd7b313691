/*
 * GET /status, /healthz, /livez, /readyz - how all of it is, without asking
 * the database: the worker tells it each second (base/health.h).
 *
 * Everybody may look; nothing here is of any tenant.
 */
#include "base/clock.h"
#include "base/env.h"
#include "base/health.h"
#include "base/member.h"
#include "web/web.h"

handler page_status;
handler web_healthz;
handler web_livez;
handler web_readyz;

#define GB INT64_C(1000000000)

enum {
	MONTHS_LEAST = 2, /* of partitions, with this one */
	DISK_LEAST = 100, /* per mille that must be free */
	SPOOL_MOST = 4,	  /* it is full when so many fifths are used */
	SERVICE_DOWN = 503
};

static int64_t
told(struct health *h, const struct req *rq)
{
	int64_t now = env_now();

	(void)health_read(h, req_conf(rq)->state);
	return health_is_told(h, now) ? now : 0;
}

/* What is wrong, each as a word for programs and a sentence for people. */
static const struct fault {
	const char *code, *say;
} faults[] = {
	{ "worker_silent",
	    "The worker is silent: nobody knows how things stand." },
	{ "database_away",
	    "The database does not answer. Readings of known senders are kept "
	    "on the disk and stored when it is back; pages have to wait." },
	{ "disk_full", "Less than a tenth of the disk is free." },
	{ "partitions_missing",
	    "There is no room prepared for the next months." },
	{ "spool_full",
	    "The room for readings of an outage is nearly used up." },
};

enum { FAULTS = sizeof(faults) / sizeof(*faults) };

/* Which of them there are; the number of them. */
static size_t
faults_of(bool is[FAULTS], const struct health *h, int64_t now)
{
	size_t n = 0, i;

	is[0] = now == 0;
	is[1] = now != 0 && h->up == 0;
	is[2] = now != 0 && h->disk_bytes > 0 && h->disk_free < DISK_LEAST;
	is[3] = now != 0 && h->up != 0 && h->months < MONTHS_LEAST;
	is[4] = now != 0 && h->spool_bytes > h->spool_max / 5 * SPOOL_MOST;
	for (i = 0; i < FAULTS; i++)
		n += is[i];
	return n;
}

static struct err *
answer(struct req *rq, struct res *rs, size_t most)
{
	struct buf *b = &rs->body;
	bool is[FAULTS];
	struct health h;
	int64_t now = told(&h, rq);
	size_t n = faults_of(is, &h, now), i, grave = 0;

	for (i = 0; i < most; i++)
		grave += is[i];
	rs->type = "application/json";
	rs->status = grave > 0 ? SERVICE_DOWN : 200;
	buf_byte(b, '{');
	member_text(b, "status", grave > 0 ? "fail" : n > 0 ? "warn" : "pass");
	member_text(b, "database",
	    now == 0	? "unknown"
	    : h.up != 0 ? "up"
			: "down");
	if (now != 0)
		member_text(b, "since", clock_iso(rq->arena, h.since));
	member_int(b, "spool_bytes", h.spool_bytes);
	member_name(b, "faults");
	buf_byte(b, '[');
	for (i = 0; i < FAULTS; i++)
		if (is[i]) {
			member_comma(b);
			member_put_text(b, faults[i].code);
		}
	buf_text(b, "]}\n");
	return NULL;
}

/* Red when people or senders feel it: the database, or who looks after it. */
struct err *
web_healthz(struct req *rq, struct res *rs)
{
	struct err *e = answer(rq, rs, 2);

	return e != NULL ? err_pass(e) : NULL;
}

/* Red when no more work should be sent here. */
struct err *
web_readyz(struct req *rq, struct res *rs)
{
	struct err *e = answer(rq, rs, FAULTS);

	return e != NULL ? err_pass(e) : NULL;
}

/* This process answers. */
struct err *
web_livez(struct req *rq, struct res *rs)
{
	(void)rq;
	rs->type = "application/json";
	buf_text(&rs->body, "{\"status\":\"pass\"}\n");
	return NULL;
}

static const char *
size_text(struct arena *a, int64_t bytes)
{
	if (bytes >= GB)
		return arena_printf(a, "%.1f GB", (double)bytes / 1e9);
	return arena_printf(a, "%.1f MB", (double)bytes / 1e6);
}

static void
line(struct view *v, const char *name, const char *value)
{
	struct view *row = view_row(v, "Lines");

	view_text(row, "Name", name);
	view_text(row, "Value", value);
}

static void
lines(struct view *v, struct arena *a, const struct health *h, int64_t now)
{
	line(v, "Database",
	    arena_printf(a, "%s for %s",
		h->up != 0 ? "has answered" : "has been away",
		clock_age(a, now - h->since)));
	line(v, "Readings kept on the disk",
	    h->spool_bytes == 0
		? "none"
		: arena_printf(a, "%s of %s, of %lld %s",
		      size_text(a, h->spool_bytes), size_text(a, h->spool_max),
		      (long long)h->spool_tenants,
		      h->spool_tenants == 1 ? "tenant" : "tenants"));
	line(v, "Disk",
	    arena_printf(a, "%lld.%lld %% free, %s",
		(long long)(h->disk_free / 10), (long long)(h->disk_free % 10),
		size_text(a, h->disk_bytes)));
	line(v, "Months prepared",
	    arena_printf(a, "%lld", (long long)h->months));
}

struct err *
page_status(struct req *rq, struct res *rs)
{
	struct health h;
	int64_t now = told(&h, rq);
	bool is[FAULTS];
	struct err *e;
	size_t i;

	/* It is the same for everybody, and nobody is asked who it is. */
	rq->session.n = 0;
	view_text(rs->view, "Page.Title", "Status");
	view_text(rs->view, "Say",
	    faults_of(is, &h, now) == 0 ? "Everything works." : "");
	for (i = 0; i < FAULTS; i++)
		if (is[i])
			view_text(view_row(rs->view, "Faults"), "Say",
			    faults[i].say);
	if (h.at != 0)
		view_text(rs->view, "Told",
		    arena_printf(rq->arena, "%s ago",
			clock_age(rq->arena, env_now() - h.at)));
	if (now != 0)
		lines(rs->view, rq->arena, &h, now);
	if ((e = res_page(rq, rs, "status.cs")) != NULL)
		return err_pass(e);
	return NULL;
}
