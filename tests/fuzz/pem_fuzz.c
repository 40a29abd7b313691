/*
 * Whatever a certificate or a signing request is made of, it is refused or
 * read; what was read reads again, and what is issued or believed names the
 * one device that there is.
 *
 * The first byte of the input says what the rest is.
 */
#include "fuzz.h"

#include <openssl/evp.h>
#include <string.h>

#include "base/env.h"
#include "trust/x509.h"

enum { A_PEM, A_DER, A_CSR };

static struct arena *kept;
static struct cert ca, leaf;
static EVP_PKEY *ca_pkey;

static const char csr[] =
    "-----BEGIN CERTIFICATE REQUEST-----\n"
    "MIHIMHECAQAwDzENMAsGA1UEAwwEZ3ctMTBZMBMGByqGSM49AgEGCCqGSM49AwEH\n"
    "A0IABOIyZxaJcFRxkPXvwgQzV9pSDGPqpAXx5cqhHxvdiiL/ZZX36cZAvqqA0EC5\n"
    "ZgobndIY5IIVty1Bq/qn5mScLWagADAKBggqhkjOPQQDAgNHADBEAiBh/L6DGqbe\n"
    "H2xXha4aUdHUxf2RaJ62RTMiLsL/W6TphQIgSXxd1/gYwDBwWsufZ5dvJfdIx0If\n"
    "kbkWhq5pQg/dzgA=\n"
    "-----END CERTIFICATE REQUEST-----\n";

static struct bytes
text(const char *s)
{
	return (struct bytes){ (const unsigned char *)s, strlen(s) };
}

static void
seed(int kind, struct bytes b)
{
	unsigned char *all = arena_alloc(kept, b.n + 1);

	all[0] = (unsigned char)kind;
	memcpy(all + 1, b.p, b.n);
	seed_write(kind, all, b.n + 1);
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	struct bytes key;

	(void)argc;
	(void)argv;
	kept = arena_new();
	CLAIM(ca_make(&ca, &key, kept, "Fuzz", 30) == NULL);
	CLAIM(ca_key(&ca_pkey, kept, key) == NULL);
	CLAIM(csr_issue(&leaf, kept, text(csr), ca.der, ca_pkey, "gw-1", 1) ==
	      NULL);
	seed(A_PEM, text(cert_pem(kept, leaf.der)));
	seed(A_DER, leaf.der);
	seed(A_CSR, text(csr));
	return 0;
}

static void
judge(struct arena *a, const struct cert *c)
{
	struct cert again;

	CLAIM(strlen(c->subject) <= CERT_NAME_MAX && c->spki.n > 0);
	CLAIM(cert_read(&again, a, text(cert_pem(a, c->der))) == NULL);
	CLAIM(again.der.n == c->der.n &&
	      memcmp(again.der.p, c->der.p, c->der.n) == 0);
	CLAIM(cert_signed(c, c->der, (struct bytes){ c->der.p, 70 }) != NULL);
	if (cert_chains(c, ca.der, env_now()) == NULL)
		CLAIM(c->spki.n == leaf.spki.n &&
		      memcmp(c->spki.p, leaf.spki.p, c->spki.n) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct arena *a = arena_new();
	struct bytes b = { p + 1, n - 1 };
	struct cert c;

	if (n > 0 && *p == A_PEM && cert_read(&c, a, b) == NULL)
		judge(a, &c);
	if (n > 0 && *p == A_DER && cert_read_der(&c, a, b) == NULL)
		judge(a, &c);
	if (n > 0 && *p == A_CSR &&
	    csr_issue(&c, a, b, ca.der, ca_pkey, "gw-1", 1) == NULL)
		CLAIM(strcmp(c.subject, "gw-1") == 0 &&
		      cert_chains(&c, ca.der, env_now()) == NULL);
	arena_free(a);
	return 0;
}
