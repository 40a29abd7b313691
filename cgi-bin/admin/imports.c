/*
 * GET /admin/imports - files that were brought, and a form for one more.
 * POST /admin/imports - a file; it is looked at, and its page asks what it is.
 */
#include <string.h>

#include "cgi-bin/admin/import_page.h"
#include "cgi-bin/admin/routes.h"
#include "intake/list.h"

enum { LIST_MAX = 100 };

static struct err *
show_list(struct req *rq, struct res *rs, const char *error)
{
	struct imports all;
	struct err *e;
	size_t i;

	if ((e = imports_load(&all, rq->tx, 0, 0, LIST_MAX)) != NULL)
		return err_pass(e);
	view_text(rs->view, "Page.Title", "Imports");
	view_text(rs->view, "Error", error);
	for (i = 0; i < all.n; i++)
		import_page_state(view_row(rs->view, "Imports"), rq->arena,
		    &all.v[i]);
	return res_page(rq, rs, "imports.cs");
}

struct err *
admin_imports(struct req *rq, struct res *rs)
{
	return show_list(rq, rs, "");
}

static bool
is_theirs(const struct err *e)
{
	return e->kind == ERR_INPUT || e->kind == ERR_TOO_BIG ||
	       e->kind == ERR_REFUSED;
}

struct err *
admin_import_open(struct req *rq, struct res *rs)
{
	const struct list_kind *list = list_kind(req_typed(rq, "kind"));
	const struct address_keys keys = import_page_keys(rq);
	const char *called = "";
	struct bytes file;
	struct err *e;
	int32_t id;

	if ((e = req_file(&file, &called, rq, "file")) != NULL)
		;
	else if (list != NULL && strcmp(list->word, "users") == 0)
		e = import_users_open(&id, rq->tx, called, file, &keys);
	else
		e = import_open(&id, rq->tx, 0, called,
		    list != NULL ? list->word : "readings", file);
	if (e != NULL && is_theirs(e))
		return show_list(rq, rs, import_page_said(rq, rs, e));
	if (e != NULL)
		return err_pass(e);
	return res_goto(rs,
	    arena_printf(rq->arena, "/admin/imports/%d", (int)id));
}
