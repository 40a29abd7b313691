/*
 * counter.h - how much a counter has moved between two readings.
 *
 * A step upwards adds what it is.  A step downwards is a wrap when the
 * counter's modulus is known and the value fell by at least half of it, and so
 * from its upper half into its lower one: to - from modulo wrap, as for the
 * Counter32 of RFC 2578.  Any other is a reset: the counter began at zero
 * again, and the new value is added, as Prometheus does in increase().  A
 * meter that was swapped says itself where the old one ended and the new one
 * began, so that nothing is lost.
 */
#ifndef STORE_COUNTER_H
#define STORE_COUNTER_H

#include <stddef.h>
#include <stdint.h>

/* The old meter's last value and the new one's first. */
struct swap {
	int64_t at;
	double old_last, new_first;
};

/* What is known of a counter: its modulus, 0 when unknown, and its swaps. */
struct counter {
	double wrap;
	const struct swap *swap; /* by time */
	size_t swaps;
};

struct count {
	int64_t at;
	double value;
};

/* The increase from one reading to a later one; adds to *resets. */
double counter_step(const struct counter *, const struct count *from,
    const struct count *to, int32_t *resets);

#endif
