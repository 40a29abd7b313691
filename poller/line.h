/*
 * line.h - the devices of one line, polled one after another; what is to be
 * written is written between two polls, and what somebody wants to see is read
 * there, one request at most between two polls that are due.
 *
 * A line never waits: it says when it wants to go on, and is called then or
 * when its descriptor has news.
 */
#ifndef POLLER_LINE_H
#define POLLER_LINE_H

#include "command.h"
#include "counters.h"
#include "device.h"
#include "gather.h"
#include "look.h"
#include "memory.h"
#include "shelf.h"

struct line_shared {
	struct gather *gather; /* where readings go */
	struct shelf *shelf;
	struct memory *memory; /* of what devices taught */
	struct counters *counters;
	struct commands *commands; /* what is to be written */
	struct looks *looks;	   /* and what somebody wants to see */
	const struct uplink *uplink;
	int epoll;
};

/* A line's roster by its hash; all of a run with one seed. */
struct line_text {
	struct bytes text;
	uint64_t hash;
};

/* What the loop keeps beside a line. */
struct seat {
	int64_t wake; /* by env_mono */
	size_t place;
};

struct line;

/* The roster's text names the devices, all of one line. */
struct err *line_new(struct line **, const struct line_shared *,
    const struct line_text *) MUST_CHECK;
void line_free(struct line *);

/* Whether it was made of this very roster. */
bool line_is(const struct line *, const struct line_text *);

struct seat *line_seat(struct line *);

/*
 * Go on; returns when it wants to be called again.  What was read is in the
 * arena, until the readings are flushed.
 */
int64_t line_go(struct line *, struct arena *cycle);

/*
 * It goes on no more: what its devices have not told is added, and what is
 * being written or looked at is over.
 */
void line_leave(struct line *, struct arena *cycle);

/* Its descriptor has news. */
int64_t line_news(struct line *, struct arena *cycle);

/* What is known of a device, and of the line it is on. */
struct unit_report {
	int32_t tenant, device;
	struct tally tally;	 /* since the last report */
	int64_t mean_us, p99_us; /* of its answers; 0: not known */
	bool offline;
	double busy, load;  /* of the line: as it was, as it is planned */
	const char *holes;  /* registers it does not have; "" */
	int most_words;	    /* of one request; 0: as the profile says */
	const char *remark; /* what its line's owner should know; "" */
	bool told;	    /* whoever takes it down says so */
};

/* A line of which more is asked than it can is named in the log, once. */
void line_watch(struct line *);

/* Add a report of each device, in the arena, and begin the next ones. */
void line_report(struct line *, struct arena *, struct buf *reports);

/* Add its units, as trial.h has them. */
void line_units(const struct line *, struct arena *, struct buf *units);

/* Have what its devices taught taken down. */
void line_remember(const struct line *, struct memory *);

#endif
