#include "intake/csv_look.h"

#include <math.h>
#include <stdlib.h>
#include <strings.h>

#include "base/dates.h"
#include "base/member.h"
#include "base/utf8.h"

enum { NUMBER_MAX = 64, SHOWN_MAX = 60 };

bool
cell_is_missing(struct slice s)
{
	static const char *const words[] = { "", "na", "n/a", "null", "nan",
		"-", "none" };
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (s.n == strlen(words[i]) &&
		    strncasecmp(s.p, words[i], s.n) == 0)
			return true;
	return false;
}

static size_t
digits(struct slice s, size_t i)
{
	size_t from = i;

	while (i < s.n && s.p[i] >= '0' && s.p[i] <= '9')
		i++;
	return i - from;
}

/*
 * The digits before the mark, without what stands between groups; false: the
 * groups are none.
 */
static bool
whole(char *to, size_t *n, struct slice s, size_t *i, char group)
{
	size_t run = digits(s, *i);
	bool grouped = false;

	memcpy(to + *n, s.p + *i, run);
	*n += run;
	*i += run;
	while (*i < s.n && s.p[*i] == group) {
		if ((!grouped &&
			(run == 0 || run > 3 || s.p[*i - run] == '0')) ||
		    digits(s, *i + 1) != 3)
			return false;
		memcpy(to + *n, s.p + *i + 1, 3);
		*n += 3;
		*i += 4;
		grouped = true;
		run = 3;
	}
	return true;
}

bool
cell_number(double *v, struct slice s, char mark)
{
	char plain[NUMBER_MAX + 1], *end;
	size_t n = 0, i = 0, before;

	if (s.n == 0 || s.n > NUMBER_MAX)
		return false;
	if (s.p[0] == '-' || s.p[0] == '+')
		plain[n++] = s.p[i++];
	before = n;
	if (!whole(plain, &n, s, &i, mark == '.' ? ',' : '.'))
		return false;
	if (i < s.n && s.p[i] == mark) {
		size_t run = digits(s, ++i);

		plain[n++] = '.';
		memcpy(plain + n, s.p + i, run);
		n += run;
		i += run;
	}
	if (n == before || (n == before + 1 && plain[before] == '.'))
		return false;
	for (; i < s.n; i++) {
		if (s.p[i] == 0 || strchr("eE+-0123456789", s.p[i]) == NULL)
			return false;
		plain[n++] = s.p[i];
	}
	plain[n] = 0;
	*v = strtod(plain, &end);
	return end == plain + n && isfinite(*v);
}

/* A cell's text for people, cut where it is long. */
static const char *
shown(struct arena *a, struct slice s)
{
	char *copy = arena_copy(a, s.p, s.n < SHOWN_MAX ? s.n : SHOWN_MAX);

	copy[utf8_whole(copy, strlen(copy))] = 0;
	return copy;
}

/* How many of the file's numbers need one mark, the other, or either. */
struct marks {
	size_t dot, comma, either;
};

static bool
number_seen(struct seen *c, struct marks *m, struct slice s)
{
	double v, w;
	bool dot = cell_number(&v, s, '.'), comma = cell_number(&w, s, ',');

	if (!dot && !comma)
		return false;
	if (!dot)
		v = w;
	if (dot && comma)
		m->either += memchr(s.p, '.', s.n) != NULL ||
			     memchr(s.p, ',', s.n) != NULL;
	else if (dot)
		m->dot++;
	else
		m->comma++;
	if (c->numbers == 0 || v < c->least)
		c->least = v;
	c->numbers++;
	return true;
}

static void
date_seen(struct seen *c, const struct stamp *t)
{
	c->order = c->dates == 0 ? t->order : c->order & t->order;
	c->is_open |= !t->is_named;
	c->is_bare |= !t->has_zone;
	c->has_time |= t->has_time;
	c->dates++;
}

static void
cell_seen(struct seen *c, struct marks *m, struct arena *a, struct slice s)
{
	struct stamp t;

	s = csv_trim(s);
	if (cell_is_missing(s)) {
		c->empty++;
		return;
	}
	if (c->n_samples < LOOK_SAMPLES)
		c->sample[c->n_samples++] = shown(a, s);
	if (number_seen(c, m, s))
		return;
	if (stamp_read(&t, s, DATE_ORDERS))
		date_seen(c, &t);
	else if (memchr(s.p, ':', s.n) != NULL && stamp_time(&t, s))
		c->clocks++;
	else
		c->words++;
}

/* Has no cell of the row a value? */
static bool
is_header(const struct csv_row *r)
{
	struct stamp t;
	double v;
	size_t i, n = 0;

	for (i = 0; i < r->n; i++) {
		struct slice s = csv_trim(r->cell[i]);

		if (cell_number(&v, s, '.') || cell_number(&v, s, ',') ||
		    stamp_read(&t, s, DATE_ORDERS))
			return false;
		n += s.n > 0;
	}
	return n > 0;
}

static void
columns_for(struct look *l, struct arena *a, size_t n)
{
	if (l->column == NULL)
		l->column = arena_array(a, CSV_COLUMNS_MAX, sizeof(*l->column));
	for (; l->n < n; l->n++)
		l->column[l->n].name = "";
}

static void
names_seen(struct look *l, struct arena *a, const struct csv_row *r)
{
	size_t i;

	columns_for(l, a, r->n);
	for (i = 0; i < r->n; i++)
		l->column[i].name = shown(a, csv_trim(r->cell[i]));
}

struct err *
look_file(struct look *l, struct csv *c)
{
	struct marks m = { 0 };
	struct csv_row r;
	size_t first = 0, i;

	*l = (struct look){ .separator = c->separator };
	csv_rewind(c);
	if (!csv_next(&r, c))
		return err_raise(ERR_INPUT, "The file is empty.", "no rows");
	l->header = c->separator == CSV_JSON || is_header(&r);
	if (l->header)
		names_seen(l, c->arena, &r);
	else
		csv_rewind(c);
	while (csv_next(&r, c)) {
		if (l->rows++ == 0)
			first = r.n;
		l->odd += r.n != first;
		columns_for(l, c->arena, r.n);
		for (i = 0; i < r.n; i++)
			cell_seen(&l->column[i], &m, c->arena, r.cell[i]);
		for (; i < l->n; i++)
			l->column[i].empty++;
		if (l->rows > CSV_LINES_MAX)
			return err_raise(ERR_TOO_BIG,
			    "The file has too many rows.", "more than %d",
			    CSV_LINES_MAX);
	}
	if (l->rows == 0)
		return err_raise(ERR_INPUT, "The file has no rows.", "header");
	l->marks = MARK_DOT | MARK_COMMA;
	if (c->separator == CSV_JSON || (m.dot > 0 && m.comma == 0))
		l->marks = MARK_DOT;
	else if (m.comma > 0 && m.dot == 0)
		l->marks = MARK_COMMA;
	else if (m.either == 0 && m.comma == 0)
		l->marks = MARK_DOT;
	csv_rewind(c);
	return NULL;
}

const char *
seen_kind(const struct seen *c)
{
	size_t said = c->numbers + c->dates + c->clocks + c->words;

	if (said == 0)
		return "empty";
	/* One among many that is something else is a fault of its row. */
	if (c->dates * 2 > said)
		return "time";
	if (c->clocks * 2 > said)
		return "clock";
	return c->numbers * 2 > said ? "number" : "text";
}

static void
orders_put(struct buf *b, unsigned order)
{
	unsigned bit;

	member_name(b, "orders");
	buf_byte(b, '[');
	for (bit = 1; bit <= order; bit *= 2)
		if ((order & bit) != 0) {
			member_comma(b);
			member_put_text(b, date_order_name(bit));
		}
	buf_byte(b, ']');
}

static void
column_put(struct buf *b, const struct seen *c)
{
	size_t i;

	member_comma(b);
	buf_byte(b, '{');
	member_text(b, "name", c->name);
	member_text(b, "kind", seen_kind(c));
	member_int(b, "empty", (int64_t)c->empty);
	if (c->dates > 0 && c->is_open)
		orders_put(b, c->order);
	if (c->dates > 0)
		member_bool(b, "zone", !c->is_bare);
	member_name(b, "samples");
	buf_byte(b, '[');
	for (i = 0; i < c->n_samples; i++) {
		member_comma(b);
		member_put_text(b, c->sample[i]);
	}
	buf_text(b, "]}");
}

void
look_put(struct buf *b, const struct look *l)
{
	char separator[2] = { l->separator, 0 };
	size_t i;

	buf_byte(b, '{');
	member_text(b, "separator",
	    l->separator == CSV_JSON ? "json" : separator);
	member_bool(b, "header", l->header);
	member_int(b, "rows", (int64_t)l->rows);
	member_int(b, "odd", (int64_t)l->odd);
	member_text(b, "decimal",
	    l->marks == MARK_DOT     ? "."
	    : l->marks == MARK_COMMA ? ","
				     : NULL);
	member_name(b, "columns");
	buf_byte(b, '[');
	for (i = 0; i < l->n; i++)
		column_put(b, &l->column[i]);
	buf_text(b, "]}");
}
