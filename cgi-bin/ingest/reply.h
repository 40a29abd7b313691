/*
 * reply.h - what is said back of a body that was taken.
 */
#ifndef INGEST_REPLY_H
#define INGEST_REPLY_H

#include "intake/take.h"

typedef void reply_fn(struct buf *, const struct taken *);

reply_fn reply_native;	/* ours, and results if they are asked for */
reply_fn reply_fluxio;	/* the FluxIO document's, and ours beside it */
reply_fn reply_nothing; /* the status says it */

/* Its members, for replies that have more. */
void reply_ours(struct buf *, const struct taken *);

/* "results": what became of each object of the body, in its order. */
void reply_results(struct buf *, const struct taken *);

#endif
