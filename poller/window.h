/*
 * window.h - the samples of one point over 1, 10 or 60 s, as one aggregate.
 *
 * Windows begin and end where the wall clock's do: one of 10 s at :00, :10,
 * :20.  An aggregate has the time at which its window begins.  The first
 * window after a start or a jump of the clock begins in the middle, with the
 * first sample and with its time; so does one that the clock, set back, comes
 * to a second time.  That way no two windows of a sensor have one time.
 *
 * A sample without a value is in no figure but the quality, which is the mean
 * of all samples', rounded down.
 */
#ifndef POLLER_WINDOW_H
#define POLLER_WINDOW_H

#include <stdbool.h>

#include "model/decode.h"
#include "store/reading.h"

/* Of one point; all zero at first. */
struct window {
	int64_t start, end; /* by the wall clock; end 0: it is not open */
	int64_t ahead;	    /* of the wall clock before mono, when it opened */
	int64_t told; /* the latest end of any before; 0: it is the first */
	double min, max, mean, m2;
	uint64_t count, bad, quality;
};

struct aggregate {
	int64_t time;
	double mean; /* NaN: no sample has a value */
	double facet[FACETS];
	uint8_t quality;
};

/*
 * Take in a sample; length is that of the window it opens, if it opens one.
 * True when it was behind the end of the window before, which *closed is.
 */
bool window_add(struct aggregate *closed, struct window *, int64_t length,
    const struct sample *, int64_t now, int64_t mono);

/* Close what is open; false when nothing is. */
bool window_close(struct aggregate *, struct window *);

/* Whether the open window ends by that instant of env_mono. */
bool window_ends(const struct window *, int64_t mono);

#endif
