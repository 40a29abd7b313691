/*
 * orders.h - brings commands from the database and tells it what became of
 * them.  Always the poller asks, so that it may stand behind any firewall.
 *
 * Of the courier's thread.
 */
#ifndef POLLER_ORDERS_H
#define POLLER_ORDERS_H

#include "base/clock.h"
#include "command.h"
#include "roster.h"

struct orders;

/*
 * What was taken nobody can withdraw any more, so it does not stay for longer
 * than this.
 */
#define ORDERS_IN_HAND CLOCK_MIN

/* What no line has taken up to then was not written, and so say the news. */
void orders_overdue(struct commands *, int64_t until);

/* What there is no room for has failed at once, and so say the news. */
void orders_bring(struct commands *, const struct task *);

struct orders *orders_new(struct arena *, struct commands *, struct db *);

/* From now on these devices are served; the roster may go away. */
void orders_serve(struct orders *, const struct roster *);

/* One round, as errand.h has it: first the news, then what is queued. */
void orders_turn(struct orders *, struct arena *);

/* The last one: nothing is carried out any more, and that is told too. */
void orders_end(struct orders *, struct arena *);

#endif
