/*
 * lean.h - readings that need no item: decoded and resolved in one.
 *
 * A decoder knows no roster, and what it makes of a reading is an item of
 * some 300 bytes.  For senders who repeat themselves to the letter that is
 * most of the work.  Here a line that the memo knows, with numbers within
 * bounds and a time that can be, becomes readings at once; every other line
 * becomes items, and what is odd about it is noted there.  What is remembered,
 * replayed, refused or flagged is therefore never here.  Objects of JSON go
 * the same way, see lean_object.h.
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
	struct slice sent; /* the unit that was sent last ... */
	const char *unit;  /* ... the sensor's; NULL: none was */
	bool fits;	   /* and are they the same? */
	/* Of the object that was looked at last, see lean_object.h. */
	unsigned char form[MEMO_TEXT_MAX];
	size_t form_n; /* 0: it has none */
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

/*
 * The item becomes a reading, if it could have been one at once: the sensor it
 * is of.  NULL: it stays an item.
 */
const struct target *lean_take(struct lean *, const struct item *);

/* Any value that is a number; false: it is none, or too large. */
bool lean_number(double *, const struct jvalue *);

/* A time in ticks as microseconds; false: it is beyond all bounds. */
bool lean_time(int64_t *us, int64_t ticks, int64_t tick_ns);

#endif
