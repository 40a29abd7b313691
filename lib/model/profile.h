/*
 * profile.h - what a device model measures, and where its registers are.
 *
 * A profile is a JSON file with test vectors inside; one whose vectors do not
 * come out as it says does not load.  Addresses are normalised to function
 * code and zero-based register here, whatever the manufacturer counts from.
 * Everything lives in the arena that was passed and is read-only.
 */
#ifndef MODEL_PROFILE_H
#define MODEL_PROFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

enum {
	PROFILE_BYTES_MAX = 256 * 1024,
	PROFILE_POINTS_MAX = 256,
	POINT_WORDS_MAX = 4
};

enum point_function {
	READ_COILS = 1,
	READ_DISCRETE = 2,
	READ_HOLDING = 3,
	READ_INPUT = 4
};

enum point_type {
	POINT_BIT, /* of a coil or discrete input */
	POINT_UINT16,
	POINT_INT16,
	POINT_UINT32,
	POINT_INT32,
	POINT_UINT64,
	POINT_INT64,
	POINT_FLOAT32,
	POINT_FLOAT64,
	POINT_TYPES
};

/* How the bytes of a value are spread: A is the most significant. */
enum word_order { ORDER_ABCD, ORDER_CDAB, ORDER_BADC, ORDER_DCBA, ORDERS };

/* A state: its number, its name, and the quality it gives the frame. */
struct state {
	double value;
	const char *name; /* NULL: it has only a quality */
	int quality;	  /* -1: it says nothing about the other points */
};

struct point {
	const char *key; /* [A-Za-z0-9._:-]+, one of a kind in the profile */
	const char *name;
	const char *unit;	/* UCUM; "" when there is none */
	const char *kind;	/* gauge, counter, state */
	const char *capability; /* flow.rate; NULL: none */
	int precision;
	double low, high; /* values outside are not believed; NaN: no bound */

	enum point_function function;
	int address; /* zero-based */
	int words;   /* registers, or 1 bit */
	enum point_type type;
	enum word_order order;
	double scale, offset;  /* value = raw * scale + offset */
	const double *invalid; /* raw numbers that mean "no value" */
	size_t invalids;
	bool zero_suspect; /* belongs to the points that are never all zero */

	const char *states; /* {"0":"ok",...} as JSON text; NULL: no state */
	const struct state *state;
	size_t state_n;
};

struct profile {
	const char *id, *version, *vendor, *model, *source;
	struct point *points;
	size_t n;
	double poll_s; /* the nominal rate: seconds from one poll to the next */
	int timeout_ms; /* the whole poll of one request */
	char parity;	/* N, E, O; of a serial line */
	int data_bits, stop_bits;
	int max_words; /* registers one request may ask for */
	int max_gap;   /* unused registers worth reading along */
	int pause_ms;  /* between two requests */
};

/* The profile DIR/ID.json; ERR_MISSING when there is none of that id. */
struct err *profile_load(struct profile **, struct arena *, const char *dir,
    const char *id) MUST_CHECK;

/* The same from text, its test vectors run. */
struct err *profile_parse(struct profile **, struct arena *, const char *json,
    size_t n) MUST_CHECK;

/* The point of that key, or NULL. */
const struct point *profile_point(const struct profile *, const char *key);

#endif
