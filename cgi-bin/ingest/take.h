/*
 * take.h - a body and a roster in, what is to be stored and said out.
 *
 * Nothing here knows a database: all of it can be done before a transaction
 * begins, and several bodies' results then go into one, see keep.h.
 */
#ifndef INGEST_TAKE_H
#define INGEST_TAKE_H

#include "cgi-bin/ingest/intake.h"
#include "cgi-bin/ingest/roster.h"

/*
 * sent = r.n + duplicate + rejected.  An aggregate counts as the readings that
 * it is, but one that is refused as one.
 */
struct taken {
	struct intake in;
	struct readings r; /* settled */
	size_t sent, duplicate, rejected;
};

/*
 * The body's readings, each with its sensor, or refused.  The intake's arena,
 * now, tenant and tenant_name come filled; `key` is the batch's number outside
 * of the body, or "".  When in.bare is not 0 afterwards, keep_facets must
 * complete it.  ERR_INPUT, ERR_TOO_BIG, ERR_FORBIDDEN as in intake_read.
 */
struct err *take(struct taken *, struct bytes body, const char *key,
    const struct roster *) MUST_CHECK;

/* Collect the readings of the items, all of whose facets are known. */
void take_settle(struct taken *);

/* The answer: ours, or the FluxIO document's and ours beside it. */
typedef void reply_fn(struct buf *, const struct taken *);

reply_fn reply_native;
reply_fn reply_fluxio;

#endif
