/*
 * Whatever a token or a set of keys is made of, it is refused or read; and
 * what nobody signed is never believed.
 *
 * The first byte of the input says what the rest is.
 */
#include "fuzz.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <string.h>

#include "trust/b64.h"
#include "trust/jwk.h"

enum { A_TOKEN, A_PAYLOAD, A_SET, KINDS };

static EVP_PKEY *pkey;

/* A header that is right, so that what stands behind it is read too. */
static struct slice
token_of(struct arena *a, struct bytes payload)
{
	static const char head[] = "{\"alg\":\"ES256\",\"typ\":\"at+jwt\","
				   "\"kid\":\"k\"}";
	static const unsigned char signature[64];
	struct buf b = buf_new(a, 4096);

	b64_put(&b,
	    (struct bytes){ (const unsigned char *)head, sizeof(head) - 1 });
	buf_byte(&b, '.');
	b64_put(&b, payload);
	buf_byte(&b, '.');
	b64_put(&b, (struct bytes){ signature, sizeof(signature) });
	return (struct slice){ (const char *)b.p, b.n };
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static const char *const seeds[] = {
		"\0eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCIsImtpZCI6ImsifQ.e30.",
		"\1{\"iss\":\"a\",\"aud\":\"b\",\"sid\":\"AA\",\"exp\":1}",
		"\2{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AA\","
		"\"y\":\"AA\",\"kid\":\"k\",\"alg\":\"ES256\"},{\"kty\":"
		"\"RSA\",\"n\":\"AA\",\"e\":\"AQAB\",\"kid\":\"r\"}]}",
	};
	int i;

	(void)argc;
	(void)argv;
	pkey = EVP_EC_gen("P-256");
	for (i = 0; i < KINDS; i++)
		seed_write(i, seeds[i], 1 + strlen(seeds[i] + 1));
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct arena *a = arena_new();
	struct jws_keys ours = { .n = 0 }, *read;
	struct bytes rest = { p + 1, n - 1 }, payload;
	struct slice token = { (const char *)p + 1, n - 1 };

	CLAIM(EVP_PKEY_up_ref(pkey) == 1);
	CLAIM(jws_keys_add(&ours, a, "k", pkey) == NULL);
	if (n > 0 && p[0] % KINDS == A_SET)
		(void)!jws_keys_jwk(&read, a, rest);
	else if (n > 0)
		CLAIM(jws_open(&payload, a, &ours,
			  p[0] % KINDS == A_TOKEN ? token : token_of(a, rest),
			  "at+jwt") != NULL);
	arena_free(a);
	return 0;
}
