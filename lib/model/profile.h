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
	POINT_WORDS_MAX = 4,
	TEXT_WORDS_MAX = 64
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
	POINT_UINT8L, /* of a register's low byte, after its byte order */
	POINT_UINT8H,
	POINT_INT8L,
	POINT_INT8H,
	POINT_FLOAT16,
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

/* Who says it once more before anything is written. */
enum confirm { CONFIRM_NONE, CONFIRM_SELF, CONFIRM_OTHER, CONFIRMS };

/*
 * How a person may change the point: the function that writes it, the values
 * that may be written (NaN: a coil has none), its second step, and what another
 * point must be meanwhile.
 */
struct writing {
	int function; /* 5, 6, 15, 16 */
	double low, high;
	enum confirm confirm;
	const char *lock;	 /* key of that point; NULL: none */
	const struct point *key; /* the same, in the same profile */
	double unlocked;	 /* what it must be */
};

struct point {
	const char *key; /* [A-Za-z0-9._:-]+, one of a kind in the profile */
	const char *name;
	const char *unit;	  /* UCUM; "" when there is none */
	const char *kind;	  /* gauge, counter, state, scale */
	const char *capability;	  /* flow.rate; NULL: none */
	const char *group;	  /* with which it is shown; NULL: none */
	const char *display_unit; /* people's; NULL: the unit itself */
	int precision;
	/*
	 * Of kind scale: a power of ten for other points, read with them and
	 * told to nobody.
	 */
	bool part;
	const char *reset; /* of a counter: "detect"; NULL: not said */
	double rollover;   /* where a counter goes over the top; 0: not said */
	double max_rate_per_s;	 /* that it can rise by; 0: not said */
	struct writing *writing; /* NULL: it cannot be written */
	double low, high; /* values outside are not believed; NaN: no bound */

	enum point_function function;
	int address; /* zero-based */
	int words;   /* registers, or 1 bit */
	enum point_type type;
	enum word_order order;
	int bit, bits;		/* a field of an integer; bits 0: all of it */
	double scale, offset;	/* value = raw * scale + offset */
	const char *scale_from; /* then * 10^ the value of that one; NULL */
	const struct point *power; /* the same, in the same profile */
	const double *invalid;	   /* raw numbers that mean "no value" */
	size_t invalids;
	bool zero_suspect; /* belongs to the points that are never all zero */

	double poll_s; /* from one poll to the next: 0.01 and up */
	/*
	 * Report by exception: a value is told when it has left the one told
	 * before by more than the deadband, and after max_s without any.
	 * max_s 0: every value is told.
	 */
	double deadband, max_s;
	double window_s; /* told as windows of 1, 10 or 60 s; 0: singly */

	const char *states; /* {"0":"ok",...} as JSON text; NULL: no state */
	const struct state *state;
	size_t state_n;
};

/*
 * Registers that hold text, as a serial number does.  A text is no reading:
 * nobody polls it, and it is not among the points.
 */
struct text {
	const char *key, *name, *group;
	enum point_function function;
	int address, words;
	enum word_order order;
};

struct profile {
	const char *id, *version, *vendor, *model, *source;
	struct point *points;
	size_t n;
	struct text *texts;
	size_t text_n;
	double poll_s; /* the nominal rate: seconds from one poll to the next */
	int timeout_ms; /* the whole poll of one request */
	char parity;	/* N, E, O; of a serial line */
	int data_bits, stop_bits;
	int max_words; /* registers one request may ask for */
	int max_gap;   /* unused registers worth reading along */
	int pause_ms;  /* between two requests */
	int baud;      /* the maker's setting of a serial line; 0: not said */
	int retries;   /* that the maker advises; -1: not said */
	bool one_request_per_point; /* it answers for no two at once */
};

/* The profile DIR/ID.json; ERR_MISSING when there is none of that id. */
struct err *profile_load(struct profile **, struct arena *, const char *dir,
    const char *id) MUST_CHECK;

/* The same from text, its test vectors run; ERR_TOO_BIG. */
struct err *profile_parse(struct profile **, struct arena *, const char *json,
    size_t n) MUST_CHECK;

/*
 * ERR_CONFLICT: the folder has that version of it, which devices decode by;
 * a tenant's own would take its place at once.
 */
struct err *profile_own_check(struct arena *, const char *dir,
    const struct profile *) MUST_CHECK;

/*
 * The longest that a point is silent while all is well: its poll, its report
 * or its window.  poll_s: of the device, instead of its points' own; 0: there
 * is none.
 */
double profile_silence_s(const struct profile *, double poll_s);

/* Whether it is told as aggregates of windows; only gauges are. */
bool point_is_windowed(const struct point *);

/* The point of that key, or NULL. */
const struct point *profile_point(const struct profile *, const char *key);

/* The names of the files' words: "FLOAT32", "CDAB", "holding". */
const char *point_type_name(enum point_type);
const char *word_order_name(enum word_order);
const char *point_function_name(enum point_function);

/*
 * The register as the trade writes it: 300011 for input register 10.  A
 * borrowed text of the arena.
 */
const char *point_modicon(struct arena *, enum point_function, int address);

#endif
