/*
 * writer.h - what the three ways to write a table have in common; between
 * table.c and them.
 */
#ifndef API_WRITER_H
#define API_WRITER_H

#include "cgi-bin/api/table.h"

struct writer {
	const char *type;   /* Content-Type */
	const char *suffix; /* of the file; NULL: it is no file */
	struct err *(*begin)(struct table *);
	struct err *(*row)(struct table *, const struct cell *);
	struct err *(*end)(struct table *);
};

extern const struct writer csv_writer, lines_writer, sheet_writer;

/* The name of a column as people read it, "flow_rate (m3/h)". */
const char *column_title(struct arena *, const struct column *);

#endif
