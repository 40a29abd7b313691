/*
 * lib/intake: a body and a roster in, readings out, without a database.
 * link: cgi-bin/ingest/reply.c
 */
#include "check.h"

#include <math.h>
#include <stdlib.h>

#include "intake/asked.h"
#include "intake/take.h"

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
	    (struct bytes){ (const unsigned char *)body, strlen(body) },
	    &(struct asked){ 0 }, small(a));
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
	{ "{\"device_id\":\"N1\",\"measurement\":\"flow\",\"value\":4,"
	  "\"timestamp\":\"2023-11-14T22:13:20Z\"}", "1@1700000000=4 " },
	{ "{\"device_id\":\"N1\",\"measurement\":\"flow\"}",
	  "-flow:no_values " },
	{ "{\"schema_version\":1,\"tenant_id\":7,\"machine_id\":\"N2\","
	  "\"ts\":1700000000,\"status\":\"fault\",\"flow\":4}",
	  "-site_id:no_field " },
	{ "{\"schema_version\":2,\"tenant_id\":7,\"machine_id\":\"N2\","
	  "\"site_id\":\"A\",\"machine_type\":\"x\",\"status\":\"fault\","
	  "\"ts\":1700000000,\"metrics\":{\"flow\":4}}",
	  "-metrics.flow:wrong_site -status:wrong_site " },
	{ "[{\"schema_version\":9,\"machine_id\":\"N2\"}]",
	  "-[0].schema_version:unknown_version " },
	{ "{}", "device_id: this field is missing." },
	{ "[]", "There are no readings in the body." },
	{ "{\"readings\":7}", "readings: want an array." },
	{ "{\"readings\":[{\"sensor\":\"N2/flow\",\"value\":1}",
	  "The JSON is not valid: line 1, column 44: a comma or ] must stand "
	  "here." },
	/* clang-format on */
};

/* Their beginnings may be whole too. */
static const struct {
	const char *body, *taken;
} joined[] = {
	/* clang-format off */
	{ "{\"device_id\":\"N1\",\"flow\":1,\"ts\":1700000000}\n"
	  "{\"device_id\":\"N2\",\"flow\":2,\"ts\":1700000000},"
	  "{\"flow\":3}\n",
	  "1@1700000000=1 2@1700000000=2 -[2].flow:no_device " },
	{ "{\"id\":\"N1\",\"flow\":1}{\"id\":\"N1\",\"flow\":2}",
	  "The JSON is not valid: line 1, column 21: the JSON has an end, and "
	  "more follows." },
	{ "\036{\"id\":\"N1\",\"flow\":1}\n", "1@1763703600=1 " },
	{ "{\"id\":\"N1\",\"flow\":1},", "The JSON is not valid: line 1, "
	  "column 21: the JSON has an end, and more follows." },
	/* clang-format on */
};

TEST(a_body_of_several_objects_is_read_one_by_one)
{
	struct arena *a = arena_new();
	size_t i;

	for (i = 0; i < sizeof(joined) / sizeof(*joined); i++)
		CHECK_TEXT(taken(a, joined[i].body), joined[i].taken);
	arena_free(a);
}

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
			CHECK(take(&t, (struct bytes){ cut, n },
				  &(struct asked){ 0 }, small(a)) != NULL);
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

/* A gateway's own names: a device, a register of a slave, and no device. */
static struct roster *
mapped(struct arena *a)
{
	struct slice devices[] = { slice(""), slice("7"), slice("N1"),
		slice("slave:3") };
	struct target v[] = {
		{ .key = slice("T"), .unit = "C", .scale = 2, .shift = 1 },
		{ .key = slice("f"),
		    .unit = "m3/h",
		    .device = 1,
		    .scale = 3.6 },
		{ .key = slice("agg"), .unit = "", .device = 1, .scale = -1 },
		{ .key = slice("noise"), .unit = "", .device = 1 },
		{ .key = slice("flow"),
		    .code = slice("T"),
		    .unit = "m3/h",
		    .device = 2 },
		{ .key = slice("reg:300011"),
		    .unit = "",
		    .device = 3,
		    .scale = 0.1 },
	};
	size_t i;

	for (i = 0; i < sizeof(v) / sizeof(*v); i++) {
		v[i].id = i == 3 ? 0 : (int32_t)i + 1;
		v[i].states = "";
		v[i].low = -1000;
		v[i].high = 1000;
	}
	v[2].facet[FACET_MIN] = 11;
	v[2].facet[FACET_MAX] = 12;
	v[2].facet[FACET_COUNT] = 13;
	v[2].facet[FACET_STDDEV] = 14;
	return roster_make(a, devices, 4, v, sizeof(v) / sizeof(*v));
}

static const char *
mapped_to(struct arena *a, const char *body)
{
	struct taken t = { .in = { .arena = a, .now = NOW } };
	struct buf b = buf_new(a, 256);
	size_t i;

	CHECK(take(&t,
		  (struct bytes){ (const unsigned char *)body, strlen(body) },
		  &(struct asked){ 0 }, mapped(a)) == NULL);
	CHECK(t.sent == t.r.n + t.duplicate + t.rejected + t.in.let_go);
	for (i = 0; i < t.r.n; i++)
		buf_printf(&b, "%d=%g ", t.r.v[i].sensor, t.r.v[i].value);
	for (i = 0; i < t.in.n; i++)
		if (t.in.v[i].code != NULL)
			buf_printf(&b, "-%s ", t.in.v[i].code);
	buf_printf(&b, "let go %zu", t.in.let_go);
	return (const char *)b.p;
}

TEST(names_lead_where_their_mapping_says)
{
	static const struct {
		const char *body, *means;
	} rows[] = {
		/* clang-format off */
		{ "{\"device\":\"7\",\"values\":{\"f\":10}}", "2=36 let go 0" },
		{ "{\"device\":\"7\",\"values\":{\"f\":10},"
		  "\"units\":{\"f\":\"L/s\"}}", "2=36 let go 0" },
		{ "{\"device\":\"N1\",\"values\":{\"flow\":10},"
		  "\"units\":{\"flow\":\"L/s\"}}", "5=36 let go 0" },
		{ "{\"sensorId\":\"T\",\"value\":5}", "1=11 let go 0" },
		{ "{\"device\":\"7\",\"values\":{\"noise\":1,\"f\":1}}",
		  "2=3.6 let go 1" },
		{ "{\"device\":\"7\",\"values\":{\"f\":300}}",
		  "-out_of_range let go 0" },
		{ "{\"device\":\"7\",\"values\":{\"f\":1e308}}",
		  "-too_large let go 0" },
		{ "{\"device\":\"7\",\"values\":{\"f\":null}}",
		  "2=nan let go 0" },
		{ "{\"device\":\"8\",\"values\":{\"f\":1}}",
		  "-unknown_device let go 0" },
		/* clang-format on */
	};
	struct arena *a = arena_new();
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		CHECK_TEXT(mapped_to(a, rows[i].body), rows[i].means);
	arena_free(a);
}

TEST(an_aggregate_is_mapped_as_a_whole)
{
	struct arena *a = arena_new();

	CHECK_TEXT(mapped_to(a,
		       "{\"device\":\"7\",\"sensor\":\"agg\",\"min\":1,"
		       "\"max\":3,\"avg\":1.5,\"count\":9,\"stdDev\":0.5}"),
	    "3=-1.5 11=-3 12=-1 13=9 14=0.5 let go 0");
	arena_free(a);
}

TEST(a_name_is_found_by_its_other_names_when_it_has_no_own)
{
	static const struct {
		const char *device, *sensor, *also_device, *also_sensor;
		int32_t id;
	} rows[] = {
		{ "router", "x", "slave:3", "reg:300011", 6 },
		{ "slave:3", "x", NULL, "reg:300011", 6 },
		{ "router", "reg:300011", "slave:3", NULL, 6 },
		{ "N1", "flow", "slave:3", "reg:300011", 5 },
		{ "router", "x", "slave:4", "reg:300011", 0 },
		{ "router", "x", NULL, NULL, 0 },
		{ NULL, "x", "slave:3", "reg:300011", 6 },
	};
	struct arena *a = arena_new();
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct intake in = { .arena = a, .room = 1 };
		struct item *it;

		in.v = arena_array(a, 1, sizeof(*in.v));
		it = intake_add(&in);
		it->value = (struct jvalue){ .kind = J_INT, .i = 1 };
		if (rows[i].device != NULL)
			it->device = slice(rows[i].device);
		it->sensor = slice(rows[i].sensor);
		if (rows[i].also_device != NULL)
			it->also_device = slice(rows[i].also_device);
		if (rows[i].also_sensor != NULL)
			it->also_sensor = slice(rows[i].also_sensor);
		take_judge(&in, (struct bytes){ NULL, 0 }, mapped(a));
		CHECK(it->r.sensor == rows[i].id);
		CHECK((it->code != NULL) == (rows[i].id == 0));
	}
	arena_free(a);
}

TEST(what_was_asked_reads_back_as_it_was)
{
	struct asked q = { .device = "a b&c=d%\n\xc3\xbc", .tick_ns = 1000 },
		     back = { 0 };
	struct arena *a = arena_new();
	const char *text = asked_text(a, &q);

	CHECK_TEXT(text, "device=a%20b%26c=d%25%0A\xc3\xbc&tick_ns=1000");
	asked_read(&back, a, text);
	CHECK_TEXT(back.device, q.device);
	CHECK(back.tick_ns == q.tick_ns);
	CHECK(asked_text(a, &(struct asked){ .device = "" }) == NULL);
	asked_read(&back, a, "x&=&device&event=%zz&device=%zz&tick_ns=%4");
	CHECK_TEXT(back.device, "%zz");
	asked_read(&back, a, NULL);
	arena_free(a);
}
