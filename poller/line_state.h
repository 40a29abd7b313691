/*
 * line_state.h - what the files of a line share, and nobody else sees: line.c
 * makes it and goes on, line_report.c says how it fares.
 */
#ifndef POLLER_LINE_STATE_H
#define POLLER_LINE_STATE_H

#include "line.h"
#include "turn.h"
#include "write.h"

struct line {
	struct seat seat;
	struct arena *arena;
	struct line_shared shared;
	uint64_t hash; /* of its roster's text */
	size_t text_n;
	struct bus_address at;
	struct device *devices;
	const char **remarks; /* one a device */
	size_t n;
	struct bus *bus;
	struct turn turn;

	struct device *polled;	   /* NULL: none */
	const struct device *seen; /* looked at; NULL: none */
	struct look *look;	   /* NULL: nobody wanted to see anything yet */
	bool looked; /* a poll that is due comes before the next look */
	struct write *writes; /* one a device at most; some are over */
	struct write *write;  /* that goes on, unless one is polled or seen */
	struct ask ask;
	bool asking;
	int64_t asked, free_at;
	int64_t busy_us, since; /* of the report to come */
	bool overloaded;	/* as the log has it */
};

#endif
