/*
 * source.h - where an answer's data come from, said in a header.
 */
#ifndef API_SOURCE_H
#define API_SOURCE_H

#include "model/fleet.h"
#include "web/web.h"

/* "X-Data-Source: simulation" when anything in the answer is simulated. */
void mark_source(struct res *, bool simulated);

#endif
