/*
 * lib/trust: b64 and jwk, and the public vectors of signed tokens.
 */
#include "check.h"

#include <jansson.h>
#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <stdlib.h>
#include <zlib.h>

#include "trust/b64.h"
#include "trust/jwk.h"

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

TEST(bytes_have_one_text)
{
	static const struct {
		const char *bytes, *text;
	} cases[] = { { "", "" }, { "f", "Zg" }, { "fo", "Zm8" },
		{ "foo", "Zm9v" }, { "foob", "Zm9vYg" }, { "fooba", "Zm9vYmE" },
		{ "foobar", "Zm9vYmFy" }, { "\xfb\xff\xfe", "-__-" } };
	struct arena *a = arena_new();
	struct bytes got;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		CHECK_TEXT(b64_text(a, bytes(cases[i].bytes)), cases[i].text);
		CHECK(b64_read(&got, a, text(cases[i].text)));
		CHECK(got.n == strlen(cases[i].bytes) &&
		      memcmp(got.p, cases[i].bytes, got.n) == 0);
	}
	arena_free(a);
}

TEST(other_texts_of_bytes_are_refused)
{
	static const char *const cases[] = { "A", "AAAAA", "Z",
		"Zg==", "Zg=", "Zh", "Zm9", "Zm9vY", "Zm9v\n", " Zm9v", "Zm+v",
		"Zm/v", "Zm9v.", "Zm\xc3\xa9" };
	struct arena *a = arena_new();
	struct bytes got;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		CHECK(!b64_read(&got, a, text(cases[i])));
	arena_free(a);
}

#define X "04N0xi21hshyvBp7I167sbE_bXqyqkAPfefdklMO7wY"
#define Y "UI8exy-C06a7DUnjIdENkxeFtHM4-l_41LqEw9nVgmw"
#define EC(kid, more)                                                        \
	"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" X "\",\"y\":\"" Y "\"," \
	"\"kid\":\"" kid "\"" more "}"

TEST(keys_for_other_things_are_passed_over)
{
	static const struct {
		const char *json;
		size_t n;
	} cases[] = {
		{ "{\"keys\":[]}", 0 },
		{ "{\"keys\":[" EC("a", "") "]}", 1 },
		{ "{\"keys\":[" EC("a", "") "," EC("b", "") "],\"x\":1}", 2 },
		{ "{\"keys\":[" EC("a", ",\"alg\":\"ES256\"") "]}", 1 },
		{ "{\"keys\":[" EC("a", ",\"use\":\"sig\"") "]}", 1 },
		{ "{\"keys\":[" EC("a", ",\"key_ops\":[\"verify\"]") "]}", 1 },
		{ "{\"keys\":[" EC("a", ",\"alg\":\"ES384\"") "]}", 0 },
		{ "{\"keys\":[" EC("a", ",\"alg\":\"HS256\"") "]}", 0 },
		{ "{\"keys\":[" EC("a", ",\"use\":\"enc\"") "]}", 0 },
		{ "{\"keys\":[" EC("a", ",\"key_ops\":[\"sign\"]") "]}", 0 },
		{ "{\"keys\":[" EC("a", ",\"key_ops\":[]") "]}", 0 },
		{ "{\"keys\":[{\"kty\":\"oct\",\"kid\":\"a\",\"k\":\"AA\"}]}",
		    0 },
		{ "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-384\"}]}", 0 },
		{ "{\"keys\":[7,null,[],{}]}", 0 },
	};
	struct arena *a = arena_new();
	struct jws_keys *keys;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		CHECK(jws_keys_jwk(&keys, a, bytes(cases[i].json)) == NULL);
		CHECK(keys->n == cases[i].n);
	}
	arena_free(a);
}

TEST(sets_of_keys_that_are_wrong_are_refused)
{
	static const char *const cases[] = {
		"",
		"[]",
		"{}",
		"null",
		"{\"keys\":{}}",
		"{\"keys\":[}",
		"{\"keys\":[" EC("a", "") "]} x",
		"{\"keys\":[" EC("a", "") "," EC("a", "") "]}",
		"{\"keys\":[" EC("a", ",\"x\":\"" X "\"") "]}",
		"{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"a\","
		"\"x\":\"" X "\",\"y\":\"" X "\"}]}",
		"{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"a\","
		"\"x\":\"" X "\"}]}",
		"{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"a\",\"n\":\"" X "\","
		"\"e\":\"AQAB\"}]}",
		"{\"keys\":[" EC("", "") "]}",
	};
	struct arena *a = arena_new();
	struct jws_keys *keys;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct err *e = jws_keys_jwk(&keys, a, bytes(cases[i]));

		if (e == NULL)
			(void)printf("%s\n", cases[i]);
		CHECK(e != NULL && e->kind == ERR_INPUT);
	}
	arena_free(a);
}

/* Is it a key, with this modulus and exponent? */
static bool
is_rsa(struct arena *a, const char *n, const char *e)
{
	struct jws_keys *keys;

	return jws_keys_jwk(&keys, a,
		   bytes(arena_printf(a,
		       "{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"a\","
		       "\"n\":\"%s\",\"e\":\"%s\"}]}",
		       n, e))) == NULL;
}

/* The modulus of a new key, as text. */
static char *
modulus_of(struct arena *a, size_t bits)
{
	EVP_PKEY *pkey = EVP_RSA_gen(bits);
	unsigned char raw[1024];
	BIGNUM *n = NULL;
	int size;

	CHECK(EVP_PKEY_get_bn_param(pkey, "n", &n) == 1);
	size = BN_bn2bin(n, raw);
	BN_free(n);
	EVP_PKEY_free(pkey);
	return arena_text(a, b64_text(a, (struct bytes){ raw, (size_t)size }));
}

TEST(an_rsa_key_is_large_and_its_numbers_are_odd)
{
	struct arena *a = arena_new();
	char *n = modulus_of(a, 2048);

	CHECK(is_rsa(a, n, "AQAB"));
	CHECK(!is_rsa(a, n, ""));
	CHECK(!is_rsa(a, n, "AQ"));
	CHECK(!is_rsa(a, n, "Ag"));
	CHECK(!is_rsa(a, n, "AQABAQAB"));
	CHECK(!is_rsa(a, modulus_of(a, 1024), "AQAB"));
	CHECK(!is_rsa(a, arena_printf(a, "%s%s%s", n, n, n), "AQAB"));
	n[strlen(n) - 1] = 'A';
	CHECK(!is_rsa(a, n, "AQAB"));
	CHECK(!is_rsa(a, "", "AQAB"));
	arena_free(a);
}

/* A whole file of the public vectors; NULL: it is not at hand. */
static json_t *
vectors(const char *name)
{
	const char *corpora = getenv("FLUX_CORPORA");
	char path[512], *body = calloc(1, 1 << 23);
	json_t *top = NULL;
	gzFile f = NULL;
	int n;

	(void)snprintf(path, sizeof(path), "%s/auth/%s",
	    corpora != NULL ? corpora : "", name);
	if (corpora != NULL && (f = gzopen(path, "rb")) != NULL) {
		n = gzread(f, body, (1 << 23) - 1);
		(void)gzclose(f);
		top = json_loadb(body, n > 0 ? (size_t)n : 0, 0, NULL);
		CHECK(top != NULL);
	}
	free(body);
	return top;
}

/* Is the vector's token accepted under this key and no other? */
static bool
accepted(const json_t *key, const json_t *jws)
{
	struct arena *a = arena_new();
	char *one = json_dumps(key, JSON_COMPACT);
	const char *set = arena_printf(a, "{\"keys\":[%s]}", one);
	struct jws_keys *keys;
	struct bytes payload;
	bool good =
	    json_is_string(jws) && jws_keys_jwk(&keys, a, bytes(set)) == NULL &&
	    jws_open(&payload, a, keys, text(json_string_value(jws)), NULL) ==
		NULL;

	free(one);
	arena_free(a);
	return good;
}

/* Needs FLUX_CORPORA, where the public vectors are; else it says nothing. */
TEST(every_wycheproof_jws_of_es256_and_rs256_is_judged_right)
{
	json_t *top = vectors("wycheproof_json_web_signature_test.json.gz");
	size_t g, t, seen = 0, good = 0;
	json_t *group, *test;

	json_array_foreach(json_object_get(top, "testGroups"), g, group)
	{
		json_t *key = json_object_get(group, "public");
		const char *alg;

		if (key == NULL)
			key = json_object_get(group, "private");
		alg = json_string_value(json_object_get(key, "alg"));
		json_array_foreach(json_object_get(group, "tests"), t, test)
		{
			bool ours =
			    alg != NULL && (strcmp(alg, "ES256") == 0 ||
					       strcmp(alg, "RS256") == 0);
			bool want =
			    ours && strcmp(json_string_value(
					       json_object_get(test, "result")),
					"valid") == 0;
			bool got = accepted(key, json_object_get(test, "jws"));

			if (got != want)
				(void)printf("case %lld: %d\n",
				    json_integer_value(
					json_object_get(test, "tcId")),
				    got);
			CHECK(got == want);
			seen++;
			good += got;
		}
	}
	CHECK(top == NULL || (seen == 401 && good >= 10));
	json_decref(top);
}
