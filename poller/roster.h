/*
 * roster.h - what the poller serves: devices, where they are, their sensors.
 *
 * Read from Postgres for every tenant the poller is granted, and kept on disk
 * as JSON, so that it goes on collecting when it starts without a database.
 */
#ifndef POLLER_ROSTER_H
#define POLLER_ROSTER_H

#include <stdbool.h>

#include "db/db.h"
#include "dial.h"
#include "store/reading.h"

struct sensor {
	int32_t id;
	const char *key;       /* of the profile's point */
	int32_t facet[FACETS]; /* its series; 0: it has none */
};

struct target {
	int32_t tenant, device;
	const char *key, *profile;
	const char *profile_text; /* the tenant's own; NULL: a shipped one */
	enum transport transport;
	const char *host;   /* or the device file */
	int port;	    /* or the baud rate */
	const char *serial; /* "8E1"; "": as the profile says */
	int unit;
	int poll_ms;	 /* 0: as the profile says */
	double period_s; /* who is silent for three is missed; 0: not known */
	struct sensor *sensors;
	size_t n;
};

struct roster {
	struct target *v;
	size_t n;
};

/* A tenant whose grant is gone is left out; anything else is the caller's. */
struct err *roster_read(struct roster *, struct db *,
    struct arena *) MUST_CHECK;

/* As text; equal rosters have equal texts. */
struct bytes roster_text(struct arena *, const struct roster *);
struct err *roster_parse(struct roster *, struct arena *,
    struct bytes) MUST_CHECK;

/* All the targets that share a line with the first. */
struct roster roster_line(struct arena *, const struct roster *,
    const struct target *first);

#endif
