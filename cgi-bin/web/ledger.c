/*
 * GET /ledger - what each gateway sent, and what became of it.
 * GET /ledger/:key - one gateway: its days, its last batches, and which of its
 * numbered ones never came.
 */
#include "model/ledger.h"

#include "base/clock.h"
#include "base/env.h"
#include "base/zone.h"
#include "cgi-bin/web/frame.h"
#include "cgi-bin/web/span.h"
#include "intake/format.h"

enum { HOLES_SHOWN = 100 };

handler page_ledger;
handler page_source;

/* How a batch came, by its kind; see intake/keep.h. */
static const char *const kinds[] = { "posted", "replayed", "imported", "polled",
	"after an outage" };

static const char *
kind_text(int kind)
{
	size_t n = sizeof(kinds) / sizeof(*kinds);

	return kind >= 0 && (size_t)kind < n ? kinds[kind] : "";
}

static const char *
format_text(int number)
{
	const struct format *f = format_numbered(number);

	return f != NULL ? f->name : "";
}

static void
state_number(struct view *v, struct arena *a, const char *name, int64_t n)
{
	view_text(v, name, number_shown(a, (double)n, 0));
}

/* The columns that every line of the ledger has. */
static void
state_account(struct view *v, struct arena *a, const struct account *x)
{
	state_number(v, a, "Batches", x->batches);
	state_number(v, a, "Sent", x->sent);
	state_number(v, a, "Stored", x->stored);
	state_number(v, a, "Duplicate", x->duplicate);
	state_number(v, a, "Rejected", x->rejected);
	state_number(v, a, "Thinned", x->thinned);
	state_number(v, a, "Lost", x->lost);
	state_number(v, a, "Waiting", x->waiting);
	state_number(v, a, "Bytes", x->bytes);
	if (x->recovered > 0)
		state_number(v, a, "Recovered", x->recovered);
}

static void
sum(struct account *to, const struct accounts *all)
{
	size_t i;

	*to = (struct account){ .source = "" };
	for (i = 0; i < all->n; i++) {
		const struct account *x = &all->v[i];

		to->batches += x->batches;
		to->sent += x->sent;
		to->stored += x->stored;
		to->duplicate += x->duplicate;
		to->rejected += x->rejected;
		to->thinned += x->thinned;
		to->lost += x->lost;
		to->waiting += x->waiting;
		to->recovered += x->recovered;
		to->bytes += x->bytes;
	}
}

static void
state_source(struct view *v, struct arena *a, const struct account *x,
    const struct span *span, int64_t now)
{
	state_account(v, a, x);
	view_text(v, "Age", clock_age(a, now - x->last));
	view_text(v, "Last", clock_iso(a, x->last));
	if (*x->source == 0) {
		view_text(v, "Name", "Modbus poller");
		return;
	}
	view_text(v, "Name", x->name);
	view_text(v, "Key", x->source);
	view_text(v, "Href",
	    span->name != NULL
		? arena_printf(a, "/ledger/%s?span=%s", x->source, span->name)
		: arena_printf(a, "/ledger/%s?from=%s&to=%s", x->source,
		      clock_iso(a, span->from), clock_iso(a, span->to)));
}

struct err *
page_ledger(struct req *rq, struct res *rs)
{
	struct arena *a = rq->arena;
	struct view *v = rs->view;
	int64_t now = env_now();
	struct accounts all = { 0 };
	struct account total;
	struct span span;
	struct err *e;
	size_t i;

	zone_use("UTC");
	span = span_read(rq, now);
	if ((e = ledger_load(&all, rq->tx, span.from, span.to)) != NULL)
		return err_pass(e);
	for (i = 0; i < all.n; i++)
		state_source(view_row(v, "Sources"), a, &all.v[i], &span, now);
	sum(&total, &all);
	state_account(view_branch(v, "Total"), a, &total);
	view_text(v, "Here", "/ledger");
	state_span(v, a, &span, "/ledger", "UTC");
	view_text(v, "Page.Title", "Ledger");
	view_text(v, "Page.Nav", "data");
	return res_page(rq, rs, "ledger.cs");
}

static void
state_holes(struct view *v, struct arena *a, const struct holes *h)
{
	size_t i;

	for (i = 0; i < h->n && i < HOLES_SHOWN; i++) {
		const struct hole *x = &h->v[i];
		struct view *one = view_row(v, "Holes");

		view_text(one, "Numbers",
		    x->low == x->high
			? arena_printf(a, "%s%lld", x->of, (long long)x->low)
			: arena_printf(a, "%s%lld to %lld", x->of,
			      (long long)x->low, (long long)x->high));
		state_number(one, a, "Count", x->high - x->low + 1);
		view_text(one, "After",
		    zone_text(a, "%-d %b %H:%M:%S", x->after));
		view_text(one, "Before",
		    zone_text(a, "%-d %b %H:%M:%S", x->before));
	}
	if (h->n > HOLES_SHOWN)
		view_int(v, "HolesMore", (int64_t)(h->n - HOLES_SHOWN));
}

static void
state_entry(struct view *v, struct arena *a, const struct entry *x)
{
	view_text(v, "Time", zone_text(a, "%-d %b %H:%M:%S", x->at));
	view_text(v, "Iso", clock_iso(a, x->at));
	view_text(v, "Number", x->number);
	view_text(v, "Format", format_text(x->format));
	view_text(v, "Kind", kind_text(x->kind));
	state_number(v, a, "Sent", x->sent);
	state_number(v, a, "Rejected", x->rejected);
	state_number(v, a, "Thinned", x->thinned);
	if (x->is_waiting) {
		view_int(v, "Waiting", 1);
		return;
	}
	state_number(v, a, "Stored", x->stored);
	state_number(v, a, "Duplicate", x->duplicate);
	state_number(v, a, "Lost", x->lost);
}

/* What the database says of the gateway. */
static struct err *
state_all(struct view *v, struct req *rq, const char *key,
    const struct span *span)
{
	struct arena *a = rq->arena;
	struct accounts days = { 0 };
	struct entries last = { 0 };
	struct holes holes;
	struct account total;
	struct err *e;
	bool is_cut;
	size_t i;

	if ((e = ledger_days(&days, rq->tx, key, span->from, span->to)) !=
		NULL ||
	    (e = ledger_batches(&last, rq->tx, key, span->from, span->to)) !=
		NULL ||
	    (e = ledger_holes(&holes, &is_cut, rq->tx, key, span->from,
		 span->to)) != NULL)
		return err_pass(e);
	sum(&total, &days);
	state_account(view_branch(v, "Total"), a, &total);
	for (i = 0; i < days.n; i++) {
		struct view *one = view_row(v, "Days");

		view_text(one, "Day",
		    zone_text(a, "%-d %b %Y", days.v[i].last));
		state_account(one, a, &days.v[i]);
	}
	for (i = 0; i < last.n; i++)
		state_entry(view_row(v, "Batches"), a, &last.v[i]);
	state_holes(v, a, &holes);
	view_int(v, "HolesCut", is_cut);
	return NULL;
}

struct err *
page_source(struct req *rq, struct res *rs)
{
	const char *key = req_param(rq, "key");
	struct view *v = rs->view;
	int64_t now = env_now();
	struct device d;
	struct site site;
	struct span span;
	struct err *e;

	zone_use("UTC");
	span = span_read(rq, now);
	if ((e = device_load(&d, &site, rq->tx, key)) != NULL ||
	    (e = state_all(v, rq, d.key, &span)) != NULL)
		return err_pass(e);
	state_device(view_branch(v, "Device"), rq->arena, &d, now);
	view_text(v, "Here", arena_printf(rq->arena, "/ledger/%s", d.key));
	state_span(v, rq->arena, &span,
	    arena_printf(rq->arena, "/ledger/%s", d.key), "UTC");
	view_text(v, "Page.Title",
	    arena_printf(rq->arena, "Ledger of %s", d.name));
	view_text(v, "Page.Nav", "data");
	return res_page(rq, rs, "source.cs");
}
