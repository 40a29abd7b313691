/*
 * hold.h - tenants that cannot be told anything for now: their news stay in
 * their lists, in their order, until the next round.
 */
#ifndef POLLER_HOLD_H
#define POLLER_HOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { HOLD_MAX = 256 };

struct hold {
	int32_t tenant[HOLD_MAX];
	size_t n;
};

static inline bool
hold_has(const struct hold *h, int32_t who)
{
	size_t i;

	for (i = 0; i < h->n; i++)
		if (h->tenant[i] == who)
			return true;
	return false;
}

#endif
