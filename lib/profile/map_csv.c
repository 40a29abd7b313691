/*
 * map_csv.c - eight columns: key, name, register, address, type, order, scale,
 * unit.  A first row of such words says which column is which, otherwise they
 * stand in this order; what the end of a row lacks is as usual.
 */
#include <string.h>
#include <strings.h>

#include "intake/csv.h"
#include "profile/draft.h"

enum { KEY, NAME, REGISTER, ADDRESS, TYPE, ORDER, SCALE, UNIT, COLUMNS };

enum { NOWHERE = -1, LENGTH_MAX = 1000 };

static const struct {
	const char *name[5];
} columns[COLUMNS] = {
	/* clang-format off */
	[KEY]      = { { "key", "tag", "id" } },
	[NAME]     = { { "name", "description", "parameter", "label" } },
	[REGISTER] = { { "register", "kind", "register kind", "table",
	    "function" } },
	[ADDRESS]  = { { "address", "offset", "register address", "reg",
	    "register number" } },
	[TYPE]     = { { "type", "data type", "format", "datatype" } },
	[ORDER]    = { { "order", "byte order", "word order", "byteorder" } },
	[SCALE]    = { { "scale", "factor", "multiplier", "scaling" } },
	[UNIT]     = { { "unit", "units" } },
	/* clang-format on */
};

/* The kinds of register, by the words and the functions for them. */
static const struct {
	const char *word, *reg;
} kinds[] = {
	/* clang-format off */
	{ "holding", "holding" }, { "hr", "holding" }, { "3", "holding" },
	{ "03", "holding" }, { "4x", "holding" },
	{ "holding register", "holding" },
	{ "input", "input" }, { "ir", "input" }, { "4", "input" },
	{ "04", "input" }, { "3x", "input" }, { "input register", "input" },
	{ "coil", "coil" }, { "1", "coil" }, { "01", "coil" }, { "0x", "coil" },
	{ "discrete", "discrete" }, { "2", "discrete" }, { "02", "discrete" },
	{ "1x", "discrete" }, { "discrete input", "discrete" },
	/* clang-format on */
};

static const struct {
	const char *word, *order;
} orders[] = {
	/* clang-format off */
	{ "ABCD", "ABCD" }, { "AB", "ABCD" }, { "big", "ABCD" },
	{ "1234", "ABCD" }, { "CDAB", "CDAB" }, { "3412", "CDAB" },
	{ "swapped", "CDAB" }, { "BADC", "BADC" }, { "BA", "BADC" },
	{ "2143", "BADC" }, { "DCBA", "DCBA" }, { "little", "DCBA" },
	{ "4321", "DCBA" },
	/* clang-format on */
};

/* Which cell is which column; -1: there is none. */
struct layout {
	int at[COLUMNS];
};

static const char *
cell(struct draft *d, const struct layout *l, const struct csv_row *row, int i)
{
	struct slice s;

	if (l->at[i] < 0 || (size_t)l->at[i] >= row->n)
		return "";
	s = csv_trim(row->cell[l->at[i]]);
	return arena_copy(d->arena, s.p, s.n);
}

static int
column_of(const char *word)
{
	int i, k;

	for (i = 0; i < COLUMNS; i++)
		for (k = 0; k < 5 && columns[i].name[k] != NULL; k++)
			if (strcasecmp(columns[i].name[k], word) == 0)
				return i;
	return NOWHERE;
}

/* Is the row a heading?  Then it says where the columns are. */
static bool
layout_read(struct layout *l, struct draft *d, const struct csv_row *row)
{
	struct layout named;
	size_t i;
	int c;

	for (c = 0; c < COLUMNS; c++) {
		named.at[c] = NOWHERE;
		l->at[c] = c;
	}
	for (i = 0; i < row->n; i++) {
		struct slice s = csv_trim(row->cell[i]);

		c = column_of(arena_copy(d->arena, s.p, s.n));
		if (c >= 0 && named.at[c] < 0)
			named.at[c] = (int)i;
	}
	if (named.at[ADDRESS] < 0 || named.at[TYPE] < 0)
		return false;
	*l = named;
	return true;
}

/* "0.1", "1/10", "/10", "x10", "*0.1"; empty: 1. */
static bool
scale_of(double *out, const char *s)
{
	const char *slash = strchr(s, '/');
	char first[32] = "1";
	double over = 1;

	*out = 1;
	if (*s == 0)
		return true;
	if (*s == 'x' || *s == '*' || *s == 'X')
		s++;
	if (slash == NULL)
		return draft_number(out, s) && *out != 0;
	if (slash > s && (size_t)(slash - s) < sizeof(first)) {
		memcpy(first, s, (size_t)(slash - s));
		first[slash - s] = 0;
	}
	if (!draft_number(out, first) || !draft_number(&over, slash + 1) ||
	    over == 0)
		return false;
	*out /= over;
	return *out != 0;
}

static const char *
kind_of(const char *word)
{
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (strcasecmp(kinds[i].word, word) == 0)
			return kinds[i].reg;
	return NULL;
}

static const char *
order_of(const char *word)
{
	size_t i;

	for (i = 0; i < sizeof(orders) / sizeof(*orders); i++)
		if (strcasecmp(orders[i].word, word) == 0)
			return orders[i].order;
	return NULL;
}

/* "string[8]" and "string 8": how many registers; 0: it is not said. */
static const char *
type_of(double *length, struct draft *d, const char *word)
{
	const char *type = draft_type(word);
	char *name = arena_text(d->arena, word), *number;

	*length = 0;
	if (type != NULL)
		return type;
	number = name + strcspn(name, "[( ");
	if (*number == 0)
		return NULL;
	*number++ = 0;
	number[strcspn(number, "])")] = 0;
	return draft_number(length, number) && *length >= 0 &&
		       *length <= LENGTH_MAX
		   ? draft_type(name)
		   : NULL;
}

/* What a row says, or why it is not taken; NULL: it is. */
static const char *
row_read(struct draft *d, const struct layout *l, const struct csv_row *row)
{
	const char *kind = cell(d, l, row, REGISTER), *reg = kind_of(kind);
	const char *order = cell(d, l, row, ORDER), *key = cell(d, l, row, KEY);
	const char *name = cell(d, l, row, NAME), *type;
	double address, scale, length;
	json_t *o;

	if (*kind != 0 && reg == NULL)
		return "its kind of register is not known";
	if (!draft_number(&address, cell(d, l, row, ADDRESS)) || address < 0 ||
	    address > 465536)
		return "its address is no number";
	if ((type = type_of(&length, d, cell(d, l, row, TYPE))) == NULL)
		return "its type is not known";
	if (*order != 0 && order_of(order) == NULL)
		return "its order is not known";
	if (!scale_of(&scale, cell(d, l, row, SCALE)))
		return "its scale is no number";
	if (reg == NULL && strcmp(type, "BIT") == 0 &&
	    d->ask->addressing == NULL)
		reg = "coil";
	o = draft_point(d, *key != 0 ? key : name, reg, (int)address, type);
	draft_text(o, "name", name);
	draft_text(o, "byte_order", order_of(order));
	if (strcmp(type, "STRING") == 0) {
		(void)json_object_set_new(o, "length",
		    json_integer((int)length));
		return NULL;
	}
	if (*cell(d, l, row, SCALE) != 0)
		draft_scale(o, scale);
	draft_unit(d, o, cell(d, l, row, UNIT));
	return NULL;
}

struct err *
map_csv(struct draft *d)
{
	const char *why, *key;
	struct csv_row row;
	struct layout l;
	struct csv csv;
	struct err *e;
	bool first = true, heading;

	if ((e = csv_open(&csv, d->arena, d->ask->file, 0)) != NULL)
		return err_pass(e);
	draft_name(d, NULL, NULL, NULL);
	while (csv_next(&row, &csv)) {
		d->line = row.line;
		if (row.cell[0].n > 0 && row.cell[0].p[0] == '#')
			continue;
		heading = first && layout_read(&l, d, &row);
		first = false;
		if (heading)
			continue;
		key = cell(d, &l, &row, l.at[KEY] >= 0 ? KEY : NAME);
		why = row.is_broken ? "a quote is not closed"
				    : row_read(d, &l, &row);
		if (why != NULL)
			draft_note(d, key, why);
	}
	return NULL;
}
