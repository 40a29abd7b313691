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
struct err *vectors_run(const struct reader *, json_t *tests) MUST_CHECK;

#endif
