/*
 * merge.h - many ascending arrays of readings into one.
 *
 * Internal to lib/store.  A tournament: each array's next reading plays, the
 * loser of a game waits at its node, and a taken winner is replayed on its
 * way up alone.  While one array wins again and again, what lies below all
 * others is found by leaps and copied at once.
 */
#ifndef STORE_MERGE_H
#define STORE_MERGE_H

#include "store/readings.h"

struct sorted {
	const struct reading *p, *end;
};

/*
 * Merge k > 0 arrays, each ascending, into out, which has the room for all;
 * the arrays are used up.  Of equal keys the earlier array's comes first, and
 * none is left out.  Returns the place behind the last one.
 */
struct reading *merge_sorted(struct reading *out, struct arena *,
    struct sorted *, size_t k);

/* One of each key of n sorted ones; returns how many are left. */
size_t merge_unite(struct reading *, size_t n);

#endif
