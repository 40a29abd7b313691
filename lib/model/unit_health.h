/*
 * unit_health.h - how a device answers the poller on its Modbus line.
 */
#ifndef MODEL_UNIT_HEALTH_H
#define MODEL_UNIT_HEALTH_H

#include "db/db.h"

enum { UNIT_EXCEPTIONS = 12 }; /* codes 1 to 11 */

struct unit_health {
	int64_t at; /* of the last report; 0: there is none */

	/* Of the last two days. */
	int64_t answers, garbage, corrupt, silent, down, missed;
	int64_t exceptions[UNIT_EXCEPTIONS]; /* by code */
	double mean_ms;			     /* an answer took */

	/* As it was said last. */
	double p99_ms; /* 0: not known */
	bool offline;
	double busy, load; /* of its line: 1 is all the time; and as planned */
	int64_t waiting;   /* records in the poller's spool */
	int most_words;	   /* of one request; 0: as the profile says */
	const char *holes; /* registers that it does not have; "" */
	const char *remark;
};

struct err *unit_health_load(struct unit_health *, struct tx *,
    int32_t device) MUST_CHECK;

/* "illegal address"; NULL: the code has no name. */
const char *unit_exception(int code);

/* All that was asked of it. */
int64_t unit_requests(const struct unit_health *);

#endif
