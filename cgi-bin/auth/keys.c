/*
 * GET /api/v1/auth/keys - the public keys of our access tokens, for whom a
 * token is to be read by others (RFC 7517).
 */
#include "cgi-bin/auth/routes.h"
#include "trust/jwk.h"
#include "web/token.h"

struct err *
auth_keys(struct req *rq, struct res *rs)
{
	const struct jws_keys *keys;
	struct err *e;

	if ((e = token_keys(&keys, rq)) != NULL ||
	    (e = jwk_put(&rs->body, keys)) != NULL)
		return err_pass(e);
	rs->type = "application/jwk-set+json";
	rs->cache = "public, max-age=300";
	return NULL;
}
