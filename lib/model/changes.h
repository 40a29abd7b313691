/*
 * changes.h - what another version of a profile does otherwise: points that
 * are new or gone, and the members of those that stay.
 */
#ifndef MODEL_CHANGES_H
#define MODEL_CHANGES_H

#include "model/profile.h"

struct change {
	const char *key;      /* "profile" of its transport and limits */
	const char *what;     /* "new", "gone", or the member's name */
	const char *was, *is; /* as text; "" where there is none */
};

/* The changes, in the arena; points in the order of the new version. */
size_t profile_changes(struct change **, struct arena *,
    const struct profile *was, const struct profile *is);

#endif
