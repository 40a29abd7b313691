/*
 * probes.h - brings what somebody wants to see from the database, and tells it
 * what was read.  As with commands, always the poller asks.
 *
 * Of the courier's thread.
 */
#ifndef POLLER_PROBES_H
#define POLLER_PROBES_H

#include "db/db.h"
#include "look.h"

struct probes;

struct probes *probes_new(struct arena *, struct looks *, struct db *);

/*
 * One round: first the news, then what is queued.  News that the database did
 * not take are told again.
 */
struct err *probes_turn(struct probes *, struct arena *) MUST_CHECK;

/* The last one: nothing is read any more, and that is told too. */
struct err *probes_end(struct probes *, struct arena *) MUST_CHECK;

#endif
