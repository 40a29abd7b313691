/*
 * authority.h - a tenant's own certificate authority, whose key is sealed.
 *
 * The database keeps the certificate and the sealed key, which opens only in
 * the place that it was made for, "ca|tenant|ski".  It is opened for one
 * signature at a time.
 */
#ifndef TRUST_AUTHORITY_H
#define TRUST_AUTHORITY_H

#include "trust/seal.h"
#include "trust/x509.h"

enum { AUTHORITY_DAYS = 3650, DEVICE_DAYS = 365 };

struct authority {
	int32_t tenant;
	int id; /* of ctx.tenant_ca */
	struct bytes cert, ski, sealed_key;
};

/* A new one of that name; its number is the database's. */
struct err *authority_make(struct authority *, struct cert *, struct arena *,
    const struct seal_key *, const char *name) MUST_CHECK;

/* A year's certificate of that name for who signed the request. */
struct err *authority_sign(struct cert *, struct arena *,
    const struct authority *, const struct seal_key *, const char *csr_pem,
    const char *name) MUST_CHECK;

/* SHA-256 of its key: whose it is, whatever certificate it stands in. */
struct bytes authority_key_hash(struct arena *, const struct cert *);

/* Its serial number as bytes. */
struct bytes authority_serial(struct arena *, const struct cert *);

#endif
