/*
 * jwk.h - public keys as JSON, for whom tokens are to be checked by others.
 */
#ifndef TRUST_JWK_H
#define TRUST_JWK_H

#include "trust/jws.h"

/*
 * The keys of a document {"keys": [...]} that sign by one of our algorithms;
 * keys of other kinds and uses are passed over.  ERR_INPUT when it is no such
 * document, when two keys have one name, or when a key is not what it says.
 */
struct err *jws_keys_jwk(struct jws_keys **, struct arena *,
    struct bytes jwks) MUST_CHECK;

/* The document of our own keys, private halves not included. */
struct err *jwk_put(struct buf *, const struct jws_keys *) MUST_CHECK;

#endif
