/*
 * dates.h - dates as people and their programs write them.
 *
 *	2026-11-21T06:00:00+01:00      Mon, 25 Mar 2019 16:24:42 GMT
 *	1/2/2007 9:00 PM               04/07/16 00
 *
 * Where a date reads differently with the day or the month first, all ways in
 * which it is one are told, and somebody has to choose: nothing is guessed.
 * A time without a zone is local; which zone is meant says zone_use, so this
 * belongs to programs with one thread.
 */
#ifndef BASE_DATES_H
#define BASE_DATES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/jscan.h"

/* What stands first, second and third. */
enum date_order {
	DATE_YMD = 1,
	DATE_DMY = 2,
	DATE_MDY = 4,
	DATE_ORDERS = DATE_YMD | DATE_DMY | DATE_MDY
};

struct stamp {
	int year, month, day; /* month from 1 */
	int64_t day_us;	      /* since midnight, microseconds */
	bool has_time, has_zone;
	bool is_named;	/* its month is a word, so that no order matters */
	int east_s;	/* of its zone */
	unsigned order; /* of enum date_order: the ways in which it is a date */
};

/*
 * A date, with or without a time, in one of these orders; the first of those
 * that fit is the one that year, month and day follow.  False: it is none.
 */
bool stamp_read(struct stamp *, struct slice, unsigned orders);

/* A time of day alone, "23:50", "9:00 PM"; it replaces what there was. */
bool stamp_time(struct stamp *, struct slice);

/*
 * The instant; of a local time that its clocks show twice the first, and the
 * second in *again, which is else the same.  False: they never show it.
 */
bool stamp_instant(int64_t *us, int64_t *again, const struct stamp *);

/* "dmy" and so on; 0: there is no such order, NULL: it is none of the three. */
unsigned date_order_named(const char *);
const char *date_order_name(unsigned order);

#endif
