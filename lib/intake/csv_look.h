/*
 * csv_look.h - what a file of rows seems to be, before anybody says what it
 * is.
 *
 * All rows are looked at, since one of them may be what settles the order of
 * day and month, or a number's decimal mark.  What even all of them leave open
 * is a question, see csv_plan.h.
 */
#ifndef INTAKE_CSV_LOOK_H
#define INTAKE_CSV_LOOK_H

#include "intake/csv.h"

enum { LOOK_SAMPLES = 3 };

/* Which decimal marks would do. */
enum mark { MARK_DOT = 1, MARK_COMMA = 2 };

struct seen {
	const char *name; /* of the header, or "" */
	size_t empty, numbers, dates, clocks, words;
	unsigned order; /* in which its dates are some, all of them */
	bool is_open;	/* a date of it needs an order */
	bool is_bare;	/* a date of it names no zone */
	bool has_time;	/* a date of it has a time of day */
	double least;	/* of its numbers */
	const char *sample[LOOK_SAMPLES];
	size_t n_samples;
};

struct look {
	char separator;
	bool header;	/* the first row has names */
	size_t rows;	/* without the header */
	size_t odd;	/* of them, not of as many cells as the first */
	unsigned marks; /* of enum mark, that would do for all numbers */
	struct seen *column;
	size_t n;
};

struct err *look_file(struct look *, struct csv *) MUST_CHECK;

/* "time", "clock", "number", "empty", "text" */
const char *seen_kind(const struct seen *);

/* For people and programs, in JSON. */
void look_put(struct buf *, const struct look *);

/*
 * Is it a number, with this for the decimal mark?  The other one may stand
 * between groups of three digits.
 */
bool cell_number(double *, struct slice, char mark);

/* "", "NA", "n/a", "null", "NaN", "-" */
bool cell_is_missing(struct slice);

#endif
