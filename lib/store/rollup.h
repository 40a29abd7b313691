/*
 * rollup.h - what a sensor's hours and days come to.
 *
 * A bucket is an hour or a day of the clocks of the sensor's site: an hour
 * begins where they show a full hour, a day where their date is a new one, so
 * that a day may have 23 or 25 hours.  Rows of flux.rollup_hour and
 * flux.rollup_day; a bucket without anything to say has no row.
 *
 *   count, sum, min, max, first, last: of the readings that have a value; a
 *       window that was aggregated before it came counts as its readings
 *       (flux.facet).  bad counts those without a value.
 *   m2: squared distances from the mean.  Welford, Technometrics 4 (1962)
 *       419-420; two parts are joined as by Chan, Golub and LeVeque, The
 *       American Statistician 37 (1983) 242-247: m2a + m2b + d^2 na nb / n.
 *       stddev = sqrt(m2 / count), of the population.
 *   held, area: a value holds until the next reading, with a value or not,
 *       and at most three of its device's periods (31 days at most); from the
 *       data alone, never from the clock.  held is the time covered, area the
 *       integral of the values over it but for the last value's rest.  The
 *       time-weighted mean is (area + last * rest) / held.
 *   stay: how long each value held; the sum is held.  Of a state only.
 *   increase, resets: of a counter; see counter.h.  The step from the last
 *       good reading before the bucket is the bucket's.
 *
 * Arithmetic is that of IEEE 754: what is too large is infinite, what is too
 * small is 0, and infinities of both signs together are NaN.  Nothing fails.
 *
 * A bucket is recomputed from the readings when late ones come to it, and
 * folded further when newer ones come, which gives the same bits.
 */
#ifndef STORE_ROLLUP_H
#define STORE_ROLLUP_H

#include "store/calendar.h"
#include "store/store.h"
#include "store/windows.h"

enum {
	ROLLUP_READ_MAX = 100000, /* rows one answer may hold */
	ROLLUP_STATES_MAX = 256	  /* in a bucket; the rest is state NaN */
};

/* No instant; also in the database, where NULL would not fit. */
#define ROLLUP_NEVER (-2208988800 * CLOCK_S) /* 1900-01-01 */

/* No bucket counts further; a double holds it. */
#define ROLLUP_COUNT_MAX (INT64_C(1) << 53)

/* How long a state held. */
struct stay {
	double state;
	int64_t us;
};

/*
 * One bucket.  With count 0, min to last mean nothing: there were only bad
 * readings, or a value held on from before.
 */
struct rollup {
	int32_t sensor;
	int32_t resets;
	int64_t start, end;
	int64_t count, bad;
	double min, max, sum, m2, first, last;
	int64_t first_at, last_at;
	double area, increase;
	int64_t held, rest; /* microseconds */
	int64_t holds_to;   /* until when last holds at most, or NEVER */
	double good;	    /* the last that a counter counts from, */
	int64_t good_at;    /* or NEVER */
	struct stay *stay;  /* by state, ascending */
	size_t stays;
	uint8_t quality; /* the worst; 100 when there is no reading */
};

/* Rows by sensor, then by start. */
struct rollups {
	struct rollup *v;
	size_t n;
};

struct rollup_query {
	const int32_t *sensor;
	size_t n;
	enum unit unit;
	int64_t from, to; /* from <= start < to */
	size_t limit;	  /* ROLLUP_READ_MAX at most */
};

/* Rows that are there; a minute behind the newest reading at most. */
struct err *rollup_read(struct rollups *, struct tx *,
    const struct rollup_query *) MUST_CHECK;

/* What the buckets of a sensor do not have. */
struct rollup_cover {
	int64_t upto;	      /* readings up to here are in, or NEVER; */
	bool is_remade;	      /* all of it, as its meaning has changed */
	struct windows waits; /* but not what has come for these spans, */
	int64_t hold;	      /* and how far behind them that may reach, */
	struct windows lost;  /* nor what was damaged in these, perhaps */
};

/*
 * That of the query's sensors, in their order, to be asked before their rows:
 * what is made anew in between is only fresher.  A value holds for `hold` at
 * most, so a reading that waits may change what is so far behind it.  Spans
 * that wait before the query's are there too, since the next step of a counter
 * begins in them.
 */
struct err *rollup_cover(struct rollup_cover *, struct tx *,
    const struct rollup_query *, int64_t hold) MUST_CHECK;

/* A bucket, as who reads them sees it. */
struct rollup_line {
	const struct rollup *r; /* NULL: there is no row yet */
	int64_t start, end;
	bool is_pending; /* not over, or something is not in it yet */
	bool is_damaged; /* something may never be */
};

struct rollup_lines {
	struct rollup_line *v;
	size_t n, room;
};

/* One sensor's part of what was read, and when. */
struct rollup_parts {
	const struct rollup_query *query;
	const struct rollup_cover *cover;
	struct rollups rows;
	int64_t now;
};

/*
 * The rows by start, and between them the buckets of the zone in use that have
 * begun and for which something waits.
 */
void rollup_weave(struct rollup_lines *, struct arena *,
    const struct rollup_parts *);

/*
 * A text that changes when a row of the answer does, and now and then when
 * none did.  about: whatever else the answer depends on.
 */
struct err *rollup_state(const char **, struct tx *,
    const struct rollup_query *, const char *about) MUST_CHECK;

/* NaN where there is no value: count or held is 0. */
double rollup_mean(const struct rollup *);
double rollup_stddev(const struct rollup *);
double rollup_twa(const struct rollup *);

/* The area with the last value's rest. */
double rollup_integral(const struct rollup *);

/* The same, times hours and not seconds: of kW it is kWh. */
double rollup_hours(const struct rollup *);

/* What one transaction did. */
struct rolled {
	size_t readings, buckets; /* read and written */
	bool more;		  /* there is more to do at once */
	int64_t *month;		  /* not NULL: nothing; roll back, have the */
	size_t months;		  /* partitions of these made, come again */
};

/*
 * Bring the rollups of the tenant of tx further: what is new in latest, then
 * what flux.mark says came late.  Does a bounded piece of work.  anywhere:
 * also into months that have no partition of their own.
 */
struct err *store_rollup(struct rolled *, struct tx *,
    bool anywhere) MUST_CHECK;

#endif
