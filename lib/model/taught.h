/*
 * taught.h - what is known of a device beyond its profile: registers that it
 * does not have, and the longest request that it answers.
 */
#ifndef MODEL_TAUGHT_H
#define MODEL_TAUGHT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

enum { HOLES_MAX = 64 };

struct hole {
	uint8_t function;
	uint16_t address, count;
};

struct taught {
	struct hole *holes; /* NULL: none */
	size_t n;
	int most_words, most_bits; /* of one request; 0: as the profile says */
	int64_t since;		   /* of the oldest of it; 0: nothing known */
};

/* Whether there is a hole from an address up to `end`. */
bool taught_hole(const struct taught *, int function, int address, int end);

/* 0: not known. */
int taught_most(const struct taught *, int function);

/* False: there are too many. */
bool taught_add(struct taught *, struct arena *, const struct hole *,
    int64_t now);

/* "holding 12-13, input 40"; "" when there are none. */
const char *taught_holes(struct arena *, const struct taught *);

#endif
