/*
 * owned.h - the profiles that a tenant keeps himself, by the devices that have
 * one of them: of a gateway and what is behind it, or of all that are polled.
 */
#ifndef MODEL_OWNED_H
#define MODEL_OWNED_H

#include "db/db.h"
#include "model/profile.h"

struct owned;

/*
 * source 0: of all that are polled.  One that does not load any more, as the
 * loader has become stricter, is said in the log, and its devices have none.
 */
struct err *owned_load(struct owned **, struct arena *, struct tx *,
    int32_t source) MUST_CHECK;

/* The device's; NULL: it has none of the tenant's own. */
const struct profile *owned_find(const struct owned *, int32_t device);

/* The same as text, as it was written; NULL: none. */
const char *owned_text(const struct owned *, int32_t device);

#endif
