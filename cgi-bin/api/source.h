/*
 * source.h - where a fleet's data come from.
 */
#ifndef API_SOURCE_H
#define API_SOURCE_H

#include "model/fleet.h"

/* Is any device of it simulated? */
bool fleet_simulated(const struct fleet *);

#endif
