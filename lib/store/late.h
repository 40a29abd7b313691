/*
 * late.h - readings that are not newer than the newest of their sensor.
 *
 * Internal to lib/store.  Only they can be stored already, so only they need
 * a look back; and only they change what has been reckoned before.
 */
#ifndef STORE_LATE_H
#define STORE_LATE_H

#include "store/store.h"

/* A sensor's late readings of one UTC day; both ends are readings. */
struct span {
	int32_t sensor;
	bool is_known; /* somebody knows the sensor */
	int64_t from, to;
};

/* By sensor, then by time. */
struct late {
	struct span *v;
	size_t n, room;
};

void late_add(struct late *, struct arena *, const struct reading *,
    bool is_known);

/*
 * Drop from the settled readings what is stored already, unless it carries a
 * higher rev.  Looks at a bounded number of spans at once.
 */
struct err *late_drop(struct readings *, struct tx *,
    const struct late *) MUST_CHECK;

/* Leave a mark for those of the late readings that are left. */
struct err *late_mark(struct tx *, const struct readings *,
    const struct late *) MUST_CHECK;

#endif
