/*
 * gap.h - readings that an edge agent had and gave up, told to who looks.
 *
 * A gap grows until it has been told: the same id comes again with a wider
 * span and a larger count, and what was told before is replaced by it.
 */
#ifndef INTAKE_GAP_H
#define INTAKE_GAP_H

#include "db/db.h"

/* The numbers stand on disks and in the database; never used again. */
enum gap_reason {
	GAP_THINNED = 1, /* the backlog was full: one a minute was kept */
	GAP_DROPPED,	 /* the backlog was full, or too old */
	GAP_DISK,	 /* the disk took nothing */
	GAP_UNREADABLE,	 /* what was on the disk is damaged */
	GAP_REASONS
};

/* More are never told of one. */
#define GAP_COUNT_MAX (INT64_C(1) << 40)

struct gap {
	int64_t id; /* of its agent; random, above 0 */
	int32_t tenant;
	int32_t sensor;	  /* 0: any that the agent reads */
	int64_t from, to; /* both included */
	int64_t n;	  /* readings; 0: nobody can say */
	enum gap_reason reason;
};

/* "thinned", "dropped", ... */
const char *gap_word(int reason);

/* The same as a sentence for people. */
const char *gap_say(struct arena *, const struct gap *);

enum { GAPS_READ_MAX = 1000, GAPS_SHOWN = 50 };

struct gap_list {
	struct gap *v; /* without id and tenant */
	size_t n;
};

/* Those of a device's sensors that touch the span; sensor 0: of all. */
struct err *gaps_of_device(struct gap_list *, struct tx *, int32_t device,
    int64_t from, int64_t to) MUST_CHECK;

/* What a device's sensors lost in about an hour, the newest first. */
struct given_up {
	const char *device, *name; /* ""; everything of the poller */
	int64_t sensors;	   /* 0: all of it */
	struct gap gap;
};
struct err *gaps_newest(struct given_up **, size_t *n, struct tx *,
    int64_t from) MUST_CHECK;

/*
 * Put what an agent tells into the database; source 0: the poller of this
 * cell.  *more is how many readings were not known to be missing before, a
 * thousand million at most.
 */
struct err *gap_keep(int64_t *more, struct tx *, int32_t source,
    const struct gap *, size_t n) MUST_CHECK;

#endif
