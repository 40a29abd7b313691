/*
 * units.h - {"flow_rate": "m3/h"}, the units of an object's values beside them.
 */
#ifndef INTAKE_UNITS_H
#define INTAKE_UNITS_H

#include "intake/intake.h"

/*
 * Give the items from `first` on the units that the object `raw` has for
 * their sensors; mostly they stand in the order of the values.
 */
void units_read(struct intake *, size_t first, struct slice raw);

#endif
