/*
 * retention.h - deleting what is older than its rule allows, with a proof.
 *
 * In steps, each for one transaction.  A chunk goes whole, when its UTC day is
 * past; where the rule says so only after it lies in an archive.  Every step
 * leaves its certificate in flux.deletion.
 */
#ifndef STORE_RETENTION_H
#define STORE_RETENTION_H

#include "db/db.h"

enum {
	RETENTION_CHUNKS = 256, /* chunks a step takes */
	RETENTION_ROWS = 20000	/* rows of any other table */
};

struct retention {
	const char *folder; /* of the archives */
	const char *by;	    /* who deletes, for the certificate */
	int64_t now;
};

/* What steps came to. */
struct retained {
	int64_t rows, readings, bytes;
	size_t files;
	bool busy; /* packing holds the tenant's chunks: ask again later */
};

/*
 * One step in tx, its results added; *more is false when nothing is left to
 * delete.  An archive that cannot be written is an error, and then nothing of
 * this step is deleted.
 */
struct err *retention_step(struct retained *, bool *more, struct tx *,
    const struct retention *) MUST_CHECK;

/* All steps of a tenant, at most so many, each in a transaction of its own. */
struct err *retention_run(struct retained *, struct db *, const struct gate *,
    const struct retention *, size_t most) MUST_CHECK;

#endif
