/*
 * grade.h - how finely readings are told, by what the way to the server can
 * carry.
 *
 * The courier says of every shipment how large it was and how long it took;
 * five of those tell the rate.  A coarser grade comes when their median has
 * fallen below the bound by a tenth, a finer one when it is above by a tenth.
 * Who tells little sends nothing from which a rate could be read: then the
 * next finer grade is tried after a while, and after twice as long when the
 * way turned out to be as narrow as before.
 */
#ifndef POLLER_GRADE_H
#define POLLER_GRADE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum grade_level {
	GRADE_FULL,
	GRADE_STANDARD,
	GRADE_BASIC,
	GRADE_MINIMAL,
	GRADES,
	GRADE_AUTO = GRADES /* as is measured */
};

enum { DECIMALS_ALL = 15 }; /* as it was read */

struct grade {
	const char *name;
	int64_t above;	/* bits a second that it needs, and more */
	int64_t step;	/* at least, from one sample told to the next */
	int64_t window; /* windows are no shorter; microseconds, as step */
	int decimals;
};

extern const struct grade grades[GRADES];

/* The finest that so many bits a second carry. */
enum grade_level grade_for(int64_t bits);

enum { RATES = 5 };

/* The way to the server.  The courier measures; whoever tells asks. */
struct uplink {
	enum grade_level fixed; /* GRADE_AUTO: it is not */
	_Atomic int level;
	_Atomic int64_t bits;  /* a second; 0: not known */
	_Atomic int64_t since; /* of the level, by env_now; 0: the start */

	int64_t base; /* what the smallest take: there, stored, and back */
	int64_t rate[RATES]; /* the latest ones, in a ring */
	size_t n;
	int64_t changed, patience; /* by env_mono; until a finer one is tried */
	bool tried; /* the level is finer than what was measured */
};

/* quality: "auto", or the name of a grade, which only a link may be below. */
struct err *uplink_open(struct uplink *, const char *quality,
    bool is_link) MUST_CHECK;

/*
 * A shipment of so many bytes arrived, after so many microseconds: a small one
 * says how long the way itself takes.
 */
void uplink_sent(struct uplink *, size_t bytes, int64_t took);

/* All that there was is sent, and nothing waits. */
void uplink_idle(struct uplink *);

/* NULL: of no uplink, which can carry anything. */
const struct grade *uplink_grade(const struct uplink *);

#endif
