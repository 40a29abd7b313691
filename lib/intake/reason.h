/*
 * reason.h - why a reading is not quite as it was sent, or not believed.
 *
 * The numbers stand in flux.remark and are never used again.  A reading that
 * has several reasons keeps the gravest: the one that leaves it the least
 * quality, and of equals the first that was found.
 */
#ifndef INTAKE_REASON_H
#define INTAKE_REASON_H

#include <stdint.h>

/* clang-format off */
#define REASONS(R) \
/* no, name, word, most quality it leaves, sentence */ \
R(1,  CLOCK_AHEAD,  "clock_ahead",   50, "The sender's clock was ahead of ours; it has the time at which it came.") \
R(2,  CLOCK_UNSET,  "clock_unset",   50, "The sender's clock was not set; it has the time at which it came.") \
R(3,  CLOCK_SKEW,   "clock_skew",   100, "The sender's clock differs from ours by more than five minutes; its time was kept.") \
R(4,  SUSPECT_ZERO, "suspect_zero",  50, "All values of the device were zero at once, as they are after a failed read.") \
R(5,  NO_VALUE,     "no_value",       0, "The sender had no value.") \
R(6,  CONVERTED,    "converted",    100, "It came in another unit and was converted.") \
R(7,  OUT_OF_RANGE, "out_of_range",   0, "The value was outside of the sensor's range and was put aside.") \
R(8,  STUCK,        "stuck",        100, "The sensor had not changed for longer than it should.")
/* clang-format on */

enum reason_number {
	REASON_NONE,
#define R(number, name, word, quality, text) REASON_##name = (number),
	REASONS(R)
#undef R
	    REASON_MAX /* above all numbers */
};

struct reason {
	const char *word;
	const char *text;
	uint8_t quality;
};

/* What is known of it; NULL: there is none of that number. */
const struct reason *reason_of(int number);

#endif
