/*
 * xlsx.h - the sheets of a spreadsheet, as text that lib/intake/csv.h reads:
 * cells separated by tabs, a line a row, so that a line has the number that its
 * row has there.
 *
 * Numbers become the text that one would type; formulas are what they came out
 * as.  The file is a zip of XML from anybody: it may unpack to so much and no
 * more, a document type is refused and so no entity is ever expanded, rows
 * beyond the bounds below are cut off, and that is said.  Rows out of order
 * and cells in each other are refused: every text is copied once at most, and
 * a file below 1 MB takes less than 128 MB, most of it for names in its XML.
 */
#ifndef PROFILE_XLSX_H
#define PROFILE_XLSX_H

#include <stdbool.h>

#include "base/buf.h"

enum {
	XLSX_SHEETS_MAX = 32,
	XLSX_ROWS_MAX = 5000,
	XLSX_COLUMNS_MAX = 64,
	XLSX_STRINGS_MAX = 100000,
	XLSX_TEXT_MAX = 512 * 1024, /* of all sheets, as it comes out */
	XLSX_INFLATED_MAX = 16 * 1024 * 1024 /* all that is read of it */
};

struct sheet {
	const char *name;
	struct bytes text;
	size_t rows; /* that have something in them */
	bool is_cut;
};

/* Does it begin as one does? */
bool xlsx_is(struct bytes file);

/*
 * All its sheets, in their order.  ERR_INPUT: it is damaged, or none;
 * ERR_TOO_BIG: it unpacks to too much.
 */
struct err *xlsx_sheets(struct sheet **, size_t *n, struct arena *,
    struct bytes file) MUST_CHECK;

/* The text of the sheet of that name, or (NULL) of the first with anything. */
struct err *xlsx_sheet(struct bytes *text, struct arena *, struct bytes file,
    const char *name) MUST_CHECK;

#endif
