#include "simulator/recording.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { LINE = 16384, FIELDS_MAX = 256 };

#define SAY "The recording cannot be played."

/* Cut a line into its fields, in place. */
static size_t
split(char **field, char *line)
{
	const char *by = strchr(line, ';') != NULL ? ";" : ",";
	size_t n = 0;
	char *next;

	line[strcspn(line, "\r\n")] = 0;
	for (; line != NULL && n < FIELDS_MAX; line = next) {
		if ((next = strpbrk(line, by)) != NULL)
			*next++ = 0;
		field[n++] = line;
	}
	return n;
}

/* Which field each column is, by the header line. */
static struct err *
choose(size_t *at, struct recording *r, char *header, const char *const *names,
    size_t n)
{
	char *field[FIELDS_MAX];
	size_t fields = split(field, header), i, k;

	r->columns = names != NULL ? n : fields - 1;
	if (r->columns == 0 || r->columns > COLUMNS_MAX)
		return err_raise(ERR_INPUT, SAY, "%zu columns", r->columns);
	for (i = 0; i < r->columns; i++) {
		for (k = 0; names != NULL && k < fields; k++)
			if (strcmp(field[k], names[i]) == 0)
				break;
		at[i] = names != NULL ? k : i + 1;
		if (at[i] >= fields)
			return err_raise(ERR_INPUT, SAY, "no column %s",
			    names[i]);
	}
	return NULL;
}

static double
number(const char *s)
{
	char *end;
	double v = strtod(s, &end);

	return end != s && *end == 0 ? v : NAN;
}

/* One row more; the array doubles in the arena. */
static double *
grow(struct recording *r, size_t *room, struct arena *a)
{
	if (r->rows == *room) {
		size_t size = r->columns * sizeof(*r->v);
		double *v = arena_array(a, *room * 2 + 1024, size);

		if (r->rows > 0)
			memcpy(v, r->v, r->rows * size);
		r->v = v;
		*room = *room * 2 + 1024;
	}
	return r->v + r->rows++ * r->columns;
}

static struct err *
load(struct recording *r, struct arena *a, gzFile f, const char *const *names,
    size_t n)
{
	char line[LINE], *field[FIELDS_MAX];
	size_t at[COLUMNS_MAX], room = 0, i;
	struct err *e;

	if (gzgets(f, line, sizeof(line)) == NULL)
		return err_raise(ERR_INPUT, SAY, "the file is empty");
	if ((e = choose(at, r, line, names, n)) != NULL)
		return err_pass(e);
	while (gzgets(f, line, sizeof(line)) != NULL) {
		size_t fields = split(field, line);
		double *row = grow(r, &room, a);

		for (i = 0; i < r->columns; i++)
			row[i] = at[i] < fields ? number(field[at[i]]) : NAN;
	}
	return NULL;
}

struct err *
recording_load(struct recording **out, struct arena *a, const char *path,
    const char *const *names, size_t n)
{
	struct recording *r = arena_alloc(a, sizeof(*r));
	gzFile f = gzopen(path, "rb");
	struct err *e;

	if (f == NULL)
		return err_raise(ERR_INPUT, SAY, "cannot open %s", path);
	e = load(r, a, f, names, n);
	(void)gzclose_r(f);
	if (e != NULL)
		return err_pass(e);
	*out = r;
	return NULL;
}
