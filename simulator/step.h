/*
 * step.h - what goes wrong with the devices of a scenario, and when.
 *
 * A step begins at its second and lasts as long as it says, once or over and
 * over.  Nothing is remembered but the clock: what a step does at an instant
 * follows from the instant, so a scenario played again does the same.
 */
#ifndef SIMULATOR_STEP_H
#define SIMULATOR_STEP_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"

/* How a unit misbehaves, for those who test what comes of it. */
enum deed {
	DEED_NONE,
	/* On the line. */
	DEED_SILENCE,	   /* no answer */
	DEED_POWER,	   /* the same; then counters go on, uptime is new */
	DEED_WRONG_UNIT,   /* the answer of another unit */
	DEED_WRONG_LENGTH, /* a length that does not fit */
	DEED_GARBAGE,	   /* bytes that are no frame */
	DEED_DRIP,	   /* a byte now and then */
	DEED_LATE,	   /* the answer after so many ms */
	/* In the registers. */
	DEED_HOLES, /* registers that are not there: exception 2 */
	DEED_BLOCK, /* longer reads than so many: exception 3 */
	/* In the values. */
	DEED_DRIFT, /* so much more each hour */
	DEED_STUCK, /* as it was when the step began */
	DEED_SPIKE, /* so much more */
	DEED_WRAP,  /* a counter that wraps at so much */
	DEED_RESET, /* a counter that has begun anew */
	DEEDS
};

struct step {
	enum deed deed;
	int unit, port;		   /* whose; 0 and -1: everybody's */
	const char *point;	   /* NULL: every point */
	double by;		   /* the number of the deed */
	int from, count;	   /* registers, of DEED_HOLES */
	int64_t at, lasts, period; /* microseconds; 0: for ever, once */
	bool reported;		   /* what the log has said last */
};

/* The deed of that name; ERR_INPUT when there is none. */
struct err *deed_read(enum deed *, const char *name) MUST_CHECK;
const char *deed_name(enum deed);

/* A step from its JSON; ERR_INPUT says what is wrong with which member. */
struct err *step_read(struct step *, struct arena *, json_t *) MUST_CHECK;

/* When the turn of the step began that is on at `elapsed`; -1: it is not. */
int64_t step_began(const struct step *, int64_t elapsed);

/* The last moment, not after `elapsed`, at which a turn ended; -1: none. */
int64_t step_ended(const struct step *, int64_t elapsed);

#endif
