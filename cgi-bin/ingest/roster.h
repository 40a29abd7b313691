/*
 * roster.h - everything that a credential may write.
 *
 * Loaded by one statement, and from then on nobody asks the database: a name
 * that is not here does not exist for this credential.  It lives in the arena
 * that it was loaded into, so one with an arena of its own may be kept from
 * request to request; it is never changed.
 */
#ifndef INGEST_ROSTER_H
#define INGEST_ROSTER_H

#include "base/jscan.h"
#include "db/db.h"

enum { ROSTER_MAX = 250000 };

/* The other series of a sensor, see flux.facet. */
enum facet { FACET_MIN, FACET_MAX, FACET_COUNT, FACET_STDDEV, FACETS };

/* A sensor that the credential may write to. */
struct target {
	struct slice key, code;
	const char *unit, *states; /* states: {"0": "ok"}, or "" */
	double low, high;	   /* NaN: no bound */
	int32_t device;		   /* index, of roster_device */
	int32_t id;
	int32_t facet[FACETS]; /* 0: there is none yet */
};

struct roster;

/* ERR_REFUSED above ROSTER_MAX sensors. */
struct err *roster_load(struct roster **, struct arena *,
    struct tx *) MUST_CHECK;

/* The same from an array, of which a copy is made; the devices by index. */
struct roster *roster_make(struct arena *, const struct slice *device,
    size_t n_devices, const struct target *, size_t n);

/* How many sensors it has. */
size_t roster_size(const struct roster *);

/* The device of this key; negative: there is none. */
int32_t roster_device(const struct roster *, struct slice key);

/* A sensor by its device and key, or by its code; NULL: there is none. */
const struct target *roster_sensor(const struct roster *, int32_t device,
    struct slice key);
const struct target *roster_code(const struct roster *, struct slice code);

#endif
