/*
 * rescue.h - posts while the database is away.
 *
 * A body that is well-formed, of a key that passed its gate lately, is put
 * into the spool (intake/spool.h) and answered as if it had been stored, with
 * a word that it was not yet.  The worker drains it in the key's tenant.
 *
 * Everything else is answered as ever, 503: who is not known, who must sign or
 * holds under conditions, who wants all or nothing, what comes from a page.
 */
#ifndef INGEST_RESCUE_H
#define INGEST_RESCUE_H

#include "web/web.h"

struct err *rescue_start(void **own, struct arena *,
    const struct web_conf *) MUST_CHECK;

/* The key of the request has passed its gate: remember it, or forget it. */
void rescue_meet(struct req *);

/* The hook of lib/web. */
bool rescue(struct req *, struct res *, const struct err *);

/* Does anything wait in the spool? */
bool rescue_queues(const struct req *);

/*
 * Posts of tenants whose spool holds something queue behind it, so that what
 * is judged in the order of time comes in that order.  A sync a tenant.
 */
void rescue_queue(struct req **, struct res **, size_t n, bool *done);

#endif
