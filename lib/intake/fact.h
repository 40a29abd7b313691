/*
 * fact.h - what bodies say of devices that is no reading, in the database.
 */
#ifndef INTAKE_FACT_H
#define INTAKE_FACT_H

#include "db/db.h"
#include "intake/intake.h"

/*
 * Keep the facts of a body of this gateway or device, in the caller's
 * transaction; one without a device is its own.
 */
struct err *fact_keep(struct tx *, int32_t source,
    const struct intake *) MUST_CHECK;

/* All members of an object that a device says of itself are facts. */
struct err *fact_read(struct intake *, struct bytes body) MUST_CHECK;

#endif
