/*
 * courier.h - the thread that talks to the other side: it carries readings
 * and gaps from the spool to the sink, brings the roster, goes with
 * commands, says how the lines fare, and measures the way (grade.h).
 *
 * What is new goes first.  The backlog behind it has half of the time, so half
 * of the link, and parcels are so small that one takes about a second.
 *
 * Only the courier waits for the sink; lines and the main loop never do.
 */
#ifndef POLLER_COURIER_H
#define POLLER_COURIER_H

#include <stdbool.h>

#include "grade.h"
#include "sink.h"
#include "spool.h"

struct courier_conf {
	struct spool *spool;
	struct sink *sink;
	struct uplink *uplink; /* the way to it, which is measured here */
	int refresh_s;
	int report_s; /* how often to call this, with the sink */
	struct err *(*report)(void *what, struct sink *, struct arena *);
	void *what;
};

struct courier;

struct err *courier_start(struct courier **, struct arena *,
    const struct courier_conf *) MUST_CHECK;

/* The roster's text, when a new one has come since the last time. */
bool courier_roster(struct bytes *, struct courier *, struct arena *);

/* Stop; false when it still waits for the sink after so long. */
bool courier_stop(struct courier *, int timeout_ms);

#endif
