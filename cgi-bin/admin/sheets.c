/*
 * POST /admin/profiles/sheets - a spreadsheet is looked at: its sheets, the
 * first rows of each, and a form that takes one as a register map.  Nothing of
 * it is kept.
 */
#include <string.h>

#include "cgi-bin/admin/routes.h"
#include "intake/csv.h"
#include "profile/xlsx.h"

enum { ROWS_SHOWN = 8, COLUMNS_SHOWN = 12 };

static struct err *
state_sheet(struct view *v, struct arena *a, const struct sheet *s)
{
	struct csv_row row;
	struct csv csv;
	struct err *e;
	size_t i, n = 0;

	view_text(v, "Name", s->name);
	view_int(v, "Count", (int64_t)s->rows);
	view_int(v, "Cut", s->is_cut);
	if (s->rows == 0)
		return NULL;
	view_text(v, "Text", arena_copy(a, (const char *)s->text.p, s->text.n));
	if ((e = csv_open(&csv, a, s->text, '\t')) != NULL)
		return err_pass(e);
	while (n++ < ROWS_SHOWN && csv_next(&row, &csv)) {
		struct view *line = view_row(v, "Rows");

		view_int(line, "Line", (int64_t)row.line);
		for (i = 0; i < row.n && i < COLUMNS_SHOWN; i++)
			view_text(view_row(line, "Cells"), "Text",
			    arena_copy(a, row.cell[i].p, row.cell[i].n));
	}
	return NULL;
}

struct err *
admin_profile_sheets(struct req *rq, struct res *rs)
{
	struct arena *a = rq->arena;
	const char *called = "";
	struct sheet *v = NULL;
	struct bytes file;
	struct err *e;
	size_t i, n = 0;

	if ((e = req_file(&file, &called, rq, "file")) == NULL)
		e = xlsx_sheets(&v, &n, a, file);
	if (e != NULL && e->kind != ERR_INPUT && e->kind != ERR_TOO_BIG)
		return err_pass(e);
	if (e != NULL) {
		rs->status = err_status(e->kind);
		view_text(rs->view, "Error", arena_text(a, e->say));
	}
	for (i = 0; i < n; i++) {
		struct view *row = view_row(rs->view, "Sheets");

		view_int(row, "Id", (int64_t)i);
		if ((e = state_sheet(row, a, &v[i])) != NULL)
			return err_pass(e);
	}
	view_text(rs->view, "Page.Title",
	    *called != 0 ? called : "A spreadsheet");
	return res_page(rq, rs, "sheets.cs");
}
