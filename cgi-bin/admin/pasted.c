#include "cgi-bin/admin/pasted.h"

#include <stdlib.h>
#include <string.h>

#include "profile/map.h"

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

/* As it was sent, or as the page that has led here has it; "" if nothing. */
static const char *
filled(const struct req *rq, const char *name)
{
	const char *s =
	    rq->verb == POST ? req_typed(rq, name) : req_query(rq, name);

	return s != NULL ? s : "";
}

void
pasted_state(struct view *v, const struct req *rq)
{
	struct view *form = view_branch(v, "Form");
	size_t i;

	state_formats(v);
	for (i = 0; i < sizeof(fields) / sizeof(*fields); i++)
		view_text(form, fields[i], filled(rq, fields[i]));
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

struct err *
pasted_read(const char **json, const char **notes, struct req *rq)
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
