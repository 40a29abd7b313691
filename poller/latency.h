/*
 * latency.h - how long a device takes to answer: a small histogram of steps
 * that double, in which what is long ago fades.
 */
#ifndef POLLER_LATENCY_H
#define POLLER_LATENCY_H

#include <stdint.h>

enum { LATENCY_STEPS = 20, LATENCY_ENOUGH = 32 };

struct latency {
	uint16_t n[LATENCY_STEPS]; /* step i: below 64 << i microseconds */
	uint16_t total;
};

void latency_add(struct latency *, int64_t us);

/*
 * The upper bound of the step below which 99 of 100 were; 0 while there are
 * fewer than LATENCY_ENOUGH.
 */
int64_t latency_p99(const struct latency *);

/* The same; while there are fewer, the bound of the slowest step. */
int64_t latency_slowest(const struct latency *);

/* Begin with what was known before. */
void latency_set(struct latency *, int64_t p99_us);

#endif
