/*
 * jobs.h - what the worker does for a tenant; one job, one file.
 */
#ifndef WORKER_JOBS_H
#define WORKER_JOBS_H

#include "db/db.h"

/* Consume landing until it is empty, then merge full tiers. */
struct err *job_derive(struct db *, struct arena *, int32_t tenant) MUST_CHECK;

/* Every second: bring the hours and days further, for half a second. */
struct err *job_rollup(struct db *, struct arena *, int32_t tenant) MUST_CHECK;

/* Hourly: forget answers that nobody will ask for again. */
struct err *job_upkeep(struct db *, struct arena *, int32_t tenant) MUST_CHECK;

#endif
