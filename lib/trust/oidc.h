/*
 * oidc.h - what a provider of OpenID Connect says, judged: its description of
 * itself, its answer to a code, its word about a person.
 *
 * Nothing here asks anybody; all that there is to know comes in.  What a
 * provider says is another's text: it is bounded, and each part of it is of
 * the kind it should be or the whole is refused.
 */
#ifndef TRUST_OIDC_H
#define TRUST_OIDC_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/jscan.h"

enum {
	OIDC_GROUPS_MAX = 500,
	OIDC_SUBJECT_MAX = 255,
	OIDC_NAME_MAX = 100, /* letters that are kept of a name */
	OIDC_AGE_S = 600     /* that a token may have when it comes */
};

/* Where a provider is asked for what. */
struct oidc_places {
	const char *authorize, *token, *keys;
};

/*
 * Its description, which must call itself by this very issuer.  ERR_BUSY when
 * it does not, or does not say all that is needed.
 */
struct err *oidc_places_read(struct oidc_places *, struct arena *,
    struct bytes json, const char *issuer) MUST_CHECK;

/* The ID token in the answer to a code; ERR_BUSY: there is none. */
struct err *oidc_answer_read(struct slice *token, struct arena *,
    struct bytes json) MUST_CHECK;

struct oidc_want {
	const char *issuer, *client, *nonce;
	const char *groups; /* name of the claim; "": none */
	int64_t now;	    /* seconds */
};

struct oidc_person {
	const char *subject;
	const char *email; /* NULL: none that could be one */
	bool verified;	   /* the provider vouches for the address */
	const char *name;  /* NULL: none */
	int64_t shown;	   /* when he showed who he is, s; 0: not said */
	const char **groups;
	size_t n_groups;
};

/*
 * Whom a token whose signature holds is about.  It must be of this issuer, for
 * this client, of this attempt, and hold now; else ERR_LOGIN.
 */
struct err *oidc_judge(struct oidc_person *, struct arena *,
    struct bytes payload, const struct oidc_want *) MUST_CHECK;

#endif
