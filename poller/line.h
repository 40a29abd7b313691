/*
 * line.h - one thread that polls the devices of one line, one after another.
 *
 * Every device has its own period.  What is read goes to the spool at once;
 * a point without a value says so when it loses it and then once a minute,
 * so that a dead device does not fill the store.
 */
#ifndef POLLER_LINE_H
#define POLLER_LINE_H

#include <stdatomic.h>

#include "bus.h"
#include "spool.h"

/* Since the start, over all lines. */
struct counters {
	_Atomic uint64_t outcomes[BUS_OUTCOMES]; /* of requests */
	_Atomic uint64_t readings;
};

struct line_shared {
	struct spool *spool;
	const char *profiles; /* their folder */
	struct counters *counters;
};

struct line;

/* The roster's text names the devices, all of one line. */
struct err *line_start(struct line **, const struct line_shared *,
    struct bytes roster) MUST_CHECK;

/* Whether it was started with this very roster. */
bool line_is(const struct line *, struct bytes roster);

/* Ask it to stop; join waits for it, false when it took too long. */
void line_stop(struct line *);
bool line_join(struct line *, int timeout_ms);

#endif
