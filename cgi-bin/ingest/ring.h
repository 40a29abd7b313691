/*
 * ring.h - the last payloads of a credential's device, as they came.
 *
 * Somebody who looks for a fault sees them with what was refused and why: all
 * of them for a while that he sets, and whatever was refused at any time.
 */
#ifndef INGEST_RING_H
#define INGEST_RING_H

#include "intake/take.h"
#include "web/web.h"

/* Until when all payloads of the transaction's credential are wanted. */
struct err *ring_till(int64_t *, struct tx *) MUST_CHECK;

/* A body that was refused as a whole. */
struct err *ring_refused(struct req *, int status,
    const struct err *why) MUST_CHECK;

/* One that was taken, if somebody wants it or a part of it was refused. */
struct err *ring_taken(struct req *, int status,
    const struct taken *) MUST_CHECK;

#endif
