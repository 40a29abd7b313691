/*
 * keep.h - what becomes of a body in the database, in the caller's
 * transaction: one that is rolled back leaves nothing.
 */
#ifndef INGEST_KEEP_H
#define INGEST_KEEP_H

#include "cgi-bin/ingest/take.h"

/* The answer that the same batch got the first time; *status 0: there is none.
 */
struct err *keep_replayed(int *status, const char **reply, struct tx *,
    const struct taken *) MUST_CHECK;

/* Give the sensors of its aggregates their facets, and settle what was taken;
 * a roster that was loaded before does not know them. */
struct err *keep_facets(struct tx *, struct taken *) MUST_CHECK;

/*
 * Append the readings, bury what was refused, count both in the ledger, and
 * if the batch has a number remember the answer.
 */
struct err *keep(struct tx *, struct taken *, int status,
    const char *reply) MUST_CHECK;

/* A body that nobody could read, and the reason. */
struct err *keep_body(struct tx *, struct bytes body,
    const struct err *why) MUST_CHECK;

#endif
