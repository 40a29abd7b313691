/*
 * import.h - of an import: what was wrong with it, whose its readings are, and
 * what the store has of them already.
 */
#ifndef WORKER_IMPORT_H
#define WORKER_IMPORT_H

#include "intake/take.h"

struct db;
struct tx;

enum { FAULTS_KEPT = 1000 }; /* of an import; all are counted */

/* Of a cell, or with column "" of a row. */
struct fault {
	size_t line;
	const char *column, *code, *detail;
	struct slice cell;
};

/* Column by column, until they are written down; `seen` before them. */
struct faults {
	int32_t place[FAULTS_KEPT];
	int64_t line[FAULTS_KEPT];
	const char *col[FAULTS_KEPT], *code[FAULTS_KEPT];
	const char *detail[FAULTS_KEPT], *cell[FAULTS_KEPT];
	size_t n, seen;
};

/* Its texts are copied into the arena, but for the code. */
void fault_add(struct faults *, struct arena *, struct fault);
struct err *faults_put(struct faults *, struct tx *, int32_t import) MUST_CHECK;

/* After an error that passes it need not be waited for as if it had died. */
void import_again(struct db *, struct arena *, int32_t tenant, int32_t import);

/* What a slice is of. */
struct parts_of {
	const struct roster *roster;
	const int32_t *account; /* of a device of the roster: its source */
	const struct virtuals *virtuals;
	int32_t import;
};

/* A batch for each account that a slice has readings of. */
struct parts {
	struct taken *v;
	int32_t *source;
	size_t n;
	size_t made; /* readings that were computed */
};

/* ERR_REFUSED when more is computed than one batch can hold. */
struct err *parts_make(struct parts *, const struct intake *,
    const struct parts_of *) MUST_CHECK;
struct err *parts_keep(struct tx *, struct parts *) MUST_CHECK;

/* How many of these settled readings the store has already. */
struct err *import_known(size_t *n, struct tx *,
    const struct readings *) MUST_CHECK;

/*
 * Is it ours still, or was it until now, when it is over?  Somebody may have
 * asked anew meanwhile, and then it has its turn again.
 */
struct err *import_ours(bool *, struct tx *, int32_t import,
    bool over) MUST_CHECK;

/* All of one import whose turn it is: worker/import.c. */
struct err *import_run(struct db *, struct arena *, int32_t tenant,
    int32_t import) MUST_CHECK;

#endif
