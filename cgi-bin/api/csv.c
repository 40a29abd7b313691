/* Tables as text: CSV by RFC 4180, and an object a line. */
#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "base/member.h"
#include "cgi-bin/api/ask.h"
#include "cgi-bin/api/writer.h"

const char *
column_title(struct arena *a, const struct column *c)
{
	if (c->unit == NULL || *c->unit == 0)
		return c->name;
	return arena_printf(a, "%s (%s)", c->name, c->unit);
}

/*
 * A text cell.  What a spreadsheet would take for a formula gets an
 * apostrophe in front; quotes come where RFC 4180 wants them.
 */
static void
put_text(struct buf *b, const struct form *f, const char *s)
{
	bool formula = *s != 0 && strchr("=+-@\t\r", *s) != NULL;
	bool quoted =
	    strpbrk(s, "\"\r\n") != NULL || strchr(s, f->delimiter) != NULL;

	if (quoted)
		buf_byte(b, '"');
	if (formula)
		buf_byte(b, '\'');
	for (; *s != 0; s++) {
		if (*s == '"')
			buf_byte(b, '"');
		buf_byte(b, (unsigned char)*s);
	}
	if (quoted)
		buf_byte(b, '"');
}

/* A number; a missing value is an empty cell. */
static void
put_real(struct buf *b, const struct form *f, double v)
{
	size_t at = b->n;
	unsigned char *point;

	if (isnan(v))
		return;
	if (isinf(v)) {
		buf_text(b, v > 0 ? "Infinity" : "-Infinity");
		return;
	}
	member_put_real(b, v);
	point = memchr(b->p + at, '.', b->n - at);
	if (point != NULL)
		*point = (unsigned char)f->decimal;
}

static void
put_cell(struct buf *b, const struct form *f, struct cell c)
{
	switch (c.type) {
	case CELL_TEXT:
		put_text(b, f, c.text);
		break;
	case CELL_REAL:
		put_real(b, f, c.real);
		break;
	case CELL_INT:
		buf_printf(b, "%lld", (long long)c.n);
		break;
	case CELL_BOOL:
		buf_text(b, c.n != 0 ? "true" : "false");
		break;
	case CELL_TIME:
		clock_put(b, c.n);
		break;
	case CELL_NONE:
		break;
	}
}

static struct err *
csv_row(struct table *t, const struct cell *v)
{
	struct buf *b = &t->rs->body;
	size_t i;

	for (i = 0; i < t->all; i++) {
		if (i > 0)
			buf_byte(b, (unsigned char)t->form.delimiter);
		put_cell(b, &t->form, v[i]);
	}
	buf_text(b, "\r\n");
	return NULL;
}

static struct err *
csv_begin(struct table *t)
{
	struct buf *b = &t->rs->body;
	size_t i;

	if (t->form.bom)
		buf_text(b, "\xef\xbb\xbf");
	for (i = 0; i < t->all; i++) {
		if (i > 0)
			buf_byte(b, (unsigned char)t->form.delimiter);
		put_text(b, &t->form,
		    column_title(t->rq->arena, &t->column[i]));
	}
	buf_text(b, "\r\n");
	return NULL;
}

static struct err *
nothing(struct table *t)
{
	(void)t;
	return NULL;
}

static struct err *
lines_row(struct table *t, const struct cell *v)
{
	struct buf *b = &t->rs->body;
	size_t i;

	buf_byte(b, '{');
	for (i = 0; i < t->all; i++) {
		const char *name = t->column[i].name;

		switch (v[i].type) {
		case CELL_TEXT:
			member_text(b, name, v[i].text);
			break;
		case CELL_REAL:
			member_real(b, name, v[i].real);
			break;
		case CELL_INT:
			member_int(b, name, v[i].n);
			break;
		case CELL_BOOL:
			member_bool(b, name, v[i].n != 0);
			break;
		case CELL_TIME:
			member_name(b, name);
			say_time(b, v[i].n);
			break;
		case CELL_NONE:
			break;
		}
	}
	buf_text(b, "}\n");
	return NULL;
}

const struct writer csv_writer = {
	.type = "text/csv; charset=utf-8",
	.suffix = "csv",
	.begin = csv_begin,
	.row = csv_row,
	.end = nothing,
};

const struct writer lines_writer = {
	.type = "application/x-ndjson",
	.begin = nothing,
	.row = lines_row,
	.end = nothing,
};
