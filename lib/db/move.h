/*
 * move.h - bring a tenant into a database of its own, or home again.
 *
 * While it moves nobody of it is let in (503, and what they send comes again);
 * others notice nothing.  Its rows are copied in one transaction of the target
 * from one snapshot of the source, compared table by table, and only then does
 * home say where it lives and the source forget it, in slices.  Killed at any
 * point, the same command goes on, and the opposite one undoes it: there is
 * never a moment in which two databases let it in, or in which the one that
 * does lacks something.
 *
 * Connects as fl_migrator, who is the owner of everything when he says so;
 * row security holds for him all the same, in the tenant's context.
 */
#ifndef DB_MOVE_H
#define DB_MOVE_H

#include "db/db.h"

struct move {
	const char *home; /* conninfo */
	struct db *db;	  /* whose cells these are */
	int32_t tenant;
	void (*say)(const char *what); /* each step, before it is made */
};

/* What a program's conninfo is in the cell of that name; NULL: no such. */
const char *move_conninfo(struct arena *, struct db *, const char *conninfo,
    const char *cell);

struct err *move_away(struct arena *, const struct move *,
    const char *cell) MUST_CHECK;
struct err *move_home(struct arena *, const struct move *) MUST_CHECK;

#endif
