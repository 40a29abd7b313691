/*
 * audit.h - what somebody did, at the end of the tenant's chain.
 *
 * The entry is part of the transaction: what is rolled back was not done.  It
 * holds the chain's end until the commit, so it comes last in long work.
 */
#ifndef MODEL_AUDIT_H
#define MODEL_AUDIT_H

#include "db/db.h"
#include "trust/anchor.h"

/*
 * act: "key.make"; object: "key:17"; detail: a JSON object, "{}" for none.
 * Who did it and when, the database knows.
 */
struct err *audit_put(struct tx *, const char *act, const char *object,
    const char *detail) MUST_CHECK;

/* Signed heads behind one entry, up to another, in order; at most so many. */
struct seals {
	struct anchor *v;
	size_t n;
};

struct err *audit_seals(struct seals *, struct tx *, int64_t behind,
    int64_t upto, int most) MUST_CHECK;

/* The one that was signed last; n is 0 when none is. */
struct err *audit_sealed(struct seals *, struct tx *) MUST_CHECK;

/*
 * The next entries of the chain from behind *behind on, which is moved along,
 * a line each: {"body": what was hashed, "hash": of it and of the hash before}.
 * A signed head follows on its entry.  *more: there may be others.
 */
struct err *audit_lines(struct buf *, bool *more, int64_t *behind,
    struct tx *) MUST_CHECK;

#endif
