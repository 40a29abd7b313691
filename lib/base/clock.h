/*
 * clock.h - instants as int64 microseconds since 1970 UTC, and their texts.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

#define CLOCK_MS INT64_C(1000)
#define CLOCK_S INT64_C(1000000)
#define CLOCK_MIN (60 * CLOCK_S)
#define CLOCK_HOUR (60 * CLOCK_MIN)
#define CLOCK_DAY (24 * CLOCK_HOUR)

/*
 * A number that names an instant, by its magnitude: below 1e11 seconds, below
 * 1e14 milliseconds, below 1e17 microseconds, else nanoseconds.  False when
 * it is negative or not finite.
 */
bool clock_from_number(int64_t *us, double);

/*
 * ISO 8601 with a zone: "2026-11-21T06:00:00.25Z", "...+03:00", "...+0300".
 * A space for the T, and a date alone (its midnight UTC), are accepted; a
 * local time without a zone is not.
 */
bool clock_from_iso(int64_t *us, const char *);

/* "2026-11-21T06:00:00.123Z"; microseconds only when there are any. */
void clock_put(struct buf *, int64_t us);
const char *clock_iso(struct arena *, int64_t us);

/*
 * "3 s", "5 min", "47 h", "4 d": how long ago, for people.  The pages' script
 * counts on in the same steps.
 */
const char *clock_age(struct arena *, int64_t us);

#endif
