/*
 * complete.h - what a device should have sent, and what came, day by day.
 *
 * A day is one of the site's clocks, so it may have 23 or 25 hours.  Expected:
 * a reading a period of the device, which is the longest time between two; of
 * today up to now, and of the first day from when the device was made.
 * Received: readings with a value or without.  Silent: how long no value held,
 * which is at most three periods (store/rollup.h).  Longest: the longest time
 * between the readings of different hours, or to the edge of the day; what is
 * silent within an hour is in `silent` only.
 */
#ifndef MODEL_COMPLETE_H
#define MODEL_COMPLETE_H

#include "model/fleet.h"
#include "store/calendar.h"

enum { COMPLETE_DAYS_MAX = 92 };

struct complete_day {
	int64_t expected, received;
	int64_t silent, longest; /* microseconds */
};

/* A device's sensors, all by the same days. */
struct complete {
	struct edges days;	/* one more than days */
	struct complete_day *v; /* of sensor i on day k: v[i * days + k] */
	size_t sensors, n;	/* n days */
};

/*
 * The days of the device's site from that of `from` to that of `to`, which is
 * not after now.  The zone in use is the site's.
 */
struct err *complete_load(struct complete *, struct tx *, const struct device *,
    int64_t from, int64_t to, int64_t now) MUST_CHECK;

/* How many readings of a period's length between two instants. */
int64_t complete_expected(const struct device *, int64_t start, int64_t end,
    int64_t now);

/* What came of what was expected, in whole percent; -1: nothing was. */
int complete_percent(int64_t received, int64_t expected);

/* The devices' days as sums of their sensors, for many devices. */
struct fleet_day {
	int32_t device;
	int64_t start;	  /* of the day */
	int64_t received; /* of each sensor at most what is expected */
};

struct fleet_days {
	struct fleet_day *v; /* by device, then by day */
	size_t n;
};

/* Days with readings that begin in from <= start < to, of these devices. */
struct err *complete_fleet(struct fleet_days *, struct tx *,
    const int32_t *device, size_t n, int64_t from, int64_t to) MUST_CHECK;

#endif
