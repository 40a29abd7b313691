/*
 * signin.h - the provider by which a tenant's people sign in, as its
 * administrators set it up: one a tenant, or none.
 *
 * The client's secret goes in and never comes out again; it is sealed with the
 * tenant's key.  The database asks for settings:write and users:write, sees to
 * it that no group gives what the asking has not, and writes the audit.
 */
#ifndef MODEL_SIGNIN_H
#define MODEL_SIGNIN_H

#include <stdbool.h>

#include "db/db.h"

enum { SIGNIN_GROUPS_MAX = 200, SIGNIN_SECRET_MAX = 500 };

/* Who is in the provider's group holds the role. */
struct signin_group {
	const char *name, *role;
};

struct signin {
	const char *slug; /* what the tenant is called in addresses */
	const char *name, *issuer, *client;
	const char *claim; /* that holds the groups; "": none */
	bool creates;	   /* people whom nobody has invited */
	const struct signin_group *groups;
	size_t n;
};

/* issuer NULL: there is none. */
struct err *signin_read(struct signin *, struct tx *) MUST_CHECK;

/* secret "": the one that is there stays. */
struct err *signin_put(struct tx *, const struct signin *, const char *secret,
    const char *master_key) MUST_CHECK;

/* ERR_MISSING: there is none. */
struct err *signin_drop(struct tx *) MUST_CHECK;

/* "pumps = Night shift", a line each; ERR_INPUT names the line. */
struct err *signin_groups(struct signin *, struct arena *,
    const char *text) MUST_CHECK;

#endif
