/*
 * object_same.h - a body of JSON whose objects become readings at once where
 * they can, and one that goes by way of items: the two must say the same.
 *
 * Who uses it links cgi-bin/ingest/reply.c.
 */
#ifndef TESTS_OBJECT_SAME_H
#define TESTS_OBJECT_SAME_H

#include <math.h>

#include "cgi-bin/ingest/reply.h"
#include "intake/lean_object.h"
#include "intake/take.h"

#define OBJECT_NOW INT64_C(1763703600000000)

static inline struct slice
object_slice(const char *s)
{
	return (struct slice){ s, strlen(s) };
}

/*
 * N1 and N2 have a plain sensor each, A and B; and beside them stands one of
 * each kind to whose values something is done.
 */
static inline struct roster *
object_roster(struct arena *a)
{
	struct slice device[] = { object_slice("N1"), object_slice("N2") };
	struct target v[] = {
		{ .key = object_slice("temp"),
		    .code = object_slice("A"),
		    .unit = "Cel",
		    .low = -50,
		    .high = 100,
		    .id = 1,
		    .facet = { 11, 12, 13, 14 } },
		{ .key = object_slice("flow"),
		    .code = object_slice("B"),
		    .low = NAN,
		    .high = NAN,
		    .device = 1,
		    .id = 2 },
		{ .code = object_slice("FLAG"),
		    .low = 0,
		    .high = 10,
		    .flags = true,
		    .id = 3 },
		{ .code = object_slice("ZERO"), .zero = true, .id = 4 },
		{ .code = object_slice("ZERO2"), .zero = true, .id = 5 },
		{ .code = object_slice("SCALE"), .scale = 10, .id = 6 },
		{ .code = object_slice("SHIFT"), .shift = -1, .id = 7 },
		{ .code = object_slice("GONE"), .id = 0 },
		{ .code = object_slice("STATE"),
		    .states = "{\"0\": \"ok\", \"7\": \"jammed\"}",
		    .id = 9 },
	};
	size_t i, n = sizeof(v) / sizeof(*v);

	for (i = 0; i < n; i++) {
		if (v[i].key.p == NULL)
			v[i].key = v[i].code;
		if (v[i].unit == NULL)
			v[i].unit = "m3/h";
		if (v[i].states == NULL)
			v[i].states = "";
		if (v[i].low == 0 && v[i].high == 0)
			v[i].low = v[i].high = NAN;
	}
	return roster_make(a, device, 2, v, n);
}

static inline void
object_counts(struct buf *b, const struct taken *t)
{
	const struct intake *in = &t->in;

	buf_printf(b,
	    "sent %zu stored %zu twice %zu refused %zu flagged %zu remarks %zu "
	    "let go %zu bare %zu facts %zu old %zu format %d batch %s again %s "
	    "at %lld\n",
	    t->sent, t->r.n, t->duplicate, t->rejected, t->flagged, t->remarks,
	    in->let_go, in->bare, in->facts, take_backlog(t),
	    in->format->number, in->batch != NULL ? in->batch : "",
	    in->again != NULL ? in->again : "", (long long)in->sent_at);
}

static inline void
object_readings(struct buf *b, const struct taken *t)
{
	size_t i;

	for (i = 0; i < t->r.n; i++) {
		const struct reading *r = &t->r.v[i];

		buf_printf(b, "%d@%lld=%a q%d r%d\n", r->sensor,
		    (long long)r->time, r->value, r->quality, r->rev);
	}
}

/* What would be kept of those that are not simply stored. */
static inline void
object_odd(struct buf *b, const struct taken *t)
{
	size_t i;

	for (i = 0; i < t->in.n; i++) {
		const struct item *it = &t->in.v[i];

		if (it->code == NULL && it->reason == 0)
			continue;
		buf_printf(b, "%s %s: %s %d was %lld %a: %.*s\n",
		    item_place(t->in.arena, it),
		    it->code != NULL ? it->code : "",
		    it->detail != NULL ? it->detail : "", it->reason,
		    it->has_was_time ? (long long)it->was_time : 0,
		    it->has_was_value ? it->was_value : 0, (int)it->raw.n,
		    it->raw.p);
	}
}

/* All that comes of the body; asking for results makes items of everything. */
static inline const char *
object_said(struct arena *a, struct bytes body, const struct roster *roster,
    bool lean)
{
	struct asked asked = { .results = !lean };
	struct taken t = { .in = { .arena = a,
			       .now = OBJECT_NOW,
			       .tenant = 7,
			       .tenant_name = "ours" } };
	struct buf b = buf_new(a, 4096);
	struct err *e;

	if ((e = take(&t, body, &asked, roster)) != NULL)
		return arena_printf(a, "%d %s", e->kind, e->say);
	t.in.asked.results = false;
	object_counts(&b, &t);
	object_readings(&b, &t);
	object_odd(&b, &t);
	reply_native(&b, &t);
	return (const char *)b.p;
}

#endif
