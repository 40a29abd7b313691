/*
 * lib/trust/jws: what is believed of a token.
 */
#include "check.h"

#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/x509.h>

#include "trust/b64.h"
#include "trust/jwk.h"

#define AUD "https://plant.example"
#define KID "k20261121"
#define SID "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"

enum { NOW = 1795000000, HOUR = 3600 };

static struct slice
text(const char *s)
{
	return (struct slice){ s, strlen(s) };
}

static struct bytes
bytes(const char *s)
{
	return (struct bytes){ (const unsigned char *)s, strlen(s) };
}

/* A set with a key of its own, which signs. */
static struct jws_keys *
keys_new(struct arena *a)
{
	struct jws_keys *keys = arena_alloc(a, sizeof(*keys));

	CHECK(jws_keys_add(keys, a, KID, EVP_EC_gen("P-256")) == NULL);
	keys->v[0].signs = true;
	return keys;
}

static struct jws_claims
claims(void)
{
	static unsigned char sid[JWS_SID];
	int i;

	for (i = 0; i < JWS_SID; i++)
		sid[i] = (unsigned char)i;
	return (struct jws_claims){ .iss = AUD,
		.aud = AUD,
		.sub = "device:P1",
		.scope = "telemetry:write",
		.sid = { sid, sizeof(sid) },
		.iat = NOW,
		.nbf = NOW,
		.exp = NOW + HOUR };
}

/* Any header and payload, signed with the key as ES256 wants it. */
static const char *
forge(struct arena *a, const struct jws_keys *keys, const char *head,
    const char *payload)
{
	struct buf b = buf_new(a, 512);
	unsigned char der[80], raw[64];
	const unsigned char *at = der;
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	size_t n = sizeof(der);
	ECDSA_SIG *sig;

	b64_put(&b, bytes(head));
	buf_byte(&b, '.');
	b64_put(&b, bytes(payload));
	CHECK(EVP_DigestSignInit(c, NULL, EVP_sha256(), NULL,
		  keys->v[0].pkey) == 1);
	CHECK(EVP_DigestSign(c, der, &n, b.p, b.n) == 1);
	EVP_MD_CTX_free(c);
	sig = d2i_ECDSA_SIG(NULL, &at, (long)n);
	CHECK(BN_bn2binpad(ECDSA_SIG_get0_r(sig), raw, 32) == 32);
	CHECK(BN_bn2binpad(ECDSA_SIG_get0_s(sig), raw + 32, 32) == 32);
	ECDSA_SIG_free(sig);
	buf_byte(&b, '.');
	b64_put(&b, (struct bytes){ raw, sizeof(raw) });
	return (const char *)b.p;
}

static bool
holds_at(struct arena *a, const struct jws_keys *keys, const char *token,
    int64_t now)
{
	struct jws_claims c;
	struct err *e = jws_verify(&c, a, keys, text(token), AUD, now);

	CHECK(e == NULL || e->kind == ERR_LOGIN);
	return e == NULL;
}

static bool
holds(struct arena *a, const struct jws_keys *keys, const char *token)
{
	return holds_at(a, keys, token, NOW);
}

TEST(what_we_sign_we_believe)
{
	struct arena *a = arena_new();
	struct jws_keys *keys = keys_new(a);
	struct jws_claims want = claims(), got;
	const char *token;

	want.sub = "device:\"P\\1";
	CHECK(jws_sign(&token, a, keys, &want) == NULL);
	CHECK(jws_verify(&got, a, keys, text(token), AUD, NOW) == NULL);
	CHECK_TEXT(got.iss, want.iss);
	CHECK_TEXT(got.aud, want.aud);
	CHECK_TEXT(got.sub, want.sub);
	CHECK_TEXT(got.scope, want.scope);
	CHECK(got.sid.n == JWS_SID &&
	      memcmp(got.sid.p, want.sid.p, JWS_SID) == 0);
	CHECK(got.iat == NOW && got.nbf == NOW && got.exp == NOW + HOUR);
	arena_free(a);
}

TEST(a_token_is_dead_after_its_hour)
{
	struct arena *a = arena_new();
	struct jws_keys *keys = keys_new(a);
	struct jws_claims c = claims();
	const char *token;

	CHECK(jws_sign(&token, a, keys, &c) == NULL);
	CHECK(holds_at(a, keys, token, NOW + HOUR - 1));
	CHECK(!holds_at(a, keys, token, NOW + HOUR));
	CHECK(!holds_at(a, keys, token, NOW + HOUR + 1));
	arena_free(a);
}

TEST(a_token_of_the_future_may_be_a_minute_ahead)
{
	struct arena *a = arena_new();
	struct jws_keys *keys = keys_new(a);
	struct jws_claims c = claims();
	const char *token;

	CHECK(jws_sign(&token, a, keys, &c) == NULL);
	CHECK(holds_at(a, keys, token, NOW - JWS_SKEW_S));
	CHECK(!holds_at(a, keys, token, NOW - JWS_SKEW_S - 1));
	arena_free(a);
}

TEST(another_key_of_the_same_name_is_refused)
{
	struct arena *a = arena_new();
	struct jws_keys *ours = keys_new(a), *theirs = keys_new(a);
	struct jws_claims c = claims();
	const char *token;

	CHECK(jws_sign(&token, a, theirs, &c) == NULL);
	CHECK(holds(a, theirs, token));
	CHECK(!holds(a, ours, token));
	arena_free(a);
}

TEST(the_last_private_key_signs)
{
	struct arena *a = arena_new();
	struct jws_keys *keys = keys_new(a);
	struct jws_claims c = claims();
	const char *token;

	CHECK(jws_keys_add(keys, a, "k2", EVP_EC_gen("P-256")) == NULL);
	CHECK(jws_keys_add(keys, a, "k3", EVP_EC_gen("P-256")) == NULL);
	keys->v[1].signs = true;
	CHECK(jws_sign(&token, a, keys, &c) == NULL);
	CHECK(holds(a, keys, token));
	keys->v[1].kid[0] = 'x';
	CHECK(!holds(a, keys, token));
	keys->v[0].signs = keys->v[1].signs = false;
	CHECK(jws_sign(&token, a, keys, &c) != NULL);
	arena_free(a);
}

#define HEAD "{\"alg\":\"ES256\",\"typ\":\"at+jwt\",\"kid\":\"" KID "\"}"
#define TEXTS "\"iss\":\"" AUD "\",\"sub\":\"device:P1\",\"scope\":\"\","
#define TIMES "\"iat\":1795000000,\"nbf\":1795000000,\"exp\":1795003600"
#define CLAIMS "{" TEXTS "\"aud\":\"" AUD "\",\"sid\":\"" SID "\"," TIMES "}"

static const char *const other_heads[] = {
	"{\"alg\":\"none\",\"typ\":\"at+jwt\",\"kid\":\"" KID "\"}",
	"{\"alg\":\"None\",\"typ\":\"at+jwt\",\"kid\":\"" KID "\"}",
	"{\"alg\":\"HS256\",\"typ\":\"at+jwt\",\"kid\":\"" KID "\"}",
	"{\"alg\":\"RS256\",\"typ\":\"at+jwt\",\"kid\":\"" KID "\"}",
	"{\"alg\":\"ES384\",\"typ\":\"at+jwt\",\"kid\":\"" KID "\"}",
	"{\"alg\":\"es256\",\"typ\":\"at+jwt\",\"kid\":\"" KID "\"}",
	"{\"alg\":\"\",\"typ\":\"at+jwt\",\"kid\":\"" KID "\"}",
	"{\"alg\":null,\"typ\":\"at+jwt\",\"kid\":\"" KID "\"}",
	"{\"alg\":[\"ES256\"],\"typ\":\"at+jwt\",\"kid\":\"" KID "\"}",
	"{\"typ\":\"at+jwt\",\"kid\":\"" KID "\"}",
	"{\"alg\":\"ES256\",\"typ\":\"at+jwt\"}",
	"{\"alg\":\"ES256\",\"typ\":\"at+jwt\",\"kid\":\"\"}",
	"{\"alg\":\"ES256\",\"typ\":\"at+jwt\",\"kid\":null}",
	"{\"alg\":\"ES256\",\"typ\":\"at+jwt\",\"kid\":\"k2026112\"}",
	"{\"alg\":\"ES256\",\"typ\":\"at+jwt\",\"kid\":\"" KID "0\"}",
	"{\"alg\":\"ES256\",\"typ\":\"at+jwt\","
	"\"kid\":\"../../../../dev/null\"}",
	"{\"alg\":\"ES256\",\"typ\":\"at+jwt\","
	"\"kid\":\"' OR ''='\"}",
	"{\"alg\":\"ES256\",\"kid\":\"" KID "\"}",
	"{\"alg\":\"ES256\",\"typ\":\"JWT\",\"kid\":\"" KID "\"}",
	"{\"alg\":\"ES256\",\"typ\":1,\"kid\":\"" KID "\"}",
	"{\"alg\":\"ES256\",\"typ\":\"at+jwt\",\"kid\":\"" KID "\","
	"\"crit\":[\"exp\"]}",
	"{\"alg\":\"ES256\",\"typ\":\"at+jwt\",\"kid\":\"" KID "\","
	"\"jku\":\"https://evil.example/keys\"}",
	"{\"alg\":\"ES256\",\"typ\":\"at+jwt\",\"kid\":\"" KID "\","
	"\"x5u\":\"https://evil.example/cert\"}",
	"{\"alg\":\"ES256\",\"typ\":\"at+jwt\",\"kid\":\"" KID "\","
	"\"jwk\":{\"kty\":\"EC\"}}",
	"{\"alg\":\"ES256\",\"typ\":\"at+jwt\",\"kid\":\"" KID "\","
	"\"x5c\":[]}",
	"{\"alg\":\"ES256\",\"typ\":\"at+jwt\",\"kid\":\"" KID "\","
	"\"b64\":false}",
	"{\"alg\":\"none\",\"alg\":\"ES256\",\"typ\":\"at+jwt\","
	"\"kid\":\"" KID "\"}",
	"{\"alg\":\"ES256\",\"typ\":\"at+jwt\",\"kid\":\"other\","
	"\"kid\":\"" KID "\"}",
	"[" HEAD "]",
	HEAD "x",
	"",
	"null",
	"{",
};

TEST(a_header_that_says_anything_else_is_refused)
{
	struct arena *a = arena_new();
	struct jws_keys *keys = keys_new(a);
	size_t i;

	CHECK(holds(a, keys, forge(a, keys, HEAD, CLAIMS)));
	for (i = 0; i < sizeof(other_heads) / sizeof(*other_heads); i++) {
		bool held =
		    holds(a, keys, forge(a, keys, other_heads[i], CLAIMS));

		if (held)
			(void)printf("%s\n", other_heads[i]);
		CHECK(!held);
	}
	arena_free(a);
}

#define SAID "\"aud\":\"" AUD "\",\"sid\":\"" SID "\","
#define UNTIL(x) "\"iat\":1795000000,\"nbf\":1795000000,\"exp\":" x
static const char *const other_claims[] = {
	"{" TEXTS SAID UNTIL("1794999999") "}",
	"{" TEXTS SAID UNTIL("1795000000") "}",
	"{" TEXTS SAID UNTIL("1795003600.5") "}",
	"{" TEXTS SAID UNTIL("1e300") "}",
	"{" TEXTS SAID UNTIL("99999999999999999999") "}",
	"{" TEXTS SAID UNTIL("\"1795003600\"") "}",
	"{" TEXTS SAID UNTIL("null") "}",
	"{" TEXTS SAID UNTIL("-1") "}",
	"{" TEXTS SAID TIMES ",\"exp\":1795003600}",
	"{" TEXTS SAID TIMES ",\"aud\":\"" AUD "\"}",
	"{" TEXTS SAID TIMES ",\"admin\":true}",
	"{" TEXTS SAID "\"iat\":1795000000,\"nbf\":1795000000}",
	"{" TEXTS SAID "\"nbf\":1795000000,\"exp\":1795003600}",
	"{" TEXTS SAID "\"iat\":1795000000,\"exp\":1795003600}",
	"{" TEXTS SAID
	"\"iat\":1795000061,\"nbf\":1795000000,\"exp\":1795003600}",
	"{" TEXTS SAID
	"\"iat\":1795000000,\"nbf\":1795000061,\"exp\":1795003600}",
	"{" TEXTS "\"sid\":\"" SID "\"," TIMES "}",
	"{" TEXTS "\"aud\":\"" AUD "\"," TIMES "}",
	"{" SAID TIMES "}",
	"{" TEXTS "\"aud\":\"" AUD "/\",\"sid\":\"" SID "\"," TIMES "}",
	"{" TEXTS "\"aud\":[\"" AUD "\"],\"sid\":\"" SID "\"," TIMES "}",
	"{" TEXTS "\"aud\":\"\",\"sid\":\"" SID "\"," TIMES "}",
	"{" TEXTS "\"aud\":\"" AUD "\",\"sid\":\"\"," TIMES "}",
	"{" TEXTS "\"aud\":\"" AUD "\",\"sid\":\"AAEC\"," TIMES "}",
	"{" TEXTS "\"aud\":\"" AUD "\",\"sid\":\"" SID "A\"," TIMES "}",
	"{" TEXTS "\"aud\":\"" AUD "\",\"sid\":7," TIMES "}",
	"[" CLAIMS "]",
	CLAIMS "{}",
	"{}",
	"[]",
	"",
	"7",
	"{",
};

TEST(claims_that_are_not_ours_are_refused)
{
	struct arena *a = arena_new();
	struct jws_keys *keys = keys_new(a);
	size_t i;

	for (i = 0; i < sizeof(other_claims) / sizeof(*other_claims); i++) {
		bool held =
		    holds(a, keys, forge(a, keys, HEAD, other_claims[i]));

		if (held)
			(void)printf("%s\n", other_claims[i]);
		CHECK(!held);
	}
	arena_free(a);
}

TEST(none_without_a_signature_is_refused)
{
	struct arena *a = arena_new();
	struct jws_keys *keys = keys_new(a);
	struct buf b = buf_new(a, 512);

	b64_put(&b, bytes("{\"alg\":\"none\",\"typ\":\"at+jwt\"}"));
	buf_byte(&b, '.');
	b64_put(&b, bytes(CLAIMS));
	CHECK(!holds(a, keys, (const char *)b.p));
	buf_byte(&b, '.');
	CHECK(!holds(a, keys, (const char *)b.p));
	arena_free(a);
}

TEST(hs256_with_our_public_key_is_refused)
{
	struct arena *a = arena_new();
	struct jws_keys *keys = keys_new(a);
	struct buf b = buf_new(a, 512);
	unsigned char *der = NULL, mac[32];
	unsigned n = 0;
	int size = i2d_PUBKEY(keys->v[0].pkey, &der);

	b64_put(&b, bytes("{\"alg\":\"HS256\",\"typ\":\"at+jwt\",\"kid\":\"" KID
			  "\"}"));
	buf_byte(&b, '.');
	b64_put(&b, bytes(CLAIMS));
	(void)HMAC(EVP_sha256(), der, size, b.p, b.n, mac, &n);
	OPENSSL_free(der);
	buf_byte(&b, '.');
	b64_put(&b, (struct bytes){ mac, n });
	CHECK(!holds(a, keys, (const char *)b.p));
	arena_free(a);
}

TEST(no_letter_of_a_token_can_be_changed_or_left_out)
{
	struct arena *a = arena_new();
	struct jws_keys *keys = keys_new(a);
	struct jws_claims c = claims();
	const char *token;
	size_t i, n;

	CHECK(jws_sign(&token, a, keys, &c) == NULL);
	n = strlen(token);
	for (i = 0; i < n; i++) {
		char *other = arena_copy(a, token, n);

		other[i] = other[i] == 'A' ? 'B' : 'A';
		CHECK(!holds(a, keys, other));
		memmove(other + i, token + i + 1, n - i);
		CHECK(!holds(a, keys, other));
	}
	CHECK(!holds(a, keys, arena_printf(a, "%s.", token)));
	CHECK(!holds(a, keys, arena_printf(a, ".%s", token)));
	CHECK(!holds(a, keys, arena_printf(a, "%sAA", token)));
	CHECK(!holds(a, keys, arena_printf(a, "%s=", token)));
	CHECK(!holds(a, keys, arena_printf(a, "%s ", token)));
	CHECK(!holds(a, keys, arena_printf(a, "%s\n", token)));
	arena_free(a);
}

TEST(a_token_has_at_most_4_kb)
{
	struct arena *a = arena_new();
	struct jws_keys *keys = keys_new(a);
	struct jws_claims c = claims();
	char scope[4000];
	const char *token;

	memset(scope, 'x', sizeof(scope));
	scope[2700] = 0;
	c.scope = scope;
	CHECK(jws_sign(&token, a, keys, &c) == NULL);
	CHECK(strlen(token) < JWS_MAX && holds(a, keys, token));
	scope[2700] = 'x';
	scope[3000] = 0;
	CHECK(jws_sign(&token, a, keys, &c) == NULL);
	CHECK(strlen(token) > JWS_MAX && !holds(a, keys, token));
	arena_free(a);
}

TEST(our_keys_as_json_judge_our_tokens_and_hold_no_secret)
{
	struct arena *a = arena_new();
	struct jws_keys *keys = keys_new(a), *read;
	struct jws_claims c = claims();
	struct buf b = buf_new(a, 512);
	const char *token;

	CHECK(jws_keys_add(keys, a, "k2", EVP_EC_gen("P-256")) == NULL);
	CHECK(jwk_put(&b, keys) == NULL);
	CHECK(strstr((const char *)b.p, "\"d\"") == NULL);
	CHECK(jws_keys_jwk(&read, a, (struct bytes){ b.p, b.n }) == NULL);
	CHECK(read->n == 2 && !read->v[0].signs && !read->v[1].signs);
	CHECK(jws_sign(&token, a, keys, &c) == NULL);
	CHECK(holds(a, read, token));
	CHECK(jws_sign(&token, a, read, &c) != NULL);
	arena_free(a);
}
