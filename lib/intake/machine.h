/*
 * machine.h - the gateway that sends and the devices behind it, as far as raw
 * registers want to know them: the profile by which a device's registers are
 * read, and its number on the bus.  Loaded with the roster, never changed.
 */
#ifndef INTAKE_MACHINE_H
#define INTAKE_MACHINE_H

#include <stdbool.h>

#include "base/jscan.h"
#include "db/db.h"
#include "model/profile.h"

struct machine {
	struct slice key;
	const char *profile; /* its id; "": none */
	/* The tenant's own of that id and version; NULL: a shipped one. */
	const struct profile *own_profile;
	int slave; /* of Modbus; negative: not known */
	bool own;  /* it is the sender itself */
};

struct machines;

/* ERR_REFUSED when there are too many. */
struct err *machines_load(struct machines **, struct arena *, struct tx *,
    int32_t source) MUST_CHECK;

/* The same from an array, of which a copy is made. */
struct machines *machines_make(struct arena *, const struct machine *,
    size_t n);

/* By its key; NULL: there is none. */
const struct machine *machine_named(const struct machines *, struct slice);

/* The only one of that number on its bus; NULL: there is none, or more. */
const struct machine *machine_slave(const struct machines *, int slave);

/* The sender itself; NULL: it is not known. */
const struct machine *machine_own(const struct machines *);

#endif
