/*
 * look.h - registers that somebody wants to see, on their way from the courier
 * to the line of their device, and what was read, on its way back.
 *
 * All threads share one queue; it locks itself.
 */
#ifndef POLLER_LOOK_H
#define POLLER_LOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bus.h"
#include "hold.h"
#include "model/probe.h"

enum { LOOKS_MAX = 128, LOOK_WHY = 160 };

struct look {
	int64_t id;
	int32_t tenant, device;
	int64_t expires; /* by env_mono */
	uint8_t function;
	uint16_t address, count;
	bool answered; /* words has what was there */
	uint16_t words[PROBE_MOST];
	char why[LOOK_WHY]; /* there is no answer */
};

struct looks;

struct looks *looks_new(struct arena *);

/* Is there any that nobody is at? */
bool looks_any(struct looks *);

/* The courier brings one; false: there is no room. */
bool looks_bring(struct looks *, const struct look *);

/* The next one for a device that nobody is at. */
bool looks_next(struct look *, struct looks *, int32_t tenant, int32_t device);

/* One whose time is over and that nobody is at. */
bool looks_overdue(struct look *, struct looks *, int64_t now);

/* The request for it. */
struct ask look_ask(const struct look *, int unit);

/* What came of the request; why as bus_why says. */
void look_take(struct look *, enum outcome, const uint16_t *words,
    const char *why);

/* It is over; told in this order, of too many the oldest never. */
void looks_tell(struct looks *, const struct look *);

/* It is over without an answer, for this reason. */
void looks_fail(struct looks *, struct look *, const char *why);

/* What the courier has not said yet; the oldest news of who is not held. */
bool looks_news(struct look *, struct looks *, const struct hold *);

/* It could not be said: they are the oldest news again. */
void looks_keep(struct looks *, const struct look *);

#endif
