/*
 * sequence.h - several whole objects or arrays in one body, one behind the
 * other: by lines (NDJSON), by commas, or each behind an RS (RFC 7464).
 */
#ifndef INTAKE_SEQUENCE_H
#define INTAKE_SEQUENCE_H

#include "base/jscan.h"

/*
 * Behind the whole value that was read last, does another one stand?  Then it
 * is due, and faults are still told by their place in the whole body.
 */
bool sequence_next(struct jscan *, struct bytes whole);

#endif
