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

/* One round, as errand.h has it: first the news, then what is queued. */
void probes_turn(struct probes *, struct arena *);

/* The last one: nothing is read any more, and that is told too. */
void probes_end(struct probes *, struct arena *);

#endif
