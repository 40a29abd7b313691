/*
 * lib/base: jscan, jlex, decimal, hash.
 */
#include "check.h"

#include <math.h>
#include <stdlib.h>
#include <zlib.h>

#include "base/decimal.h"
#include "base/env.h"
#include "tests/unit/json_same.h"

/* What was read, written in a way that shows what it was taken for. */
static void
show(struct buf *b, struct jscan *s)
{
	struct slice key;
	struct jvalue v;

	jscan_value(s, &v);
	switch (v.kind) {
	case J_OBJECT:
		buf_byte(b, '{');
		while (jscan_member(s, &key)) {
			buf_printf(b, "%.*s:", (int)key.n, key.p);
			show(b, s);
			buf_byte(b, ';');
		}
		buf_byte(b, '}');
		break;
	case J_ARRAY:
		buf_byte(b, '[');
		while (jscan_item(s)) {
			show(b, s);
			buf_byte(b, ';');
		}
		buf_byte(b, ']');
		break;
	case J_TEXT:
		buf_printf(b, "'%.*s'", (int)v.text.n, v.text.p);
		break;
	case J_INT:
		buf_printf(b, "i%lld", (long long)v.i);
		break;
	case J_REAL:
		buf_printf(b, "r%.17g", v.d);
		break;
	case J_BIG:
		buf_printf(b, "b%.17g", v.d);
		break;
	default:
		buf_put(b, v.raw.p, v.raw.n);
	}
}

/* The body as it was read; an error is its sentence. */
static const char *
read_as(struct arena *a, const char *text)
{
	struct buf b = buf_new(a, 64);
	struct jscan s;
	struct err *e;

	jscan_open(&s, a,
	    (struct bytes){ (const unsigned char *)text, strlen(text) });
	show(&b, &s);
	if ((e = jscan_close(&s)) != NULL)
		return arena_text(a, e->say);
	return (const char *)b.p;
}

static const struct {
	const char *text, *read;
} good[] = {
	/* clang-format off */
	{ "{}", "{}" },
	{ " [ ] \n\t\r", "[]" },
	{ "[0,-0,-0.0,0.0]", "[i0;i0;r-0;r0;]" },
	{ "[1,-1,10,9223372036854775807,-9223372036854775808]",
	  "[i1;i-1;i10;i9223372036854775807;i-9223372036854775808;]" },
	{ "[9223372036854775808,-9223372036854775809,18446744073709551616]",
	  "[b9.2233720368547758e+18;b-9.2233720368547758e+18;"
	  "b1.8446744073709552e+19;]" },
	{ "[100000000000000000000]", "[b1e+20;]" },
	{ "[1e0,1E+2,1e-2,0e9,0.5,45.7,1.7976931348623157e308,5e-324,1e-400]",
	  "[r1;r100;r0.01;r0;r0.5;r45.700000000000003;"
	  "r1.7976931348623157e+308;r4.9406564584124654e-324;r0;]" },
	{ "[0.1000000000000000055511151231257827021181583404541015625]",
	  "[r0.10000000000000001;]" },
	{ "[null,true,false]", "[null;true;false;]" },
	{ "{\"a\":{\"a\":1},\"b\":[{\"a\":2},{\"a\":3}]}",
	  "{a:{a:i1;};b:[{a:i2;};{a:i3;};];}" },
	{ "[\"\",\"a\",\"12345678\",\"123456789\"]",
	  "['';'a';'12345678';'123456789';]" },
	{ "[\"\\\"\\\\\\/\\n\",\"\\u0041\\u00e4\\u6c34\\ud83d\\ude00\"]",
	  "['\"\\/\n';'Aä水😀';]" },
	{ "{\"\\u0061b\":1,\"\":2}", "{ab:i1;:i2;}" },
	{ "[\"\x7f\xc3\xa4\xf0\x9f\x98\x80\"]", "['\x7fä😀';]" },
	{ "[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]",
	  "[[[[[[[[[[[[[[[[];];];];];];];];];];];];];];];]" },
	/* clang-format on */
};

TEST(json_is_read_as_what_it_is)
{
	struct arena *a = arena_new();
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(*good); i++)
		CHECK_TEXT(read_as(a, good[i].text), good[i].read);
	arena_free(a);
}

static const struct {
	const char *text, *part;
} bad[] = {
	/* clang-format off */
	{ "", "line 1, column 1: an object or array" },
	{ " \n ", "line 2, column 2: an object or array" },
	{ "1", "object or array" },
	{ "\"a\"", "object or array" },
	{ "\xef\xbb\xbf[]", "object or array" },
	{ "[", "a value" }, { "[1", "a comma or ]" }, { "[1,", "a value" },
	{ "[1,]", "a value" }, { "[1 2]", "a comma" }, { "[,1]", "a value" },
	{ "[1}", "a comma" }, { "[]]", "more follows" }, { "{}x", "more" },
	{ "{", "name" }, { "{1:2}", "name" }, { "{\"a\"}", "colon" },
	{ "{\"a\":}", "a value" }, { "{\"a\":1,}", "name" },
	{ "{\"a\":1 \"b\":2}", "a comma or }" }, { "{\"a\":1]", "comma" },
	{ "{\"a\":1,\"a\":2}", "line 1, column 8: a duplicate" },
	{ "{\"a\":1,\"\\u0061\":2}", "duplicate" },
	{ "{\"\":1,\"\":2}", "duplicate" },
	{ "{\"12345678x\":1,\"12345678x\":2}", "duplicate" },
	{ "[01]", "number" }, { "[-]", "number" }, { "[-a]", "number" },
	{ "[1.]", "digit" }, { "[.5]", "a value" }, { "[+1]", "a value" },
	{ "[1e]", "number" }, { "[1e+]", "number" }, { "[1.e1]", "digit" },
	{ "[1e400]", "beyond" }, { "[-1e309]", "beyond" },
	{ "[0x1]", "a comma" }, { "[1a]", "a comma" },
	{ "[nul]", "a value" }, { "[nulla]", "a comma" }, { "[True]", "value" },
	{ "[NaN]", "a value" }, { "[Infinity]", "a value" },
	{ "['a']", "a value" }, { "[\"a]", "no end" }, { "[\"\\", "escape" },
	{ "[\"\\x\"]", "escape" }, { "[\"\\u12g4\"]", "escape" },
	{ "[\"\\u123", "escape" }, { "[\"\\u0000\"]", "escape" },
	{ "[\"\\ud800\"]", "escape" }, { "[\"\\udc00\"]", "escape" },
	{ "[\"\\ud800\\u0041\"]", "escape" }, { "[\"\\ud83d\\ude0", "escape" },
	{ "[\"a\nb\"]", "control" }, { "[\"\x1f\"]", "control" },
	{ "[\"\xff\"]", "UTF-8" }, { "[\"\xc3\"]", "UTF-8" },
	{ "[\"\xc0\x80\"]", "UTF-8" }, { "[\"\xed\xa0\x80\"]", "UTF-8" },
	{ "[\"\xf4\x90\x80\x80\"]", "UTF-8" }, { "[\"12345678\xe6", "UTF-8" },
	{ "[\"\xff and more behind it\"]", "UTF-8" },
	{ "[\"more before and behind \x1f it\"]", "control" },
	{ "[\xc2\xa0]", "a value" }, { "[1\x0b]", "a comma" },
	{ "[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]", "column 17: it is nested" },
	/* clang-format on */
};

TEST(what_is_not_json_is_refused_with_its_place)
{
	struct arena *a = arena_new();
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		const char *said = read_as(a, bad[i].text);

		CHECK(strncmp(said, "The JSON is not valid: line ", 28) == 0);
		if (strstr(said, bad[i].part) == NULL)
			(void)printf("%s: %s\n", bad[i].text, said);
		CHECK(strstr(said, bad[i].part) != NULL);
	}
	arena_free(a);
}

TEST(jansson_says_the_same_of_both_tables)
{
	struct arena *a = arena_new();
	size_t i, n = sizeof(good) / sizeof(*good),
		  m = sizeof(bad) / sizeof(*bad);

	for (i = 0; i < n + m; i++) {
		const char *s = i < n ? good[i].text : bad[i - n].text;

		CHECK(json_differs(a, (struct bytes){ (const unsigned char *)s,
					  strlen(s) }) == NULL);
	}
	arena_free(a);
}

/* Every beginning of a text, in memory that ends where it ends. */
TEST(a_cut_body_is_refused_and_nothing_behind_it_is_read)
{
	static const char text[] =
	    "{\"a\\n\":[1.5e3,-12,\"\xc3\xa4 \\ud83d\\ude00 12345678\",null],"
	    "\"b\":{\"c\":true}}";
	struct arena *a = arena_new();
	size_t n;

	for (n = 0; n < sizeof(text); n++) {
		unsigned char *cut = malloc(n + (n == 0));

		memcpy(cut, text, n);
		CHECK(json_differs(a, (struct bytes){ cut, n }) == NULL);
		free(cut);
	}
	arena_free(a);
}

/* {"k0":0,"k1":1,...,"k<again>":...} */
static const char *
many_members(struct arena *a, int n, int again)
{
	struct buf b = buf_new(a, 64);
	int i;

	for (i = 0; i < n; i++)
		buf_printf(&b, "%c\"k%d\":%d", i == 0 ? '{' : ',', i, i);
	buf_printf(&b, ",\"\\u006b%d\":1}", again);
	return (const char *)b.p;
}

TEST(a_member_is_found_twice_among_any_number)
{
	struct arena *a = arena_new();
	int n;

	for (n = 1; n < 300; n++) {
		CHECK(strstr(read_as(a, many_members(a, n, n / 2)),
			  "duplicate") != NULL);
		CHECK(read_as(a, many_members(a, n, n))[0] == '{');
		arena_reset(a);
	}
	CHECK(strstr(read_as(a, many_members(a, 20000, 19999)), "duplicate") !=
	      NULL);
	CHECK(read_as(a, many_members(a, 20000, 20000))[0] == '{');
	arena_free(a);
}

TEST(an_objects_members_are_its_own)
{
	struct arena *a = arena_new();
	const char *many = many_members(a, 100, 100);
	const char *fewer = many_members(a, 40, 40);
	const char *s = arena_printf(a, "[%s,%s,{\"k1\":%s,\"k2\":1},%s,%s,%s]",
	    many, many, many, fewer, fewer, many);

	CHECK(read_as(a, s)[0] == '[');
	arena_free(a);
}

TEST(an_object_that_is_passed_over_keeps_its_bytes)
{
	static const char text[] = "[ {\"a\":[1,{\"b\":\"]\"}]} , 7]";
	struct arena *a = arena_new();
	struct jvalue v;
	struct jscan s;

	jscan_open(&s, a,
	    (struct bytes){ (const unsigned char *)text, sizeof(text) - 1 });
	jscan_value(&s, &v);
	CHECK(jscan_item(&s));
	jscan_value(&s, &v);
	jscan_pass(&s, &v);
	CHECK(slice_is(v.raw, "{\"a\":[1,{\"b\":\"]\"}]}"));
	CHECK(jscan_item(&s));
	jscan_value(&s, &v);
	CHECK(v.kind == J_INT && v.i == 7 && slice_is(v.raw, "7"));
	CHECK(!jscan_item(&s));
	CHECK(jscan_close(&s) == NULL);
	arena_free(a);
}

/* A number of the given state, 1..19 digits of them. */
static uint64_t
some_digits(uint64_t *state)
{
	uint64_t v;

	*state = *state * UINT64_C(6364136223846793005) + 1442695040888963407;
	v = *state ^ *state >> 29;
	return v >> (v >> 58);
}

TEST(a_decimal_is_the_double_that_strtod_finds)
{
	static const uint64_t hard[] = { 1, 9007199254740992, 9007199254740993,
		9007199254740995, 18446744073709551615u, 9223372036854775808u,
		4503599627370497, 7450580596923828125, 123456789012345678 };
	uint64_t state = 42;
	char text[64];
	double d, want;
	size_t i;
	int e;

	for (i = 0; i < 20000; i++)
		for (e = -28; e <= 28; e += i < 9 ? 1 : 5) {
			uint64_t w = i < 9 ? hard[i] : some_digits(&state);

			(void)snprintf(text, sizeof(text), "%llue%d",
			    (unsigned long long)w, e);
			want = strtod(text, NULL);
			if (!decimal_double(&d, w, e))
				CHECK(w != 0 && (e == -28 || e == 28));
			else
				CHECK(memcmp(&d, &want, sizeof(d)) == 0);
		}
}

/* Halves between two doubles: the even one is taken. */
static const struct {
	const char *text, *read;
} ties[] = {
	{ "[9007199254740993.0]", "[r9007199254740992;]" },
	{ "[9007199254740995.0]", "[r9007199254740996;]" },
	{ "[4503599627370496.5]", "[r4503599627370496;]" },
	{ "[4503599627370497.5]", "[r4503599627370498;]" },
	{ "[4503599627370497.501]", "[r4503599627370498;]" },
	{ "[4503599627370496.501]", "[r4503599627370497;]" },
	{ "[18014398509481986e0]", "[r18014398509481984;]" },
	{ "[18014398509481990e0]", "[r18014398509481992;]" },
};

TEST(a_tie_goes_to_the_even_double)
{
	struct arena *a = arena_new();
	size_t i;

	for (i = 0; i < sizeof(ties) / sizeof(*ties); i++)
		CHECK_TEXT(read_as(a, ties[i].text), ties[i].read);
	arena_free(a);
}

TEST(a_table_of_hashes_finds_what_it_was_given)
{
	struct arena *a = arena_new();
	struct hashed t = hash_table(a, 1000);
	size_t i, found, step;
	bool any;

	for (i = 0; i < 1000; i++)
		hash_add(&t, hash_bytes(7, &i, sizeof(i)), i);
	for (i = 0; i < 2000; i++) {
		any = false;
		step = 0;
		while (
		    hash_next(&found, &step, &t, hash_bytes(7, &i, sizeof(i))))
			any = any || found == i;
		CHECK(any == (i < 1000));
	}
	CHECK(hash_bytes(7, "a", 1) != hash_bytes(8, "a", 1));
	CHECK(hash_bytes(7, "a", 1) != hash_bytes(7, "a\0", 2));
	arena_free(a);
}

/* The next file of a tar archive; false at its end. */
static bool
next_file(gzFile tar, char *name, unsigned char **p, size_t *n)
{
	char head[512], length[13] = { 0 };

	for (;;) {
		if (gzread(tar, head, sizeof(head)) != sizeof(head) ||
		    head[0] == 0)
			return false;
		memcpy(length, head + 124, 12);
		(void)snprintf(name, 101, "%.100s", head);
		*n = strtoul(length, NULL, 8);
		*p = calloc(1, *n + 512);
		if (gzread(tar, *p, (unsigned)((*n + 511) / 512 * 512)) < 0)
			return false;
		if (head[156] == '0' || head[156] == 0)
			return true;
		free(*p);
	}
}

/* Needs FLUX_CORPORA, where the public test files are; else it says nothing. */
TEST(the_public_test_suite_is_judged_as_jansson_does)
{
	const char *corpora = getenv("FLUX_CORPORA");
	struct arena *a = arena_new();
	unsigned char *p;
	char path[512], name[101];
	size_t n, files = 0;
	gzFile tar;

	(void)snprintf(path, sizeof(path),
	    "%s/json/JSONTestSuite_parsing.tar.gz",
	    corpora != NULL ? corpora : "");
	tar = corpora != NULL ? gzopen(path, "rb") : NULL;
	while (tar != NULL && next_file(tar, name, &p, &n)) {
		unsigned char *exact = malloc(n + (n == 0));
		const char *why;

		memcpy(exact, p, n);
		why = json_differs(a, (struct bytes){ exact, n });
		if (why != NULL)
			(void)printf("%s: %s\n", name, why);
		CHECK(why == NULL);
		files++;
		free(exact);
		free(p);
	}
	if (tar != NULL) {
		CHECK(files > 300);
		(void)gzclose(tar);
	}
	arena_free(a);
}
