/*
 * reach.h - which sensors some readings may be of, in few words.
 *
 * A cycle has thousands of sensors, and most of them nothing that a statement
 * looks for: ranges around them are sooner sent than each of them.
 */
#ifndef STORE_REACH_H
#define STORE_REACH_H

#include "store/readings.h"

enum { REACH_RANGES = 64 };

/*
 * An int4multirange of at most so many ranges, whose ends are sensors of the
 * settled readings and which holds all of them, and others between them.
 */
const char *reach_of(struct arena *, const struct readings *);

#endif
