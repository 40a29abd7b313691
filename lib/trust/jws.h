/*
 * jws.h - signed tokens: made with our key, and believed or not.
 *
 * A key has one algorithm, and the token's header must name both: nothing that
 * comes with a token chooses how it is judged.  "none" and shared secrets do
 * not exist here, nor does a header that brings or points to a key (jwk, jku,
 * x5u) or demands what we do not know (crit).
 *
 * A refusal is ERR_LOGIN with one sentence for all of them; why goes to the
 * log.
 */
#ifndef TRUST_JWS_H
#define TRUST_JWS_H

#include <openssl/types.h>
#include <stdbool.h>

#include "base/buf.h"
#include "base/jscan.h"

enum {
	JWS_MAX = 4096,		/* bytes of a token of ours */
	JWS_OTHERS_MAX = 32768, /* and of another's */
	JWS_KID_MAX = 64,
	JWS_KEYS_MAX = 16,
	JWS_SID = 32,	/* random bytes */
	JWS_SKEW_S = 60 /* that another's clock may be ahead */
};

enum jws_alg { JWS_ES256, JWS_RS256 };

struct jws_key {
	char kid[JWS_KID_MAX + 1];
	enum jws_alg alg;
	EVP_PKEY *pkey; /* of the arena that the keys are in */
	bool signs;	/* it is the private half */
};

struct jws_keys {
	struct jws_key v[JWS_KEYS_MAX];
	size_t n;
};

/* What our access token says; times in seconds since 1970. */
struct jws_claims {
	const char *iss, *aud, *sub, *scope;
	struct bytes sid;
	int64_t iat, nbf, exp;
};

/*
 * The keys of a folder: each <kid>.pem, a private P-256 key or the public half
 * of one; a kid is of letters, digits, "_" and "-".  The last private one by
 * name signs.
 */
struct err *jws_keys_load(struct jws_keys **, struct arena *,
    const char *folder) MUST_CHECK;

/* One more key, which the arena gives back; ERR_INPUT: it is of no use. */
struct err *jws_keys_add(struct jws_keys *, struct arena *, const char *kid,
    EVP_PKEY *) MUST_CHECK;

/* An access token of these claims. */
struct err *jws_sign(const char **out, struct arena *, const struct jws_keys *,
    const struct jws_claims *) MUST_CHECK;

/* What our last key signs of any other type: `typ` keeps them apart. */
struct err *jws_seal(const char **out, struct arena *, const struct jws_keys *,
    const char *typ, struct bytes payload) MUST_CHECK;

/*
 * Is this an access token of one of these keys, for this audience, and does
 * it hold now (in seconds)?  It must say all that a token of ours says, and
 * nothing else.
 */
struct err *jws_verify(struct jws_claims *, struct arena *,
    const struct jws_keys *, struct slice token, const char *aud,
    int64_t now) MUST_CHECK;

/*
 * Only header and signature, for tokens that others make: what was signed, and
 * nothing of it has been looked at.  typ: the type it must name; NULL: "JWT",
 * or none at all.
 */
struct err *jws_open(struct bytes *payload, struct arena *,
    const struct jws_keys *, struct slice token, const char *typ) MUST_CHECK;

/* Is the key that the token's header names among these? */
bool jws_knows(struct arena *, const struct jws_keys *, struct slice token);

#endif
