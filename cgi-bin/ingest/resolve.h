/*
 * resolve.h - from what a sender calls things to sensors and values.
 */
#ifndef INGEST_RESOLVE_H
#define INGEST_RESOLVE_H

#include "cgi-bin/ingest/intake.h"
#include "db/db.h"

/*
 * Give every item its sensor and value, or refuse it: unknown_device,
 * unknown_sensor, wrong_unit, no_value, not_a_number, too_large,
 * out_of_range.  Only devices of the credential's gateway exist here.
 */
struct err *resolve(struct intake *, struct tx *) MUST_CHECK;

#endif
