/*
 * map_teltonika.c - the requests of a Teltonika router's Modbus client, as a
 * table with a heading: name, data_type, function, first_reg, reg_count.
 * Registers count from 1 there.
 */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "intake/csv.h"
#include "profile/draft.h"

enum { NAME, TYPE, FUNCTION, FIRST, COUNT, COLUMNS };

enum { BITS_MAX = 64 };

static const char *const headings[COLUMNS][4] = {
	/* clang-format off */
	[NAME]     = { "name", "request name" },
	[TYPE]     = { "data_type", "data type", "type" },
	[FUNCTION] = { "function" },
	[FIRST]    = { "first_reg", "first register", "first register number",
	    "register" },
	[COUNT]    = { "reg_count", "register count", "values", "count" },
	/* clang-format on */
};

static const struct {
	const char *word, *order;
} orders[] = {
	/* clang-format off */
	{ "1234", "ABCD" }, { "12345678", "ABCD" }, { "hi_first", "ABCD" },
	{ "hi first", "ABCD" }, { "high byte first", "ABCD" },
	{ "4321", "DCBA" }, { "87654321", "DCBA" },
	{ "2143", "BADC" }, { "21436587", "BADC" }, { "low_first", "BADC" },
	{ "low first", "BADC" }, { "low byte first", "BADC" },
	{ "3412", "CDAB" }, { "78563412", "CDAB" },
	/* clang-format on */
};

/* A column's cell; "" when the heading or the row has none. */
static const char *
cell(struct draft *d, const int *at, const struct csv_row *row, int i)
{
	struct slice s;

	if (at[i] < 0 || (size_t)at[i] >= row->n)
		return "";
	s = csv_trim(row->cell[at[i]]);
	return arena_copy(d->arena, s.p, s.n);
}

static void
heading_read(int *at, struct draft *d, const struct csv_row *row)
{
	const char *word;
	size_t i;
	int c, k;

	for (c = 0; c < COLUMNS; c++)
		at[c] = -1;
	for (i = 0; i < row->n; i++) {
		struct slice s = csv_trim(row->cell[i]);

		word = arena_copy(d->arena, s.p, s.n);
		for (c = 0; c < COLUMNS; c++)
			for (k = 0; k < 4 && headings[c][k] != NULL; k++)
				if (at[c] < 0 &&
				    strcasecmp(headings[c][k], word) == 0)
					at[c] = (int)i;
	}
}

/* "32bit_float3412": bits, kind, order; NULL: it is none of numbers. */
static const char *
type_of(struct draft *d, const char **order, const char *s)
{
	int bits = 0;
	size_t i;
	const char *kind;

	*order = NULL;
	for (; isdigit((unsigned char)*s); s++)
		if (bits <= BITS_MAX)
			bits = bits * 10 + (*s - '0');
	kind = strcasestr(s, "uint") != NULL	? "UINT"
	       : strcasestr(s, "int") != NULL	? "INT"
	       : strcasestr(s, "float") != NULL ? "FLOAT"
						: NULL;
	if (kind == NULL || bits == 0)
		return NULL;
	for (i = 0; i < sizeof(orders) / sizeof(*orders); i++)
		if (strcasestr(s, orders[i].word) != NULL &&
		    (bits == 64) == (strlen(orders[i].word) == 8))
			*order = orders[i].order;
	if (bits == 8)
		return draft_type(arena_printf(d->arena, "%s8L", kind));
	return draft_type(arena_printf(d->arena, "%s%d", kind, bits));
}

/* "3", "Read holding registers (3)": the number in it; 0: none to read by. */
static const char *
register_of(const char *function)
{
	static const char *const regs[] = { NULL, "coil", "discrete", "holding",
		"input" };
	size_t at = strcspn(function, "0123456789");
	int f = function[at] != 0 ? function[at] - '0' : 0;

	if (isdigit((unsigned char)function[at]) &&
	    isdigit((unsigned char)function[at + 1]))
		return NULL;
	return f >= 1 && f <= 4 ? regs[f] : NULL;
}

/* One request is as many values as its registers hold. */
static void
values_put(struct draft *d, const char *name, const char *reg, int first,
    int count, const char *type, const char *order)
{
	int words = draft_words(type), n = count / words, i;
	json_t *o;

	for (i = 0; i < (n > 0 ? n : 1); i++) {
		o = draft_point(d,
		    n > 1 ? arena_printf(d->arena, "%s.%d", name, i + 1) : name,
		    reg, first + i * words, type);
		draft_text(o, "name", name);
		draft_text(o, "byte_order", order);
		if (strcmp(type, "BIT") == 0)
			draft_text(o, "kind", "state");
	}
}

/* Why the row is not taken; NULL: it is. */
static const char *
row_read(struct draft *d, const int *at, const struct csv_row *row)
{
	const char *name = cell(d, at, row, NAME), *order, *type;
	const char *reg = register_of(cell(d, at, row, FUNCTION));
	const char *kind = cell(d, at, row, TYPE);
	double first, count = 1;
	json_t *o;

	if (reg == NULL)
		return "its function reads no registers";
	if (!draft_number(&first, cell(d, at, row, FIRST)) || first < 1 ||
	    first > 65536)
		return "its first register is none";
	if (*cell(d, at, row, COUNT) != 0 &&
	    (!draft_number(&count, cell(d, at, row, COUNT)) || count < 1 ||
		count > 125))
		return "its count of registers is none";
	if (strcasecmp(kind, "ascii") == 0) {
		o = draft_point(d, name, reg, (int)first - 1, "STRING");
		(void)json_object_set_new(o, "length",
		    json_integer((int)count));
		return NULL;
	}
	type = strcasecmp(kind, "bool") == 0 || *reg == 'c' || *reg == 'd'
		   ? "BIT"
		   : type_of(d, &order, kind);
	if (type == NULL)
		return "its data type is no number of ours";
	if (strcmp(type, "BIT") == 0)
		order = NULL;
	values_put(d, name, reg, (int)first - 1, (int)count, type, order);
	return NULL;
}

struct err *
map_teltonika(struct draft *d)
{
	struct csv_row row;
	struct csv csv;
	const char *why;
	struct err *e;
	int at[COLUMNS];

	if ((e = csv_open(&csv, d->arena, d->ask->file, 0)) != NULL)
		return err_pass(e);
	draft_name(d, NULL, NULL, NULL);
	if (!csv_next(&row, &csv))
		return draft_wrong(d, "it is empty");
	d->line = row.line;
	heading_read(at, d, &row);
	if (at[NAME] < 0 || at[TYPE] < 0 || at[FUNCTION] < 0 || at[FIRST] < 0)
		return draft_wrong(d,
		    "the heading wants name, data_type, function, first_reg");
	while (csv_next(&row, &csv)) {
		d->line = row.line;
		if ((why = row_read(d, at, &row)) != NULL)
			draft_note(d, cell(d, at, &row, NAME), why);
	}
	return NULL;
}
