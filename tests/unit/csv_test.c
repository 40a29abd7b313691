/*
 * csv_test.c - files as they are met, and the rows they are.
 */
#include "intake/csv.h"

#include <zlib.h>

#include "check.h"

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

static struct bytes
bytes(const char *s)
{
	return (struct bytes){ (const unsigned char *)s, strlen(s) };
}

/* A file, its separator, and its cells: '|' between them, '/' behind a row. */
static const struct {
	const char *file;
	char separator;
	const char *cells;
} files[] = {
	/* clang-format off */
	{ "a,b,c\n1,2,3\n", ',', "a|b|c/1|2|3/" },
	{ "a;b\r\n1;2,5\r\n", ';', "a|b/1|2,5/" },
	{ "a\tb\r1\t2", '\t', "a|b/1|2/" },
	{ "a|b\n1|2\n", '|', "a|b/1|2/" },
	{ "  1.5  2.5\n 3   4 \n", ' ', "1.5|2.5/3|4/" },
	{ "\xef\xbb\xbf""a,b\n1,2", ',', "a|b/1|2/" },
	{ "a,b\n\n\r\n1,\n,2\n", ',', "a|b/1|/|2/" },
	{ "a,b\n\"1,2\",\"say \"\"hi\"\"\"\n", ',', "a|b/1,2|say \"hi\"/" },
	{ "a,b\r\n\"1\r\n2\",3\r\n", ',', "a|b/1\r\n2|3/" },
	{ "one\ntwo\n", ',', "one/two/" },
	{ "h 1,h 2,\n1, 2,\n", ',', "h 1|h 2|/1| 2|/" },
	{ "t;v\n2020-01-01 00:00:00;1\n2020-01-01 00:00:01;2\n", ';',
	    "t|v/2020-01-01 00:00:00|1/2020-01-01 00:00:01|2/" },
	{ "a,b\n1,\"\"\n\"\",2\n", ',', "a|b/1|/|2/" },
	{ "[{\"t\":1,\"v\":2.50},{\"v\":\"x\\ny\",\"u\":true}]", CSV_JSON,
	    "t|v|u/1|2.50|/|x\ny|true/" },
	{ "{\"_meta\":{\"a\":[{\"z\":1}]},\"_items\":[{\"k\":1},{\"k\":null}]}",
	    CSV_JSON, "k/1//" },
	{ "{\"v\":[{\"s\":[{\"p\":[{\"d\":1,\"q\":[\"P\"]},{\"d\":2}]}]}]}",
	    CSV_JSON, "d|q/1|/2|/" },
	{ "", ',', "" },
	/* clang-format on */
};

static const char *
cells(struct arena *a, struct csv *c)
{
	struct buf b = buf_new(a, 256);
	struct csv_row r;
	size_t i;

	while (csv_next(&r, c)) {
		for (i = 0; i < r.n; i++) {
			buf_text(&b, i > 0 ? "|" : "");
			buf_put(&b, r.cell[i].p, r.cell[i].n);
		}
		buf_byte(&b, '/');
	}
	return (const char *)b.p;
}

TEST(a_file_is_its_rows)
{
	struct arena *a = arena_new();
	size_t i;

	for (i = 0; i < COUNT(files); i++) {
		struct csv c;

		CHECK(csv_open(&c, a, bytes(files[i].file), 0) == NULL);
		CHECK(c.separator == files[i].separator);
		CHECK_TEXT(cells(a, &c), files[i].cells);
		csv_rewind(&c);
		CHECK_TEXT(cells(a, &c), files[i].cells);
	}
	arena_free(a);
}

TEST(rows_know_their_lines)
{
	static const size_t lines[] = { 1, 3, 6, 7 };
	struct arena *a = arena_new();
	struct csv_row r;
	struct csv c;
	size_t i;

	CHECK(csv_open(&c, a, bytes("a,b\n\n1,\"x\ny\r\nz\"\n2,3\r\n4,\"open"),
		  0) == NULL);
	for (i = 0; i < COUNT(lines); i++) {
		CHECK(csv_next(&r, &c));
		CHECK(r.line == lines[i]);
		CHECK(r.is_broken == (i == 3));
	}
	CHECK(!csv_next(&r, &c));
	arena_free(a);
}

TEST(what_is_no_text_is_refused)
{
	static const char *const bad[] = { "a,b\n\xff\xfe,1\n",
		"\xff\xfe"
		"a,b",
		"a\xc3,b\n", "{\"a\": 1", "[1, 2]", "{}",
		"{\"a\": {\"b\": 1}}" };
	struct arena *a = arena_new();
	struct csv c;
	size_t i;

	for (i = 0; i < COUNT(bad); i++)
		CHECK(csv_open(&c, a, bytes(bad[i]), 0) != NULL);
	CHECK(csv_open(&c, a, (struct bytes){ (const void *)"a\0b", 3 }, 0) !=
	      NULL);
	arena_free(a);
}

/* n bytes of this, gzipped. */
static struct bytes
zip(struct arena *a, const void *p, size_t n)
{
	unsigned char *out = arena_alloc(a, n + 1024);
	z_stream z = { .next_in = (unsigned char *)(uintptr_t)p,
		.avail_in = (uInt)n,
		.next_out = out,
		.avail_out = (uInt)(n + 1024) };

	CHECK(deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY) ==
	      Z_OK);
	CHECK(deflate(&z, Z_FINISH) == Z_STREAM_END);
	(void)deflateEnd(&z);
	return (struct bytes){ out, n + 1024 - z.avail_out };
}

TEST(a_gzip_is_unpacked_and_a_bomb_stops_at_100_to_1)
{
	struct arena *a = arena_new();
	size_t n = 8 * 1024 * 1024;
	char *zeros = arena_alloc(a, n);
	struct bytes z = zip(a, "a,b\n1,2\n", 8);
	struct err *e;
	struct csv c;

	CHECK(csv_open(&c, a, z, 0) == NULL);
	CHECK_TEXT(cells(a, &c), "a|b/1|2/");
	CHECK(csv_open(&c, a, (struct bytes){ z.p, z.n - 9 }, 0) != NULL);
	memset(zeros, ',', n);
	e = csv_open(&c, a, zip(a, zeros, n), 0);
	CHECK(e != NULL && e->kind == ERR_TOO_BIG);
	arena_free(a);
}
