/*
 * words.h - registers as a gateway has read them, decoded by the device's
 * profile exactly as our own poller does.
 *
 * A run is a piece of a device's registers that one request of the gateway
 * read.  The runs of one instant belong together: a value may lie across two
 * of them, and the status in one says what the values of the others are worth.
 */
#ifndef INTAKE_WORDS_H
#define INTAKE_WORDS_H

#include "base/jscan.h"
#include "model/profile.h"

enum {
	WORDS_MAX = 2000, /* of a run: as many bits as one request may read */
	FUNCTION_ANY = 0  /* it is not said which registers these are */
};

struct words {
	int function; /* of enum point_function, or FUNCTION_ANY */
	int address;  /* zero-based; negative: not known */
	size_t n;     /* 0: these are no registers */
	const uint16_t *w;
};

/*
 * The registers that a text names: "300011" or "30011" is input register 11,
 * address 10; "11" alone is of any function.  `base` is the number of the
 * first register where the text has no digit for its function: 1, or 0.
 * False: it names none.
 */
bool words_place(struct words *, struct slice, int base);

/*
 * Registers out of what a gateway sent as its data: "[15622,49703]" or
 * "342,680", an array, or one number; every one a whole number from -32768 to
 * 65535.  False: it is something else, and nothing has changed.
 */
bool words_read(struct words *, struct arena *, const struct jvalue *);

/* A point of the profile, and what it came out as. */
struct heard {
	const struct point *point;
	double value; /* NaN: it has none */
	uint8_t quality;
	bool zero;  /* doubted because all of it is zero */
	size_t run; /* which its first register stood in */
};

/*
 * The runs of one instant, decoded together.  Only points all of whose
 * registers are there come out; of a register that came twice the first one
 * counts.  A run is used when some point has a register of it.  `out` has
 * room for profile->n; returns how many came out.
 */
size_t words_decode(struct heard *out, bool *used, struct arena *,
    const struct profile *, const struct words *runs, size_t n);

/* The point that begins at the first register of the run; NULL: none does. */
const struct point *words_point(const struct profile *, const struct words *);

#endif
