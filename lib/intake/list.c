#include "intake/list.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define FORMULA "=+-@\t\r"

static const struct list_kind kinds[] = {
	{ "devices", 0, 0, 7, 10000, 7,
	    { "key", "name", "site", "gateway", "asset", "kind",
		"manufacturer" } },
	{ "assets", 1, 1, 9, 10000, 9,
	    { "kind", "key", "name", "site", "parent", "type", "latitude",
		"longitude", "zone" } },
	{ "users", 0, 1, 0, 2000, 4, { "email", "name", "role", "place" } },
};

const struct list_kind *
list_kind(const char *word)
{
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (strcmp(kinds[i].word, word) == 0)
			return &kinds[i];
	return NULL;
}

/* ---- reading ---- */

static size_t
column_of(const struct list_kind *k, struct slice name)
{
	size_t i = 0;

	while (i < k->n && (strlen(k->column[i]) != name.n ||
			       strncasecmp(k->column[i], name.p, name.n) != 0))
		i++;
	return i;
}

static struct err *
bad_head(struct arena *a, const struct list_kind *k, const char *what)
{
	struct buf b = buf_new(a, 128);
	size_t i;

	for (i = 0; i < k->n; i++)
		buf_printf(&b, "%s%s", i > 0 ? ", " : "", k->column[i]);
	return err_say(err_raise(ERR_REFUSED, "", "head of a list"),
	    "The first row %s. The columns of %s are: %s.", what, k->word,
	    (const char *)b.p);
}

struct err *
list_no_people(const struct csv_row *head)
{
	size_t i;

	for (i = 0; i < head->n; i++) {
		struct slice name = csv_trim(head->cell[i]);

		if (name.n == 5 && strncasecmp(name.p, "email", 5) == 0)
			return err_raise(ERR_REFUSED,
			    "People are invited by a file of users; this was "
			    "brought as another kind.",
			    "a file of people");
	}
	return NULL;
}

/* Which cell of a row is which column, from 1; 0: the file has it not. */
static struct err *
head_read(size_t *at, struct arena *a, const struct list_kind *k,
    const struct csv_row *head)
{
	struct err *e;
	size_t i, c;

	if (strcmp(k->word, "users") != 0 && (e = list_no_people(head)) != NULL)
		return err_pass(e);
	for (i = 0; i < head->n; i++) {
		struct slice name = csv_trim(head->cell[i]);

		if (name.n == 0)
			continue;
		c = column_of(k, name);
		if (c == k->n)
			return bad_head(a, k,
			    arena_printf(a, "names \"%.*s\"",
				(int)(name.n < 40 ? name.n : 40), name.p));
		if (at[c] > 0)
			return bad_head(a, k,
			    arena_printf(a, "names %s twice", k->column[c]));
		at[c] = i + 1;
	}
	if (at[k->key] == 0)
		return bad_head(a, k,
		    arena_printf(a, "has no %s", k->column[k->key]));
	return NULL;
}

/* Without what list_put_row puts before a formula. */
static struct slice
bare(struct slice s)
{
	s = csv_trim(s);
	if (s.n > 1 && s.p[0] == '\'' && memchr(FORMULA, s.p[1], 6) != NULL)
		return (struct slice){ s.p + 1, s.n - 1 };
	return s;
}

static void
row_read(struct list *l, struct arena *a, const struct csv_row *r,
    const size_t *at)
{
	struct list_fault *f = &l->fault[l->n];
	size_t c;

	l->line[l->n] = (int64_t)r->line;
	if (r->is_broken)
		*f = (struct list_fault){ "broken", "",
			"a quote is not closed, or has something behind it" };
	for (c = 0; c < l->kind->n; c++) {
		struct slice s = { "", 0 };

		if (at[c] > 0 && at[c] <= r->n)
			s = bare(r->cell[at[c] - 1]);
		if (s.n > LIST_CELL_MAX || memchr(s.p, 0, s.n) != NULL) {
			*f = (struct list_fault){ "bad_cell",
				l->kind->column[c], "up to 256 letters" };
			s.n = 0;
		}
		l->cell[c][l->n] = arena_copy(a, s.p, s.n);
	}
	l->n++;
}

struct err *
list_read(struct list *l, struct arena *a, const struct list_kind *k,
    struct csv *file)
{
	size_t at[LIST_COLUMNS_MAX] = { 0 }, c;
	struct csv_row r;
	struct err *e;

	*l = (struct list){ .kind = k };
	csv_rewind(file);
	if (!csv_next(&r, file))
		return err_raise(ERR_REFUSED, "The file is empty.", "no rows");
	if ((e = head_read(at, a, k, &r)) != NULL)
		return err_pass(e);
	for (c = 0; c < k->n; c++)
		l->cell[c] = arena_array(a, k->most, sizeof(char *));
	l->line = arena_array(a, k->most, sizeof(*l->line));
	l->fault = arena_array(a, k->most, sizeof(*l->fault));
	while (csv_next(&r, file)) {
		if (l->n == k->most)
			return err_say(err_raise(ERR_TOO_BIG, "", "a list"),
			    "A file of %s may have %zu rows.", k->word,
			    k->most);
		row_read(l, a, &r, at);
	}
	return NULL;
}

/* ---- writing ---- */

/* -33.5 begins as a formula does, and is none. */
static bool
is_formula(const char *s)
{
	char *end;

	if (*s == 0 || strchr(FORMULA, *s) == NULL)
		return false;
	(void)strtod(s, &end);
	return *end != 0;
}

static void
cell_put(struct buf *b, const char *s)
{
	bool quoted = strpbrk(s, ",;\t\"\r\n") != NULL;

	if (quoted)
		buf_byte(b, '"');
	if (is_formula(s))
		buf_byte(b, '\'');
	for (; *s != 0; s++) {
		if (*s == '"')
			buf_byte(b, '"');
		buf_byte(b, (unsigned char)*s);
	}
	if (quoted)
		buf_byte(b, '"');
}

void
list_put_row(struct buf *b, const struct list_kind *k, const char *const *cell)
{
	size_t i;

	for (i = 0; i < k->n; i++) {
		if (i > 0)
			buf_byte(b, ',');
		cell_put(b, cell[i] != NULL ? cell[i] : "");
	}
	buf_text(b, "\r\n");
}

void
list_put_head(struct buf *b, const struct list_kind *k)
{
	list_put_row(b, k, k->column);
}
