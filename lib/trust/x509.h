/*
 * x509.h - certificates: taken apart, judged, issued.
 *
 * Reading believes nothing: whose certificate it is says cert_chains, and
 * whether its owner is there says cert_signed.  Both refuse with one sentence
 * and ERR_LOGIN; why goes to the log.  Everything lives in the caller's arena.
 *
 * A key is strong enough when it is of P-256, P-384 or P-521, Ed25519, or RSA
 * of 2048 to 4096 bits.  Others are refused wherever a key is met.
 */
#ifndef TRUST_X509_H
#define TRUST_X509_H

#include <openssl/types.h>

#include "base/buf.h"

enum { CERT_PEM_MAX = 16 * 1024, CERT_NAME_MAX = 64 };

struct cert {
	struct bytes der;	/* all of it */
	struct bytes spki;	/* the public key, DER */
	struct bytes key_id;	/* subject key identifier; none: no bytes */
	const char *serial_hex; /* as in "0a3f": whole bytes, lower case */
	const char *subject;	/* its one common name; none: "" */
	int64_t from, till;	/* it holds from .. till, microseconds */
};

/*
 * One PEM block of at most CERT_PEM_MAX bytes, and nothing but white space
 * around it; or the same as DER.  ERR_INPUT otherwise.
 */
struct err *cert_read(struct cert *, struct arena *,
    struct bytes pem) MUST_CHECK;
struct err *cert_read_der(struct cert *, struct arena *,
    struct bytes der) MUST_CHECK;

/* "-----BEGIN CERTIFICATE-----" and so on. */
const char *cert_pem(struct arena *, struct bytes der);

/*
 * That authority, not one between, signed this certificate for a client
 * (clientAuth must be named), and now lies in the time of both.
 */
struct err *cert_chains(const struct cert *, struct bytes ca_der,
    int64_t now) MUST_CHECK;

/*
 * The certificate's key made this signature of the text: ECDSA (DER) or RSA
 * (PKCS #1) with SHA-256, or Ed25519.
 */
struct err *cert_signed(const struct cert *, struct bytes text,
    struct bytes signature) MUST_CHECK;

/* A certificate that may sign others, with a strong key; else ERR_REFUSED. */
struct err *cert_is_ca(const struct cert *) MUST_CHECK;

/*
 * A certificate for the key of a signing request that was signed with it.  It
 * names `name` and nothing else, is good for clientAuth and nothing else, and
 * ends with the authority's own.  Of the request only the key counts; one
 * that asks for another common name is ERR_REFUSED.
 */
struct err *csr_issue(struct cert *, struct arena *, struct bytes csr_pem,
    struct bytes ca_der, EVP_PKEY *ca, const char *name, int days) MUST_CHECK;

/* A new authority of our own; its key is PKCS #8, to be sealed at once. */
struct err *ca_make(struct cert *, struct bytes *key, struct arena *,
    const char *name, int days) MUST_CHECK;

/* That key again, freed with the arena. */
struct err *ca_key(EVP_PKEY **, struct arena *, struct bytes key) MUST_CHECK;

#endif
