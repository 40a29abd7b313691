/*
 * health.h - how the units on the lines answer, told to the server.
 */
#ifndef POLLER_HEALTH_H
#define POLLER_HEALTH_H

#include "db/db.h"
#include "line.h"

/* The reports of some units as JSON, and how many records wait. */
struct bytes health_text(struct arena *, const struct unit_report *, size_t n,
    uint64_t waiting);

/*
 * Tell the reports, and how many records wait in the spool; those of a tenant
 * that the poller does not serve any more are left out.  After an error those
 * that were taken down are told.
 */
struct err *health_tell(struct db *, struct arena *, struct unit_report *,
    size_t n, uint64_t waiting) MUST_CHECK;

#endif
