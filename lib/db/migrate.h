/*
 * migrate.h - bring a database's schema up to the files of sql/.
 *
 * sql/migrate/NNNN_name.sql run once each, in order, each in a transaction
 * with its row in ctx.migration; a file that changed after it ran is an
 * error, unless a line "-- was DIGEST" of it names what ran: that was mended
 * for whom it failed, and did the same where it ran.  Then sql/policy.sql
 * and grant.sql, every time; they lock no table that is as it should be.  One
 * runs at a time, by an advisory lock.  A table in use is waited for in short
 * turns, for a minute: ERR_BUSY.  Connects as fl_migrator, who may do
 * nothing before SET ROLE.
 */
#ifndef DB_MIGRATE_H
#define DB_MIGRATE_H

#include "base/arena.h"

/* *applied counts the files that were new. */
struct err *migrate_run(int *applied, struct arena *, const char *conninfo,
    const char *folder) MUST_CHECK;

/*
 * Nothing is changed: how many files have not run, and the first that has run
 * and is another now, or NULL.
 */
struct err *migrate_look(int *missing, const char **changed, struct arena *,
    const char *conninfo, const char *folder) MUST_CHECK;

#endif
