/*
 * why.h - what is known of how a reading came to be as it is.
 *
 * A remark was noted with it when it came; a reading without one is as its
 * sender sent it.  Which batch brought it nobody keeps for each reading: those
 * that hold its time are looked for, and when there is one it was that.  Row
 * security decides whose batches and remarks are seen.
 */
#ifndef MODEL_WHY_H
#define MODEL_WHY_H

#include <stdbool.h>

#include "db/db.h"
#include "model/fleet.h"
#include "model/profile.h"

enum { REASONS_MOST = 100000 };

/* One remark about one reading. */
struct remark {
	int reason;	    /* see intake/reason.h */
	int64_t at;	    /* when it came, or was found */
	const char *source; /* key of who sent it; "": not to be seen */
	bool has_time, has_value;
	int64_t was_time; /* as its sender had them */
	double was_value;
	const char *was_unit; /* "": the sensor's */
};

/* A batch that may have brought it. */
struct brought {
	int64_t batch, at;
	const char *source; /* key of the gateway or device; "": the poller */
	int format;	    /* see intake/format.h; 0: not said */
	int kind;	    /* how it came, see intake/keep.h */
	const char *seq;    /* the sender's number of it, or "" */
	int64_t sent, stored, duplicate, rejected;
};

struct why {
	struct remark *remark; /* the first that came before the others */
	size_t remarks;
	struct brought *batch;
	size_t batches;
};

struct err *why_load(struct why *, struct tx *, int32_t device, int32_t sensor,
    int64_t time) MUST_CHECK;

/* Why readings are not quite as they were sent, by sensor, then by time. */
struct reasons {
	struct reason_at {
		int32_t sensor;
		int64_t time;
		int reason;
	} * v;
	size_t n;
};

/* Those of these sensors with from <= time <= to, REASONS_MOST at most. */
struct err *reasons_load(struct reasons *, struct tx *, const int32_t *sensor,
    size_t n, int64_t from, int64_t to) MUST_CHECK;

/* The reason of a reading; 0: there is none. */
int reasons_of(const struct reasons *, int32_t sensor, int64_t time);

/* Where a device's profile has a sensor. */
struct origin_point {
	const struct profile *profile;
	const struct point *point;
};

/*
 * False: the device has no profile of that version in the folder, or that has
 * no such point, or one whose registers do not follow from the value.
 */
bool why_point(struct origin_point *, struct arena *, const char *profiles,
    const struct device *, const char *key);

/*
 * The registers that mean the value, computed back from it: "0x4236 0xCCCD";
 * those that were read may have said the same otherwise.
 */
const char *why_words(struct arena *, const struct point *, double value);

/* Where they are: "holding register 10", counted from zero. */
const char *why_place(struct arena *, const struct point *);

#endif
