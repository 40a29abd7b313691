/*
 * fleet_internal.h - what the files of the fleet share.
 */
#ifndef MODEL_FLEET_INTERNAL_H
#define MODEL_FLEET_INTERNAL_H

#include "model/fleet.h"

/*
 * Read the tenant's sites, or the site of one device with that one alone, into
 * an arena; the states of the devices are still to be said.
 */
struct err *fleet_read(struct fleet *, struct arena *, struct tx *,
    const char *key) MUST_CHECK;

/* Say the state of every device as it is now. */
void fleet_state(struct fleet *, int64_t now);

#endif
