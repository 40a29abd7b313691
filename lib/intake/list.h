/*
 * list.h - a file that is a list: of devices, of sites and assets, of people.
 *
 * The first row names the columns, in any order and letters; each other row is
 * one thing.  The same columns come out where the present state is written, so
 * that what was written can be read again and changes nothing.
 */
#ifndef INTAKE_LIST_H
#define INTAKE_LIST_H

#include "intake/csv.h"

enum { LIST_COLUMNS_MAX = 9, LIST_CELL_MAX = 256 };

struct list_kind {
	const char *word; /* "assets" */
	size_t key;	  /* index of the column that must be there */
	size_t what;	  /* of the one that a line is called by */
	size_t hidden;	  /* of the one that no report repeats; n: none is */
	size_t most;	  /* rows */
	size_t n;
	const char *column[LIST_COLUMNS_MAX];
};

/* What is wrong with a row before anybody looks at its meaning. */
struct list_fault {
	const char *code, *column, *detail; /* code NULL: nothing */
};

struct list {
	const struct list_kind *kind;
	const char **cell[LIST_COLUMNS_MAX]; /* by column, then row */
	struct list_fault *fault;	     /* by row */
	int64_t *line;			     /* of the file, by row */
	size_t n;
};

/* "devices", "assets" or "users"; NULL: files of this kind are no lists. */
const struct list_kind *list_kind(const char *word);

/*
 * All rows.  ERR_REFUSED: the first one does not name the columns, or names
 * one that there is not; ERR_TOO_BIG: there are more than kind->most.
 */
struct err *list_read(struct list *, struct arena *, const struct list_kind *,
    struct csv *) MUST_CHECK;

/*
 * ERR_REFUSED: the first row is that of a file of people.  Theirs is sealed, so
 * it must not come in as a file of another kind.
 */
struct err *list_no_people(const struct csv_row *head) MUST_CHECK;

/* The first row of such a file. */
void list_put_head(struct buf *, const struct list_kind *);

/*
 * A row of it, kind->n cells; NULL is an empty one.  What a spreadsheet would
 * take for a formula gets an apostrophe in front, and loses it when it is read.
 */
void list_put_row(struct buf *, const struct list_kind *,
    const char *const *cell);

#endif
