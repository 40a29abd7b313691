/* Spreadsheets: what cells say, and nothing of a file that means harm. */
#include <string.h>
#include <sys/resource.h>

#include "arena.h"
#include "book.h"
#include "check.h"
#include "profile/xlsx.h"

static const struct bytes none = { NULL, 0 };

static struct bytes
packed(struct bytes sheet, struct bytes strings)
{
	return book_of(arena, sheet, strings, true);
}

/* The text of the only sheet, or why it is refused. */
static const char *
read_of(struct bytes file)
{
	struct sheet *v;
	struct err *e;
	size_t n;

	if ((e = xlsx_sheets(&v, &n, arena, file)) != NULL)
		return arena_printf(arena, "%s (%s)", e->say, e->why);
	CHECK(n == 1);
	return arena_copy(arena, v->text.p, v->text.n);
}

static const char *
sheet_of(const char *xml)
{
	return read_of(packed(book_text(xml), none));
}

/* head, then a text so many times, n bytes of '7', another text, tail. */
static struct bytes
swollen(const char *head, const char *open, size_t times, size_t n,
    const char *close, const char *tail)
{
	struct buf b = buf_new(arena, n + 64 * 1024);
	size_t i;

	buf_text(&b, head);
	for (i = 0; i < times; i++)
		buf_text(&b, open);
	memset(buf_room(&b, n), '7', n);
	b.n += n;
	for (i = 0; i < times; i++)
		buf_text(&b, close);
	buf_text(&b, tail);
	return (struct bytes){ b.p, b.n };
}

/* Memory that there ever was, in MB. */
static long
peak(void)
{
	struct rusage u;

	(void)getrusage(RUSAGE_SELF, &u);
	return u.ru_maxrss / 1024;
}

TEST(a_file_that_nests_takes_no_more_memory_than_its_text)
{
	enum { MEGA = 1024 * 1024, TIMES = 300 };
	const struct bytes few = book_text("<s><si><t>a</t></si></s>");
	const struct bytes v[] = {
		packed(swollen("<s><row>", "<c t='s'><v>", TIMES, MEGA,
			   "</v></c>", "</row></s>"),
		    few),
		packed(swollen("<s><row>", "<c><v>", TIMES, MEGA, "</v></c>",
			   "</row></s>"),
		    none),
		packed(book_text("<s/>"), swollen("<s>", "<si><t>", TIMES, MEGA,
					      "</t></si>", "</s>")),
	};
	long before = peak();
	size_t i;

	for (i = 0; i < sizeof(v) / sizeof(*v); i++)
		CHECK(strstr(read_of(v[i]), "inside of another") != NULL);
	CHECK(peak() - before < 100);
}

TEST(what_is_not_text_of_a_cell_is_not_kept)
{
	const struct bytes few = book_text("<s><si><t>a</t></si></s>");
	struct bytes sheet = swollen("<s><row><c t='s'><v>", "", 0, 4000000, "",
	    "</v></c><c t='s'/><c t='s'><v>0</v></c></row></s>");

	CHECK_TEXT(read_of(packed(sheet, few)), "a");
}

TEST(a_shared_text_is_cut_like_any_other)
{
	struct bytes sheet = book_text(
	    "<s><row><c t='s'><v>0</v></c><c t='s'><v>1</v></c></row></s>");
	struct bytes strings = swollen("<s><si><t>", "", 0, 4000000, "",
	    "</t></si><si><t>b</t></si></s>");
	const char *s = read_of(packed(sheet, strings));

	CHECK(strlen(s) == 1002 && strspn(s, "7") == 1000);
	CHECK_TEXT(s + 1000, "\tb");
}

TEST(a_cut_falls_between_letters)
{
	struct bytes sheet = swollen("<s><row><c t='inlineStr'><is><t>", "", 0,
	    999, "", "\xc3\xa4rger</t></is></c></row></s>");

	CHECK(strlen(read_of(packed(sheet, none))) == 999);
}

TEST(a_sheet_is_its_cells)
{
	static const char *const v[][2] = {
		{ "<s/>", "" },
		{ "<s><row/><row><c><v>1</v></c></row></s>", "\n1" },
		{ "<s><row r='2'><c r='B2'><v>2.50</v></c></row>"
		  "<row r='4'><c r='A4' t='str'><v>x</v></c></row></s>",
		    "\n\t2.5\n\nx" },
		{ "<s><row><c><v>0.30000000000000004</v></c></row></s>",
		    "0.3" },
		{ "<s><row><c t='str'><v>a</v></c><c/><c/></row></s>", "a" },
		/* An index that is none, or beyond. */
		{ "<s><row><c t='s'><v>0</v></c></row></s>", "" },
		{ "<s><row><c t='s'><v>18446744073709551616</v></c></row></s>",
		    "" },
		/* Where a button stands is no row of the sheet's. */
		{ "<s><sheetData><row r='7'/></sheetData>"
		  "<from><col>1</col><row>3</row></from></s>",
		    "\n\n\n\n\n\n\n" },
	};
	size_t i;

	for (i = 0; i < sizeof(v) / sizeof(*v); i++)
		CHECK_TEXT(sheet_of(v[i][0]), v[i][1]);
}

TEST(what_would_be_glued_together_is_refused)
{
	static const char *const v[][2] = {
		{ "<s><row r='2'><c><v>1</v></c></row>"
		  "<row r='1'><c><v>2</v></c></row></s>",
		    "row 1 is behind row 2" },
		{ "<s><row r='2'/><row r='2'/></s>", "row 2 is behind row 2" },
		{ "<s><row><row/></row></s>", "a row inside of another" },
		{ "<s><c><v>1</v></c><row/></s>", "a cell outside of its row" },
		{ "<s><row><c><c/></c></row></s>", "inside of another" },
	};
	size_t i;

	for (i = 0; i < sizeof(v) / sizeof(*v); i++)
		CHECK(strstr(sheet_of(v[i][0]), v[i][1]) != NULL);
}

TEST(what_nests_too_deep_is_refused)
{
	CHECK(
	    strstr(read_of(packed(swollen("<s>", "<a>", 99, 0, "</a>", "</s>"),
		       none)),
		"damaged") == NULL);
	CHECK(
	    strstr(read_of(packed(swollen("<s>", "<a>", 100, 0, "</a>", "</s>"),
		       none)),
		"too deep") != NULL);
}

TEST(a_sheet_that_is_not_there_is_not_an_empty_one)
{
	CHECK(strstr(read_of(packed(none, none)), "damaged") != NULL);
}

/* Says of the part that it is packed in a way that there is none of. */
static void
lock(unsigned char *p, size_t n, const char *path)
{
	size_t i, k = strlen(path);

	for (i = 46; i + k <= n; i++)
		if (memcmp(p + i, path, k) == 0 &&
		    memcmp(p + i - 46, "PK\1\2", 4) == 0)
			p[i - 36] = 77;
}

TEST(a_part_that_cannot_be_opened_is_refused)
{
	static const char *const v[] = { BOOK_LIST, BOOK_LINKS, BOOK_STRINGS,
		BOOK_SHEET };
	size_t i;

	for (i = 0; i < sizeof(v) / sizeof(*v); i++) {
		struct bytes file =
		    packed(book_text("<s><row><c><v>1</v></c></row></s>"),
			book_text("<s><si><t>a</t></si></s>"));
		unsigned char *p =
		    (unsigned char *)arena_copy(arena, file.p, file.n);

		CHECK_TEXT(read_of(file), "1");
		lock(p, file.n, v[i]);
		CHECK(
		    strstr(read_of((struct bytes){ p, file.n }), v[i]) != NULL);
	}
}

TEST(a_long_way_to_many_sheets_is_refused)
{
	struct bytes links = swollen("<r><Relationship Id='1' Target='", "", 0,
	    1000000, "", "'/></r>");
	const struct book_part v[] = {
		{ BOOK_LIST, book_text("<w><sheet name='S' id='1'/></w>") },
		{ BOOK_LINKS, links },
	};

	CHECK(strstr(read_of(book_zip(arena, v, 2, true)), "too long") != NULL);
}
