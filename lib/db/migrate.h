/*
 * migrate.h - bring a database's schema up to the files of sql/.
 *
 * sql/migrate/NNNN_name.sql run once each, in order, each in a transaction
 * with its row in ctx.migration; a file that changed after it ran is an
 * error.  Then sql/policy.sql, every time.  One runs at a time, by an advisory
 * lock.  Connects as fl_migrator, who may do nothing before SET ROLE.
 */
#ifndef DB_MIGRATE_H
#define DB_MIGRATE_H

#include "base/arena.h"

/* *applied counts the files that were new. */
struct err *migrate_run(int *applied, struct arena *, const char *conninfo,
    const char *folder) MUST_CHECK;

#endif
