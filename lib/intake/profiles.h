/*
 * profiles.h - the device profiles of a folder, each read when it is first
 * asked for and kept as long as the arena.
 */
#ifndef INTAKE_PROFILES_H
#define INTAKE_PROFILES_H

#include "model/profile.h"

enum { PROFILES_KEPT = 64 }; /* of more than these none is kept */

struct profiles;

/* dir "": there are none. */
struct profiles *profiles_open(struct arena *, const char *dir);

/*
 * NULL: there is none of that id, or it is wrong, and then the log has said
 * so once.  `all` may be NULL, and has none.
 */
const struct profile *profiles_find(struct profiles *all, const char *id);

#endif
