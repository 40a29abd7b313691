/*
 * GET /admin/profiles - the device profiles that a tenant keeps; the form for
 * one more may be filled in by the query.  POST there adds a version, as JSON
 * or out of another's register map.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/env.h"
#include "cgi-bin/admin/routes.h"
#include "model/profile.h"
#include "profile/map.h"
#include "query.h"

enum { LIST_MAX = 500 };

/* What the form is filled with when it is shown again. */
static const char *const fields[] = { "format", "text", "id", "version",
	"vendor", "model", "addressing", "part", "base", "count" };

static void
state_formats(struct view *v)
{
	struct view *row = view_row(v, "Formats");
	size_t i;

	view_text(row, "Value", "json");
	view_text(row, "Text", "a profile of ours, JSON");
	for (i = 0; i < map_format_n; i++) {
		row = view_row(v, "Formats");
		view_text(row, "Value", map_formats[i].name);
		view_text(row, "Text", map_formats[i].does);
	}
}

static void
state_profile(struct view *v, struct arena *a, const struct rows *r, int i)
{
	view_text(v, "Href",
	    arena_printf(a, "/admin/profile?id=%s&version=%s",
		rows_text(r, i, PROFILE_LIST_ID),
		rows_text(r, i, PROFILE_LIST_VERSION)));
	view_text(v, "Id", rows_text(r, i, PROFILE_LIST_ID));
	view_text(v, "Version", rows_text(r, i, PROFILE_LIST_VERSION));
	view_text(v, "Vendor", rows_text(r, i, PROFILE_LIST_VENDOR));
	view_text(v, "Model", rows_text(r, i, PROFILE_LIST_MODEL));
	view_int(v, "Points", rows_int(r, i, PROFILE_LIST_POINTS));
	view_int(v, "Devices", rows_int(r, i, PROFILE_LIST_DEVICES));
	view_text(v, "Age",
	    clock_age(a, env_now() - rows_time(r, i, PROFILE_LIST_MADE_AT)));
}

/* As it was sent, or as the page that has led here has it; "" if nothing. */
static const char *
filled(const struct req *rq, const char *name)
{
	const char *s =
	    rq->verb == POST ? req_typed(rq, name) : req_query(rq, name);

	return s != NULL ? s : "";
}

static struct err *
show_list(struct req *rq, struct res *rs, const char *error)
{
	struct view *form = view_branch(rs->view, "Form");
	struct rows *r;
	struct err *e;
	size_t k;
	int i;

	if ((e = tx_rows(&r, rq->tx, &q_profile_list,
		 ARGS(A((int)rq->who.tenant), A(LIST_MAX)))) != NULL)
		return err_pass(e);
	for (i = 0; i < rows_count(r); i++)
		state_profile(view_row(rs->view, "Profiles"), rq->arena, r, i);
	state_formats(rs->view);
	for (k = 0; k < sizeof(fields) / sizeof(*fields); k++)
		view_text(form, fields[k], filled(rq, fields[k]));
	view_text(rs->view, "Error", error);
	view_text(rs->view, "Page.Title", "Device profiles");
	return res_page(rq, rs, "profiles.cs");
}

struct err *
admin_profiles(struct req *rq, struct res *rs)
{
	return show_list(rq, rs, "");
}

static const char *
or_null(const char *s)
{
	return *s != 0 ? s : NULL;
}

/* Notes as lines of text, for whoever looks at the profile. */
static const char *
notes_text(struct arena *a, const struct map *map)
{
	struct buf b = buf_new(a, 256);
	size_t i;

	for (i = 0; i < map->n; i++) {
		const struct map_note *n = &map->notes[i];

		if (b.n > 32 * 1024) {
			buf_text(&b, "There are more.\n");
			break;
		}
		if (n->line > 0)
			buf_printf(&b, "line %zu: ", n->line);
		buf_printf(&b, "%s: %s\n", n->what, n->why);
	}
	buf_byte(&b, 0);
	return (const char *)b.p;
}

/* The text that was sent as a profile's; its notes may be empty. */
static struct err *
text_read(const char **json, const char **notes, struct req *rq)
{
	const char *base = req_typed(rq, "base"), *text = req_typed(rq, "text");
	const struct map_ask ask = { .format = req_typed(rq, "format"),
		.file = { (const unsigned char *)text, strlen(text) },
		.id = or_null(req_typed(rq, "id")),
		.version = or_null(req_typed(rq, "version")),
		.vendor = or_null(req_typed(rq, "vendor")),
		.model = or_null(req_typed(rq, "model")),
		.addressing = or_null(req_typed(rq, "addressing")),
		.part = or_null(req_typed(rq, "part")),
		.base = *base != 0 ? atoi(base) : -1,
		.count = atoi(req_typed(rq, "count")) };
	struct map map;
	struct err *e;

	*notes = "";
	*json = text;
	if (*text == 0)
		return err_raise(ERR_INPUT, "text: paste a profile or a map.",
		    "text: it is empty");
	if (strcmp(ask.format, "json") == 0)
		return NULL;
	if ((e = map_import(&map, rq->arena, &ask)) != NULL)
		return err_pass(e);
	*json = arena_copy(rq->arena, map.json.p, map.json.n);
	*notes = notes_text(rq->arena, &map);
	return NULL;
}

struct err *
admin_profile_add(struct req *rq, struct res *rs)
{
	const char *json, *notes;
	struct profile *p;
	struct rows *r;
	struct err *e;

	if ((e = text_read(&json, &notes, rq)) != NULL ||
	    (e = profile_parse(&p, rq->arena, json, strlen(json))) != NULL ||
	    (e = profile_own_check(rq->arena, req_conf(rq)->profiles, p)) !=
		NULL) {
		if (e->kind != ERR_INPUT && e->kind != ERR_TOO_BIG &&
		    e->kind != ERR_CONFLICT)
			return err_pass(e);
		rs->status = err_status(e->kind);
		return show_list(rq, rs,
		    arena_printf(rq->arena, "%s %s", e->say, e->why));
	}
	if ((e = tx_rows(&r, rq->tx, &q_profile_put,
		 ARGS(A(p->id), A(p->version), A(json), A(notes)))) != NULL)
		return err_pass(e);
	return res_goto(rs,
	    arena_printf(rq->arena, "/admin/profile?id=%s&version=%s", p->id,
		p->version));
}
