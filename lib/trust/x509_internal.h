/*
 * x509_internal.h - what the files of x509 share, and nobody else sees.
 *
 * What answers with an X509 gives it away: the caller frees it.
 */
#ifndef TRUST_X509_INTERNAL_H
#define TRUST_X509_INTERNAL_H

#include <openssl/x509.h>
#include <stdbool.h>

#include "trust/x509.h"

#define X509_OURS "Something went wrong on our side."
#define X509_WEAK                                                            \
	"This key is too weak or of an unknown kind; use P-256, Ed25519 or " \
	"RSA of 2048 bits or more."

/* OpenSSL's last words, which are then forgotten. */
const char *x509_reason(void);

/* The n bytes that an i2d function made, in the arena; n <= 0: none. */
struct bytes x509_keep(struct arena *, unsigned char *made, int n);

/*
 * The bytes within one PEM block of one of these names (up to NULL); false
 * when it is not one, has headers of its own or something stands around it.
 */
bool x509_unwrap(struct bytes *der, struct arena *, struct bytes pem,
    const char *const *names);

/* A certificate of exactly these bytes; NULL when they are not one. */
X509 *x509_parse(struct bytes der);

/* Microseconds; false when it is no time. */
bool x509_instant(int64_t *us, const ASN1_TIME *);

/* As x509.h says; NULL is not. */
bool x509_strong(const EVP_PKEY *);

#endif
