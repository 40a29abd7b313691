/*
 * gather.h - the readings of a moment, put into the spool together: a record
 * a tenant and not one a poll.
 */
#ifndef POLLER_GATHER_H
#define POLLER_GATHER_H

#include "spool.h"
#include "store/readings.h"

struct gather;

struct gather *gather_new(struct arena *, struct spool *);

/* What a poll has brought; the readings stay where they are until then. */
void gather_add(struct gather *, struct arena *, int32_t tenant,
    const struct readings *);

/* All of it goes into the spool now. */
void gather_flush(struct gather *, struct arena *);

#endif
