/*
 * turn.h - whose turn it is on a line.
 *
 * Who answers goes first, by when it is due.  A device that is away holds the
 * line until its deadline, so it gets its turn where nobody else is due
 * meanwhile; when there is no such place for two seconds it gets it none the
 * less, for as long as its neighbours need.  All the time that its profile
 * grants it, it gets where there is room for that, and besides no more often
 * than that the line is held for 1/400 of its time, whoever is away.
 */
#ifndef POLLER_TURN_H
#define POLLER_TURN_H

#include "device.h"

struct turn {
	struct device *v; /* of the line */
	size_t n;
	int64_t all_at; /* no device that is away is given all before */
};

/* From now on; the devices stay where they are. */
void turn_init(struct turn *, struct device *v, size_t n);

/* The device whose poll has begun; NULL: nobody's turn before *wake. */
struct device *turn_take(struct turn *, int64_t *wake);

/* What the slowest of those that answer needs; 0: nobody knows. */
int64_t turn_hint(const struct turn *);

#endif
