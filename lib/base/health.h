/*
 * health.h - how all of it is, as the worker sees it, for who cannot ask the
 * database.
 *
 * The worker writes the file anew each second; one that is older than
 * HEALTH_OLD is told by nobody any more, and nothing of it holds.
 */
#ifndef BASE_HEALTH_H
#define BASE_HEALTH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

#define HEALTH_OLD INT64_C(5000000)

struct health {
	int64_t at;	/* 0: nobody has ever told */
	int64_t up;	/* 1: the database answers */
	int64_t since;	/* since when it does, or does not */
	int64_t months; /* for which there are partitions, from this one on */
	int64_t spool_bytes, spool_max, spool_tenants;
	int64_t disk_free; /* per mille, where the spool is */
	int64_t disk_bytes;
};

struct err *health_write(const char *path, const struct health *) MUST_CHECK;

/* False: there is none, or it cannot be read; then all of it is 0. */
bool health_read(struct health *, const char *path);

/* Does somebody tell, now? */
bool health_is_told(const struct health *, int64_t now);

#endif
