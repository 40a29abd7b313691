/*
 * role.h - roles: sets of permissions that people hold, in the whole tenant
 * or at an asset and below it.
 *
 * Every tenant has the same bundles, which nobody changes, and may have roles
 * of its own.  The database sees to it that nobody gives what he has not.
 */
#ifndef MODEL_ROLE_H
#define MODEL_ROLE_H

#include <stdbool.h>

#include "db/db.h"

enum { ROLES_MAX = 500, PLACES_MAX = 2000 };

struct role {
	int32_t id;
	const char *name;
	uint64_t can;
	bool builtin;
	int64_t holders; /* people who have it anywhere */
};

struct roles {
	struct role *v;
	size_t n;
};

/* Where a role may be held. */
struct place {
	int32_t id; /* of the asset */
	const char *key, *name, *site;
};

struct places {
	struct place *v;
	size_t n;
};

/* The bundles first. */
struct err *roles_load(struct roles *, struct tx *) MUST_CHECK;

/* The one of that name; ERR_MISSING: there is none. */
struct err *role_find(struct role *, struct tx *, const char *name) MUST_CHECK;

/*
 * Make one (id 0), or change its name and permissions, which counts for its
 * holders at their next request.  ERR_MISSING: there is no such role.
 */
struct err *role_put(struct tx *, int32_t id, const char *name,
    uint64_t can) MUST_CHECK;

/* ERR_CONFLICT while somebody holds it. */
struct err *role_drop(struct tx *, int32_t id) MUST_CHECK;

struct err *places_load(struct places *, struct tx *) MUST_CHECK;

/*
 * What who asks may do with the device of that key, which may be more than in
 * the whole tenant and less than elsewhere; nothing when there is none.
 */
struct err *role_here(uint64_t *can, struct tx *,
    const char *device) MUST_CHECK;

/* The asset of that key, 0 for ""; ERR_INPUT: there is none. */
struct err *place_find(int32_t *, struct tx *, const char *key) MUST_CHECK;

#endif
