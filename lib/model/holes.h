/*
 * holes.h - which of a gateway's numbered batches never came.
 *
 * A gateway that numbers its batches ("gw7-183") counts by one.  A number that
 * is jumped over is a hole; one that comes late closes it.  A number that was
 * there before, or is below the first, begins a new run: the gateway counts
 * anew after a reboot.  Numbers that mostly do not go up by one (times, say)
 * do not count, and have no holes.
 */
#ifndef MODEL_HOLES_H
#define MODEL_HOLES_H

#include <stdint.h>

#include "base/arena.h"

/* A batch that came: of what it is the no-th, and when. */
struct numbered {
	const char *of; /* what stands before its number, "gw7-"; maybe "" */
	int64_t no, at;
};

/* Numbers that never came, both included, and what came around them. */
struct hole {
	const char *of;
	int64_t low, high;
	int64_t after, before; /* when */
};

struct holes {
	struct hole *v;
	size_t n, room;
};

/* The holes among batches that come by `of` and then in order of arrival. */
void holes_find(struct holes *, struct arena *, const struct numbered *,
    size_t n);

#endif
