/*
 * craft.h - keys and authorities for the tests of lib/trust/x509, whose clock
 * stands still.
 */
#ifndef TESTS_CRAFT_H
#define TESTS_CRAFT_H

#include "arena.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/env.h"
#include "trust/x509.h"

#define NOW INT64_C(1763703600000000)
#define HOUR_S 3600L

static int64_t
fixed_now(void)
{
	return NOW;
}

__attribute__((constructor)) static void
stop_the_clock(void)
{
	static struct env fixed;

	fixed = env_real;
	fixed.now_us = fixed_now;
	env_use(&fixed);
}

static void
free_key(void *k)
{
	EVP_PKEY_free(k);
}

/* "RSA:1024", "ED25519" or the name of a curve. */
static inline EVP_PKEY *
key_of(const char *kind)
{
	EVP_PKEY *k;

	if (strncmp(kind, "RSA:", 4) == 0)
		k = EVP_RSA_gen((unsigned)strtoul(kind + 4, NULL, 10));
	else if (strcmp(kind, "ED25519") == 0)
		k = EVP_PKEY_Q_keygen(NULL, NULL, kind);
	else
		k = EVP_EC_gen(kind);
	arena_defer(arena, free_key, k);
	return k;
}

static inline struct bytes
bytes_of(const void *p, size_t n)
{
	return (struct bytes){ (unsigned char *)arena_copy(arena, p, n), n };
}

static inline struct bytes
text_of(const char *s)
{
	return (struct bytes){ (const unsigned char *)s, strlen(s) };
}

/* An authority of ours, with its key. */
struct authority {
	struct cert cert;
	EVP_PKEY *key;
};

static inline struct authority
authority(const char *name)
{
	struct authority ca;
	struct bytes key;

	CHECK(ca_make(&ca.cert, &key, arena, name, 3650) == NULL);
	CHECK(ca_key(&ca.key, arena, key) == NULL);
	return ca;
}

#endif
