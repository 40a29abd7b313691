/*
 * gcra.h - how much of something a minute, counted by all children of a
 * program together.
 *
 * A lane is a bucket that holds a minute's worth and fills evenly (the generic
 * cell rate algorithm): all of it is one number, the time at which it would be
 * full again, in memory that is shared by those who were forked after it was
 * made.  Nobody waits for anybody.
 *
 * What asks for more than a bucket holds passes when the bucket is full, and
 * those behind it wait for as long as it took; otherwise a body larger than a
 * minute's worth could never come.
 *
 * Lanes that are full are forgotten when room is needed.  A lane for which
 * there is none passes: limits are for those who are known, and these are not
 * so many.
 */
#ifndef WEB_GCRA_H
#define WEB_GCRA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { GCRA_LANES = 65536, GCRA_WINDOW_S = 60 };

struct gcra;

/* What is asked of one lane, and how it stands then. */
struct toll {
	uint64_t lane; /* its name, not 0 */
	int64_t rate;  /* a minute; at least 1 */
	int64_t cost;

	int64_t left;	  /* what could still be asked for at once */
	int64_t full_us;  /* until it is full */
	int64_t retry_us; /* when it is refused: until this would pass */
};

/* NULL: there is no memory.  It is never given back. */
struct gcra *gcra_new(void);

/*
 * Pay all tolls, or none: then *refused is the first that did not pass, and
 * the others' standing is not filled in.  now is of a clock that never jumps
 * and is one for all, in microseconds.
 */
bool gcra_pay(struct gcra *, struct toll *, size_t n, int64_t now,
    size_t *refused);

#endif
