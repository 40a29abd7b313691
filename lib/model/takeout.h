/*
 * takeout.h - everything of a tenant in one tar file, for it to take along.
 *
 *	tables/flux.site.jsonl     a line a row; which columns are left out, and
 *	                           which tables, the manifest says
 *	people.jsonl               a line a person's address, which tables hold
 *	                           sealed
 *	readings/PUMP-1.jsonl      a line a reading, by time
 *	archive/2026-01/raw-….flux what retention has put away, as it is
 *	manifest.json              each of these with its size and SHA-256
 *	manifest.sig.json          the manifest under the audit's key
 *
 * Read in many short transactions: what comes in meanwhile may be in it.
 * Memory is that of a window of readings, for any number of them.
 */
#ifndef MODEL_TAKEOUT_H
#define MODEL_TAKEOUT_H

#include "db/db.h"

struct takeout {
	struct db *db; /* the worker's */
	int32_t tenant;
	int32_t export;	     /* whose progress is told */
	const char *as;	     /* "runs", or "tool" when it is the operator's */
	const char *path;    /* of the file */
	const char *archive; /* folder */
	const char *keys;    /* folder of those that sign */
	const char *master_key;
	int64_t bytes; /* how large it became */
};

/* ERR_CONFLICT: somebody else is at it; ERR_REFUSED: there is no key. */
struct err *takeout_write(struct takeout *) MUST_CHECK;

#endif
