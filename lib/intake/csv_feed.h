/*
 * csv_feed.h - the rows of a file as items, by a plan that leaves nothing
 * open.
 *
 * What is wrong with a row as a whole is told of the row; what is wrong with a
 * cell is found when its item is resolved.  The same file with the same plan
 * gives the same items, in the same order: an import that was cut short goes
 * on where it was.
 */
#ifndef INTAKE_CSV_FEED_H
#define INTAKE_CSV_FEED_H

#include "intake/csv_plan.h"
#include "intake/intake.h"

struct twins;
struct bounds;

struct feed {
	struct csv *csv;
	const struct plan *plan;
	const struct look *look;
	struct arena *arena; /* for as long as the feed */
	uint64_t seed;
	int64_t start, now;
	struct bounds *bounds; /* of each column */
	int64_t last; /* the instant before, for an hour that is there twice */
	struct twins *twins;
	size_t rows;  /* passed */
	size_t alike; /* rows at the instant of another, with other values */
	size_t alike_line; /* the first of them */
};

struct fed {
	struct csv_row row;
	int64_t time;
	struct slice device;
	const char *code; /* why the row is refused; NULL: it is not */
	const char *detail;
	const struct seen *at; /* the column's; NULL: of the whole row */
};

void feed_open(struct feed *, struct arena *, struct csv *, const struct plan *,
    const struct look *, int64_t now);

/* The next row; false: there is none.  Texts about it go into the arena. */
bool feed_next(struct fed *, struct feed *, struct arena *);

/*
 * Its readings, one more item each.  An item's index is its row's line, its
 * place the column's name, its raw text the cell.
 */
void feed_items(struct intake *, struct feed *, const struct fed *);

/* What a plan leaves to the file is filled in. */
void plan_settle(struct plan *, const struct look *);

#endif
