/*
 * manifest_test.c - signed plans: what the key has signed is believed, and
 * nothing else.
 */
#include "trust/manifest.h"

#include "check.h"

static const struct manifest third = { "GW", 3 };

static struct bytes
text(const char *s)
{
	return (struct bytes){ (const unsigned char *)s, strlen(s) };
}

/* A new key, both halves as they come back from where they are kept. */
static void
key_of(EVP_PKEY **public, EVP_PKEY **secret, struct arena *a)
{
	struct bytes p, s;

	CHECK(manifest_key_make(&p, &s, a) == NULL);
	CHECK(manifest_key_public(public, a, p) == NULL);
	CHECK(manifest_key_secret(secret, a, s) == NULL);
	CHECK(
	    strncmp(manifest_key_pem(a, p), "-----BEGIN PUBLIC KEY", 21) == 0);
}

TEST(what_was_signed_is_believed)
{
	struct arena *a = arena_new();
	EVP_PKEY *public, *secret;
	struct manifest got;
	const char *jws;

	key_of(&public, &secret, a);
	CHECK(manifest_sign(&jws, a, secret, &third, text("[]")) == NULL);
	CHECK(manifest_check(&got, a, public, jws, text("[]")) == NULL);
	CHECK_TEXT(got.gateway, "GW");
	CHECK(got.version == 3);
	arena_free(a);
}

TEST(nothing_else_is)
{
	struct arena *a = arena_new();
	EVP_PKEY *public, *secret, *other, *others;
	struct manifest got;
	const char *jws;
	struct err *e;
	char *bent;

	key_of(&public, &secret, a);
	key_of(&other, &others, a);
	CHECK(manifest_sign(&jws, a, secret, &third, text("[]")) == NULL);
	bent = arena_copy(a, jws, strlen(jws));
	bent[strlen(bent) / 2] ^= 1;
	e = manifest_check(&got, a, public, jws, text("[1]"));
	CHECK(e != NULL && e->kind == ERR_REFUSED);
	CHECK(manifest_check(&got, a, other, jws, text("[]")) != NULL);
	CHECK(manifest_check(&got, a, public, bent, text("[]")) != NULL);
	CHECK(manifest_check(&got, a, public, "", text("[]")) != NULL);
	CHECK(manifest_check(&got, a, public, "a.b", text("[]")) != NULL);
	CHECK(manifest_key_public(&public, a, text("x")) != NULL);
	CHECK(manifest_key_file(&public, a, "/nonexistent") != NULL);
	arena_free(a);
}
