/*
 * plan.h - a profile's points as few read requests.
 *
 * Points of one function that stand close together are read in one request;
 * registers between them are read along when that is cheaper than asking
 * twice (the profile's max_gap).
 */
#ifndef POLLER_PLAN_H
#define POLLER_PLAN_H

#include "model/profile.h"

struct read {
	enum point_function function;
	int address;
	int count; /* registers, or bits */
};

/* Where a point stands in the answers. */
struct spot {
	size_t read;
	int offset;
};

struct plan {
	struct read *reads;
	size_t n;
	struct spot *spots; /* one a point, in the profile's order */
};

void plan_make(struct plan *, struct arena *, const struct profile *);

#endif
