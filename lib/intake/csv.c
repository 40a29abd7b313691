#include "intake/csv.h"

#include <string.h>
#include <zlib.h>

#include "base/utf8.h"

enum {
	LOOK_ROWS = 64,	       /* to find the separator */
	RATIO = 100,	       /* unpacked to packed, at most */
	RATIO_FREE = 64 * 1024 /* below that nobody asks */
};

static struct err *
damaged(const char *why)
{
	return err_raise(ERR_INPUT, "The file is damaged: it does not unpack.",
	    "%s", why);
}

/* gzip, all its members; stops where it is too much. */
static struct err *
unpack(struct bytes *out, struct arena *a, struct bytes in)
{
	size_t most = in.n > CSV_FILE_MAX / RATIO ? CSV_FILE_MAX
						  : in.n * RATIO + RATIO_FREE;
	struct buf b = buf_new(a, in.n * 4 + 1024);
	z_stream z = { .next_in = (unsigned char *)(uintptr_t)in.p,
		.avail_in = (uInt)in.n };
	unsigned char piece[32768];
	int r;

	if (inflateInit2(&z, 15 + 16) != Z_OK)
		return err_raise(ERR_BUG, "Something went wrong on our side.",
		    "inflateInit2");
	do {
		z.next_out = piece;
		z.avail_out = sizeof(piece);
		r = inflate(&z, Z_NO_FLUSH);
		if (b.n + sizeof(piece) - z.avail_out > most) {
			(void)inflateEnd(&z);
			return err_raise(ERR_TOO_BIG,
			    "The file is too large when it is unpacked.",
			    "more than %zu bytes", most);
		}
		buf_put(&b, piece, sizeof(piece) - z.avail_out);
		if (r == Z_STREAM_END && z.avail_in > 0)
			r = inflateReset(&z);
	} while (r == Z_OK && (z.avail_in > 0 || z.avail_out == 0));
	(void)inflateEnd(&z);
	if (r != Z_STREAM_END)
		return damaged(z.msg != NULL ? z.msg : "cut short");
	*out = (struct bytes){ b.p, b.n };
	return NULL;
}

/* UTF-8 without NULs, as Postgres wants it. */
static bool
is_text(struct bytes b)
{
	size_t i = 0, n;

	while (i < b.n) {
		if (b.p[i] == 0)
			return false;
		if (b.p[i] < 0x80)
			n = 1;
		else if ((n = utf8_character(b.p + i, b.n - i)) == 0)
			return false;
		i += n;
	}
	return true;
}

struct slice
csv_trim(struct slice s)
{
	while (s.n > 0 && (*s.p == ' ' || *s.p == '\t')) {
		s.p++;
		s.n--;
	}
	while (s.n > 0 && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
		s.n--;
	return s;
}

static bool
is_end(unsigned char c)
{
	return c == '\n' || c == '\r';
}

/* Behind the end of a line, of whatever kind. */
static void
pass_end(struct csv *c)
{
	if (c->at < c->file.n && c->file.p[c->at] == '\r')
		c->at++;
	if (c->at < c->file.n && c->file.p[c->at] == '\n')
		c->at++;
	c->line++;
}

/* Two quotes are one. */
static struct slice
undouble(struct arena *a, struct slice s)
{
	char *to = arena_copy(a, s.p, s.n), *w = to;
	size_t i;

	for (i = 0; i < s.n; i++) {
		*w++ = s.p[i];
		if (s.p[i] == '"')
			i++;
	}
	return (struct slice){ to, (size_t)(w - to) };
}

/* A quoted cell; the reader stands on its first quote. */
static struct slice
quoted(struct csv *c, bool *broken)
{
	const unsigned char *p = c->file.p;
	size_t from = ++c->at;
	bool doubled = false;
	struct slice s;

	for (; c->at < c->file.n; c->at++) {
		if (p[c->at] == '\n' ||
		    (p[c->at] == '\r' &&
			(c->at + 1 == c->file.n || p[c->at + 1] != '\n')))
			c->line++;
		if (p[c->at] != '"')
			continue;
		if (c->at + 1 == c->file.n || p[c->at + 1] != '"')
			break;
		doubled = true;
		c->at++;
	}
	s = (struct slice){ (const char *)p + from, c->at - from };
	if (c->at == c->file.n)
		*broken = true;
	else
		c->at++;
	return doubled ? undouble(c->arena, s) : s;
}

static void
blanks(struct csv *c)
{
	while (c->at < c->file.n && c->file.p[c->at] == ' ')
		c->at++;
}

static bool
is_over(const struct csv *c)
{
	return c->at == c->file.n || is_end(c->file.p[c->at]);
}

/* A cell, up to the separator or the end of the line. */
static struct slice
cell_read(struct csv *c, bool *broken)
{
	size_t from = c->at;
	struct slice s;

	if (c->at < c->file.n && c->file.p[c->at] == '"') {
		s = quoted(c, broken);
		if (!is_over(c) &&
		    c->file.p[c->at] != (unsigned char)c->separator)
			*broken = true;
		else
			return s;
	}
	while (!is_over(c) && c->file.p[c->at] != (unsigned char)c->separator)
		c->at++;
	return (struct slice){ (const char *)c->file.p + from, c->at - from };
}

static bool
object_next(struct csv_row *r, struct csv *c)
{
	if (c->at > c->n_objects)
		return false;
	*r = (struct csv_row){ .n = c->n_names, .line = c->at };
	r->cell = c->at == 0 ? c->name : c->grid + (c->at - 1) * c->n_names;
	c->at++;
	return true;
}

bool
csv_next(struct csv_row *r, struct csv *c)
{
	if (c->separator == CSV_JSON)
		return object_next(r, c);
	do {
		if (c->separator == ' ')
			blanks(c);
		while (c->at < c->file.n && is_end(c->file.p[c->at]))
			pass_end(c);
		if (c->separator == ' ')
			blanks(c);
	} while (c->at < c->file.n && is_end(c->file.p[c->at]));
	if (c->at == c->file.n)
		return false;
	*r = (struct csv_row){ .cell = c->cell, .line = c->line };
	for (;;) {
		struct slice s = cell_read(c, &r->is_broken);

		if (r->n < CSV_COLUMNS_MAX)
			c->cell[r->n++] = s;
		if (c->separator == ' ')
			blanks(c);
		if (is_over(c))
			break;
		if (c->separator != ' ')
			c->at++;
	}
	pass_end(c);
	return true;
}

void
csv_rewind(struct csv *c)
{
	c->at = 0;
	c->line = 1;
}

/* How well a separator fits: rows that agree, and on how many cells. */
struct fit {
	size_t agree, cells;
};

static struct fit
try(struct csv *c, char separator)
{
	size_t seen[CSV_COLUMNS_MAX + 1] = { 0 }, i, rows = 0;
	struct fit f = { 0, 1 };
	struct csv_row r;

	c->separator = separator;
	csv_rewind(c);
	while (rows++ < LOOK_ROWS && csv_next(&r, c))
		seen[r.n]++;
	for (i = 2; i <= CSV_COLUMNS_MAX; i++)
		if (seen[i] > 0 && seen[i] >= f.agree)
			f = (struct fit){ seen[i], i };
	return f;
}

/* Blanks only when there is nothing else: they stand inside of cells, too. */
static char
separator_of(struct csv *c)
{
	static const char marks[] = ";\t,|";
	struct fit best = { 0, 1 };
	char found = ',';
	size_t i;

	for (i = 0; marks[i] != 0; i++) {
		struct fit f = try(c, marks[i]);

		if (f.cells > 1 &&
		    (f.agree > best.agree ||
			(f.agree == best.agree && f.cells > best.cells))) {
			best = f;
			found = marks[i];
		}
	}
	if (best.cells > 1)
		return found;
	return try(c, ' ').cells > 1 ? ' ' : ',';
}

static bool
is_json(struct bytes b)
{
	size_t i = 0;

	while (i < b.n && (is_end(b.p[i]) || b.p[i] == ' ' || b.p[i] == '\t'))
		i++;
	return i < b.n && (b.p[i] == '{' || b.p[i] == '[');
}

struct err *
csv_open(struct csv *c, struct arena *a, struct bytes file, char separator)
{
	struct err *e;

	*c = (struct csv){ .arena = a, .file = file, .separator = separator };
	if (file.n > 2 && file.p[0] == 0x1f && file.p[1] == 0x8b &&
	    (e = unpack(&c->file, a, file)) != NULL)
		return err_pass(e);
	if (c->file.n > CSV_FILE_MAX)
		return err_raise(ERR_TOO_BIG, "The file is too large.",
		    "more than %d bytes", CSV_FILE_MAX);
	if (c->file.n > 2 && memcmp(c->file.p, "\xef\xbb\xbf", 3) == 0)
		c->file = (struct bytes){ c->file.p + 3, c->file.n - 3 };
	if (!is_text(c->file))
		return err_raise(ERR_INPUT,
		    "The file is not text in UTF-8; save it as CSV UTF-8.",
		    "no UTF-8");
	c->cell = arena_array(a, CSV_COLUMNS_MAX, sizeof(*c->cell));
	if (is_json(c->file)) {
		c->separator = CSV_JSON;
		if ((e = csv_json(c)) != NULL)
			return err_pass(e);
	} else if (separator == 0 || strchr(",;\t| ", separator) == NULL) {
		c->separator = separator_of(c);
	}
	csv_rewind(c);
	return NULL;
}
