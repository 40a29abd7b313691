/*
 * gaps.h - what the spool has given up and not yet told, in memory and in
 * DIR/gaps.
 *
 * The file is also what makes a change of a segment whole: it names the
 * segment that is being dropped or thinned, and is written before that is
 * done.  Who opens the spool finishes it.  Everything here is under the
 * spool's lock.
 */
#ifndef POLLER_GAPS_H
#define POLLER_GAPS_H

#include "intake/gap.h"
#include "store/readings.h"

enum { GAPS_MAX = 20000 };

struct gaps {
	struct gap *v;
	size_t n, room;
	struct arena *arena;
	uint64_t dropping, thinning; /* segments; 0: none */
	bool dirty;
};

/* What the folder has; a damaged file is none, and the log says so. */
void gaps_load(struct gaps *, struct arena *, const char *dir);

struct err *gaps_save(struct gaps *, struct arena *,
    const char *dir) MUST_CHECK;

/*
 * One more, or an earlier one grows: of the same sensor, for the same reason,
 * and near.  One with id 0 gets a fresh one.  Above GAPS_MAX sensors are no
 * longer told apart.
 */
void gaps_add(struct gaps *, const struct gap *);

/* Settled readings that are given up, a gap a sensor. */
void gaps_add_readings(struct gaps *, int32_t tenant, const struct readings *,
    enum gap_reason);

/* It was told as it is here; one that has grown meanwhile stays. */
void gaps_told(struct gaps *, const struct gap *, size_t n);

#endif
