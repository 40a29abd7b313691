/*
 * lean.h - lines that need no item: decoded and resolved in one.
 *
 * A decoder knows no roster, and what it makes of a reading is an item of
 * some 300 bytes.  For line protocol, whose senders repeat themselves to the
 * letter, that is most of the work.  Here a line that the memo knows, with
 * numbers within bounds and a time that can be, becomes readings at once;
 * every other line becomes items, and what is odd about it is noted there.
 * What is remembered, replayed, refused or flagged is therefore never here.
 */
#ifndef INTAKE_LEAN_H
#define INTAKE_LEAN_H

#include "intake/line.h"
#include "intake/memo.h"
#include "intake/metric.h"
#include "intake/roster.h"

struct lean {
	const struct roster *roster;
	struct memo *memo; /* NULL: nothing is known, nor remembered */
	struct readings r; /* not settled */
	int64_t live;	   /* what is older is a backlog */
	size_t backlog;
	int64_t now, from, till; /* of times that can be */
	int64_t tick_ns;
	struct arena *arena;
};

/*
 * Nothing yet; a body of so many bytes is to come.  What is asked beside the
 * body must be the same each time, or the memo is NULL.
 */
void lean_begin(struct lean *, const struct intake *, const struct roster *,
    struct memo *, size_t bytes);

/*
 * Read on as long as lines are as simple as that, or until ITEMS_MAX readings
 * are there.
 */
void lean_lines(struct lean *, struct lines *);

/*
 * The items from the first on are those of this line: those that could have
 * been readings at once become ones, and are remembered if all of them are.
 */
void lean_learn(struct lean *, struct intake *, size_t first,
    const struct line *);

/* A time in ticks as microseconds; false: it is beyond all bounds. */
bool lean_time(int64_t *us, int64_t ticks, int64_t tick_ns);

#endif
