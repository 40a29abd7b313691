/*
 * sane.h - sensors that stand still for longer than they should.
 */
#ifndef WORKER_SANE_H
#define WORKER_SANE_H

#include "store/store.h"

/*
 * Of the sensors within reach (see store/reach.h) with stuck_after, remember
 * since when they have had the same value, and tell once when that is too long:
 * in the audit, and as the reason of the reading with which it was.
 */
struct err *sane_watch(struct tx *, const struct readings *,
    const char *reach) MUST_CHECK;

#endif
