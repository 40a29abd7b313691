/*
 * play.h - the clock and the steps of a scenario.
 */
#ifndef SIMULATOR_PLAY_H
#define SIMULATOR_PLAY_H

#include <stddef.h>

#include "simulator/step.h"

struct play {
	double speed;	/* 1: as it is outside */
	int64_t start;	/* what the devices' clocks show first; 0: now */
	int64_t opened; /* monotonic */
	struct step *steps;
	size_t n;
};

/* From here on it plays. */
void play_begin(struct play *);

/* Microseconds of the scenario that have passed. */
int64_t play_elapsed(const struct play *);

/*
 * What the devices' clocks show.  At speed 1 and without a start it is the
 * time of day, so that the models join what fluxctl's history has made.
 */
int64_t play_now(const struct play *);

/* How much of the scenario has passed when its clocks show that. */
int64_t play_elapsed_at(const struct play *, int64_t now);

/* Say in the log which steps have begun or ended since the last time. */
void play_report(struct play *);

#endif
