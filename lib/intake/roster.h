/*
 * roster.h - everything that a credential may write.
 *
 * Loaded by one statement, and from then on nobody asks the database: a name
 * that is not here does not exist for this credential.  It lives in the arena
 * that it was loaded into, so one with an arena of its own may be kept from
 * request to request; it is never changed.
 */
#ifndef INTAKE_ROSTER_H
#define INTAKE_ROSTER_H

#include "base/jscan.h"
#include "db/db.h"
#include "intake/machine.h"
#include "intake/virtual.h"
#include "store/sample.h"

enum { ROSTER_MAX = 250000 };

/* A sensor that the credential may write to. */
struct target {
	struct slice key, code;
	const char *unit, *states; /* states: {"0": "ok"}, or "" */
	double low, high;	   /* NaN: no bound */
	bool flags; /* what is beyond is kept aside, and not refused */
	bool zero;  /* of values that are never all zero together */
	/* Of a mapping: value * scale + shift; 1 and 0 of the others. */
	double scale, shift;
	int32_t device;	       /* index, of roster_device */
	int32_t id;	       /* 0: a mapping says that it is to be let go */
	int32_t facet[FACETS]; /* 0: there is none yet */
};

/* How the bodies of a credential are read. */
struct intake_rule {
	bool refuses_clock; /* a time that cannot be is refused */
	const char *zone;   /* of times without one; IANA name */
	const char *home;   /* key of the device of bodies that name none */
	const char *own;    /* key of who has the credential; "": unknown */
	const char *site;   /* and of its site; "": unknown */
	const char *metric; /* of line protocol: auto, field, measurement */
	bool simulated;	    /* who has the credential does not exist */
};

struct memo;
struct roster;

/*
 * What the gateway or device of that number may write: what a mapping leads
 * somewhere, and the sensors under their own names.  ERR_REFUSED above
 * ROSTER_MAX sensors.
 */
struct err *roster_load(struct roster **, struct arena *, struct tx *,
    int32_t source) MUST_CHECK;

const struct intake_rule *roster_rule(const struct roster *);

/* The sender and the devices behind it; NULL when it was made. */
const struct machines *roster_machines(const struct roster *);

/* For rosters that were made, and not loaded. */
void roster_equip(struct roster *, const struct machines *);

/*
 * The same from an array, of which a copy is made; the devices by index.  A
 * scale of 0 is none.
 */
struct roster *roster_make(struct arena *, const struct slice *device,
    size_t n_devices, const struct target *, size_t n);

/* What is computed from what it may write. */
const struct virtuals *roster_virtuals(const struct roster *);
/* What lines led to; it lives as long as the roster. */
struct memo *roster_memo(const struct roster *);

/* How many sensors it has. */
size_t roster_size(const struct roster *);

/* The device of this key; negative: there is none. */
int32_t roster_device(const struct roster *, struct slice key);

/* A sensor by its device and key, by its code, or by its number; NULL: there
 * is none. */
const struct target *roster_sensor(const struct roster *, int32_t device,
    struct slice key);
const struct target *roster_code(const struct roster *, struct slice code);
const struct target *roster_numbered(const struct roster *, int32_t id);

/* By its number a facet leads to its sensor; is this one? */
bool target_has_facet(const struct target *, int32_t id);

#endif
