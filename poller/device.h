/*
 * device.h - one device of a line: what is asked of it when, and what it said.
 *
 * Points of equal period are a group, which has its own requests and its own
 * due times: a grid that never drifts, begun at a phase of its own.  A poll
 * is
 *
 *	device_begin, then device_ask and device_take until there is nothing
 *	more to ask, then device_end
 *
 * with one time stamp for all that it brings.  A device that does not answer
 * is asked less and less often, and costs its line two per cent at most.
 * Nothing here waits or touches the line.
 */
#ifndef POLLER_DEVICE_H
#define POLLER_DEVICE_H

#include "counters.h"
#include "latency.h"
#include "learn.h"
#include "model/plan.h"
#include "tell.h"

struct group {
	int64_t period, due, grid; /* microseconds; by env_mono */
	struct plan plan;
	bool *in; /* one a point: it belongs to it */
};

struct device {
	int32_t tenant, id;
	const char *key;
	int unit;
	bool late; /* an answer may come when another one is waited for */
	const struct profile *profile;
	struct arena *arena;
	struct group *groups;
	size_t n;
	uint16_t (
	    *held)[POINT_WORDS_MAX]; /* a point's registers, as last read */
	bool *has;		     /* whether they were */
	struct teller *teller;
	const struct uplink *uplink; /* NULL: none, and all is told */

	struct taught taught;
	struct lesson lesson;
	struct latency latency;
	int64_t mean_us;  /* of its answers, lately */
	int64_t answered; /* the last time, by env_mono; 0: not yet */
	struct tally tally;

	int64_t resume; /* not to be asked before */
	int64_t lag;	/* up to then a late answer may come; by env_mono */
	int failures;	/* polls in a row that brought nothing */
	int shorts;	/* since it had all its time, while it was away */
	bool offline;	/* as the log has it */
	bool away;	/* offline, and holds its line until its deadline */

	/* The poll in hand. */
	struct group *polled; /* NULL: none */
	size_t next;	      /* of its reads */
	int asked, budget;    /* requests; of lessons */
	bool teaching, probing, over;
	bool all;  /* it has all its time */
	bool hung; /* it held the line until a deadline */
	enum outcome worst;
	int64_t began, now; /* by env_mono; its stamp */
	int64_t request;    /* the last one; by env_mono */
};

/* phase, 0 up to 1: where in its periods it begins. */
void device_make(struct device *, struct arena *, const struct target *,
    const struct profile *, double phase);

/* Make the requests of all its groups, by what it taught. */
void device_plan(struct device *);

/* When it wants to be asked next. */
int64_t device_due(const struct device *);

/* all: one that is away has all its time, as the others have. */
void device_begin(struct device *, bool all);

/* One that is away is to have all its time again. */
bool device_wants_all(const struct device *);

/* The next request of the poll in hand; false: there is none. */
bool device_ask(struct device *, struct ask *);

/*
 * How long its answer may take, in microseconds: as it was learned, up to the
 * profile's time-out.  A device that is away, and is not given all its time, is
 * not waited for longer than `hint`, what its neighbours need; 0: nobody knows.
 */
int64_t device_span(const struct device *, int64_t hint);

/* What came of it; `took` microseconds when there was an answer. */
void device_take(struct device *, const struct ask *, enum outcome,
    const uint16_t *words, int64_t took, bool corrupt);

/* What the poll has brought, as readings, and when the next one is due. */
void device_end(struct device *, struct readings *, struct arena *,
    const char *why);

/* What it has not told yet, before it is gone. */
void device_leave(struct device *, struct readings *, struct arena *);

/*
 * May an answer to its last poll still come, and be taken for that to something
 * else?  Only where an answer does not say what it is to.
 */
bool device_lags(const struct device *);

/* What it takes of its line: 1 is all of it. */
double device_load(const struct device *);

/* Begin with what was learned earlier, or from nothing. */
void device_know(struct device *, const struct taught *, int64_t p99_us);

#endif
