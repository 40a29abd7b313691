/*
 * chunk.h - the chunks of a sensor and a UTC day, and how readings join them.
 *
 * Internal to lib/store.  Chunks of a sensor never overlap in time and never
 * cross a day; each holds 4,096 to 8,192 readings, only the last one of a day
 * may hold fewer.  Who packs the tenant owns them all.
 */
#ifndef STORE_CHUNK_H
#define STORE_CHUNK_H

#include "db/db.h"
#include "store/readings.h"

enum { CHUNK_MIN = 4096, CHUNK_MAX = 8192 };

/* The midnight, UTC, before or at that instant. */
int64_t chunk_day(int64_t time);

/*
 * Put settled readings in.  Chunks that they overlap, that are small, or that
 * must lend readings to a small one, are replaced; no other is touched.
 * *written: how many chunks.
 */
struct err *chunk_join(size_t *written, struct tx *,
    const struct readings *) MUST_CHECK;

/*
 * Move a damaged chunk into quarantine, unless somebody is packing the tenant
 * just now: then it stays for the next who meets it.
 */
struct err *chunk_remove(struct tx *, int32_t sensor, int64_t t_min) MUST_CHECK;

/* Own the tenant's packing until the commit; false: somebody else does. */
struct err *chunk_own(bool *own, struct tx *) MUST_CHECK;

#endif
