/*
 * provider.h - a tenant's provider of sign-in, asked when it has to be.
 *
 * What it says of itself and its keys are kept by the child for ten minutes.
 * A question and all that belongs to it take three seconds at most; a provider
 * that did not answer in them is not asked again for some seconds, and only
 * two children wait for providers at a time: whoever signs in otherwise is in
 * nobody's way.
 */
#ifndef AUTH_PROVIDER_H
#define AUTH_PROVIDER_H

#include "trust/oidc.h"
#include "web/web.h"

struct provider {
	int32_t tenant;
	const char *slug, *name, *issuer, *client, *groups;
	struct bytes sealed; /* the client's secret */
	int64_t until;	     /* of env_mono, for all that is asked of it */
};

/* The one of the tenant in the path; ERR_MISSING: there is none. */
struct err *provider_find(struct provider *, struct req *) MUST_CHECK;

/* Where its people sign in. */
struct err *provider_authorize(const char **url, struct req *,
    const struct provider *) MUST_CHECK;

/* Where it sends them back to. */
const char *provider_back(struct req *, const struct provider *);

/*
 * Its word about who has brought this code: signed by it, and nothing of it
 * has been looked at.
 */
struct err *provider_word(struct bytes *payload, struct req *,
    const struct provider *, const char *code, const char *verifier) MUST_CHECK;

#endif
