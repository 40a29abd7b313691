/*
 * table.h - rows and columns on their way out, as CSV, as JSON lines or as a
 * spreadsheet.
 *
 * The caller says what the columns are and gives row after row; nothing is
 * kept of a row, so memory does not grow with their number.  CSV and lines go
 * out while they are made.  A spreadsheet is made in files that have no name
 * and goes out when it is whole; it has limits, and what is beyond them is a
 * 413 with nothing sent.
 */
#ifndef API_TABLE_H
#define API_TABLE_H

#include "web/web.h"

enum format { FORMAT_CSV, FORMAT_JSON, FORMAT_XLSX, FORMATS };

/* How it is asked for: format=, delimiter=, decimal=, bom=, zone=. */
struct form {
	enum format format;
	char delimiter, decimal;
	bool bom;
	const char *zone; /* of a spreadsheet's times, which name none */
};

enum cell_type {
	CELL_NONE, /* empty; not a member of a line */
	CELL_TEXT,
	CELL_REAL, /* NaN is empty; null in a line */
	CELL_INT,
	CELL_BOOL,
	CELL_TIME /* microseconds since 1970 UTC */
};

struct cell {
	enum cell_type type;
	union {
		const char *text;
		double real;
		int64_t n;
	};
};

struct column {
	const char *name;
	const char *unit; /* behind the name, in brackets; NULL or "": none */
	enum cell_type type; /* of most of its cells */
};

struct writer;

/*
 * A table of which the answer says that something is simulated gets a column
 * "data_source" behind its own, so that the file says so wherever it goes; but
 * for one that has a column "simulated".
 *
 * The first seven are the caller's to fill in.
 */
struct table {
	struct req *rq;
	struct res *rs;
	struct form form;
	const char *name; /* of what a row is: "readings" */
	const char *file; /* its name without a suffix */
	const struct column *column;
	size_t n;      /* of columns, and of the cells of a row */
	bool is_field; /* the rows that follow are not simulated */
	const struct writer *writer;
	size_t all;	   /* columns, with that of the source */
	struct cell *cell; /* room for a row of them */
	void *own;	   /* the writer's */
};

/*
 * All but the zone, which is UTC; `usual` is the format that is meant when
 * none is said.
 */
struct err *form_read(struct form *, const struct req *,
    enum format usual) MUST_CHECK;

/* zone=, which only a spreadsheet takes. */
struct err *form_zone(struct form *, const struct req *) MUST_CHECK;

/*
 * The head of the answer and of the table, rows, and the end; of HEAD the
 * first alone.  Errors are those of res_flush, and 413 for a spreadsheet that
 * grows too large.  Nothing may be read from the database after the end.
 */
struct err *table_begin(struct table *) MUST_CHECK;
struct err *table_row(struct table *, const struct cell *) MUST_CHECK;
struct err *table_end(struct table *) MUST_CHECK;

/* A text that is NULL is no cell at all. */
struct cell cell_text(const char *);
struct cell cell_real(double);
struct cell cell_int(int64_t);
struct cell cell_bool(bool);
struct cell cell_time(int64_t us);

/* "damaged until 2026-11-21T06:00:00.123Z", of a row that stands for a span. */
struct cell cell_until(struct arena *, const char *what, int64_t us);

#endif
