#include "profile/xlsx.h"

#include <stdlib.h>
#include <string.h>

#include "base/jscan.h"
#include "profile/xlsx_part.h"

enum {
	CHUNK = 16 * 1024,
	CELL_MAX = 1000,
	INDEX_MAX = 10,	 /* digits */
	TARGET_MAX = 500 /* of a part's path */
};

/* A workbook being read, one of its parts after the other. */
struct book {
	struct arena *arena;
	struct parts *parts;
	struct buf text; /* of the cell in hand; a byte too long at most */
	bool is_text, is_aside; /* characters count; but not those */
	bool in_row, in_cell;	/* or in a text that cells share */

	struct sheet *sheets;
	const char **ids, **paths; /* one a sheet */
	size_t n;
	struct slice *strings; /* that cells share */
	size_t n_strings;

	/* Of the sheet in hand. */
	struct sheet *now;
	struct buf out;
	size_t written;		   /* of the sheets before it */
	size_t row, column;	   /* written so far, from 0 */
	size_t at;		   /* column of the cell in hand */
	bool is_shared, is_number; /* its value is such a one */
};

/* ---- the workbook ---- */

static void
book_open(void *own, const char *name, const char **attributes)
{
	struct book *b = own;

	if (strcmp(name, "sheet") != 0 || b->n == XLSX_SHEETS_MAX)
		return;
	b->sheets[b->n].name =
	    arena_text(b->arena, part_attribute(attributes, "name"));
	b->ids[b->n++] = arena_text(b->arena, part_attribute(attributes, "id"));
}

/* Where the sheets are: below xl/, or from the root. */
static void
links_open(void *own, const char *name, const char **attributes)
{
	struct book *b = own;
	const char *to = part_attribute(attributes, "Target");
	size_t i;

	if (strcmp(name, "Relationship") != 0)
		return;
	for (i = 0; i < b->n; i++) {
		if (b->paths[i] != NULL ||
		    strcmp(b->ids[i], part_attribute(attributes, "Id")) != 0)
			continue;
		if (strlen(to) > TARGET_MAX)
			part_refuse(b->parts,
			    "The path of a sheet is too long.");
		else if (*to == '/')
			b->paths[i] = arena_text(b->arena, to + 1);
		else
			b->paths[i] = arena_printf(b->arena, "xl/%s", to);
	}
}

/* ---- texts ---- */

/* No more than shows that it is to be cut. */
static void
on_text(void *own, const char *s, size_t n)
{
	struct book *b = own;
	size_t room = CELL_MAX + 1 - b->text.n;

	if (b->is_text && !b->is_aside)
		buf_put(&b->text, s, n < room ? n : room);
}

static void
text_drop(struct book *b)
{
	b->text.n = 0;
	b->text.p[0] = 0;
}

/* <t> is text, but for what says how to read it aloud. */
static void
text_open(struct book *b, const char *name)
{
	if (strcmp(name, "rPh") == 0)
		b->is_aside = true;
	if (strcmp(name, "t") == 0)
		b->is_text = true;
}

static void
text_close(struct book *b, const char *name)
{
	if (strcmp(name, "rPh") == 0)
		b->is_aside = false;
	if (strcmp(name, "t") == 0)
		b->is_text = false;
}

/* Each byte is of one cell or shared text: none is copied twice. */
static void
cell_begin(struct book *b)
{
	if (b->in_cell)
		part_refuse(b->parts,
		    "It has a cell or text inside of another.");
	b->in_cell = true;
	text_drop(b);
}

static void
cell_end(struct book *b)
{
	b->in_cell = false;
	text_drop(b);
}

/* What is very long is cut, between two letters. */
static struct slice
cut(struct slice s)
{
	if (s.n > CELL_MAX)
		for (s.n = CELL_MAX; ((unsigned char)s.p[s.n] & 0xC0) == 0x80;)
			s.n--;
	return s;
}

static void
strings_open(void *own, const char *name, const char **attributes)
{
	struct book *b = own;

	(void)attributes;
	if (strcmp(name, "si") == 0)
		cell_begin(b);
	text_open(b, name);
}

static void
strings_close(void *own, const char *name)
{
	struct book *b = own;
	struct slice s = cut((struct slice){ (char *)b->text.p, b->text.n });

	text_close(b, name);
	if (strcmp(name, "si") != 0)
		return;
	if (b->n_strings == XLSX_STRINGS_MAX) {
		part_refuse(b->parts, "It has too many texts.");
		return;
	}
	b->strings[b->n_strings++] =
	    (struct slice){ arena_copy(b->arena, s.p, s.n), s.n };
	cell_end(b);
}

/* ---- a sheet ---- */

/* "AB12": 27; without letters the one behind the last. */
static size_t
column_of(const struct book *b, const char *ref)
{
	size_t at = 0;

	if (*ref < 'A' || *ref > 'Z')
		return b->column;
	for (; *ref >= 'A' && *ref <= 'Z' && at <= XLSX_COLUMNS_MAX; ref++)
		at = at * 26 + (size_t)(*ref - 'A' + 1);
	return at - 1;
}

/* Down to the row of that number, or to the next one. */
static void
row_begin(struct book *b, const char *number)
{
	size_t row = strtoul(number, NULL, 10);

	if (row == 0)
		row = b->row + 1;
	if (b->in_row)
		part_refuse(b->parts, "It has a row inside of another.");
	b->in_row = true;
	if (row > XLSX_ROWS_MAX || b->written + b->out.n > XLSX_TEXT_MAX)
		b->now->is_cut = true;
	if (b->now->is_cut)
		return;
	if (row <= b->row)
		part_refuse(b->parts,
		    arena_printf(b->arena, "Its row %zu is behind row %zu.",
			row, b->row));
	for (; b->row < row; b->row++)
		if (b->row > 0)
			buf_byte(&b->out, '\n');
	b->column = 0;
}

static void
sheet_open(void *own, const char *name, const char **attributes)
{
	struct book *b = own;
	const char *kind = part_attribute(attributes, "t");

	text_open(b, name);
	if (strcmp(name, "row") == 0)
		row_begin(b, part_attribute(attributes, "r"));
	if (strcmp(name, "c") == 0) {
		if (!b->in_row)
			part_refuse(b->parts,
			    "It has a cell outside of its row.");
		cell_begin(b);
		b->at = column_of(b, part_attribute(attributes, "r"));
		b->is_shared = strcmp(kind, "s") == 0;
		b->is_number = *kind == 0 || strcmp(kind, "n") == 0;
	}
	if (strcmp(name, "v") == 0)
		b->is_text = true;
}

/* A number as one would type it: it may be there with 17 digits. */
static void
number_trim(struct buf *text)
{
	char *end;
	double v = strtod((const char *)text->p, &end);

	if (text->n == 0 || *end != 0)
		return;
	text->n = 0;
	buf_printf(text, "%.15g", v);
}

/* What the cell says: a shared text, a number, or as it stands. */
static struct slice
cell_text(struct book *b)
{
	static const struct slice nothing = { "", 0 };
	const char *s = (const char *)b->text.p;
	size_t i, n = b->text.n;

	if (b->is_number)
		number_trim(&b->text);
	if (!b->is_shared)
		return (struct slice){ (char *)b->text.p, b->text.n };
	if (n == 0 || n > INDEX_MAX || strspn(s, "0123456789") < n)
		return nothing;
	i = strtoul(s, NULL, 10);
	return i < b->n_strings ? b->strings[i] : nothing;
}

/* One line, in quotes when it has some. */
static void
cell_put(struct book *b, struct slice s)
{
	bool quoted = s.n > 0 && memchr(s.p, '"', s.n) != NULL;
	size_t i;

	s = cut(s);
	for (; b->column <= b->at; b->column++)
		if (b->column > 0)
			buf_byte(&b->out, '\t');
	if (quoted)
		buf_byte(&b->out, '"');
	for (i = 0; i < s.n; i++) {
		if (s.p[i] == '"')
			buf_byte(&b->out, '"');
		buf_byte(&b->out,
		    (unsigned char)s.p[i] < ' ' ? ' ' : (unsigned char)s.p[i]);
	}
	if (quoted)
		buf_byte(&b->out, '"');
}

static void
sheet_close(void *own, const char *name)
{
	struct book *b = own;
	struct slice s;

	text_close(b, name);
	if (strcmp(name, "v") == 0)
		b->is_text = false;
	if (strcmp(name, "row") == 0) {
		b->now->rows += b->column > 0;
		b->in_row = false;
	}
	if (strcmp(name, "c") != 0)
		return;
	if (!b->now->is_cut && b->at < XLSX_COLUMNS_MAX && b->at >= b->column &&
	    (s = cell_text(b)).n > 0)
		cell_put(b, s);
	cell_end(b);
}

static struct err *
sheet_read(struct book *b, size_t i)
{
	static const struct part_walk walk = { sheet_open, sheet_close, on_text,
		false };
	struct err *e;

	b->now = &b->sheets[i];
	b->out = buf_new(b->arena, CHUNK);
	b->row = b->column = 0;
	b->is_text = b->is_aside = b->in_row = b->in_cell = false;
	if (b->paths[i] == NULL)
		return NULL;
	if ((e = part_read(b->parts, b->paths[i], &walk, b)) != NULL)
		return err_pass(e);
	b->now->text = (struct bytes){ b->out.p, b->out.n };
	b->written += b->out.n;
	return NULL;
}

/* ---- all of it ---- */

bool
xlsx_is(struct bytes file)
{
	return file.n > 4 && memcmp(file.p, "PK\3\4", 4) == 0;
}

struct err *
xlsx_sheets(struct sheet **v, size_t *n, struct arena *a, struct bytes file)
{
	static const struct part_walk book = { book_open, NULL, NULL, false },
				      links = { links_open, NULL, NULL, false },
				      strings = { strings_open, strings_close,
					      on_text, true };
	struct book b = { .arena = a, .text = buf_new(a, CELL_MAX + 1) };
	struct err *e;
	size_t i;

	b.sheets = arena_array(a, XLSX_SHEETS_MAX, sizeof(*b.sheets));
	b.ids = arena_array(a, XLSX_SHEETS_MAX, sizeof(*b.ids));
	b.paths = arena_array(a, XLSX_SHEETS_MAX, sizeof(*b.paths));
	b.strings = arena_array(a, XLSX_STRINGS_MAX, sizeof(*b.strings));
	if ((e = parts_open(&b.parts, a, file)) != NULL ||
	    (e = part_read(b.parts, "xl/workbook.xml", &book, &b)) != NULL ||
	    (e = part_read(b.parts, "xl/_rels/workbook.xml.rels", &links,
		 &b)) != NULL ||
	    (e = part_read(b.parts, "xl/sharedStrings.xml", &strings, &b)) !=
		NULL)
		return err_pass(e);
	if (b.n == 0)
		return err_raise(ERR_INPUT, XLSX_DAMAGED, "it has no sheet");
	for (i = 0; i < b.n; i++)
		if ((e = sheet_read(&b, i)) != NULL)
			return err_pass(e);
	*v = b.sheets;
	*n = b.n;
	return NULL;
}

struct err *
xlsx_sheet(struct bytes *text, struct arena *a, struct bytes file,
    const char *name)
{
	struct sheet *v;
	struct err *e;
	size_t i, n;

	if ((e = xlsx_sheets(&v, &n, a, file)) != NULL)
		return err_pass(e);
	for (i = 0; i < n; i++) {
		*text = v[i].text;
		if (name != NULL ? strcmp(v[i].name, name) == 0 : v[i].rows > 0)
			return NULL;
	}
	return err_raise(ERR_INPUT,
	    name != NULL ? "The spreadsheet has no such sheet."
			 : "The spreadsheet is empty.",
	    "%s", name != NULL ? name : "no rows");
}
