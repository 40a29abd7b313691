/*
 * Line protocol and Telegraf's JSON: whose reading a field is, and that lines
 * which need no item give what items give.
 */
#include "check.h"

#include <math.h>
#include <stdlib.h>

#include "draw.h"
#include "line_same.h"

enum { BODIES = 400, LINES = 40, NAMES_MANY = 20000 };

/* "id@us=value ..." settled, and what is odd. */
static const char *
shown(struct arena *a, const struct intake *in, const struct readings *r)
{
	struct buf b = buf_new(a, 256);
	size_t i;

	for (i = 0; i < r->n; i++)
		buf_printf(&b, "%d@%lld=%.17g ", r->v[i].sensor,
		    (long long)r->v[i].time, r->v[i].value);
	line_odd(&b, a, in);
	return (const char *)b.p;
}

static struct bytes
bytes(const char *s)
{
	return (struct bytes){ (const unsigned char *)s, strlen(s) };
}

static const char *
taken(struct arena *a, const struct asked *asked, const char *body,
    const struct roster *roster)
{
	struct taken t = {
		.in = { .arena = a, .now = LINE_NOW, .tenant_name = "" }
	};
	struct err *e = take(&t, bytes(body), asked, roster);

	if (e != NULL)
		return arena_text(a, e->say);
	CHECK(t.sent == t.r.n + t.duplicate + t.rejected);
	return shown(a, &t.in, &t.r);
}

static const struct {
	const char *body;
	int64_t tick_ns;
	const char *device, *taken;
} lines[] = {
	/* clang-format off */
	{ "t,sensor=C-1 value=45.7 1763703600000000000", 0, NULL,
	  "1@1763703600000000=45.700000000000003 " },
	{ "modbus,name=N1,slave_id=1,type=x flow=1.5,pressure=2i 1763703600",
	  1000000000, NULL, "1@1763703600000000=1.5 6@1763703600000000=2 " },
	{ "m,device_id=N1,name=N9 flow=1 1763703600000", 1000000, NULL,
	  "1@1763703600000000=1 " },
	{ "m,device=N1 flow=1 1763703600000001", 1000, NULL,
	  "1@1763703600000001=1 " },
	{ "m,host=N1 flow=1 29395060", INT64_C(60000000000), NULL,
	  "1@1763703600000000=1 " },
	{ "m,host=N1 flow=1 489917", INT64_C(3600000000000), NULL,
	  "1@1763701200000000=1 " },
	{ "m,host=N1 flow=1", 0, NULL, "1@1763703600000000=1 " },
	{ "m,host=N1 flow=1 1763703600123456789", 0, NULL,
	  "1@1763703600123456=1 " },
	{ "flow,host=N1 value=3", 0, NULL, "1@1763703600000000=3 " },
	{ "m flow=1", 0, "home", "4@1763703600000000=1 " },
	{ "m flow=1", 0, NULL, "-line 1, flow:no_device " },
	{ "m,name=N9 flow=1", 0, "home", "-line 1, flow:unknown_device " },
	{ "m,name=N1 nothing=1", 0, NULL,
	  "-line 1, nothing:unknown_sensor " },
	{ "t,sensor=C-9 value=1", 0, NULL, "-line 1, C-9:unknown_sensor " },
	{ "m³/h,domain=sensor,entity_id=main_flow value=118.45,"
	  "friendly_name_str=\"Main flow\"", 0, NULL,
	  "3@1763703600000000=118.45 "
	  "main_flow.friendly_name_str=\"Main flow\" " },
	{ "m³/h,domain=sensor,entity_id=main_flow value=118.45", 0, "home",
	  "5@1763703600000000=118.45 " },
	{ "bar,domain=sensor,entity_id=main_flow value=1", 0, NULL,
	  "-line 1, main_flow:wrong_unit " },
	{ "sensor.main_flow,entity_id=main_flow value=1", 0, NULL,
	  "3@1763703600000000=1 " },
	{ "m,name=N1 state=\"jammed\",flow=1", 0, NULL,
	  "1@1763703600000000=1 2@1763703600000000=7 " },
	{ "m,name=N1 firmware=\"1.2\",flow=1", 0, NULL,
	  "1@1763703600000000=1 N1.firmware=\"1.2\" " },
	{ "m,name=N1 flow=t\nm,name=N1 flow=f 1763703601000000000", 0, NULL,
	  "1@1763703600000000=1 1@1763703601000000=0 " },
	{ "m,name=N1 flow=101,pressure=1", 0, NULL,
	  "6@1763703600000000=1 -line 1, flow:out_of_range " },
	{ "m,name=N1 pressure=9007199254740993i", 0, NULL,
	  "-line 1, pressure:too_large " },
	{ "m,name=N1 pressure=18446744073709551615u", 0, NULL,
	  "-line 1, pressure:too_large " },
	{ "m,name=N1 two\\ words=1", 0, NULL, "7@1763703600000000=1 " },
	{ "m,name=N1 flow=1 1\nm,name=N1 flow=1 1895000000000000000", 0, NULL,
	  "1@1763703600000000=1 " },
	{ "m,name=N1 flow=1 9000000000000000000", 1000, NULL,
	  "-line 1, flow:bad_time " },
	{ "m,name=N1 flow=1\nbad\n\n# x\nm,name=N1 flow=NaN\n"
	  "m,name=N1,name=N1 flow=1\n", 0, NULL,
	  "1@1763703600000000=1 -line 2:bad_syntax -line 5:bad_syntax "
	  "-line 6:duplicate_tag " },
	{ "m,name=N1 flow=1 1763703600000000000\n"
	  "m,name=N1 flow=2 1763703600000000000\n", 0, NULL,
	  "1@1763703600000000=1 " },
	{ "m,name=N1 f=\"a\nb\",flow=1\nm,name=N1 x", 0, NULL,
	  "1@1763703600000000=1 -line 3:bad_syntax N1.f=\"a\nb\" " },
	{ "m,name=N1 flow=1\nm,name=N1 x=\"never\nm,name=N1 pressure=2", 0,
	  NULL, "1@1763703600000000=1 6@1763703600000000=2 "
	  "-line 2:bad_syntax " },
	{ "", 0, NULL, "" },
	{ "# nothing\n\n", 0, NULL, "" },
	{ "not a line", 0, NULL, "line 1: want field=value." },
	{ "m,name=N1", 0, NULL, "line 1: there is no field." },
	/* clang-format on */
};

TEST(a_field_is_a_reading_of_whom_its_tags_name)
{
	size_t i;

	for (i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		struct asked asked = { .format = format_named("line"),
			.tick_ns = lines[i].tick_ns,
			.device = lines[i].device };
		struct arena *a = arena_new();
		struct roster *roster = line_roster(a);

		CHECK_TEXT(taken(a, &asked, lines[i].body, roster),
		    lines[i].taken);
		/* Once more, when its names are known. */
		CHECK_TEXT(taken(a, &asked, lines[i].body, roster),
		    lines[i].taken);
		arena_free(a);
	}
}

static const struct {
	const char *body, *taken;
} telegraf[] = {
	/* clang-format off */
	{ "{\"name\":\"modbus\",\"tags\":{\"name\":\"N1\",\"host\":\"gw\"},"
	  "\"fields\":{\"flow\":1.5,\"pressure\":2},"
	  "\"timestamp\":1763703600}",
	  "1@1763703600000000=1.5 6@1763703600000000=2 " },
	{ "{\"metrics\":[{\"fields\":{\"flow\":1},\"name\":\"m\","
	  "\"tags\":{\"host\":\"N1\"},\"timestamp\":1763703600123},"
	  "{\"fields\":{\"value\":2},\"name\":\"t\","
	  "\"tags\":{\"sensor\":\"C-1\"},\"timestamp\":1763703600456789}]}",
	  "1@1763703600123000=1 1@1763703600456789=2 " },
	{ "{\"metrics\":[{\"name\":\"m\",\"tags\":{\"host\":\"N1\"},"
	  "\"fields\":{\"flow\":1,\"mode\":\"auto\"},"
	  "\"timestamp\":1763703600123456789}]}",
	  "1@1763703600123456=1 N1.mode=\"auto\" " },
	{ "{\"metrics\":[{\"name\":\"m\",\"tags\":{\"host\":\"N1\"},"
	  "\"fields\":{\"flow\":101,\"x\":1}},5,"
	  "{\"name\":\"m\",\"fields\":{}}]}",
	  "-metrics[0].fields.flow:out_of_range "
	  "-metrics[0].fields.x:unknown_sensor -metrics[1]:not_an_object "
	  "-metrics[2]:no_field " },
	{ "{\"metrics\":[{\"name\":\"m\",\"tags\":{\"host\":\"N1\"},"
	  "\"fields\":{\"flow\":1},\"timestamp\":\"soon\"}]}",
	  "-metrics[0].fields.flow:bad_time " },
	{ "{\"metrics\":[]}", "" },
	/* An object of that name is no batch of Telegraf's. */
	{ "{\"metrics\":{\"flow\":1},\"device_id\":\"N1\"}",
	  "-metrics:unknown_sensor " },
	/* clang-format on */
};

TEST(telegraf_batch_and_single_are_told_by_their_members)
{
	size_t i;

	for (i = 0; i < sizeof(telegraf) / sizeof(*telegraf); i++) {
		struct arena *a = arena_new();

		CHECK_TEXT(taken(a, &(struct asked){ 0 }, telegraf[i].body,
			       line_roster(a)),
		    telegraf[i].taken);
		arena_free(a);
	}
}

/* Any line of a few series, mostly a good one. */
static void
any_line(struct buf *b, uint64_t *seed)
{
	static const char *const series[] = { "m,name=N1", "m,name=N1,u=v",
		"t,sensor=C-1", "m\\ x,name=N1", "m,name=N9", "m",
		"m³/h,entity_id=main_flow", " m,host=N1", "m,name=N1,name=N1" };
	static const char *const fields[] = { "flow", "pressure", "value",
		"two\\ words", "state", "none", "flow" };
	static const char *const values[] = { "1", "-0", "0i", "-0i", "1e2",
		"45.7", "t", "99.99999999999999999", "101", "\"jammed\"",
		"\"7\"", "\"a b,c=d\"", "9007199254740993i", "3u", "NaN", "-.5",
		"5.", "12i", "1.5i", "0.1" };
	static const char *const ends[] = { " 1763703600000000000\n",
		" 1763703599999999999\n", "\n", " 1\n", " 17637036000000\r\n",
		"  1763703600000000000 \n", "\r\n", " 9999999999999999999\n",
		" -1\n", ",\n", " 1763703601\n" };
	size_t n = 1 + draw(seed) % 3;

#define ANY(of) of[draw(seed) % (sizeof(of) / sizeof(*(of)))]
	buf_printf(b, "%s ", ANY(series));
	for (; n > 0; n--)
		buf_printf(b, "%s=%s%s", ANY(fields), ANY(values),
		    n > 1 ? "," : "");
	buf_text(b, ANY(ends));
#undef ANY
}

TEST(lines_without_items_give_what_items_give)
{
	struct arena *kept = arena_new();
	struct roster *roster = line_roster(kept);
	uint64_t seed = 5;
	int i, k;

	for (i = 0; i < BODIES; i++) {
		struct arena *a = arena_new();
		struct buf b = buf_new(a, 4096);
		const char *one, *other;

		for (k = 0; k < LINES; k++)
			any_line(&b, &seed);
		one = line_said(a, (struct bytes){ b.p, b.n }, roster, true);
		other = line_said(a, (struct bytes){ b.p, b.n }, roster, false);
		if (strcmp(one, other) != 0)
			(void)printf("%s\n%s\n%s\n", (const char *)b.p, one,
			    other);
		CHECK_TEXT(one, other);
		arena_free(a);
	}
	arena_free(kept);
}

TEST(an_endless_series_of_names_fills_no_memory)
{
	struct asked asked = { .format = format_named("line") };
	struct arena *kept = arena_new();
	struct roster *roster = line_roster(kept);
	int i;

	for (i = 0; i < NAMES_MANY; i++) {
		struct arena *a = arena_new();
		const char *body = arena_printf(a, "m,name=N1,x=%d flow=1", i);

		CHECK_TEXT(taken(a, &asked, body, roster),
		    "1@1763703600000000=1 ");
		arena_free(a);
	}
	CHECK(roster_memo(roster)->n == roster_memo(roster)->most);
	CHECK(roster_memo(roster)->most < 100);
	arena_free(kept);
}

TEST(a_long_name_is_not_taken_along_for_each_field)
{
	struct asked asked = { .format = format_named("line") };
	struct arena *a = arena_new();
	struct buf b = buf_new(a, 400000);
	struct intake in = { .arena = a, .now = LINE_NOW, .tenant_name = "" };
	size_t i, total = 0;

	for (i = 0; i < 100000; i++)
		buf_byte(&b, 'm');
	buf_text(&b, ",name=N1 ");
	for (i = 0; i < 20000; i++)
		buf_text(&b, i == 0 ? "value=1" : ",value=1");
	CHECK(intake_read(&in, (struct bytes){ b.p, b.n }, &asked) == NULL);
	CHECK(in.n == 20000);
	for (i = 0; i < in.n; i++) {
		CHECK_TEXT(in.v[i].code, "bad_name");
		total += strlen(item_place(a, &in.v[i]));
	}
	CHECK(total < 20000 * 128);
	arena_free(a);
}
