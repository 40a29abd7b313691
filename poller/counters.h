/*
 * counters.h - what the poller has done: over all lines since its start, and
 * of one device since it was last asked for.
 */
#ifndef POLLER_COUNTERS_H
#define POLLER_COUNTERS_H

#include <stdatomic.h>

#include "bus.h"

enum { EXCEPTIONS = 12 }; /* codes 1 to 11 */

struct counters {
	_Atomic uint64_t outcomes[BUS_OUTCOMES]; /* of requests */
	_Atomic uint64_t exceptions[EXCEPTIONS]; /* by code */
	_Atomic uint64_t corrupt;		 /* of the garbage: checksums */
	_Atomic uint64_t busy_us;		 /* lines were, together */
	_Atomic uint64_t readings;
};

struct tally {
	uint32_t outcomes[BUS_OUTCOMES];
	uint32_t exceptions[EXCEPTIONS];
	uint32_t corrupt;
	uint32_t missed;   /* polls left out, because the line was busy */
	int64_t answer_us; /* all answers together */
};

#endif
