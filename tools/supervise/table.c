#include "table.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { LINE = 4096 };

#define BLANKS " \t\r\n"

/* One line, cut into words in place: NAME = WORD... */
static struct err *
line_read(struct table *t, struct arena *a, char *line)
{
	char *rest, *name = strtok_r(line, BLANKS, &rest);
	const char *equals = strtok_r(NULL, BLANKS, &rest);
	struct daemon *d = &t->v[t->n];
	size_t words = 0;
	const char *word;

	if (name == NULL || *name == '#')
		return NULL;
	if (equals == NULL || strcmp(equals, "=") != 0 || t->n == DAEMONS_MAX)
		return err_raise(ERR_INPUT, "A line is not understood.",
		    "%s: want \"name = command\", %d at most", name,
		    DAEMONS_MAX);
	while ((word = strtok_r(NULL, BLANKS, &rest)) != NULL) {
		if (words == WORDS_MAX)
			return err_raise(ERR_INPUT, "A command is too long.",
			    "%s: more than %d words", name, WORDS_MAX);
		if (words == 0 && d->socket == NULL && *word == '@')
			d->socket = arena_text(a, word + 1);
		else
			d->argv[words++] = arena_text(a, word);
	}
	if (words == 0)
		return err_raise(ERR_INPUT, "A line has no value.", "%s", name);
	d->argv[words] = NULL;
	if (strcmp(name, "home") == 0) {
		t->home = d->argv[0];
		return NULL;
	}
	d->name = arena_text(a, name);
	t->n++;
	return NULL;
}

struct err *
table_read(struct table *t, struct arena *a, const char *path)
{
	struct err *e = NULL;
	char line[LINE];
	FILE *f;

	if ((f = fopen(path, "re")) == NULL)
		return err_raise(ERR_INPUT, "The table cannot be read.",
		    "%s: %s", path, strerror(errno));
	while (e == NULL && fgets(line, sizeof(line), f) != NULL)
		e = line_read(t, a, line);
	(void)fclose(f);
	if (e != NULL)
		return err_pass(e);
	if (t->home == NULL)
		return err_raise(ERR_INPUT, "The table lacks its home.",
		    "%s: no line \"home = FOLDER\"", path);
	return NULL;
}
