/*
 * months.h - the partitions of late readings.
 *
 * A partition is made under a lock that everybody waits for who reads its
 * table, so each month of each table is a transaction of its own.
 */
#ifndef WORKER_MONTHS_H
#define WORKER_MONTHS_H

#include "db/db.h"

/*
 * The months of this table in which these instants are; *made grows by how
 * many there were not yet.  A month whose rows the default partition has
 * already cannot get one.
 */
struct err *months_make(int64_t *made, struct db *, struct arena *,
    const char *table, const int64_t *at, size_t n);

#endif
