/*
 * profile_json.h - the parts of reading a profile, for profile.c only:
 * point.c reads the points, vector.c runs the test vectors.
 */
#ifndef MODEL_PROFILE_JSON_H
#define MODEL_PROFILE_JSON_H

#include <jansson.h>

#include "model/profile.h"

/* A profile in the making, and the defaults its points inherit. */
struct reader {
	struct arena *arena;
	struct profile *p;
	const char *addressing, *reg, *order;
};

enum { FUNCTIONS = READ_INPUT + 1 };

/* What json_take leaves of a number that is not there. */
enum { ABSENT = -2147483647 };

/* By function code: coil, discrete, holding, input. */
extern const char *const register_names[FUNCTIONS];

/* The error of a profile that is not right at this place. */
struct err *profile_wrong(const struct reader *, const char *where,
    const char *what) MUST_CHECK;

/*
 * json_unpack of one object.  Strict: an unknown member is a mistake and is
 * named; only members called x-... are anybody's own notes.
 */
struct err *json_take(const struct reader *, const char *where, json_t *,
    const char *fmt, ...) MUST_CHECK;

/* An id or a key: letters, digits, _ and - and what `more` adds. */
bool name_ok(const char *, const char *more);

struct err *points_read(const struct reader *, json_t *list) MUST_CHECK;

/* [low, high] of that place; NULL leaves both NaN. */
struct err *bounds_read(double *low, double *high, const struct reader *,
    const char *where, json_t *range) MUST_CHECK;

/*
 * What a point is for besides being read (use.c): its field of bits, its
 * counting, its writing; then, when all points are there, what scales
 * it and what holds its writing back.
 */
struct err *bits_read(struct point *, const struct reader *, int bit,
    int length) MUST_CHECK;
/* Members that are NaN were not there, and become 0. */
struct err *counting_check(struct point *, const struct reader *) MUST_CHECK;
struct err *writing_read(struct point *, const struct reader *,
    json_t *write) MUST_CHECK;
struct err *scales_find(const struct reader *) MUST_CHECK;
struct err *interlocks_find(const struct reader *) MUST_CHECK;

/* Raw numbers that stand for "no value"; "0x8000" names the bits. */
struct err *invalid_read(struct point *, const struct reader *,
    json_t *list) MUST_CHECK;

/* All of a profile but its vectors; for who is still making one. */
struct err *profile_draft(struct profile **, struct arena *,
    json_t *root) MUST_CHECK;
struct err *vectors_run(const struct reader *, json_t *tests) MUST_CHECK;

#endif
