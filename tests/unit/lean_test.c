/*
 * lib/intake/lean_object: objects of JSON that become readings at once are
 * what they are by way of items.
 * link: cgi-bin/ingest/reply.c
 */
#include "check.h"

#include <stdlib.h>

#include "draw.h"
#include "intake/memo.h"
#include "object_same.h"

enum { ROSTERS = 1500, BODIES = 8, OBJECTS = 8, KINDS = 3, NAMES_MANY = 1000 };

static struct bytes
bytes(const char *s)
{
	return (struct bytes){ (const unsigned char *)s, strlen(s) };
}

/* Does the body become the same both ways?  If not, it is shown. */
static bool
is_same(struct bytes body, const struct roster *roster)
{
	struct arena *a = arena_new();
	const char *lean = object_said(a, body, roster, true);
	const char *items = object_said(a, body, roster, false);
	bool same = strcmp(lean, items) == 0;

	if (!same)
		(void)printf("%.*s\n-- lean\n%s\n-- items\n%s\n", (int)body.n,
		    (const char *)body.p, lean, items);
	arena_free(a);
	return same;
}

/* How many of the list's objects are passed before one is not. */
static size_t
passed(struct arena *a, const char *list, const struct roster *roster)
{
	struct intake in = { .arena = a,
		.now = OBJECT_NOW,
		.tenant_name = "ours",
		.zone = "UTC" };
	struct lean l;
	struct jvalue v;
	struct jscan s;
	size_t n = 0;

	lean_begin(&l, &in, roster, NULL, strlen(list));
	lean_object_begin(&l);
	jscan_open(&s, a, bytes(list));
	jscan_value(&s, &v);
	while (jscan_item(&s) && lean_object(&l, &in, &s))
		n++;
	return n;
}

#define HEAD "{\"sensorId\":\"A\",\"timestamp\":"
#define PLAIN \
	HEAD "1763703600123,\"value\":45.7,\"unit\":\"°C\",\"quality\":98}"

/* What is learned from the first, and whether the second needs no item. */
static const struct {
	const char *first, *second;
	bool known;
} pairs[] = {
	/* clang-format off */
	{ PLAIN, PLAIN, true },
	{ PLAIN, HEAD "1763703599,\"value\":-0,\"unit\":\"°C\",\"quality\":0}",
	    true },
	{ PLAIN, HEAD "1763703599.25,\"value\":1e1,\"unit\":\"°C\","
	    "\"quality\":98}", false },
	{ PLAIN, HEAD "1763703600123,\"value\":101,\"unit\":\"°C\","
	    "\"quality\":98}", false },
	{ PLAIN, HEAD "1763703600123,\"value\":45.7,\"unit\":\"°C\","
	    "\"quality\":101}", false },
	{ PLAIN, HEAD "1763703901000,\"value\":45.7,\"unit\":\"°C\","
	    "\"quality\":98}", false },
	{ PLAIN, HEAD "1763703600123,\"value\":45.7,\"unit\":\"°F\","
	    "\"quality\":98}", false },
	{ "{\"value\":1,\"sensorId\":\"A\"}", " {\"value\":2,\"sensorId\":\"A\"}",
	    true },
	{ "{\"value\":1,\"sensorId\":\"A\"}", "{\"value\":2, \"sensorId\":\"A\"}",
	    false },
	{ "{\n \"sensor\" : \"A\",\n \"value\" : 1\n}",
	    "{\n \"sensor\" : \"A\",\n \"value\" : 2.5\n}", true },
	{ "{\"device\":\"N2\",\"sensor\":\"flow\",\"ts\":\"2025-11-21T05:39:59Z\","
	    "\"value\":1}",
	    "{\"device\":\"N2\",\"sensor\":\"flow\",\"ts\":\"2025-11-21 05:40\","
	    "\"value\":9007199254740992}", true },
	{ "{\"sensor\":\"B\",\"date\":\"2025-11-21T05:39:59Z\",\"value\":1}",
	    "{\"sensor\":\"B\",\"date\":\"2025-11-21T05:39:59Z\",\"value\":1}",
	    false },
	{ "{\"sensor\":\"B\",\"ts\":\"2025-11-21T05:39:59Z\",\"time\":1763703598,"
	    "\"value\":1}",
	    "{\"sensor\":\"B\",\"ts\":\"2025-11-21T05:39:59Z\",\"time\":1763703598,"
	    "\"value\":1}", false },
	{ "{\"sensor\":\"B\",\"value\":1}",
	    "{\"sensor\":\"B\",\"value\":9007199254740993}", false },
	{ "{\"sensor\":\"B\",\"value\":1,\"seq\":1,\"msg\":\"a\",\"ok\":true}",
	    "{\"sensor\":\"B\",\"value\":1,\"seq\":2,\"msg\":\"bc\",\"ok\":true}",
	    true },
	{ "{\"sensor\":\"B\",\"value\":1,\"tenant_id\":\"ours\",\"rev\":0}",
	    "{\"sensor\":\"B\",\"value\":1,\"tenant_id\":\"ours\",\"rev\":0}",
	    true },
	{ "{\"sensor\":\"B\",\"value\":1,\"tenant_id\":\"ours\"}",
	    "{\"sensor\":\"B\",\"value\":1,\"tenant_id\":\"theirs\"}", false },
	{ "{\"sensor\":\"B\",\"value\":1,\"rev\":1}",
	    "{\"sensor\":\"B\",\"value\":1,\"rev\":1}", false },
	{ "{\"sensor\":\"B\",\"value\":1,\"quality\":9.8e1}",
	    "{\"sensor\":\"B\",\"value\":1,\"quality\":9.8e1}", false },
	{ "{\"sensor\":\"B\",\"value\":1,\"x\":{}}",
	    "{\"sensor\":\"B\",\"value\":1,\"x\":{}}", false },
	{ "{\"sensor\":\"\\u0042\",\"value\":1}",
	    "{\"sensor\":\"\\u0042\",\"value\":1}", false },
	{ "{\"sensor\":\"SCALE\",\"value\":1}",
	    "{\"sensor\":\"SCALE\",\"value\":1}", false },
	{ "{\"sensor\":\"ZERO\",\"value\":1}",
	    "{\"sensor\":\"ZERO\",\"value\":1}", false },
	{ "{\"sensor\":\"A\",\"avg\":1,\"min\":0,\"max\":2,\"count\":9}",
	    "{\"sensor\":\"A\",\"avg\":1,\"min\":0,\"max\":2,\"count\":9}",
	    false },
	{ "{\"sensor\":\"B\",\"value\":true}",
	    "{\"sensor\":\"B\",\"value\":true}", false },
	{ "{\"sensor\":\"GONE\",\"value\":1}",
	    "{\"sensor\":\"GONE\",\"value\":1}", false },
	{ "{\"sensor\":\"A\",\"value\":1,\"unit\":\"degF\"}",
	    "{\"sensor\":\"A\",\"value\":1,\"unit\":\"degF\"}", false },
	/* clang-format on */
};

TEST(an_object_of_a_known_form_needs_no_item)
{
	size_t i;

	for (i = 0; i < sizeof(pairs) / sizeof(*pairs); i++) {
		struct arena *a = arena_new();
		struct roster *roster = object_roster(a);
		const char *list = arena_printf(a, "[%s,%s]", pairs[i].second,
		    pairs[i].second);
		bool same;

		CHECK(passed(a, list, roster) == 0);
		CHECK(is_same(bytes(arena_printf(a, "[%s]", pairs[i].first)),
		    roster));
		same = passed(a, list, roster) == (pairs[i].known ? 2 : 0);
		CHECK(same);
		if (!same)
			(void)printf("%s\n", list);
		CHECK(is_same(bytes(list), roster));
		arena_free(a);
	}
}

TEST(bodies_that_are_joined_are_read_once)
{
	struct arena *a = arena_new();
	struct roster *roster = object_roster(a);

	CHECK(is_same(bytes("[" PLAIN "]"), roster));
	CHECK(is_same(bytes("{\"readings\":[" PLAIN "]}\n{\"readings\":[" PLAIN
			    ",3]}"),
	    roster));
	CHECK(is_same(bytes("{\"readings\":[" PLAIN "]}\n{\"readings\":3}"),
	    roster));
	arena_free(a);
}

/* Bodies of which each byte is changed. */
static const char *const bodies[] = {
	"[" PLAIN ", " HEAD "1763703600,\"value\":-0.25,\"unit\":\"°C\","
	"\"quality\":7}]",
	"{\"batch_id\":\"b-1\",\"readings\":[" PLAIN "\n,\t" PLAIN "],"
	"\"sent_at\":1763703600}",
	"{\"readings\":[{\"value\":12,\"rev\":0,\"seq\":\"ab\",\"sensor\":"
	"\"B\","
	"\"ts\":\"2025-11-21T05:39:59.5Z\"},{\"value\":7,\"rev\":0,\"seq\":"
	"\"c\","
	"\"sensor\":\"B\",\"ts\":\"2025-11-21T05:40:00.5Z\"}]}",
	"[{\"device\":\"N1\",\"tenant\":\"ours\",\"sensor\":\"temp\","
	"\"value\":1.5,\"ok\":null,\"ts\":1763703600123456},"
	"{\"sensor\":\"A\",\"min\":1,\"value\":1,\"ts\":1763703600123456}]",
};

/* Everything that means something to somebody who reads JSON. */
static const char strange[] = "\"\\{}[]:,.-+eE0159 \n\ttnul\x01\x7f\xc2/AB";

TEST(a_body_with_one_byte_changed_is_the_same_both_ways)
{
	size_t i, k, at;

	for (i = 0; i < sizeof(bodies) / sizeof(*bodies); i++) {
		size_t n = strlen(bodies[i]);

		for (at = 0; at < n; at++) {
			struct arena *a = arena_new();
			struct roster *roster = object_roster(a);
			char *s = arena_text(a, bodies[i]);

			CHECK(is_same(bytes(s), roster));
			for (k = 0; k < sizeof(strange); k++) {
				s[at] = strange[k];
				CHECK(is_same((struct bytes){ (void *)s, n },
				    roster));
			}
			/* And with it left out, and all behind it. */
			memmove(s + at, bodies[i] + at + 1, n - at);
			CHECK(is_same(bytes(s), roster));
			s[at] = 0;
			CHECK(is_same(bytes(s), roster));
			arena_free(a);
		}
	}
}

#define ANY(of, seed) of[draw(seed) % (sizeof(of) / sizeof(*(of)))]

static const char *
any_value(uint64_t *seed)
{
	static const char *const values[] = { "1", "45.7", "-0", "-0.0", "0.1",
		"0", "7", "10", "10.5", "101", "-50", "-50.1", "1e2", "1E-2",
		"01", "1.", ".5", "+1", "-", "00.5", "9007199254740992",
		"9007199254740993", "9223372036854775807",
		"9223372036854775808", "-9223372036854775808",
		"99999999999999999999", "18446744073709551617",
		"18446744073709551616.5", "0.1234567890123456789",
		"0.00000000000000000000000000001", "1e400", "3.14159265358979",
		"123456789012345678", "12345678.12345678", "true", "false",
		"null", "\"7\"", "\"jammed\"", "\"\"", "[1]", "{}", "1 2",
		"1.5.5", "--1", "1-1" };

	return draw(seed) % 2 == 0 ? ANY(values, seed) : "45.75";
}

static const char *
any_time(uint64_t *seed)
{
	static const char *const times[] = { "1763703600", "1763703599999",
		"1763703600000000", "1763703600000000001",
		"1763703599123456789", "1763703600.25", "1763703599999.5",
		"1.7637035e9", "0", "-1", "1", "946684799", "946684800",
		"1763703900", "1763703901", "1763703900001", "4102444800",
		"1763702699", "1763702700", "9999999999999999999", "null",
		"true", "\"2025-11-21T05:40:00Z\"",
		"\"2025-11-21T05:39:00+03:00\"", "\"2025-11-21 05:40:00\"",
		"\"2025-11-21\"", "\"1763703600\"", "\"21/11/2025 05:40:00\"",
		"\"\"", "\"x\"", "\"2025-11-21T05:40:00\\u005a\"",
		"\"2025-11-21T05:40:60Z\"", "[]", "01763703600" };

	return draw(seed) % 2 == 0 ? ANY(times, seed) : "1763703600123";
}

/* A member of an object; all but its time or value is drawn by `same`. */
static void
any_member(struct buf *b, uint64_t *seed, uint64_t *same, unsigned which)
{
	static const char *const sensors[] = { "A", "B", "B", "FLAG", "ZERO",
		"ZERO2", "SCALE", "SHIFT", "GONE", "STATE", "NONE", "A\\u0020",
		"temp" };
	static const char *const units[] = { "\"°C\"", "\"Cel\"", "\"degF\"",
		"\"m3/h\"", "\"m³/h\"", "\"x\"", "null", "7" };
	static const char *const grades[] = { "98", "100", "0", "101", "-1",
		"50.5", "1e1", "null", "\"good\"", "-0", "099" };
	static const char *const others[] = { "\"seq\":17", "\"seq\":18",
		"\"x\":\"a\"", "\"x\":\"bcd\"", "\"x\":\"ä\"", "\"x\":[1]",
		"\"metadata\":{\"a\":1}", "\"y\":true", "\"x\":1e3",
		"\"rev\":0", "\"rev\":3", "\"revision\":0", "\"min\":3",
		"\"avg\":3", "\"max\":4", "\"count\":2", "\"tenant_id\":7",
		"\"tenant_id\":\"ours\"", "\"tenant\":\"theirs\"",
		"\"tenant\":8", "\"device\":\"N1\"", "\"id\":\"N2\"",
		"\"device\":null", "\"values\":{\"flow\":1}", "\"values\":3",
		"\"time\":null", "\"time\":1763703600", "\"\":1",
		"\"s\\u0065q\":1", "\"readings\":[1]", "\"name\":\"n\"" };
	static const char *const names[] = { "timestamp", "timestamp", "ts",
		"time", "D", "date" };

	switch (which) {
	case 0:
		buf_printf(b, "\"sensorId\":\"%s\"", ANY(sensors, same));
		break;
	case 1:
		buf_printf(b, "\"%s\":%s", ANY(names, same), any_time(seed));
		break;
	case 2:
		buf_printf(b, "\"value\":%s", any_value(seed));
		break;
	case 3:
		buf_printf(b, "\"unit\":%s", ANY(units, same));
		break;
	case 4:
		buf_printf(b, "\"quality\":%s", ANY(grades, same));
		break;
	case 5:
		buf_printf(b, "\"device\":\"N1\",\"sensor\":\"temp\"");
		break;
	case 6:
		buf_text(b, "\"sensor\":\"B\"");
		break;
	default:
		buf_text(b, ANY(others, same));
	}
}

static const char *
any_blank(uint64_t *seed)
{
	static const char *const blanks[] = { " ", "\n", "\t", "\r\n  " };

	return draw(seed) % 16 == 0 ? ANY(blanks, seed) : "";
}

/*
 * An object of a kind: its members and their order are the kind's, what stands
 * in them is mostly drawn anew.
 */
static void
any_object(struct buf *b, uint64_t *seed, uint64_t kind)
{
	static const unsigned usual[][3] = { { 0, 1, 2 }, { 1, 2, 6 },
		{ 2, 1, 5 }, { 6, 2, 1 } };
	const unsigned *first = ANY(usual, &kind);
	size_t i, more = draw(&kind) % 3;
	bool stays = draw(seed) % 4 != 0;

	buf_printf(b, "{%s", any_blank(seed));
	for (i = 0; i < 3 + more; i++) {
		unsigned which = i < 3 ? first[i] : 3 + (unsigned)i;
		uint64_t same = kind + i;

		if (i >= 3)
			which = draw(&kind) % 2 == 0
				    ? 3 + (unsigned)(draw(&kind) % 2)
				    : 7;
		buf_printf(b, "%s%s", i > 0 ? "," : "", any_blank(seed));
		/* Of a kind that stays only the time and the value change. */
		any_member(b, seed, stays ? &same : seed, which);
		buf_text(b, any_blank(seed));
	}
	buf_byte(b, '}');
}

static struct bytes
any_body(struct arena *a, uint64_t *seed, const uint64_t *kinds)
{
	static const char *const heads[] = { "[", "[", "{\"readings\":[",
		"{\"batch_id\":\"b\",\"readings\":[",
		"{\"sent_at\":1763703000,\"readings\":[", "\036{\"readings\":[",
		"{\"tenant_id\":7,\"readings\":[" };
	static const char *const tails[] = { "]}", "]}", "]}",
		"],\"sent_at\":1763703000}", "],\"sent_at\":1763600000}",
		"],\"sent_at\":1763703600}", "],\"batch_id\":7}",
		"],\"tenant_id\":\"theirs\"}", "],\"readings\":[]}",
		"]}\n{\"readings\":[{\"sensor\":\"B\",\"value\":1}]}",
		"]}\n{\"readings\":3}", "]} x", "]", ",]}", ",3]}", " 3]}" };
	struct buf b = buf_new(a, 1024);
	const char *head = ANY(heads, seed);
	size_t i, n = draw(seed) % OBJECTS;

	buf_text(&b, head);
	for (i = 0; i < n; i++) {
		buf_printf(&b, "%s%s", i > 0 ? "," : "", any_blank(seed));
		any_object(&b, seed, kinds[draw(seed) % KINDS]);
		buf_text(&b, any_blank(seed));
	}
	buf_text(&b,
	    *head == '[' && draw(seed) % 8 != 0 ? "]" : ANY(tails, seed));
	return (struct bytes){ b.p, b.n };
}

TEST(any_bodies_of_one_sender_are_the_same_both_ways)
{
	uint64_t seed = 11, kinds[KINDS];
	int i, k;

	for (i = 0; i < ROSTERS; i++) {
		struct arena *a = arena_new();
		struct roster *roster = object_roster(a);

		for (k = 0; k < KINDS; k++)
			kinds[k] = draw(&seed);
		for (k = 0; k < BODIES; k++)
			CHECK(is_same(any_body(a, &seed, kinds), roster));
		arena_free(a);
	}
}

/* A list of n objects, the first `odd` of which are refused. */
static struct bytes
many(struct arena *a, size_t n, size_t odd)
{
	struct buf b = buf_new(a, 64 * n);
	size_t i;

	buf_byte(&b, '[');
	for (i = 0; i < n; i++)
		buf_printf(&b, "%s{\"sensor\":\"%s\",\"value\":%zu}",
		    i > 0 ? "," : "", i < odd ? "?" : "B", i);
	buf_byte(&b, ']');
	return (struct bytes){ b.p, b.n };
}

TEST(one_reading_more_than_fits_is_too_many_both_ways)
{
	static const size_t odd[] = { 0, 1, ITEMS_MAX / 2, ITEMS_MAX };
	struct arena *kept = arena_new();
	struct roster *roster = object_roster(kept);
	size_t i, more;

	for (i = 0; i < sizeof(odd) / sizeof(*odd); i++)
		for (more = 0; more < 2; more++) {
			struct arena *a = arena_new();

			CHECK(
			    is_same(many(a, ITEMS_MAX + more, odd[i]), roster));
			arena_free(a);
		}
	arena_free(kept);
}

TEST(endless_names_and_texts_fill_no_memory)
{
	struct arena *kept = arena_new();
	struct roster *roster = object_roster(kept);
	const struct memo *memo = roster_memo(roster);
	int i;

	for (i = 0; i < NAMES_MANY; i++) {
		struct arena *a = arena_new();

		CHECK(is_same(bytes(arena_printf(a,
				  "[{\"sensor\":\"B\",\"x%d\":1,\"value\":2}]",
				  i)),
		    roster));
		CHECK(is_same(bytes(arena_printf(a,
				  "[{\"sensor\":\"B\",\"x\":\"%0600d\","
				  "\"x%0600d\":1,\"value\":2}]",
				  i, i)),
		    roster));
		arena_free(a);
	}
	CHECK(memo->n == memo->most);
	CHECK(memo->most < 100);
	arena_free(kept);
}

/* What is asked beside the body, and makes items of all of it. */
TEST(who_speaks_for_another_or_asks_for_each_gets_items)
{
	static const struct asked asked[] = { { .results = true },
		{ .device = "N1" } };
	struct arena *a = arena_new();
	struct roster *roster = object_roster(a);
	size_t i;

	CHECK(is_same(bytes("[" PLAIN "]"), roster));
	for (i = 0; i < sizeof(asked) / sizeof(*asked); i++) {
		struct taken t = { .in = { .arena = a,
				       .now = OBJECT_NOW,
				       .tenant_name = "ours" } };

		CHECK(
		    take(&t, bytes("[" PLAIN "]"), &asked[i], roster) == NULL);
		CHECK(t.in.n == 1 && t.r.n == 1);
	}
	arena_free(a);
}

/* The second is of no sensor, and has no item before it in known lines. */
TEST(a_refused_line_is_counted_among_all_readings)
{
	static const char *const lines[] = {
		"m,name=N1 temp=1 1763703600000000000\n"
		"m,name=N1 none=1 1763703600000000000\n",
		"m,name=N1 temp=1,none=1 1763703600000000000\n",
	};
	struct arena *a = arena_new();
	struct roster *roster = object_roster(a);
	int i;

	for (i = 0; i < 6; i++) {
		struct asked asked = { .format = format_named("line"),
			.results = i >= 4 };
		struct taken t = { .in = { .arena = a,
				       .now = OBJECT_NOW,
				       .tenant_name = "ours" } };
		struct buf b = buf_new(a, 256);

		CHECK(take(&t, bytes(lines[i % 2]), &asked, roster) == NULL);
		CHECK(t.in.n == (i >= 4 ? 2 : 1) && t.r.n == 1);
		reply_native(&b, &t);
		CHECK(strstr((const char *)b.p, "\"index\":1,") != NULL);
	}
	arena_free(a);
}
