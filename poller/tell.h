/*
 * tell.h - which of a device's samples are worth telling, as readings.
 *
 * Most points tell every sample.  One with a report (profile.h) tells by
 * exception: when a value has left the one told before by more than the
 * deadband, when max_s is over, and always when the quality or a state is
 * another, when a counter falls, and at the start.  With what leaves the
 * deadband, and with every turn, the sample just before it is told too, so
 * that a line drawn through what was told does not slope across the time in
 * which nothing happened.  Every reading has the time of its own sample.
 *
 * A gauge with a window tells aggregates of it (window.h), as readings of the
 * sensor and of its facets.  Counters and states are never averaged: with a
 * window they are told once in its time, and at every turn.
 *
 * Where the way to the server is narrow (grade.h), gauges that would be told
 * more often than the grade allows are told as windows instead, windows are
 * longer, and what gauges say is rounded; the facet `decimals` has to how
 * much, each time that it is another.  Counters and states are told less
 * often, with every turn, and never averaged or rounded; what is told by
 * exception stays as it is.
 *
 * A point without a value says so when it loses it and then once a minute,
 * so that a dead device does not fill the store.
 */
#ifndef POLLER_TELL_H
#define POLLER_TELL_H

#include "grade.h"
#include "model/decode.h"
#include "roster.h"
#include "store/readings.h"

struct teller;

/*
 * Of one device; points that are no sensor of the target are never told.  No
 * point is silent for longer than the target's period, if that is known.
 */
struct teller *teller_new(struct arena *, const struct profile *,
    const struct target *);

/* How finely it tells from now on; full at first. */
void teller_grade(struct teller *, const struct grade *);

/*
 * Add what a poll has brought, one sample a point; of those that were not
 * asked nothing is said.  now is the instant of the readings, mono that of
 * env_mono.
 */
void teller_tell(struct readings *, struct arena *, struct teller *,
    const struct sample *, const bool *asked, int64_t now, int64_t mono);

/*
 * Add the windows that no other sample can be in: those that end by that
 * instant of env_mono, before which there is no poll.
 */
void teller_close(struct readings *, struct arena *, struct teller *,
    int64_t mono);

/* From one poll of a point to the next, in microseconds. */
int64_t poll_period(const struct point *, const struct profile *,
    const struct target *);

#endif
