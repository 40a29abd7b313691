/*
 * jobs.h - what the worker does for a tenant; one job, one file.
 */
#ifndef WORKER_JOBS_H
#define WORKER_JOBS_H

#include "db/db.h"

/* Consume landing until it is empty, then merge full tiers. */
struct err *job_derive(struct db *, struct arena *, int32_t tenant) MUST_CHECK;

/* Hourly: forget answers that nobody will ask for again. */
struct err *job_upkeep(struct db *, struct arena *, int32_t tenant) MUST_CHECK;

/* Once a day: delete what is older than its rule allows, in small steps. */
struct err *job_retention(struct db *, struct arena *,
    int32_t tenant) MUST_CHECK;
void job_retention_into(const char *archive); /* the folder, before all */

#endif
