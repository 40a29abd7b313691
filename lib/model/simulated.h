/*
 * simulated.h - the scenario of simulated devices that are polled at one place.
 *
 * It is JSON as simulator/scenario.h has it: where the simulator listens, and
 * units that follow each other and have the same profile as one.  Models and
 * seeds are those that the simulator takes by itself.
 */
#ifndef MODEL_SIMULATED_H
#define MODEL_SIMULATED_H

#include "base/buf.h"
#include "db/db.h"

struct simulated_units {
	int first, count; /* unit numbers */
	const char *profile;
};

struct simulated_place {
	const char *listen; /* host or address */
	int port;
	bool rtu; /* frames of a serial line through the socket */
	struct simulated_units *units;
	size_t n;
};

/* One line, without its end. */
void simulated_put(struct buf *, const struct simulated_place *);

/*
 * The place where the simulated device of that key is polled over TCP, with
 * those devices there that who asks may change.  ERR_MISSING: there is none;
 * ERR_CONFLICT: a unit there has several profiles.
 */
struct err *simulated_load(struct simulated_place *, struct tx *,
    const char *key) MUST_CHECK;

#endif
