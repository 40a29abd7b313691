/*
 * xlsx_fuzz.c - whatever a sheet and the texts that it shares are made of, it
 * is refused or read; what was read is within its bounds.
 *
 * The input is the sheet, a NUL, and the shared texts.
 */
#include <string.h>

#include "fuzz.h"
#include "profile/xlsx.h"
#include "tests/unit/book.h"

static void
seed(int number, const char *sheet, const char *strings)
{
	struct arena *a = arena_new();
	struct buf b = buf_new(a, 1024);

	buf_put(&b, sheet, strlen(sheet) + 1);
	buf_text(&b, strings);
	seed_write(number, b.p, b.n);
	arena_free(a);
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	seed(0,
	    "<s><row r='2'><c r='B2' t='s'><v>0</v></c><c><v>1.50</v></c>"
	    "<c t='inlineStr'><is><t>\"</t></is></c></row><row/></s>",
	    "<s><si><r><t>a</t></r><rPh><t>b</t></rPh></si></s>");
	seed(1,
	    "<s><row><c t='s'><v>0<c t='s'><v>777777777777</v></c></v></c>"
	    "</row></s>",
	    "<s><si><t>a</t></si></s>");
	seed(2, "<s><row r='9'/><row r='2'/><c/></s>",
	    "<s><si><si><t>a</t></si></si></s>");
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct arena *a = arena_new();
	size_t k = strnlen((const char *)p, n), i, rows = 1;
	struct bytes sheet = { p, k }, strings = { NULL, 0 }, file;
	struct sheet *v;

	if (k < n)
		strings = (struct bytes){ p + k + 1, n - k - 1 };
	file = book_of(a, sheet, strings, false);
	if (xlsx_sheets(&v, &n, a, file) == NULL) {
		CLAIM(n == 1 && memchr(v->text.p, 0, v->text.n) == NULL);
		for (i = 0; i < v->text.n; i++)
			rows += v->text.p[i] == '\n';
		CLAIM(rows <= XLSX_ROWS_MAX);
		/* The row at the bound is the last one, each quote twice. */
		CLAIM(v->text.n < XLSX_TEXT_MAX + XLSX_COLUMNS_MAX * 2005);
	}
	arena_free(a);
	return 0;
}
