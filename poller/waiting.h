/*
 * waiting.h - which record numbers still wait to be stored, a bit each.
 *
 * A ring over the span from low, the first that waits, to next, the number of
 * the record to come.  Only pages in which something waits take memory, so
 * that a backlog of which little is left may be long.
 */
#ifndef POLLER_WAITING_H
#define POLLER_WAITING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"

struct waiting_page;

struct waiting {
	uint64_t low, next;
	uint64_t n;	/* how many wait */
	uint32_t *page; /* of the ring, the place in pool + 1; 0: none waits */
	struct waiting_page *pool;
	uint32_t used, room, spare; /* of pool; the first spare one + 1 */
	uint64_t span;
	struct arena *arena;
};

/* The span is rounded up to whole pages. */
struct waiting waiting_new(struct arena *, uint64_t span);

/* Begin at a number: nothing waits before it. */
void waiting_start(struct waiting *, uint64_t seq);

bool waiting_has(const struct waiting *, uint64_t seq);
bool waiting_full(const struct waiting *);

/* A record at or behind next waits; numbers left out do not. */
void waiting_begin(struct waiting *, uint64_t seq);

/* It waits no longer; true when it did until now. */
bool waiting_end(struct waiting *, uint64_t seq);

#endif
