/*
 * virtual.h - sensors whose values are computed from others of their device.
 *
 * They are loaded with the roster and computed from a body, or a slice of an
 * import, as it comes: at every instant at which the body has all that a
 * formula names, and the formula has a value there, there is one reading more.
 */
#ifndef INTAKE_VIRTUAL_H
#define INTAKE_VIRTUAL_H

#include "db/db.h"
#include "intake/formula.h"
#include "intake/intake.h"

enum { VIRTUAL_ROWS_MAX = 250000, VIRTUAL_INPUTS_MAX = 1000000 };

struct virtual
{
	int32_t sensor;
	struct formula formula;
};

/* A sensor that a formula names, by the sensor's number. */
struct virtual_input {
	int32_t sensor;
	uint32_t of; /* index of the virtual one */
	unsigned char name;
};

struct virtuals {
	struct virtual *v;
	size_t n;
	struct virtual_input *feed;
	size_t feeds;
};

/*
 * Those of the gateway or device of that number, or with 0 of the whole tenant;
 * a bad formula is none.
 */
struct err *virtuals_load(struct virtuals *, struct arena *, struct tx *,
    int32_t source) MUST_CHECK;

/* The feeds in their order; whoever makes virtuals by hand calls it. */
void virtuals_settle(struct virtuals *);

/*
 * What the items that are taken make, with the worst of their qualities.
 * ERR_TOO_BIG above VIRTUAL_INPUTS_MAX.
 */
struct err *virtuals_compute(struct readings *, const struct intake *,
    const struct virtuals *) MUST_CHECK;

#endif
