/*
 * plan.h - some of a profile's points as few read requests.
 *
 * Points of one function that stand close together are read in one request;
 * registers between them are read along when that is cheaper than asking
 * twice (the profile's max_gap).  No request takes in a hole that is known of
 * the device, or is longer than it gives.
 */
#ifndef MODEL_PLAN_H
#define MODEL_PLAN_H

#include "model/profile.h"
#include "model/taught.h"

struct read {
	enum point_function function;
	int address;
	int count;	 /* registers, or bits */
	size_t first, n; /* its points, in the plan's order */
	bool proven;	 /* it was answered once */
	bool probed;	 /* a part of it was answered, the whole not yet */
	int refused;	 /* times in a row */
};

struct plan {
	struct read *reads;
	size_t n, cap;
	uint16_t
	    *order; /* points by their place; those in holes are left out */
	size_t points;
};

/*
 * Plan the points that are `among` (NULL: all).  A plan that was made before
 * in the same arena is made anew.
 */
void plan_make(struct plan *, struct arena *, const struct profile *,
    const bool *among, const struct taught *);

#endif
