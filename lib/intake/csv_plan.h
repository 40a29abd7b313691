/*
 * csv_plan.h - what a file of rows is said to mean, and what is still open.
 *
 * A plan is a JSON object; every member but columns may be left out, and what
 * is left out and cannot be told by the whole file is a question:
 *
 *	{"columns": [{"as": "time"}, {"as": "sensor", "key": "flow",
 *	 "unit": "L/min", "low": 0}, {"as": "leave"}], "device": "M-7",
 *	 "order": "dmy", "zone": "Europe/Berlin", "decimal": ",",
 *	 "start": "2026-01-01T00:00Z", "same": "keep", "empty": "skip",
 *	 "make": true, "site": "north"}
 */
#ifndef INTAKE_CSV_PLAN_H
#define INTAKE_CSV_PLAN_H

#include "intake/csv_look.h"

enum { QUESTIONS_MAX = 16, PLAN_MAX = 256 * 1024 };

/* What a column is. */
enum column_as {
	AS_LEAVE,   /* nothing of interest */
	AS_TIME,    /* when: a date, a date and a time, a Unix number */
	AS_CLOCK,   /* the time of day, where AS_TIME is a date */
	AS_SECONDS, /* when: seconds since the plan's start; with a key they
		     * are readings as well */
	AS_DEVICE,  /* a device's key */
	AS_SENSOR,  /* readings of the sensor with this key */
	AS_NAME,    /* a sensor's key ... */
	AS_VALUE,   /* ... and its reading ... */
	AS_UNIT,    /* ... and in which unit */
	COLUMN_AS
};

struct use {
	enum column_as as;
	const char *key, *unit; /* of readings; unit "": the sensor's own */
	/*
	 * Of readings, as they stand in the file: what is outside has no value
	 * then, and says so.  "": there is no bound.
	 */
	const char *low, *high;
};

/* Several readings of one sensor at one instant. */
enum same {
	SAME_ASKED, /* nobody has said what they are */
	SAME_KEEP,  /* all of them: the k-th, from 0, is k microseconds later */
	SAME_FIRST  /* the first; the others are doubles of it */
};

struct plan {
	struct use *column;
	size_t n;
	char decimal;	    /* 0: not said */
	unsigned order;	    /* one of enum date_order; 0: not said */
	const char *zone;   /* IANA name; "": not said */
	const char *device; /* of rows that name none; "" */
	const char *start;  /* an instant in ISO; "" */
	enum same same;
	bool skips_empty; /* else an empty cell is a reading without a value */
	bool makes;	  /* devices and sensors that are missing */
	const char *site; /* key of where they are made; "" */
};

/* Of which member of the plan, and in words. */
struct question {
	const char *field, *ask;
};

struct questions {
	struct question v[QUESTIONS_MAX];
	size_t n;
};

/* ERR_INPUT: it is no plan; the member is named. */
struct err *plan_read(struct plan *, struct arena *,
    struct bytes json) MUST_CHECK;
void plan_put(struct buf *, const struct plan *);

/* What the columns are most likely; everything that is doubtful stays open. */
void plan_suggest(struct plan *, struct arena *, const struct look *);

/* What is not said, not possible, or against the file. */
void plan_ask(struct questions *, struct arena *, const struct plan *,
    const struct look *);

/* The words of a plan: "time", "clock", ...; and "keep", "first", "". */
const char *column_as_name(enum column_as);
bool column_as_named(enum column_as *, const char *);
const char *same_name(enum same);
bool same_named(enum same *, const char *);

/* Are its cells readings, and all of them of the sensor with its key? */
bool use_reads(const struct use *);
bool use_has_key(const struct use *);

/* NaN: there is no bound; false: one is no number, or low is above high. */
bool use_bounds(double *low, double *high, const struct use *);

/* One word that may be a device's or sensor's key. */
bool key_is_good(const char *);

/* Does the system know the zone of this name? */
bool zone_is_known(const char *);

#endif
