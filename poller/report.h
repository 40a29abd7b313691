/*
 * report.h - how the poller and its units fare, told from time to time: to the
 * counters of all programs, and to the sink.
 *
 * What a sink does not take down is told with the next report.
 */
#ifndef POLLER_REPORT_H
#define POLLER_REPORT_H

#include "loop.h"
#include "sink.h"
#include "spool.h"

/* Of whom. */
struct reporting {
	struct loop *loop;
	struct spool *spool;
	struct counters *counters;
};

struct report;

/* stat: the file of all programs' counters; "": none. */
struct report *report_new(struct arena *, const struct reporting *,
    const char *stat);

/* One report, by the courier; what is the struct report. */
struct err *report_tell(void *what, struct sink *, struct arena *);

#endif
