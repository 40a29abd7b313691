#include "cgi-bin/api/table.h"

#include <string.h>

#include "base/clock.h"
#include "cgi-bin/api/ask.h"
#include "cgi-bin/api/edges.h"
#include "cgi-bin/api/writer.h"

enum { PIECE = 64 * 1024 };

static const struct {
	const char *name;
	const struct writer *writer;
} formats[FORMATS] = {
	[FORMAT_CSV] = { "csv", &csv_writer },
	[FORMAT_JSON] = { "json", &lines_writer },
	[FORMAT_XLSX] = { "xlsx", &sheet_writer },
};

/* The words of format=, the one that is meant without it being first. */
static struct err *
read_format(struct form *f, const struct req *rq, enum format usual)
{
	const char *words[FORMATS + 1] = { formats[usual].name };
	enum format of[FORMATS] = { usual };
	enum format i;
	size_t n = 1, at;
	struct err *e;

	for (i = 0; i < FORMATS; i++) {
		if (i == usual)
			continue;
		words[n] = formats[i].name;
		of[n++] = i;
	}
	if ((e = ask_word(&at, rq, "format", words)) != NULL)
		return err_pass(e);
	f->format = of[at];
	return NULL;
}

struct err *
form_read(struct form *f, const struct req *rq, enum format usual)
{
	static const char *const marks[] = { ",", ";", "tab", "|", NULL };
	static const char *const points[] = { ".", ",", NULL };
	size_t mark, point;
	struct err *e;
	int64_t bom;

	if ((e = read_format(f, rq, usual)) != NULL ||
	    (e = ask_word(&point, rq, "decimal", points)) != NULL ||
	    (e = ask_word(&mark, rq, "delimiter", marks)) != NULL ||
	    (e = req_int(&bom, rq, "bom", 0, 0, 1)) != NULL)
		return err_pass(e);
	f->delimiter = ",;\t|"[mark];
	f->decimal = *points[point];
	f->bom = bom == 1;
	f->zone = "UTC";
	if (req_query(rq, "delimiter") == NULL && f->decimal == ',')
		f->delimiter = ';';
	if (f->delimiter == f->decimal)
		return err_raise(ERR_INPUT,
		    "decimal: must not be the delimiter.", "decimal");
	return NULL;
}

struct err *
form_zone(struct form *f, const struct req *rq)
{
	const char *zone = req_query(rq, "zone");
	struct err *e;

	if (zone == NULL || *zone == 0)
		return NULL;
	if ((e = zone_check(zone)) != NULL)
		return err_pass(e);
	if (f->format != FORMAT_XLSX)
		return err_raise(ERR_INPUT,
		    "zone: only with format=xlsx; other times are in UTC.",
		    "zone");
	f->zone = zone;
	return NULL;
}

/* A file name that every system takes, and that ends no header. */
static const char *
file_name(const struct table *t)
{
	static const char plain[] = "-._0123456789abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	char *s = arena_text(t->rq->arena, t->file), *p = s;

	while (*(p += strspn(p, plain)) != 0)
		*p = '_';
	return s;
}

static bool
has_column(const struct table *t, const char *name)
{
	size_t i;

	for (i = 0; i < t->n; i++)
		if (strcmp(t->column[i].name, name) == 0)
			return true;
	return false;
}

/* What is simulated says so in the file as well. */
static void
add_source(struct table *t)
{
	struct arena *a = t->rq->arena;
	struct column *c;

	t->all = t->n;
	if (t->rs->source == NULL || strcmp(t->rs->source, "simulation") != 0 ||
	    has_column(t, "simulated"))
		return;
	c = arena_array(a, t->n + 1, sizeof(*c));
	memcpy(c, t->column, t->n * sizeof(*c));
	c[t->n] = (struct column){ "data_source", NULL, CELL_TEXT };
	t->column = c;
	t->all = t->n + 1;
	t->cell = arena_array(a, t->all, sizeof(*t->cell));
}

struct err *
table_begin(struct table *t)
{
	struct err *e;

	add_source(t);
	t->writer = formats[t->form.format].writer;
	t->rs->type = t->writer->type;
	if (t->writer->suffix != NULL)
		res_header(t->rs, "Content-Disposition",
		    arena_printf(t->rq->arena, "attachment; filename=\"%s.%s\"",
			file_name(t), t->writer->suffix));
	if (t->rq->head)
		return NULL;
	t->rs->body = buf_new(t->rq->arena, 2 * PIECE);
	e = t->writer->begin(t);
	return e != NULL ? err_pass(e) : NULL;
}

struct err *
table_row(struct table *t, const struct cell *v)
{
	struct err *e;

	if (t->rq->head)
		return NULL;
	if (t->all > t->n) {
		memcpy(t->cell, v, t->n * sizeof(*v));
		t->cell[t->n] = cell_text(t->is_field ? "field" : "simulation");
		v = t->cell;
	}
	if ((e = t->writer->row(t, v)) != NULL)
		return err_pass(e);
	if (t->rs->body.n > PIECE && (e = res_flush(t->rq, t->rs)) != NULL)
		return err_pass(e);
	return NULL;
}

struct err *
table_end(struct table *t)
{
	struct err *e;

	if (t->rq->head)
		return NULL;
	e = t->writer->end(t);
	return e != NULL ? err_pass(e) : NULL;
}

struct cell
cell_text(const char *s)
{
	struct cell none = { 0 };

	if (s == NULL)
		return none;
	return (struct cell){ .type = CELL_TEXT, .text = s };
}

struct cell
cell_real(double v)
{
	return (struct cell){ .type = CELL_REAL, .real = v };
}

struct cell
cell_int(int64_t n)
{
	return (struct cell){ .type = CELL_INT, .n = n };
}

struct cell
cell_bool(bool b)
{
	return (struct cell){ .type = CELL_BOOL, .n = b };
}

struct cell
cell_time(int64_t us)
{
	return (struct cell){ .type = CELL_TIME, .n = us };
}

struct cell
cell_until(struct arena *a, const char *what, int64_t us)
{
	return cell_text(
	    arena_printf(a, "%s until %s", what, clock_iso(a, us)));
}
