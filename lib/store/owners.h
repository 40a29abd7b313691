/*
 * owners.h - whose sensor it is: the device of each, kept from one cycle to
 * the next.
 *
 * Internal to lib/store.  A connection keeps what it was told of some tenants,
 * as long as the registry's number that came with the gate stays the same; it
 * asks only for what it has not met.
 */
#ifndef STORE_OWNERS_H
#define STORE_OWNERS_H

#include "db/db.h"

/*
 * The device of each of n sensors or facets, which are ascending and each
 * once; 0: nobody knows it.  A facet is its sensor's device's.
 */
struct err *owners_find(int32_t *device, struct tx *, const int32_t *sensor,
    size_t n) MUST_CHECK;

#endif
