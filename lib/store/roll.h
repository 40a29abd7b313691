/*
 * roll.h - one transaction of the rollups, in parts.
 *
 * Internal to lib/store.  A plan says which spans of which sensors are to be
 * rolled, and what the sensors are; a pass rolls some of them over a piece of
 * time; the feed reads the readings for a pass.
 */
#ifndef STORE_ROLL_H
#define STORE_ROLL_H

#include "store/facet.h"
#include "store/roller.h"

enum {
	PASS_SENSORS = 16384, /* that one pass rolls together */
	DUE_MAX = 256	      /* devices that one transaction looks at */
};

#define HOLD_MAX (31 * CLOCK_DAY)

/* A sensor, and how far it is rolled up. */
struct subject {
	struct meaning meaning;
	const char *zone;
	int64_t floor;	       /* the first hour whose readings are all there */
	int64_t was, upto;     /* before this transaction, and now; or NEVER */
	int32_t facet[FACETS]; /* as in struct faceted */
	size_t pass;	       /* the last one that it was in */
};

/* A span of a sensor that is to be rolled. */
struct item {
	struct subject *of;
	int64_t from, last; /* both inclusive; from EVER: it is done */
	bool is_newer;	    /* go on from upto; else make the hours anew */
	bool is_one;	    /* this hour alone */
};

struct items {
	struct item *v;
	size_t n, room;
};

/* A device of which there is something new. */
struct due {
	int32_t device;
	int64_t version; /* of latest */
	size_t n;
	int32_t *sensor;
	int64_t *time;
};

struct plan {
	struct tx *tx;
	struct arena *arena; /* of the tx */
	struct arena *scratch;
	struct arg tenant;
	struct subject *subject; /* by sensor */
	size_t subjects;
	struct due *due;
	size_t dues;
	struct items newer, late;
	struct items next; /* what the late ones lead to */
	size_t passes;
};

/* Sensors and spans of time, as statements take them. */
struct spans {
	int32_t *sensor;
	int64_t *from, *to;
	size_t n, room;
};

void spans_add(struct spans *, struct arena *, int32_t sensor, int64_t from,
    int64_t to);

/* From the first to the end of the last; of none, nothing. */
void spans_reach(int64_t *from, int64_t *to, const struct spans *);

/* What has come late and, if `due`, what is new. */
struct err *plan_load(struct plan *, bool due) MUST_CHECK;

/* Write down how far devices are, and what of the late is still to do. */
struct err *plan_save(struct plan *) MUST_CHECK;
struct subject *plan_subject(const struct plan *, int32_t sensor);
void items_add(struct items *, struct arena *, const struct item *);

/* Cut the late ones at what is rolled up by now, and join what is near. */
void plan_tidy(struct plan *);

/* A day in each month that hours may be written to. */
size_t plan_months(int64_t **, const struct plan *);

/* One sensor in a pass. */
struct track {
	struct item *item;
	struct roller roller;
	int64_t start;		   /* the first hour */
	int64_t from, to;	   /* readings of from <= time < to */
	int64_t edge;		   /* no hours from here on, or EVER */
	int64_t seen;		   /* the newest reading put in, or NEVER */
	bool is_last;		   /* the item is done with this pass */
	const struct rollup *open; /* that it goes on with, or NULL */
	struct carry carry;
};

struct pass {
	struct plan *plan;
	struct edges edges;
	struct track *track; /* by sensor, one each */
	size_t n;
	size_t readings, buckets; /* read and written */
	bool is_lost;		  /* some readings were damaged */
};

/* Put the readings of all tracks in. */
struct err *pass_feed(struct pass *) MUST_CHECK;

/*
 * Roll items, of one zone and each of another sensor, by sensor, up to this
 * edge.  What remains stays in them.  Counters whose next step may have
 * changed are added to `next`.
 */
struct err *pass_run(struct pass *, struct plan *, struct item **, size_t n,
    int64_t edge, struct items *next) MUST_CHECK;

/* Days in which one of the hours lies or a span begins or ends, each once. */
void pass_days_of(struct spans *, const struct pass *,
    const struct rollups *hours, const struct spans *gone);

/* Compose these days, by sensor and start, of the hours that are written. */
struct err *pass_days(struct pass *, const struct spans *) MUST_CHECK;

/* Rows of q_rollup_hours, and of the statements with the same columns. */
void rollup_row(struct rollup *, struct arena *, const struct rows *, int i);

/* Write hours or days; kind[i] is of row i.  Unless all readings are sure to
 * be in them, only those that hold as many as there were. */
struct err *rollup_put(struct tx *, enum unit, const struct rollups *,
    const int16_t *kind, bool all) MUST_CHECK;

#endif
