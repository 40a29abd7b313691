/*
 * sane.h - what cannot be right is put right, or doubted, and said so.
 *
 * Nothing here looks at a database.  What is done to a reading is noted on its
 * item: the reason, and the time or value that its sender gave.
 */
#ifndef INTAKE_SANE_H
#define INTAKE_SANE_H

#include "base/clock.h"
#include "intake/intake.h"
#include "intake/reason.h"
#include "intake/roster.h"
#include "model/unit.h"

#define SANE_AHEAD_MAX (5 * CLOCK_MIN)
#define SANE_EARLIEST INT64_C(946684800000000) /* 2000-01-01 */

/* What is shifted together is at most so far apart. */
#define SANE_SHIFT_MAX (31 * CLOCK_DAY)

/* Can no clock that is right have said this? */
static inline bool
sane_is_odd(const struct intake *in, int64_t time)
{
	return time > in->now + SANE_AHEAD_MAX || time < SANE_EARLIEST;
}

/*
 * Was it taken, and is its reason to be noted?  Of a reading that has no value
 * the store says so itself.
 */
static inline bool
sane_is_remarked(const struct item *it)
{
	return it->code == NULL && !it->let_go && it->reason != REASON_NONE &&
	       it->reason != REASON_NO_VALUE;
}

/* The gravest reason stays, and takes of the quality what it takes. */
void sane_flag(struct item *, enum reason_number);

/* The value in the sensor's unit; the one that was sent is kept. */
double sane_convert(struct item *, double value, const struct unit_change *);

/*
 * A value that is beyond the sensor's bounds is refused, or put aside where
 * the sensor says so: NaN is what it has then.
 */
double sane_range(struct item *, struct arena *, double value,
    const struct target *);

/*
 * The times of a body that no right clock can have said.  The newest of those
 * ahead becomes the time of arrival and the others keep their distance to it,
 * and so do those of a clock that was never set; what is further than
 * SANE_SHIFT_MAX from the newest is refused, and all of them are where the
 * rule says so.  A body so shifted is known again by its bytes: its repeat
 * would be shifted to another time.
 */
void sane_clock(struct intake *, struct bytes body, const struct intake_rule *);

/* A body that was sent longer ago was kept, and says nothing of the clock. */
#define SANE_KEPT_MAX (2 * CLOCK_HOUR)

/*
 * A body that says when it was sent, more than SANE_AHEAD_MAX from when it
 * came: its readings are told to have a clock that is wrong.
 */
bool sane_is_skewed(const struct intake *);
void sane_skew(struct intake *);

/*
 * All values of a device zero at one instant, two or more of those that never
 * are all zero together: they are uncertain.
 */
void sane_frames(struct intake *);

#endif
