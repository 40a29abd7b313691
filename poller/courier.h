/*
 * courier.h - the thread that talks to the database: it carries readings
 * from the spool to the sink, and brings the roster.
 *
 * Only the courier waits for the database; lines and the main loop never do.
 */
#ifndef POLLER_COURIER_H
#define POLLER_COURIER_H

#include <stdbool.h>

#include "sink.h"
#include "spool.h"

struct courier_conf {
	struct spool *spool;
	struct sink *sink;
	const char *database; /* of the roster */
	int refresh_s;
};

struct courier;

struct err *courier_start(struct courier **, struct arena *,
    const struct courier_conf *) MUST_CHECK;

/* The roster's text, when a new one has come since the last time. */
bool courier_roster(struct bytes *, struct courier *, struct arena *);

/* Stop; false when it still waits for the database after so long. */
bool courier_stop(struct courier *, int timeout_ms);

#endif
