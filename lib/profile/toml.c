/* toml.c - as much of TOML as Telegraf's files are made of; see draft.h. */
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "profile/draft.h"

enum { DEPTH_MAX = 16, WORD_MAX = 64, STRING_MAX = 4096 };

#define DAMAGED "The TOML is not understood."

struct toml {
	const char *s, *end;
	size_t line;
	int depth;
	const char *why; /* what was wrong first; NULL: nothing */
};

static void
json_close(void *o)
{
	json_decref(o);
}

static json_t *
fail(struct toml *t, const char *why)
{
	if (t->why == NULL)
		t->why = why;
	return NULL;
}

static int
peek(const struct toml *t)
{
	return t->s < t->end ? (unsigned char)*t->s : -1;
}

/* Blanks and comments; line ends too, where a value may run over them. */
static void
skip(struct toml *t, bool lines)
{
	for (; t->s < t->end; t->s++) {
		if (*t->s == '#')
			while (t->s < t->end && *t->s != '\n')
				t->s++;
		if (t->s == t->end || (*t->s == '\n' && !lines) ||
		    !isspace((unsigned char)*t->s))
			return;
		t->line += *t->s == '\n';
	}
}

static bool
take(struct toml *t, int c)
{
	if (peek(t) != c)
		return false;
	t->s++;
	return true;
}

/* What a basic string's backslash stands for; -1: it is not taken. */
static int
escaped(int c)
{
	static const char from[] = "\"\\nrtbf/", to[] = "\"\\\n\r\t\b\f/";
	const char *at = c > 0 ? strchr(from, c) : NULL;

	return at != NULL ? to[at - from] : -1;
}

/* A string of one line; its opening quote is taken. */
static json_t *
text_read(struct toml *t, char quote)
{
	char text[STRING_MAX];
	size_t n = 0;
	json_t *v;
	int c;

	while ((c = peek(t)) != quote) {
		if (c < 0 || c == '\n' || n == sizeof(text))
			return fail(t, "a string is not closed");
		t->s++;
		if (c == '\\' && quote == '"') {
			if ((c = escaped(peek(t))) < 0)
				return fail(t, "an escape is not known");
			t->s++;
		}
		text[n++] = (char)c;
	}
	t->s++;
	if (n == 0 && peek(t) == quote)
		return fail(t, "a string of several lines is not read");
	v = json_stringn(text, n);
	return v != NULL ? v : fail(t, "a string is not UTF-8");
}

/* A number, true, false. */
static json_t *
word_read(struct toml *t)
{
	char word[WORD_MAX], *end;
	size_t n = 0;
	double real;
	long long v;

	while (peek(t) >= 0 && strchr(",]}# \t\r\n", peek(t)) == NULL) {
		if (n + 1 == sizeof(word))
			return fail(t, "a value is too long");
		if (*t->s != '_')
			word[n++] = *t->s;
		t->s++;
	}
	word[n] = 0;
	if (strcmp(word, "true") == 0 || strcmp(word, "false") == 0)
		return json_boolean(*word == 't');
	errno = 0;
	v = strtoll(word, &end, n > 1 && word[1] == 'x' ? 16 : 10);
	if (n > 0 && *end == 0 && errno == 0)
		return json_integer(v);
	real = strtod(word, &end);
	if (n > 0 && *end == 0 && isfinite(real))
		return json_real(real);
	return fail(t, "a value is none of those that are read");
}

static json_t *value_read(struct toml *t);

static json_t *
array_read(struct toml *t)
{
	json_t *all = json_array(), *v;

	for (;;) {
		skip(t, true);
		if (take(t, ']'))
			return all;
		if ((v = value_read(t)) == NULL)
			break;
		(void)json_array_append_new(all, v);
		skip(t, true);
		if (take(t, ']'))
			return all;
		if (!take(t, ',')) {
			(void)fail(t, "an array wants a comma");
			break;
		}
	}
	json_decref(all);
	return NULL;
}

/* A bare or quoted key; false: there is none. */
static bool
key_read(struct toml *t, char *key, size_t room)
{
	size_t n = 0;
	json_t *quoted;
	int c;

	skip(t, false);
	c = peek(t);
	if (c == '"' || c == '\'') {
		t->s++;
		if ((quoted = text_read(t, (char)c)) == NULL)
			return false;
		(void)snprintf(key, room, "%s", json_string_value(quoted));
		json_decref(quoted);
		return true;
	}
	while ((c = peek(t)) > 0 && (isalnum(c) || c == '_' || c == '-') &&
	       n + 1 < room) {
		key[n++] = (char)c;
		t->s++;
	}
	key[n] = 0;
	if (n == 0)
		(void)fail(t, "want a key");
	return n > 0;
}

/* key = value, into the table; a key comes once. */
static bool
pair_read(struct toml *t, json_t *table)
{
	char key[WORD_MAX];
	json_t *v;

	if (!key_read(t, key, sizeof(key)))
		return false;
	skip(t, false);
	if (!take(t, '='))
		return fail(t, "want = behind a key") != NULL;
	skip(t, false);
	if (json_object_get(table, key) != NULL)
		return fail(t, "a key is there twice") != NULL;
	if ((v = value_read(t)) == NULL)
		return false;
	return json_object_set_new(table, key, v) == 0;
}

static json_t *
inline_read(struct toml *t)
{
	json_t *table = json_object();

	for (;;) {
		skip(t, true);
		if (take(t, '}'))
			return table;
		if (!pair_read(t, table))
			break;
		skip(t, true);
		if (take(t, '}'))
			return table;
		if (!take(t, ',')) {
			(void)fail(t, "an inline table wants a comma");
			break;
		}
	}
	json_decref(table);
	return NULL;
}

/* Nested at most DEPTH_MAX deep. */
static json_t *
value_read(struct toml *t)
{
	int c = peek(t);
	json_t *v;

	if (t->depth == DEPTH_MAX)
		return fail(t, "it is nested too deep");
	t->depth++;
	if (c == '"' || c == '\'' || c == '[' || c == '{')
		t->s++;
	v = c == '"' || c == '\'' ? text_read(t, (char)c)
	    : c == '['		  ? array_read(t)
	    : c == '{'		  ? inline_read(t)
				  : word_read(t);
	t->depth--;
	return v;
}

/* The table of that name below; the last of an array of them. */
static json_t *
step(struct toml *t, json_t *table, const char *key, bool append)
{
	json_t *v = json_object_get(table, key), *fresh;

	if (append) {
		if (v == NULL) {
			v = json_array();
			(void)json_object_set_new(table, key, v);
		}
		if (!json_is_array(v))
			return fail(t, "a table is there in two ways");
		fresh = json_object();
		(void)json_array_append_new(v, fresh);
		return fresh;
	}
	if (v == NULL) {
		v = json_object();
		(void)json_object_set_new(table, key, v);
	}
	if (json_is_array(v) && json_array_size(v) > 0)
		v = json_array_get(v, json_array_size(v) - 1);
	return json_is_object(v) ? v : fail(t, "a table is there in two ways");
}

/* [a.b] or [[a.b]]: the table that follows; NULL: it is wrong. */
static json_t *
heading_read(struct toml *t, json_t *root)
{
	bool array, last;
	char key[WORD_MAX];
	json_t *table = root;
	int depth = 0;

	t->s++;
	array = take(t, '[');
	do {
		if (++depth > DEPTH_MAX)
			return fail(t, "it is nested too deep");
		if (!key_read(t, key, sizeof(key)))
			return NULL;
		skip(t, false);
		last = !take(t, '.');
		if ((table = step(t, table, key, array && last)) == NULL)
			return NULL;
	} while (!last);
	if (!take(t, ']') || (array && !take(t, ']')))
		return fail(t, "a heading is not closed");
	return table;
}

struct err *
toml_read(json_t **out, struct arena *a, struct bytes file)
{
	struct toml t = { .s = (const char *)file.p,
		.end = (const char *)file.p + file.n,
		.line = 1 };
	json_t *root = json_object(), *table = root;

	arena_defer(a, json_close, root);
	for (;;) {
		skip(&t, true);
		if (t.s == t.end)
			break;
		if (peek(&t) == '[')
			table = heading_read(&t, root);
		else if (!pair_read(&t, table))
			table = NULL;
		skip(&t, false);
		if (table != NULL && t.s < t.end && *t.s != '\n')
			table = fail(&t, "something stands behind it");
		if (table == NULL)
			return err_raise(ERR_INPUT, DAMAGED, "line %zu: %s",
			    t.line, t.why != NULL ? t.why : "it is damaged");
	}
	*out = root;
	return NULL;
}
