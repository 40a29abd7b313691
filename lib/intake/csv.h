/*
 * csv.h - a file as rows of cells.
 *
 * RFC 4180, with the separators that are met in the field and any line end;
 * blanks as a separator count once however many there are.  Or JSON: the
 * objects of the largest array in it are the rows, and the names of their
 * members the first one; of WaterML the readings of all its series.  Either
 * may be gzipped.
 *
 * Cells point into the file, or into the arena where a quote was doubled.
 * Nothing here knows what a cell means.
 */
#ifndef INTAKE_CSV_H
#define INTAKE_CSV_H

#include <stdbool.h>

#include "base/jscan.h"

enum {
	CSV_COLUMNS_MAX = 512,
	CSV_FILE_MAX = 64 * 1024 * 1024, /* unpacked */
	CSV_LINES_MAX = 4000000
};

/* The separator of what has none. */
#define CSV_JSON '{'

struct csv_row {
	const struct slice *cell;
	size_t n;
	size_t line;	/* where it begins, from 1; of JSON which object */
	bool is_broken; /* a quote was not closed, or has something behind it */
};

struct csv {
	struct arena *arena;
	struct bytes file; /* unpacked, without a byte-order mark */
	char separator;	   /* one of ",;\t| ", or CSV_JSON */
	/* The reader's own. */
	size_t at, line;
	struct slice *cell;
	struct slice *name; /* JSON: of the columns */
	struct slice *grid; /* JSON: the cells, row by row */
	size_t n_names, n_objects;
};

/*
 * Begin to read; separator 0: the one that fits best.  ERR_INPUT: it is
 * damaged, or neither text in UTF-8 nor JSON; ERR_TOO_BIG above CSV_FILE_MAX,
 * or when it unpacks to more than a hundred times of itself.
 */
struct err *csv_open(struct csv *, struct arena *, struct bytes file,
    char separator) MUST_CHECK;

/* The next row that is not empty; false: there is none. */
bool csv_next(struct csv_row *, struct csv *);

/* From the beginning again. */
void csv_rewind(struct csv *);

/* Without blanks around it. */
struct slice csv_trim(struct slice);

/* JSON's half: the rows of the largest array of objects. */
struct err *csv_json(struct csv *) MUST_CHECK;

/* The readings of WaterML as rows; false: the JSON, which is sound, is none. */
bool csv_water(struct csv *);

/* A value as a cell; an object, an array and null are empty ones. */
struct slice csv_json_cell(const struct jvalue *);

#endif
