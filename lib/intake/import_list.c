/* Lists: read, handed to the database line by line, and reported. */
#include <string.h>

#include "base/member.h"
#include "intake/import.h"
#include "intake/import_users.h"
#include "query.h"

enum { ERRORS_KEPT = 1000, STORY_KEPT = 1000, ARGS_MAX = 4 };

/* The answers have the same columns, see sql/query/import.sql. */
_Static_assert((int)IMPORT_DEVICES_BECAME == (int)IMPORT_ASSETS_BECAME &&
		   (int)IMPORT_DEVICES_BECAME == (int)IMPORT_USERS_BECAME &&
		   (int)IMPORT_DEVICES_COL == (int)IMPORT_ASSETS_COL &&
		   (int)IMPORT_DEVICES_COL == (int)IMPORT_USERS_COL &&
		   (int)IMPORT_DEVICES_DETAIL == (int)IMPORT_ASSETS_DETAIL &&
		   (int)IMPORT_DEVICES_DETAIL == (int)IMPORT_USERS_DETAIL,
    "lists answer alike");

/* What the rows came to. */
struct outcome {
	struct arena *arena;
	int64_t done, same, bad;
	int64_t *line;
	const char **column, **code, **detail, **cell;
	size_t n;
	struct buf lines, became, what; /* JSON arrays */
};

static struct outcome
outcome_new(struct arena *a)
{
	struct outcome o = { .arena = a,
		.line = arena_array(a, ERRORS_KEPT, sizeof(int64_t)),
		.lines = buf_new(a, 1024),
		.became = buf_new(a, 1024),
		.what = buf_new(a, 1024) };
	const char ***text[] = { &o.column, &o.code, &o.detail, &o.cell };
	size_t i;

	for (i = 0; i < sizeof(text) / sizeof(*text); i++)
		*text[i] = arena_array(a, ERRORS_KEPT, sizeof(char *));
	return o;
}

/* What stands in that column, if it may be repeated. */
static const char *
cell_of(const struct list *l, size_t row, const char *column)
{
	size_t c;

	for (c = 0; c < l->kind->n; c++)
		if (c != l->kind->hidden &&
		    strcmp(l->kind->column[c], column) == 0)
			return l->cell[c][row];
	return "";
}

static void
outcome_add(struct outcome *o, const struct list *l, size_t row,
    const struct list_fault *f)
{
	if (row < STORY_KEPT) {
		member_comma(&o->lines);
		member_put_int(&o->lines, l->line[row]);
		member_comma(&o->became);
		member_put_text(&o->became, f->code);
		member_comma(&o->what);
		member_put_text(&o->what, l->cell[l->kind->what][row]);
	}
	if (strcmp(f->code, "made") == 0 || strcmp(f->code, "changed") == 0) {
		o->done++;
	} else if (strcmp(f->code, "same") == 0 ||
		   strcmp(f->code, "kept") == 0) {
		o->same++;
	} else if (o->bad++ < ERRORS_KEPT) {
		o->line[o->n] = l->line[row];
		o->column[o->n] = f->column;
		o->code[o->n] = f->code;
		o->detail[o->n] = f->detail;
		o->cell[o->n++] = cell_of(l, row, f->column);
	}
}

/* The rows that are none are reported where they stand. */
static void
outcome_of(struct outcome *o, const struct list *l, const struct rows *r)
{
	size_t row;
	int i = 0;

	buf_byte(&o->lines, '[');
	buf_byte(&o->became, '[');
	buf_byte(&o->what, '[');
	for (row = 0; row < l->n; row++) {
		struct list_fault f = l->fault[row];

		if (f.code == NULL) {
			f = (struct list_fault){
				rows_text(r, i, IMPORT_DEVICES_BECAME),
				rows_text(r, i, IMPORT_DEVICES_COL),
				rows_text(r, i, IMPORT_DEVICES_DETAIL),
			};
			i++;
		}
		outcome_add(o, l, row, &f);
	}
	buf_byte(&o->lines, ']');
	buf_byte(&o->became, ']');
	buf_byte(&o->what, ']');
}

/* The sound rows; returns how many. */
static size_t
sound(const char **cell[LIST_COLUMNS_MAX], struct arena *a,
    const struct list *l)
{
	size_t c, row, n = 0;

	for (c = 0; c < l->kind->n; c++) {
		cell[c] = arena_array(a, l->n + 1, sizeof(char *));
		for (row = n = 0; row < l->n; row++)
			if (l->fault[row].code == NULL)
				cell[c][n++] = l->cell[c][row];
	}
	return n;
}

static struct err *
file_open(struct csv *c, struct tx *tx, int32_t source, const struct import *i,
    const struct import_wish *wish)
{
	struct plan ignored;
	struct bytes file;
	struct look l;
	struct err *e;

	if (strcmp(i->kind, "users") == 0) {
		if ((e = import_users_file(&file, tx, i->id, &wish->keys)) !=
			NULL ||
		    (e = csv_open(c, tx_arena(tx), file, 0)) != NULL)
			return err_pass(e);
		return NULL;
	}
	e = import_look(&l, c, &ignored, tx, source, i->id);
	return e != NULL ? err_pass(e) : NULL;
}

/* One statement does it all, and answers a row a line. */
static struct err *
ask(struct rows **r, struct tx *tx, const struct list *l,
    const char **cell[LIST_COLUMNS_MAX], size_t n, struct arg *first, int used)
{
	bool devices = strcmp(l->kind->word, "devices") == 0;
	bool users = strcmp(l->kind->word, "users") == 0;
	struct arg args[ARGS_MAX + LIST_COLUMNS_MAX];
	struct err *e;
	size_t c;

	memcpy(args, first, (size_t)used * sizeof(*args));
	for (c = 0; c < l->kind->n; c++)
		args[(size_t)used + c] = arr_text(tx_arena(tx), cell[c], n);
	e = tx_rows(r, tx,
	    devices ? &q_import_devices
	    : users ? &q_import_users
		    : &q_import_assets,
	    args, used + (int)l->kind->n);
	return e != NULL ? err_pass(e) : NULL;
}

static struct err *
finish(struct tx *tx, int32_t source, int32_t id, const struct outcome *o,
    const char *became)
{
	struct arena *a = tx_arena(tx);
	struct rows *r;
	struct err *e = tx_rows(&r, tx, &q_import_list_end,
	    ARGS(A((int)source), A((int)id), A(became), A((long)o->done),
		A((long)o->same), A((long)o->bad), arr_long(a, o->line, o->n),
		arr_text(a, o->column, o->n), arr_text(a, o->code, o->n),
		arr_text(a, o->detail, o->n), arr_text(a, o->cell, o->n),
		A(arena_printf(a, "{\"line\":%s,\"became\":%s,\"what\":%s}",
		    (const char *)o->lines.p, (const char *)o->became.p,
		    (const char *)o->what.p))));

	return e != NULL ? err_pass(e) : NULL;
}

struct err *
import_list(struct tx *tx, int32_t source, const struct import *i,
    const struct import_wish *wish)
{
	const struct list_kind *kind = list_kind(i->kind);
	struct arena *a = tx_arena(tx);
	const char **cell[LIST_COLUMNS_MAX];
	struct outcome o = outcome_new(a);
	bool users = strcmp(i->kind, "users") == 0, dry;
	struct list l;
	struct rows *r;
	struct csv c;
	struct err *e;
	size_t n;

	if (kind == NULL)
		return err_raise(ERR_CONFLICT, "This file is no list.", "%s",
		    i->kind);
	if ((e = file_open(&c, tx, source, i, wish)) != NULL ||
	    (e = list_read(&l, a, kind, &c)) != NULL)
		return err_pass(e);
	n = sound(cell, a, &l);
	dry = wish->is_dry || (wish->is_whole && n < l.n);
	if (users &&
	    (e = import_users_index(cell[0], a, n, &wish->keys)) != NULL)
		return err_pass(e);
	if ((e = ask(&r, tx, &l, cell, n,
		 (struct arg[]){ A((int)i->id), A(dry), A(wish->is_whole),
		     users ? A(wish->changes) : A((int)source) },
		 strcmp(i->kind, "assets") == 0 ? 3 : 4)) != NULL)
		return err_pass(e);
	outcome_of(&o, &l, r);
	dry |= wish->is_whole && o.bad > 0;
	if (users && !dry && (e = import_users_invite(tx, &l, r, wish)) != NULL)
		return err_pass(e);
	e = finish(tx, source, i->id, &o, dry ? "tried" : "done");
	return e != NULL ? err_pass(e) : NULL;
}

struct err *
import_story_load(struct import_story *s, struct tx *tx, int32_t source,
    int32_t id, int most)
{
	struct arena *a = tx_arena(tx);
	struct rows *r;
	struct err *e;
	size_t i;

	if ((e = tx_rows(&r, tx, &q_import_story,
		 ARGS(A((int)source), A((int)id), A(most)))) != NULL)
		return err_pass(e);
	s->n = (size_t)rows_count(r);
	s->v = arena_array(a, s->n + 1, sizeof(*s->v));
	for (i = 0; i < s->n; i++)
		s->v[i] = (struct import_line){
			.line = rows_int(r, (int)i, IMPORT_STORY_LINE),
			.became = rows_text(r, (int)i, IMPORT_STORY_BECAME),
			.what = rows_text(r, (int)i, IMPORT_STORY_WHAT),
		};
	return NULL;
}
