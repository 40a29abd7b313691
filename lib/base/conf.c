#include "base/conf.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE = 4096 };

static char *
trim(char *s)
{
	size_t n;

	s += strspn(s, " \t\r\n");
	n = strlen(s);
	while (n > 0 && strchr(" \t\r\n", s[n - 1]) != NULL)
		s[--n] = 0;
	return s;
}

/* Store one value into its member. */
static struct err *
put(void *into, struct arena *a, const struct conf_key *k, const char *value)
{
	char *at = (char *)into + k->offset, *end;
	long v;

	if (k->type != CONF_INT) {
		const char *copy = arena_text(a, value);

		memcpy(at, &copy, sizeof(copy));
		return NULL;
	}
	errno = 0;
	v = strtol(value, &end, 10);
	if (errno != 0 || end == value || *end != 0 || v < k->min || v > k->max)
		return err_raise(ERR_INPUT, "A setting is out of bounds.",
		    "%s = %s: want a whole number from %d to %d", k->key, value,
		    k->min, k->max);
	memcpy(at, &(int){ (int)v }, sizeof(int));
	return NULL;
}

static struct err *
line_read(void *into, struct arena *a, char *line, const struct conf_key *keys,
    size_t n, char *given)
{
	char *eq, *key;
	size_t i;

	line = trim(line);
	if (*line == 0 || *line == '#')
		return NULL;
	if ((eq = strchr(line, '=')) == NULL)
		return err_raise(ERR_INPUT, "A setting is not understood.",
		    "\"%s\" is not \"key = value\"", line);
	*eq = 0;
	key = trim(line);
	for (i = 0; i < n; i++) {
		if (strcmp(keys[i].key, key) == 0) {
			given[i] = 1;
			return put(into, a, &keys[i], trim(eq + 1));
		}
	}
	return err_raise(ERR_INPUT, "A setting is not known.",
	    "unknown key \"%s\"", key);
}

struct err *
conf_read(void *into, struct arena *a, const char *path,
    const struct conf_key *keys, size_t n)
{
	char line[LINE], *given = arena_alloc(a, n);
	struct err *e = NULL;
	FILE *f;
	size_t i;

	if ((f = fopen(path, "re")) == NULL)
		return err_raise(ERR_INPUT, "The settings cannot be read.",
		    "%s: %s", path, strerror(errno));
	while (e == NULL && fgets(line, sizeof(line), f) != NULL)
		e = line_read(into, a, line, keys, n, given);
	(void)fclose(f);
	if (e != NULL)
		return err_pass(e);
	for (i = 0; i < n; i++) {
		if (given[i])
			continue;
		if (keys[i].fallback == NULL)
			return err_raise(ERR_INPUT, "A setting is missing.",
			    "%s: \"%s\" is required (%s)", path, keys[i].key,
			    keys[i].help);
		if ((e = put(into, a, &keys[i], keys[i].fallback)) != NULL)
			return err_pass(e);
	}
	return NULL;
}

void
conf_print(const void *from, const struct conf_key *keys, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		const char *at = (const char *)from + keys[i].offset;
		const char *text;
		int v;

		(void)printf("# %s\n", keys[i].help);
		if (keys[i].type == CONF_INT) {
			memcpy(&v, at, sizeof(v));
			(void)printf("%s = %d\n", keys[i].key, v);
			continue;
		}
		memcpy(&text, at, sizeof(text));
		(void)printf("%s = %s\n", keys[i].key,
		    keys[i].type == CONF_SECRET ? "(hidden)" : text);
	}
}

void
conf_main(void *into, struct arena *a, int argc, char **argv,
    const struct conf_key *keys, size_t n)
{
	bool check = argc == 3 && strcmp(argv[2], "--check") == 0;
	bool tried = argc == 3 && strcmp(argv[2], "--sandbox-test") == 0;
	struct err *e;

	if (argc != 2 && !check && !tried) {
		(void)fprintf(stderr,
		    "usage: %s CONFIG [--check | --sandbox-test]\n", argv[0]);
		exit(2);
	}
	if ((e = conf_read(into, a, argv[1], keys, n)) != NULL) {
		(void)fprintf(stderr, "%s: %s\n", argv[0], e->why);
		exit(2);
	}
	if (check) {
		conf_print(into, keys, n);
		exit(0);
	}
}
