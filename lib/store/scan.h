/*
 * scan.h - the readings of several sensors by time, window by window.
 *
 * The oldest or the newest first, for as long as the caller wants more; a
 * window holds about `want` of them.  Each window is one statement, so what
 * is acknowledged meanwhile, ahead of it, is seen.
 */
#ifndef STORE_SCAN_H
#define STORE_SCAN_H

#include "store/facet.h"
#include "store/walk.h"

struct scan {
	struct walk walk;
	struct facets facets;
	const int32_t *sensor;
	size_t n;
};

struct scan_of {
	const int32_t *sensor;
	size_t n;
	int64_t from, to; /* from <= time < to */
	size_t want;
	bool newest_first;
};

/* The sensors are borrowed; the scan's own memory is the transaction's. */
struct err *scan_begin(struct scan *, struct tx *,
    const struct scan_of *) MUST_CHECK;

/*
 * The next window that has readings, or has lost some, by time and then by
 * sensor, in the transaction's arena; false in *more: there is none.
 */
struct err *scan_next(bool *more, struct samples *, struct losses *,
    struct scan *) MUST_CHECK;

#endif
