/*
 * cgi-bin/ingest: a body and a roster in, readings out, without a database.
 * link: cgi-bin/ingest/flat.c
 * link: cgi-bin/ingest/intake.c
 * link: cgi-bin/ingest/names.c
 * link: cgi-bin/ingest/native.c
 * link: cgi-bin/ingest/reply.c
 * link: cgi-bin/ingest/resolve.c
 * link: cgi-bin/ingest/roster.c
 * link: cgi-bin/ingest/rutos.c
 * link: cgi-bin/ingest/take.c
 * link: cgi-bin/ingest/window.c
 */
#include "check.h"

#include <math.h>
#include <stdlib.h>

#include "cgi-bin/ingest/take.h"

enum { MANY = 100000 };

#define NOW INT64_C(1763703600000000)

static struct slice
slice(const char *s)
{
	return (struct slice){ s, strlen(s) };
}

/* Two devices with a sensor of the same key, and one with facets. */
static struct roster *
small(struct arena *a)
{
	struct slice devices[] = { slice("N1"), slice("N2") };
	struct target v[] = {
		{ .key = slice("flow"),
		    .code = slice("N1/flow"),
		    .unit = "m3/h",
		    .states = "",
		    .low = -10,
		    .high = 100,
		    .id = 1 },
		{ .key = slice("flow"),
		    .code = slice("N2/flow"),
		    .unit = "m3/h",
		    .states = "",
		    .low = NAN,
		    .high = NAN,
		    .device = 1,
		    .id = 2,
		    .facet = { 11, 12, 13, 14 } },
		{ .key = slice("state"),
		    .code = slice("S"),
		    .unit = "",
		    .states = "{\"0\": \"ok\", \"7\": \"jammed\"}",
		    .low = NAN,
		    .high = NAN,
		    .device = 1,
		    .id = 3 },
	};

	return roster_make(a, devices, 2, v, sizeof(v) / sizeof(*v));
}

/* "sensor@seconds=value ..." of what was taken, "-code" of what was not. */
static const char *
taken(struct arena *a, const char *body)
{
	struct taken t = { .in = { .arena = a,
			       .now = NOW,
			       .tenant = 7,
			       .tenant_name = "ours" } };
	struct buf b = buf_new(a, 256);
	struct err *e;
	size_t i;

	e = take(&t,
	    (struct bytes){ (const unsigned char *)body, strlen(body) }, "",
	    small(a));
	if (e != NULL)
		return arena_text(a, e->say);
	if (t.in.bare > 0)
		buf_text(&b, "bare ");
	for (i = 0; i < t.r.n; i++)
		buf_printf(&b, "%d@%lld=%g ", t.r.v[i].sensor,
		    (long long)(t.r.v[i].time / 1000000), t.r.v[i].value);
	for (i = 0; i < t.in.n; i++)
		if (t.in.v[i].code != NULL)
			buf_printf(&b, "-%s:%s ", item_place(a, &t.in.v[i]),
			    t.in.v[i].code);
	return (const char *)b.p;
}

static const struct {
	const char *body, *taken;
} bodies[] = {
	/* clang-format off */
	{ "{\"readings\":[{\"device\":\"N1\",\"ts\":1700000000,"
	  "\"values\":{\"flow\":1.5}}]}", "1@1700000000=1.5 " },
	{ "{\"values\":{\"flow\":1.5},\"ts\":\"2023-11-14T22:13:20Z\","
	  "\"device\":\"N1\"}", "1@1700000000=1.5 " },
	{ "{\"sensorId\":\"S\",\"ts\":1700000000,\"value\":\"jammed\"}",
	  "3@1700000000=7 " },
	{ "[{\"sensor\":\"N2/flow\",\"ts\":1700000001000,\"value\":-0.0},"
	  "{\"sensor\":\"N2/flow\",\"ts\":1700000000000,\"value\":2}]",
	  "2@1700000000=2 2@1700000001=-0 " },
	{ "{\"device_id\":\"N2\",\"flow\":1,\"state\":\"ok\",\"x\":1}",
	  "2@1763703600=1 3@1763703600=0 -x:unknown_sensor " },
	{ "[{\"id\":\"N1\",\"flow\":101},{\"id\":\"N3\",\"flow\":1},5]",
	  "-[0].flow:out_of_range -[1].flow:unknown_device "
	  "-[2]:not_an_object " },
	{ "{\"in\":{\"server_name\":\"N1\",\"name\":\"flow\","
	  "\"data\":\"[3.5]\",\"timestamp\":1700000000}}",
	  "1@1700000000=3.5 " },
	{ "{\"sensor\":\"N2/flow\",\"ts\":1700000000,\"min\":1,\"max\":3,"
	  "\"avg\":2,\"count\":9}",
	  "2@1700000000=2 11@1700000000=1 12@1700000000=3 "
	  "13@1700000000=9 " },
	{ "{\"sensor\":\"N1/flow\",\"ts\":1700000000,\"min\":1,\"max\":3,"
	  "\"avg\":2,\"count\":9}", "bare " },
	{ "{\"sensor\":\"N2/flow\",\"value\":123456789012345678901}",
	  "-readings[0]:too_large " },
	{ "{\"sensor\":\"N2/flow\",\"value\":1,\"tenant\":\"theirs\"}",
	  "tenant_id: this key belongs to another tenant." },
	{ "{\"readings\":[{\"sensor\":\"N2/flow\",\"value\":1,"
	  "\"tenant_id\":8}],\"tenant_id\":7}",
	  "-readings[0]:wrong_tenant " },
	{ "{\"device\":null,\"device_id\":\"N1\",\"id\":\"N2\",\"flow\":4,"
	  "\"ts\":1700000000}", "1@1700000000=4 " },
	{ "{\"id\":\"N2\",\"device\":\"N1\",\"flow\":4,\"time\":1,"
	  "\"ts\":1700000000}", "1@1700000000=4 " },
	{ "{}", "device_id: this field is missing." },
	{ "[]", "There are no readings in the body." },
	{ "{\"readings\":7}", "readings: want an array." },
	{ "{\"readings\":[{\"sensor\":\"N2/flow\",\"value\":1}",
	  "The JSON is not valid: line 1, column 44: a comma or ] must stand "
	  "here." },
	/* clang-format on */
};

TEST(a_body_of_each_shape_becomes_readings_without_a_database)
{
	struct arena *a = arena_new();
	size_t i;

	for (i = 0; i < sizeof(bodies) / sizeof(*bodies); i++)
		CHECK_TEXT(taken(a, bodies[i].body), bodies[i].taken);
	arena_free(a);
}

/* In memory that ends where the body ends, for the sanitizer. */
TEST(every_beginning_of_a_body_is_refused_and_no_byte_read_behind_it)
{
	struct arena *a = arena_new();
	size_t i, n;

	for (i = 0; i < sizeof(bodies) / sizeof(*bodies); i++)
		for (n = 0; n < strlen(bodies[i].body); n++) {
			unsigned char *cut = malloc(n + (n == 0));
			struct taken t = { .in = { .arena = a,
					       .now = NOW,
					       .tenant_name = "" } };

			memcpy(cut, bodies[i].body, n);
			CHECK(take(&t, (struct bytes){ cut, n }, "",
				  small(a)) != NULL);
			free(cut);
		}
	arena_free(a);
}

TEST(a_reading_more_than_fits_is_too_many)
{
	struct arena *a = arena_new();
	struct buf b = buf_new(a, 16 << 20);
	int i;

	buf_text(&b, "{\"device\":\"N1\",\"values\":{\"flow\":1");
	for (i = 1; i < ITEMS_MAX; i++)
		buf_printf(&b, ",\"%d\":1", i);
	CHECK(strncmp(taken(a, arena_printf(a, "%s}}", (const char *)b.p)),
		  "1@", 2) == 0);
	CHECK_TEXT(taken(a, arena_printf(a, "%s,\"x\":1}}", (const char *)b.p)),
	    "Too many readings in one body.");
	arena_free(a);
}

TEST(a_roster_of_100000_finds_each_sensor_and_no_other)
{
	struct arena *a = arena_new();
	struct target *v = arena_array(a, MANY, sizeof(*v));
	struct slice *devices = arena_array(a, MANY / 100, sizeof(*devices));
	struct roster *r;
	int i, wrong = 0;

	for (i = 0; i < MANY; i++) {
		v[i].key = slice(arena_printf(a, "k%d", i % 100));
		v[i].code = slice(arena_printf(a, "c%d", i));
		v[i].device = i / 100;
		v[i].id = i;
		if (i % 100 == 0)
			devices[i / 100] = slice(arena_printf(a, "d%d", i));
	}
	r = roster_make(a, devices, MANY / 100, v, MANY);
	for (i = 0; i < MANY; i++) {
		const struct target *t = roster_code(r, v[i].code);

		wrong += t == NULL || t->id != i;
		wrong += roster_device(r, devices[i / 100]) != i / 100;
		t = roster_sensor(r, i / 100, v[i].key);
		wrong += t == NULL || t->id != i;
	}
	CHECK(wrong == 0);
	CHECK(roster_code(r, slice("c100000")) == NULL);
	CHECK(roster_sensor(r, 0, slice("k100")) == NULL);
	CHECK(roster_device(r, slice("d1")) < 0);
	arena_free(a);
}
