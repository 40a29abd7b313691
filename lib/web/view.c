#include "web/view.h"

#include <ClearSilver.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEMPLATES_MAX = 64, LISTS_MAX = 32, NAME_MAX_LENGTH = 64 };

#define SAY_BUG "Something went wrong on our side."

struct views {
	HDF *base; /* settings that templates are parsed with */
	CSPARSE *cs[TEMPLATES_MAX];
	const char *name[TEMPLATES_MAX];
	size_t n;
};

struct view {
	struct arena *arena;
	HDF *hdf;
	struct {
		const char *name;
		int rows;
	} list[LISTS_MAX];
	size_t lists;
};

/* The engine's error as ours. */
static struct err *
foreign(NEOERR *neo, const char *what)
{
	struct err *e;
	STRING s;

	string_init(&s);
	nerr_error_string(neo, &s);
	e = err_raise(ERR_BUG, SAY_BUG, "%s: %s", what,
	    s.buf != NULL ? s.buf : "template error");
	string_clear(&s);
	nerr_ignore(&neo);
	return e;
}

static struct err *
parse(struct views *v, const char *name)
{
	NEOERR *neo;

	if (v->n == TEMPLATES_MAX)
		return err_raise(ERR_BUG, SAY_BUG, "too many templates");
	if ((neo = cs_init(&v->cs[v->n], v->base)) != STATUS_OK)
		return foreign(neo, name);
	v->name[v->n] = name;
	v->n++;
	neo = cs_register_esc_strfunc(v->cs[v->n - 1], "url_validate",
	    neos_url_validate);
	if (neo == STATUS_OK)
		neo = cs_parse_file(v->cs[v->n - 1], name);
	return neo == STATUS_OK ? NULL : foreign(neo, name);
}

struct err *
views_load(struct views **out, const char *folder, const char *const *names)
{
	struct views *v = calloc(1, sizeof(*v));
	struct err *e = NULL;
	NEOERR *neo;

	if (v == NULL)
		abort();
	*out = v;
	if ((neo = nerr_init()) != STATUS_OK ||
	    (neo = hdf_init(&v->base)) != STATUS_OK ||
	    (neo = hdf_set_value(v->base, "hdf.loadpaths.0", folder)) !=
		STATUS_OK ||
	    (neo = hdf_set_value(v->base, "Config.VarEscapeMode", "html")) !=
		STATUS_OK)
		return foreign(neo, folder);
	for (; e == NULL && *names != NULL; names++)
		e = parse(v, *names);
	return e != NULL ? err_pass(e) : NULL;
}

void
views_free(struct views *v)
{
	size_t i;

	if (v == NULL)
		return;
	for (i = 0; i < v->n; i++)
		cs_destroy(&v->cs[i]);
	hdf_destroy(&v->base);
	free(v);
}

static void
drop(void *hdf)
{
	HDF *h = hdf;

	hdf_destroy(&h);
}

/* The engine fails here only for want of memory. */
static void
must(NEOERR *neo)
{
	if (neo != STATUS_OK)
		abort();
}

static struct view *
node(struct arena *a, HDF *hdf)
{
	struct view *v = arena_alloc(a, sizeof(*v));

	v->arena = a;
	v->hdf = hdf;
	return v;
}

struct view *
view_new(struct arena *a)
{
	HDF *hdf;

	must(hdf_init(&hdf));
	arena_defer(a, drop, hdf);
	return node(a, hdf);
}

void
view_text(struct view *v, const char *name, const char *value)
{
	must(hdf_set_value(v->hdf, name, value));
}

void
view_int(struct view *v, const char *name, int64_t n)
{
	char s[24];

	(void)snprintf(s, sizeof(s), "%lld", (long long)n);
	view_text(v, name, s);
}

struct view *
view_branch(struct view *v, const char *name)
{
	HDF *hdf;

	must(hdf_get_node(v->hdf, name, &hdf));
	return node(v->arena, hdf);
}

struct view *
view_row(struct view *v, const char *name)
{
	char path[NAME_MAX_LENGTH + 16];
	size_t i = 0;

	while (i < v->lists && strcmp(v->list[i].name, name) != 0)
		i++;
	if (i == LISTS_MAX)
		abort();
	if (i == v->lists) {
		v->list[i].name = name;
		v->lists++;
	}
	(void)snprintf(path, sizeof(path), "%s.%d", name, v->list[i].rows++);
	return view_branch(v, path);
}

/* Without the empty lines that stand above, between definitions of macros. */
static NEOERR *
append(void *out, char *piece)
{
	struct buf *b = out;

	buf_text(b, b->n == 0 ? piece + strspn(piece, "\n") : piece);
	return STATUS_OK;
}

struct err *
view_render(struct buf *out, struct views *views, const char *name,
    struct view *v)
{
	NEOERR *neo;
	size_t i = 0;

	while (i < views->n && strcmp(views->name[i], name) != 0)
		i++;
	if (i == views->n)
		return err_raise(ERR_BUG, SAY_BUG, "no template %s", name);
	/* The tree is parsed once and rendered with each request's data. */
	views->cs[i]->hdf = v->hdf;
	neo = cs_render(views->cs[i], out, append);
	views->cs[i]->hdf = views->base;
	return neo == STATUS_OK ? NULL : foreign(neo, name);
}
