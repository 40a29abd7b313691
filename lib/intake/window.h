/*
 * window.h - an aggregate that a sender made: {"sensorId", "timestamp",
 * "min", "max", "avg", "count", "stdDev"}.
 *
 * The average is the sensor's own reading; the others are readings of its
 * facets, at the same instant and with the same quality and revision.
 */
#ifndef INTAKE_WINDOW_H
#define INTAKE_WINDOW_H

#include "intake/intake.h"
#include "intake/roster.h"
#include "model/unit.h"

struct window {
	struct jvalue raw[WINDOW_FACETS]; /* J_NONE: absent */
	double value[WINDOW_FACETS];	  /* NaN: not said */
	int32_t facet[WINDOW_FACETS];
};

/*
 * Make the item an aggregate, with avg as its value, if its object has one;
 * otherwise nothing changes.
 */
void window_take(struct item *, struct arena *, const struct members *);

/*
 * Check the aggregate against itself and its sensor's bounds, after a change
 * of its unit if there is one to be made: the item is
 * refused with the member's name, as bad_aggregate, too_large or out_of_range,
 * or has its values, and its facets as far as the sensor has any.
 */
void window_read(struct item *, struct arena *, const struct target *,
    const struct unit_change *);

/* Are all facets of its sensor known? */
bool window_is_whole(const struct item *);

/* How many readings it is: 4, or 5 with stdDev; an item of one value is 1. */
size_t window_size(const struct item *);

/* Write its readings; returns the place behind them. */
struct reading *window_put(struct reading *, const struct item *);

#endif
