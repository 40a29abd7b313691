/*
 * line_same.h - a body of lines as readings at once, and by way of items: the
 * two must say the same.
 */
#ifndef TESTS_LINE_SAME_H
#define TESTS_LINE_SAME_H

#include <math.h>
#include <stdlib.h>

#include "intake/lean.h"
#include "intake/resolve.h"
#include "intake/take.h"

#define LINE_NOW INT64_C(1763703600000000)

static inline struct slice
slice(const char *s)
{
	return (struct slice){ s, strlen(s) };
}

/* N1 has flow and state, an entity its own sensor, and a mapping scales. */
static inline struct roster *
line_roster(struct arena *a)
{
	static const char *const devices[] = { "N1", "main_flow", "home" };
	struct slice device[3];
	struct target v[] = {
		{ .key = slice("flow"),
		    .code = slice("C-1"),
		    .unit = "m3/h",
		    .low = -10,
		    .high = 100,
		    .id = 1 },
		{ .key = slice("state"),
		    .code = slice("C-2"),
		    .states = "{\"0\": \"ok\", \"7\": \"jammed\"}",
		    .id = 2 },
		{ .key = slice("main_flow"),
		    .unit = "m3/h",
		    .device = 1,
		    .id = 3 },
		{ .key = slice("flow"), .device = 2, .id = 4 },
		{ .key = slice("main_flow"),
		    .unit = "m3/h",
		    .device = 2,
		    .id = 5 },
		{ .key = slice("pressure"), .id = 6 },
		{ .key = slice("two words"), .id = 7 },
	};
	size_t i, n = sizeof(v) / sizeof(*v);

	for (i = 0; i < 3; i++)
		device[i] = slice(devices[i]);
	for (i = 0; i < n; i++) {
		v[i].scale = 1;
		if (v[i].code.p == NULL)
			v[i].code = slice("");
		if (v[i].unit == NULL)
			v[i].unit = "";
		if (v[i].states == NULL)
			v[i].states = "";
		if (v[i].id != 1)
			v[i].low = v[i].high = NAN;
	}
	return roster_make(a, device, 3, v, n);
}

/* What was refused, "-place:code", and what is no reading, "name=fact". */
static inline void
line_odd(struct buf *b, struct arena *a, const struct intake *in)
{
	size_t i;

	for (i = 0; i < in->n; i++)
		if (in->v[i].code != NULL)
			buf_printf(b, "-%s:%s ", item_place(a, &in->v[i]),
			    in->v[i].code);
	for (i = 0; i < in->facts; i++)
		buf_printf(b, "%.*s.%.*s=%.*s ", (int)in->fact[i].device.n,
		    in->fact[i].device.p, (int)in->fact[i].name.n,
		    in->fact[i].name.p, (int)in->fact[i].value.raw.n,
		    in->fact[i].value.raw.p);
}

static inline int
line_order(const void *x, const void *y)
{
	const struct reading *a = x, *b = y;

	if (a->sensor != b->sensor)
		return a->sensor < b->sensor ? -1 : 1;
	if (a->time != b->time)
		return a->time < b->time ? -1 : 1;
	return (a->value > b->value) - (a->value < b->value);
}

/* Every reading, "id@us=value", also those that are there twice. */
static inline void
line_readings(struct buf *b, struct readings *r)
{
	size_t i;

	if (r->n > 1)
		qsort(r->v, r->n, sizeof(*r->v), line_order);
	for (i = 0; i < r->n; i++)
		buf_printf(b, "%d@%lld=%.17g:%d ", r->v[i].sensor,
		    (long long)r->v[i].time, r->v[i].value, r->v[i].quality);
}

/* What a body of lines becomes; with items only, or without where it can. */
static inline const char *
line_said(struct arena *a, struct bytes body, const struct roster *roster,
    bool lean)
{
	const struct asked asked = { .format = format_named("line") };
	struct intake in = { .arena = a, .now = LINE_NOW, .tenant_name = "" };
	struct buf b = buf_new(a, 4096);
	struct lean l = { .roster = roster };
	struct err *e;
	size_t i;

	in.asked = asked;
	if (lean) {
		lean_begin(&l, &in, roster, roster_memo(roster), body.n);
		in.lean = &l;
	}
	if ((e = intake_read(&in, body, &asked)) != NULL)
		return arena_text(a, e->say);
	metric_facts(&in, roster);
	resolve(&in, roster);
	for (i = 0; i < in.n; i++) {
		if (in.v[i].code != NULL)
			continue;
		*readings_room(&l.r, a, 1) = in.v[i].r;
		l.r.n++;
	}
	line_readings(&b, &l.r);
	line_odd(&b, a, &in);
	return (const char *)b.p;
}

#endif
