/*
 * keep.h - what becomes of a body in the database, in the caller's
 * transaction: one that is rolled back leaves nothing.
 */
#ifndef INTAKE_KEEP_H
#define INTAKE_KEEP_H

#include "intake/take.h"

/*
 * Whose a batch is that no gateway sent: the poller's of this cell, and what it
 * read of simulated devices, for which nobody pays.
 */
enum { SOURCE_POLLER = 0, SOURCE_PLAYED = -1 };

/* Whose readings these are, and how they came. */
struct origin {
	int32_t source; /* the gateway or device; 0: none */
	int64_t cred;
	enum {
		KIND_POST,
		KIND_REPLAY,
		KIND_IMPORT,
		KIND_POLLER,
		KIND_DRAINED
	} kind;
	bool is_much; /* of what is refused only the beginnings are kept */
};

/* How the batch came, in a word: posted, replayed, imported ... */
const char *kind_word(int kind);

/* A post of the credential of tx. */
struct origin origin_of(const struct tx *);

/*
 * The answer that the same batch got the first time; *status 0: there is
 * none.
 */
struct err *keep_replayed(int *status, const char **reply, struct tx *,
    const struct origin *, const struct taken *) MUST_CHECK;

/*
 * Give the sensors of its aggregates their facets, and settle what was taken;
 * a roster that was loaded before does not know them.
 */
struct err *keep_facets(struct tx *, struct taken *) MUST_CHECK;

/*
 * Append the readings, bury what was refused, count both in the ledger, and
 * if the batch has a number remember the answer.
 */
struct err *keep(struct tx *, const struct origin *, struct taken *, int status,
    const char *reply) MUST_CHECK;

/* Note what is not quite as it was sent, a row for each reason and unit. */
struct err *keep_remarks(struct tx *, const struct origin *,
    const struct taken *) MUST_CHECK;
/* How many bytes the letters of what is refused would keep. */
size_t keep_bytes(const struct taken *);

/* All of it is refused, and that is written in the ledger. */
struct err *keep_nothing(struct tx *, const struct origin *,
    const struct taken *) MUST_CHECK;

/*
 * A body that nobody could read, and the reason; of the intake only its time,
 * what was asked for and the format count.
 */
struct err *keep_body(struct tx *, const struct origin *, struct bytes body,
    const struct intake *, const struct err *why) MUST_CHECK;

#endif
