/*
 * damage.h - bytes that are not what was written, moved out of the way.
 *
 * Internal to lib/store.  Whoever meets damage notes it here, in the
 * transaction that takes the row away, and goes on with the rest.  The bytes
 * are kept, so that a person may still look at them.
 */
#ifndef STORE_DAMAGE_H
#define STORE_DAMAGE_H

#include "db/db.h"

struct damage {
	const char *level; /* landing, fresh or chunk */
	int32_t sensor;	   /* 0: of several */
	int64_t t_min, t_max;
	size_t n; /* readings, as far as it is known */
	const char *why;
	struct bytes bytes;
};

/* The reason in words that outlive the error. */
const char *damage_why(struct arena *, const struct err *);

/* Into quarantine and into the log. */
struct err *damage_note(struct tx *, const struct damage *) MUST_CHECK;

#endif
