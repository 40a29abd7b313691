/*
 * issue.h - API keys are made here, shown once, and kept by nobody.
 *
 * The database has the hash of a key, the sealed secret that its requests are
 * signed with, and says who may have how many.  It is part of the caller's
 * transaction, and so is its entry in the audit.
 */
#ifndef WEB_ISSUE_H
#define WEB_ISSUE_H

#include "db/db.h"

/* What a key is to be. */
struct wish {
	int32_t device;
	const char *name;
	const char *const *rights; /* permissions, by their words */
	size_t n_rights;
	const char *nets;	    /* "192.0.2.0/24,2001:db8::/32"; "": all */
	int64_t expires;	    /* 0: never */
	int32_t requests, readings; /* a minute; 0: no limit */
	bool signs;
	bool is_short;	      /* for who has room for 20 characters only */
	const char *replaces; /* the key it follows; NULL: none */
};

struct issued {
	const char *key;
	const char *secret; /* "": it does not sign */
};

/*
 * Make a key.  ERR_CONFLICT: the device has two, or the one to follow has
 * ended; ERR_FORBIDDEN: who asks has not what it is to be given.
 */
struct err *issue_key(struct issued *, struct tx *, const struct wish *,
    const char *request_key) MUST_CHECK;

/* One like it, which ends it a week after its own first use; ERR_MISSING. */
struct err *issue_successor(struct issued *, struct tx *, const char *key_id,
    const char *request_key) MUST_CHECK;

/*
 * Networks as people type them, between blanks or commas, as a wish wants
 * them.  NULL: one of them is none.
 */
const char *issue_nets(struct arena *, const char *typed);

#endif
