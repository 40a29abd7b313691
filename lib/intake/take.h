/*
 * take.h - a body and a roster in, what is to be stored and said out.
 *
 * Nothing here knows a database: all of it can be done before a transaction
 * begins, and several bodies' results then go into one, see keep.h.
 */
#ifndef INTAKE_TAKE_H
#define INTAKE_TAKE_H

#include "intake/intake.h"
#include "intake/roster.h"

/*
 * sent = r.n + duplicate + rejected + in.let_go.  An aggregate counts as the
 * readings that it is, but one that is refused or let go as one; and what is
 * computed from the body counts as if it had been sent.
 */
struct taken {
	struct intake in;
	struct readings r;    /* settled */
	struct readings made; /* what was computed */
	size_t sent, duplicate, rejected;
	size_t flagged; /* how many were taken and have a reason */
	size_t remarks; /* and how many of these are to be noted with it */
	size_t bytes;	/* of the body */
	bool spooled; /* it waits for the database, and so does what is said */
};

/* Readings older than this are a backlog. */
enum { TAKE_LIVE_MIN = 15 };

/*
 * The body's readings, each with its sensor, or refused.  The intake's arena,
 * now, tenant and tenant_name come filled.  When in.bare is not 0 afterwards,
 * keep_facets must complete it.  ERR_INPUT, ERR_TOO_BIG, ERR_FORBIDDEN as in
 * intake_read.
 */
struct err *take(struct taken *, struct bytes body, const struct asked *,
    const struct roster *) MUST_CHECK;

/*
 * What items that are there already mean: their sensors and values, or why
 * they are refused, and what of them cannot be right.
 */
void take_judge(struct intake *, struct bytes body, const struct roster *);

/* Count what was judged. */
void take_count(struct taken *);

/* Of those sent, how many are of a backlog. */
size_t take_backlog(const struct taken *);

/* Collect the readings of the items, all of whose facets are known. */
void take_settle(struct taken *);

#endif
