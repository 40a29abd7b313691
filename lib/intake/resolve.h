/*
 * resolve.h - from what a sender calls things to sensors and values.
 */
#ifndef INTAKE_RESOLVE_H
#define INTAKE_RESOLVE_H

#include "intake/intake.h"
#include "intake/roster.h"

/*
 * Give every item its sensor and value, or refuse it: unknown_device,
 * unknown_sensor, wrong_unit, no_value, not_a_number, too_large,
 * out_of_range, bad_aggregate.  Only what the roster holds exists here; what
 * it holds without a sensor is let go.
 */
void resolve(struct intake *, const struct roster *);

#endif
