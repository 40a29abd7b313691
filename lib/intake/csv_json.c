/* The objects of the largest array in a JSON document, as rows of cells. */
#include <string.h>

#include "intake/csv.h"

enum { PATHS_MAX = 64, CELLS_MAX = 8000000 };

/* An array of objects, by the names of the members that it stands below. */
struct path {
	struct slice name[JSCAN_DEPTH + 1];
	size_t depth, count;
};

struct paths {
	struct path v[PATHS_MAX];
	size_t n;
};

enum pass { PASS_PATHS, PASS_NAMES, PASS_CELLS };

struct walk {
	struct csv *c;
	struct paths *paths;
	const struct path *chosen;
	enum pass pass;
	struct path here;
	size_t row;
};

static bool
same_path(const struct path *a, const struct path *b)
{
	size_t i;

	if (a->depth != b->depth)
		return false;
	for (i = 1; i <= a->depth; i++)
		if (!slice_same(a->name[i], b->name[i]))
			return false;
	return true;
}

/* One more object of an array. */
static void
count(struct paths *p, const struct path *here)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		if (same_path(&p->v[i], here)) {
			p->v[i].count++;
			return;
		}
	if (p->n == PATHS_MAX)
		return;
	p->v[p->n] = *here;
	p->v[p->n++].count = 1;
}

/* The column of this name, guessed by its place; a new one when it may be. */
static size_t
column_of(struct walk *w, struct slice key, size_t guess)
{
	struct csv *c = w->c;
	size_t i;

	if (guess < c->n_names && slice_same(c->name[guess], key))
		return guess;
	for (i = 0; i < c->n_names; i++)
		if (slice_same(c->name[i], key))
			return i;
	if (w->pass == PASS_NAMES && c->n_names < CSV_COLUMNS_MAX)
		c->name[c->n_names++] = key;
	return i;
}

struct slice
csv_json_cell(const struct jvalue *v)
{
	switch (v->kind) {
	case J_TEXT:
		return v->text;
	case J_INT:
	case J_BIG:
	case J_REAL:
	case J_TRUE:
	case J_FALSE:
		return v->raw;
	default:
		return (struct slice){ "", 0 };
	}
}

/* The members of an object that is a row. */
static void
row(struct walk *w, struct jscan *s)
{
	struct slice *to =
	    w->pass == PASS_CELLS ? w->c->grid + w->row * w->c->n_names : NULL;
	struct slice key;
	struct jvalue v;
	size_t i, at;

	/* A member that is not there is an empty cell. */
	for (i = 0; to != NULL && i < w->c->n_names; i++)
		to[i] = (struct slice){ "", 0 };
	for (i = 0; jscan_member(s, &key); i++) {
		jscan_value(s, &v);
		jscan_pass(s, &v);
		at = column_of(w, key, i);
		if (to != NULL && at < w->c->n_names)
			to[at] = csv_json_cell(&v);
	}
	w->row++;
}

/* A value that stands in what is open at `outside`, below the member `key`. */
static void
step(struct walk *w, struct jscan *s, size_t outside, struct slice key)
{
	bool in_array = !s->level[outside].object;
	struct jvalue v;

	jscan_value(s, &v);
	if (v.kind != J_OBJECT && v.kind != J_ARRAY)
		return;
	w->here.name[outside + 1] = key;
	w->here.depth = outside;
	if (v.kind != J_OBJECT || !in_array)
		return;
	if (w->pass == PASS_PATHS)
		count(w->paths, &w->here);
	else if (same_path(w->chosen, &w->here))
		row(w, s);
}

/* All of the document, without recursion. */
static struct err *
walk(struct walk *w)
{
	static const struct slice none = { "", 0 };
	struct jvalue top;
	struct jscan s;
	struct err *e;

	w->row = 0;
	jscan_open(&s, w->c->arena, w->c->file);
	jscan_value(&s, &top);
	w->here.name[1] = none;
	while (s.why == NULL && s.depth > 0) {
		size_t outside = s.depth;
		struct slice key = none;
		bool more = s.level[outside].object ? jscan_member(&s, &key)
						    : jscan_item(&s);

		if (more)
			step(w, &s, outside, key);
	}
	e = jscan_close(&s);
	return e != NULL ? err_pass(e) : NULL;
}

struct err *
csv_json(struct csv *c)
{
	struct paths *paths = arena_alloc(c->arena, sizeof(*paths));
	struct walk *w = arena_alloc(c->arena, sizeof(*w));
	struct err *e;
	size_t i;

	w->c = c;
	w->paths = paths;
	if ((e = walk(w)) != NULL)
		return err_pass(e);
	if (csv_water(c))
		return NULL;
	for (i = 0; i < paths->n; i++)
		if (w->chosen == NULL || paths->v[i].count > w->chosen->count)
			w->chosen = &paths->v[i];
	if (w->chosen == NULL)
		return err_raise(ERR_INPUT,
		    "The JSON has no array of objects in it.", "no rows");
	c->name = arena_array(c->arena, CSV_COLUMNS_MAX, sizeof(*c->name));
	w->pass = PASS_NAMES;
	if ((e = walk(w)) != NULL)
		return err_pass(e);
	c->n_objects = w->row;
	if (c->n_names > 0 && c->n_objects > CELLS_MAX / c->n_names)
		return err_raise(ERR_TOO_BIG, "The file has too many cells.",
		    "more than %d cells", CELLS_MAX);
	c->grid = arena_array(c->arena, c->n_objects * c->n_names + 1,
	    sizeof(*c->grid));
	w->pass = PASS_CELLS;
	e = walk(w);
	return e != NULL ? err_pass(e) : NULL;
}
