/*
 * manifest.h - signed plans of edge agents: a short signed text names the
 * gateway, the version and the hash of the plan that it goes with.
 *
 * A tenant has one key for it, P-256; the agent has its public half from when
 * it was set up.  A refusal is ERR_REFUSED, and its sentence says why.
 */
#ifndef TRUST_MANIFEST_H
#define TRUST_MANIFEST_H

#include <openssl/types.h>

#include "base/buf.h"

struct manifest {
	const char *gateway;
	int64_t version;
};

/* A new key: the public half as SPKI, the other one to be sealed at once. */
struct err *manifest_key_make(struct bytes *public, struct bytes *secret,
    struct arena *) MUST_CHECK;

/* Either half again, freed with the arena; ERR_INPUT: it is none. */
struct err *manifest_key_secret(EVP_PKEY **, struct arena *,
    struct bytes) MUST_CHECK;
struct err *manifest_key_public(EVP_PKEY **, struct arena *,
    struct bytes der) MUST_CHECK;

/* The public half as people carry it, and out of a file of that. */
const char *manifest_key_pem(struct arena *, struct bytes der);
struct err *manifest_key_file(EVP_PKEY **, struct arena *,
    const char *path) MUST_CHECK;

struct err *manifest_sign(const char **out, struct arena *, EVP_PKEY *secret,
    const struct manifest *, struct bytes plan) MUST_CHECK;

/* What it says, if the key has signed it and it goes with this plan. */
struct err *manifest_check(struct manifest *, struct arena *, EVP_PKEY *public,
    const char *text, struct bytes plan) MUST_CHECK;

#endif
