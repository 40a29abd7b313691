/*
 * tier.h - tiers of fresh: what is in them, and rows of them made one.
 *
 * Internal to lib/store.  Each tier has one owner, which alone takes rows
 * away: the tier job those below STORE_LARGE_TIER, the merge job those below
 * STORE_PACK_TIER, and this one the pack job.
 */
#ifndef STORE_TIER_H
#define STORE_TIER_H

#include "store/store.h"

struct tier {
	int tier;
	int64_t rows, readings;
	int64_t sensors; /* in the row that has the most */
	int64_t age;	 /* of the oldest row */
};

struct tiers {
	struct tier *v; /* ascending */
	size_t n;
};

/* Tiers from <= tier < below that have rows. */
struct err *tier_load(struct tiers *, struct tx *, int from,
    int below) MUST_CHECK;

/*
 * Make one row of the tier `below` out of the oldest rows of those tiers: two
 * at least, if one row can hold them, and more up to those limits.  Small tiers
 * are skipped by a row that is large.
 */
struct err *tier_merge(struct tx *, int from, int below, size_t rows,
    size_t readings) MUST_CHECK;

#endif
