/*
 * learn.h - what a device has taught about itself: registers that it does not
 * have, and the longest request that it answers.
 *
 * When a request of several points is refused, a lesson finds by bisection
 * the first point that makes it fail, and then why: the point stands in a
 * hole, the registers before it do, or the request is too long.  One fact a
 * lesson; whoever plans anew with it asks the rest again, which may begin the
 * next lesson.
 */
#ifndef POLLER_LEARN_H
#define POLLER_LEARN_H

#include "base/arena.h"
#include "model/frame.h"
#include "model/profile.h"
#include "model/taught.h"

/* What a lesson was about. */
enum lesson_end {
	LESSON_GOES_ON,
	LESSON_HOLE,	 /* some registers are not there */
	LESSON_TOO_LONG, /* the device gives less at a time */
	LESSON_NOTHING	 /* it cannot be told */
};

struct lesson {
	const struct profile *profile;
	const uint16_t *order; /* of the plan, from the request's first */
	size_t n;
	size_t good, bad; /* so many of them work, and so many do not */
	enum lesson_phase { PHASE_PREFIX, PHASE_POINT, PHASE_GAP } phase;
	bool is_on;
	bool silent; /* it fails by silence, which proves less */
};

/* About n points of one request that was refused. */
void lesson_begin(struct lesson *, const struct profile *,
    const uint16_t *order, size_t n, bool silent);

/* What to ask next. */
void lesson_ask(const struct lesson *, struct ask *);

/* What came of it; the fact goes into known. */
enum lesson_end lesson_take(struct lesson *, struct taught *, struct arena *,
    bool answered, int64_t now);

#endif
