/*
 * member.h - a tenant's people: who they are, which roles they hold and where.
 *
 * Everything here goes through functions of the database that ask for
 * users:write again, refuse to touch whoever may more than the asking, keep
 * the last administrator and write the audit.  They say ERR_FORBIDDEN and
 * ERR_CONFLICT then; ERR_MISSING: there is no such person in the tenant.
 */
#ifndef MODEL_MEMBER_H
#define MODEL_MEMBER_H

#include <stdbool.h>

#include "model/address.h"

enum {
	MEMBERS_MAX = 500,   /* that are shown */
	SEARCHED_MAX = 5000, /* whose address is looked into */
	GRANTS_MAX = 64,
	TICKET_BYTES = 32
};

/* A role at an asset and below it. */
struct grant {
	int32_t role;
	int32_t asset; /* 0: the whole tenant */
	const char *role_name, *place;
	uint64_t can;
};

struct member {
	int64_t id;
	const char *name;
	const char *email; /* "": its key was destroyed */
	bool suspended;
	bool has_password; /* false: invited, and has not come yet */
	int64_t seen;	   /* of a session that stands; 0: none does */
	uint64_t held;	   /* by all of the grants, anywhere */
	struct grant *grants;
	size_t n;
};

struct members {
	struct member *v;
	size_t n;
	bool more; /* than are shown */
};

/*
 * Those whose name or address holds this part; "": everybody.  In a tenant of
 * more than SEARCHED_MAX an address is found when it is given whole.
 */
struct err *members_load(struct members *, struct tx *,
    const struct address_keys *, const char *part) MUST_CHECK;

/* ERR_MISSING: nobody has this address. */
struct err *member_find(int64_t *id, struct tx *, const char *index_key,
    const char *address) MUST_CHECK;

/* Somebody new, and what he holds. */
struct newcomer {
	const char *address, *name;
	struct grant grant;
};

/*
 * He can set a password by a ticket and not before.  ERR_INPUT: this is no
 * address, or no name.
 */
struct err *member_invite(int64_t *id, struct tx *, const struct address_keys *,
    const struct newcomer *) MUST_CHECK;

/* Keep the address of a member who was made just now, and has none yet. */
struct err *member_seal(struct tx *, const char *master_key, int64_t id,
    const char *address) MUST_CHECK;

/* Instead of all the grants that he has. */
struct err *member_roles(struct tx *, int64_t id, const struct grant *,
    size_t n) MUST_CHECK;

/* One more grant, or one fewer. */
struct err *member_give(struct tx *, int64_t id,
    const struct grant *) MUST_CHECK;
struct err *member_take(struct tx *, int64_t id,
    const struct grant *) MUST_CHECK;

/* Away: his sessions and tokens end; not away: he may sign in again. */
struct err *member_suspend(struct tx *, int64_t id, bool away) MUST_CHECK;
struct err *member_remove(struct tx *, int64_t id) MUST_CHECK;

/* Is he there, another than oneself, and may be managed? */
struct err *member_manage(struct tx *, int64_t id) MUST_CHECK;

/* All his sessions and tokens end, and he may sign in again. */
struct err *member_sign_out(struct tx *, int64_t id) MUST_CHECK;

/* For who has lost his telephone; ERR_MISSING also when he has no factor. */
struct err *member_factor_drop(struct tx *, int64_t id) MUST_CHECK;

/* What who was invited sets his password with, once; nobody keeps it. */
struct ticket {
	const char *path; /* "/invite/0123..." */
	int64_t until;
};

/* Instead of any before it; ERR_CONFLICT: he has a password. */
struct err *member_ticket(struct ticket *, struct tx *, int64_t id) MUST_CHECK;

/* The same by mail; ERR_CONFLICT also when too many were sent just now. */
struct err *member_mail(struct tx *, int64_t id) MUST_CHECK;

#endif
