/*
 * edge.h - the body that our own poller posts, application/vnd.fluxline.block.
 *
 *	0  4  magic "FLXB"
 *	4  1  version, 1
 *	5  3  number of gaps
 *	8  .. gaps of 37 bytes: id 8, sensor 4, from 8, to 8, count 8, reason 1
 *	   .. a block, see store/block.h; nothing when there are no readings
 *
 * All numbers are big-endian.  Sensors are named by their numbers; those that
 * the credential may not write to become dead letters like any other.
 */
#ifndef INTAKE_EDGE_H
#define INTAKE_EDGE_H

#include "intake/gap.h"
#include "store/readings.h"

#define EDGE_TYPE "application/vnd.fluxline.block"

/* The readings are settled in place. */
struct bytes edge_encode(struct arena *, struct readings *, const struct gap *,
    size_t gaps);

#endif
