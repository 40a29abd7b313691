/*
 * GET /api/v1/telemetry?device=&sensor=&from=&to=&order=&limit=&cursor= - raw
 * readings of one device, of some of its sensors or of all; the oldest first
 * unless order=desc.  "cursor" goes on where an answer ended, whatever has
 * come in since; "next" is the `from` of what did not fit.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/member.h"
#include "cgi-bin/api/ask.h"
#include "intake/reason.h"
#include "model/why.h"
#include "store/scan.h"

enum { LIMIT = 1000, LIMIT_MAX = 100000 };

handler api_telemetry;

/* "a.FROM.TO", what is left of the span; d: the newest first. */
static struct err *
cursor_read(struct ask *q, const struct req *rq)
{
	const char *s = req_query(rq, "cursor");
	long long from, to;
	char order;
	int end = 0;

	if (s == NULL || *s == 0)
		return NULL;
	if (strlen(s) > 50 ||
	    sscanf(s, "%c.%lld.%lld%n", &order, &from, &to, &end) != 3 ||
	    s[end] != 0 || (order != 'a' && order != 'd') || from > to)
		return err_raise(ERR_INPUT,
		    "cursor: want the one of the answer before.", "cursor");
	q->from = from;
	q->to = to;
	q->newest_first = order == 'd';
	q->is_closed = false;
	return NULL;
}

static const char *
cursor_text(struct arena *a, const struct ask *q, int64_t last)
{
	return q->newest_first ? arena_printf(a, "d.%lld.%lld",
				     (long long)q->from, (long long)last)
			       : arena_printf(a, "a.%lld.%lld",
				     (long long)last + 1, (long long)q->to);
}

/* What every reading of a sensor begins with, and goes on with. */
struct words {
	const char *begin, *unit;
};

static struct words *
words_of(struct arena *a, const struct ask *q)
{
	struct words *w = arena_array(a, q->n + 1, sizeof(*w));
	size_t i;

	for (i = 0; i < q->n; i++) {
		struct buf b = buf_new(a, 128), u = buf_new(a, 32);

		member_text(&b, "sensor", q->sensor[i]->key);
		member_text(&b, "sensorId", q->sensor[i]->code);
		buf_text(&b, ",\"time\":");
		member_put_text(&u, q->sensor[i]->unit);
		w[i] = (struct words){ (const char *)b.p, (const char *)u.p };
	}
	return w;
}

/* Why it is not quite as it was sent. */
static void
say_reason(struct buf *b, const struct reasons *all, const struct reading *r)
{
	int number = reasons_of(all, r->sensor, r->time);
	const struct reason *reason;

	if (number == REASON_NONE && isnan(r->value))
		number = REASON_NO_VALUE;
	if ((reason = reason_of(number)) != NULL)
		member_text(b, "reason", reason->word);
}

static void
say_reading(struct buf *b, const struct ask *q, const struct words *words,
    const struct reasons *reasons, const struct sample *s)
{
	const struct reading *r = &s->r;
	size_t i = ask_place(q, r->sensor);

	member_comma(b);
	buf_byte(b, '{');
	buf_text(b, words[i].begin);
	say_time(b, r->time);
	member_int(b, "timestamp", r->time / CLOCK_MS);
	member_real(b, "value", r->value);
	buf_text(b, ",\"unit\":");
	buf_text(b, words[i].unit);
	member_int(b, "quality", r->quality);
	if (r->quality < QUALITY_GOOD)
		say_reason(b, reasons, r);
	if (r->rev > 0)
		member_int(b, "revision", r->rev);
	say_facets(b, s);
	buf_byte(b, '}');
}

static void
add(struct samples *all, struct arena *a, const struct samples *more)
{
	struct sample *v = arena_array(a, all->n + more->n + 1, sizeof(*v));

	if (all->n > 0)
		memcpy(v, all->v, all->n * sizeof(*v));
	if (more->n > 0)
		memcpy(v + all->n, more->v, more->n * sizeof(*v));
	all->v = v;
	all->n += more->n;
}

/* More than the limit, or all there is. */
static struct err *
gather(struct samples *all, struct losses *lost, struct req *rq,
    const struct ask *q, size_t limit)
{
	struct scan_of of = { q->id, q->n, q->from, q->to, limit,
		q->newest_first };
	struct samples some;
	struct scan scan;
	bool more = true;
	struct err *e;

	*all = (struct samples){ 0 };
	if (q->n == 0)
		return NULL;
	if ((e = scan_begin(&scan, rq->tx, &of)) != NULL)
		return err_pass(e);
	while (more && all->n <= limit) {
		if ((e = scan_next(&more, &some, lost, &scan)) != NULL)
			return err_pass(e);
		if (all->n == 0)
			*all = some;
		else
			add(all, rq->arena, &some);
	}
	return NULL;
}

/* How many of them fit: never a part of those with the same time. */
static size_t
fitting(const struct samples *s, size_t limit)
{
	size_t n = s->n < limit ? s->n : limit;

	if (n == s->n)
		return n;
	while (n > 0 && s->v[n - 1].r.time == s->v[n].r.time)
		n--;
	if (n > 0)
		return n;
	/* More at one instant than the limit: all of that instant. */
	while (n < s->n && s->v[n].r.time == s->v[0].r.time)
		n++;
	return n;
}

static void
say_page(struct buf *b, const struct ask *q, const struct samples *all,
    size_t n, const struct reasons *reasons)
{
	const struct words *words = words_of(b->arena, q);
	bool more = n < all->n;
	size_t i;

	member_name(b, "readings");
	buf_byte(b, '[');
	for (i = 0; i < n; i++)
		say_reading(b, q, words, reasons, &all->v[i]);
	buf_byte(b, ']');
	member_text(b, "next",
	    more && !q->newest_first ? clock_iso(b->arena, all->v[n].r.time)
				     : NULL);
	member_text(b, "cursor",
	    more ? cursor_text(b->arena, q, all->v[n - 1].r.time) : NULL);
}

/* The reasons of those that are not good, if there are any. */
static struct err *
doubts(struct reasons *out, struct req *rq, const struct ask *q,
    const struct samples *all, size_t n)
{
	int64_t from = INT64_MAX, to = INT64_MIN;
	struct err *e;
	size_t i;

	*out = (struct reasons){ .n = 0 };
	for (i = 0; i < n; i++) {
		const struct reading *r = &all->v[i].r;

		if (r->quality == QUALITY_GOOD)
			continue;
		from = r->time < from ? r->time : from;
		to = r->time > to ? r->time : to;
	}
	if (from > to)
		return NULL;
	e = reasons_load(out, rq->tx, q->id, q->n, from, to);
	return e != NULL ? err_pass(e) : NULL;
}

struct err *
api_telemetry(struct req *rq, struct res *rs)
{
	struct buf *b = &rs->body;
	struct losses lost = { 0 };
	struct ask q = { 0 };
	struct reasons reasons;
	struct samples all;
	bool known = false;
	int64_t limit;
	struct err *e;
	size_t n;

	if ((e = ask_span(&q, rq)) != NULL ||
	    (e = req_int(&limit, rq, "limit", LIMIT, 1, LIMIT_MAX)) != NULL ||
	    (e = cursor_read(&q, rq)) != NULL ||
	    (e = ask_sensors(&q, rq)) != NULL ||
	    (e = ask_state(&known, rq, rs, &q)) != NULL)
		return err_pass(e);
	res_source(rs, q.device.simulated);
	if (known)
		return NULL;
	if ((e = gather(&all, &lost, rq, &q, (size_t)limit)) != NULL)
		return err_pass(e);
	n = fitting(&all, (size_t)limit);
	if ((e = doubts(&reasons, rq, &q, &all, n)) != NULL ||
	    (e = tx_last(rq->tx)) != NULL)
		return err_pass(e);
	ask_tag(rq, rs, &q);
	*b = buf_new(rq->arena, 512 + n * 180);
	buf_byte(b, '{');
	say_head(b, &q);
	say_page(b, &q, &all, n, &reasons);
	member_name(b, "gaps");
	buf_byte(b, '[');
	say_gaps(b, &q, &lost, "damaged");
	buf_text(b, "]}\n");
	return NULL;
}
