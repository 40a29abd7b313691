/*
 * multipart.h - the parts of a form with a file in it (RFC 7578).
 *
 * Strict where browsers are: heads are one line each, of characters that a
 * head may have, every part has a name, the last boundary closes the body.  A
 * transfer encoding is refused.  Parts point into the body.
 */
#ifndef WEB_MULTIPART_H
#define WEB_MULTIPART_H

#include <stdbool.h>

#include "base/buf.h"

struct multipart {
	struct arena *arena;
	struct bytes body;
	const char *mark; /* "--boundary" */
	size_t n_mark, at;
	bool ended;
};

struct part {
	const char *name;
	const char *file; /* its name at the sender; NULL: a plain field */
	struct bytes data;
};

/* Is this Content-Type that of such a form? */
bool multipart_is(const char *type);

/* ERR_INPUT: it names no boundary, or none that is allowed. */
struct err *multipart_open(struct multipart *, struct arena *, const char *type,
    struct bytes body) MUST_CHECK;

/* The next part; *more false: there is none.  ERR_INPUT: it is not well-formed.
 */
struct err *multipart_next(bool *more, struct part *,
    struct multipart *) MUST_CHECK;

#endif
