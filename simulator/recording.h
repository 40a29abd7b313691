/*
 * recording.h - the rows of a CSV file, one a poll.
 */
#ifndef SIMULATOR_RECORDING_H
#define SIMULATOR_RECORDING_H

#include "base/arena.h"

enum { COLUMNS_MAX = 64 };

struct recording {
	double *v; /* row by row */
	size_t rows, columns;
};

/*
 * Those columns of the file, in their order; names NULL: all but the first.
 * The file may be gzipped; ";" or "," separates, and a field that is no
 * number is NaN.
 */
struct err *recording_load(struct recording **, struct arena *,
    const char *path, const char *const *names, size_t n) MUST_CHECK;

#endif
