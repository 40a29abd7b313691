/*
 * lib/intake/edge: what a remote poller posts comes out as it went in, damage
 * is an error, and nobody writes to what is not behind his key.
 */
#include "intake/edge.h"

#include <math.h>

#include "check.h"
#include "intake/take.h"

#define NOW INT64_C(1763703600000000)

static struct arena *arena;

/* Sensors 1 and 2; a mapping that doubles leads to 1, too. */
static struct roster *
small(void)
{
	struct slice device = { "N1", 2 };
	struct target v[] = {
		{ .key = { "a", 1 },
		    .unit = "",
		    .states = "",
		    .low = NAN,
		    .high = NAN,
		    .scale = 2,
		    .id = 1 },
		{ .key = { "flow", 4 },
		    .unit = "m3/h",
		    .states = "",
		    .low = NAN,
		    .high = NAN,
		    .id = 1 },
		{ .key = { "level", 5 },
		    .unit = "m",
		    .states = "",
		    .low = -1,
		    .high = 10,
		    .facet = { 21, 22, 23, 24, 25 },
		    .id = 2 },
	};

	return roster_make(arena, &device, 1, v, sizeof(v) / sizeof(*v));
}

static struct bytes
body(const struct gap *gap, size_t gaps)
{
	static struct reading v[] = {
		{ .time = NOW - 3000000,
		    .value = 7,
		    .sensor = 1,
		    .quality = 100 },
		{ .time = NOW - 2000000, .value = NAN, .sensor = 1 },
		{ .time = NOW - 2000000,
		    .value = 3,
		    .sensor = 2,
		    .quality = 50 },
		{ .time = NOW - 1000000,
		    .value = 99,
		    .sensor = 2,
		    .quality = 100 },
		{ .time = NOW - 1000000,
		    .value = 5,
		    .sensor = 3,
		    .quality = 100 },
	};
	struct readings r = { v, sizeof(v) / sizeof(*v), 0 };

	return edge_encode(arena, &r, gap, gaps);
}

static struct err *
taken(struct taken *t, struct bytes b)
{
	const struct asked asked = { .format = format_named("block") };

	*t = (struct taken){ .in = { .arena = arena,
				 .now = NOW,
				 .tenant = 7,
				 .tenant_name = "x" } };
	return take(t, b, &asked, small());
}

TEST(what_is_behind_the_key_is_taken_and_the_rest_refused)
{
	struct taken t;

	arena = arena_new();
	CHECK(taken(&t, body(NULL, 0)) == NULL);
	CHECK(t.sent == 5 && t.rejected == 2 && t.r.n == 3);
	CHECK(t.r.v[0].sensor == 1 && t.r.v[0].value == 7);
	CHECK(isnan(t.r.v[1].value) && t.r.v[1].quality == QUALITY_BAD);
	CHECK(t.r.v[2].sensor == 2 && t.r.v[2].quality == 50);
	CHECK(strcmp(t.in.v[3].code, "out_of_range") == 0);
	CHECK(strcmp(t.in.v[4].code, "unknown_sensor") == 0);
	CHECK(strcmp(item_place(arena, &t.in.v[4]), "3") == 0);
	arena_free(arena);
}

/* A count is beyond its sensor's bounds, and no level. */
TEST(what_stands_beside_a_reading_is_taken_as_it_is)
{
	struct reading v[] = {
		{ .time = NOW - 2000000,
		    .value = 3,
		    .sensor = 2,
		    .quality = 90 },
		{ .time = NOW - 2000000,
		    .value = 4711,
		    .sensor = 23,
		    .quality = 90 },
		{ .time = NOW - 2000000,
		    .value = 1,
		    .sensor = 25,
		    .quality = 90 },
		{ .time = NOW - 2000000,
		    .value = 1,
		    .sensor = 26,
		    .quality = 90 },
	};
	struct readings r = { v, sizeof(v) / sizeof(*v), 0 };
	struct taken t;

	arena = arena_new();
	CHECK(taken(&t, edge_encode(arena, &r, NULL, 0)) == NULL);
	CHECK(t.sent == 4 && t.rejected == 1 && t.r.n == 3);
	CHECK(t.r.v[0].sensor == 2 && t.r.v[0].value == 3);
	CHECK(t.r.v[1].sensor == 23 && t.r.v[1].value == 4711);
	CHECK(t.r.v[1].quality == 90);
	CHECK(t.r.v[2].sensor == 25 && t.r.v[2].value == 1);
	CHECK(strcmp(t.in.v[3].code, "unknown_sensor") == 0);
	arena_free(arena);
}

TEST(gaps_come_with_readings_or_alone)
{
	const struct gap v[] = {
		{ 11, 7, 2, NOW - 9000000, NOW - 8000000, 40, GAP_THINNED },
		{ 12, 7, 3, NOW - 9000000, NOW - 9000000, 0, GAP_UNREADABLE },
	};
	struct readings none = { 0 };
	struct taken t;

	arena = arena_new();
	CHECK(taken(&t, body(v, 2)) == NULL && t.r.n == 3 && t.in.gaps == 2);
	CHECK(taken(&t, edge_encode(arena, &none, v, 2)) == NULL);
	CHECK(t.sent == 0 && t.in.gaps == 2);
	CHECK(t.in.gap[0].id == 11 && t.in.gap[0].sensor == 2);
	CHECK(t.in.gap[0].from == v[0].from && t.in.gap[0].to == v[0].to);
	CHECK(t.in.gap[0].n == 40 && t.in.gap[0].reason == GAP_THINNED);
	/* Of a sensor that is not his, only that something is missing. */
	CHECK(t.in.gap[1].sensor == 0);
	CHECK(taken(&t, edge_encode(arena, &none, v, 0)) != NULL);
	arena_free(arena);
}

TEST(every_cut_and_every_wrong_byte_is_an_error_or_a_reading)
{
	const struct gap v = { 11, 7, 2, NOW - 9, NOW - 8, 40, GAP_DROPPED };
	struct bytes b;
	unsigned char *p;
	struct taken t;
	size_t i;

	arena = arena_new();
	b = body(&v, 1);
	p = arena_alloc(arena, b.n);
	for (i = 0; i < b.n; i++) {
		memcpy(p, b.p, i);
		/* Without the block it is a body of one gap. */
		CHECK((taken(&t, (struct bytes){ p, i }) == NULL) ==
		      (i == 8 + 37));
	}
	for (i = 0; i < b.n; i++) {
		memcpy(p, b.p, b.n);
		p[i] ^= 0xFF;
		if (taken(&t, (struct bytes){ p, b.n }) == NULL)
			CHECK(i >= 8 && i < 8 + 37);
	}
	arena_free(arena);
}
