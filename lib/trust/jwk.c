#include "trust/jwk.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <string.h>

#include "trust/b64.h"

#define SAY "This is no set of public keys."
#define SAY_BUG "Something went wrong on our side."

/* Bytes of numbers; beyond, checking a key could take long. */
enum { HALF = 32, POINT = 1 + 2 * HALF, RSA_MAX = 512, E_MAX = 4 };

/* The members of a key that count; others may be there. */
enum { KTY, CRV, X, Y, N, E, KID, ALG, USE, TEXTS };
static const char *const names[TEXTS] = { "kty", "crv", "x", "y", "n", "e",
	"kid", "alg", "use" };

struct jwk {
	struct slice v[TEXTS]; /* p = NULL: not there */
	bool verifies;	       /* by its key_ops, if it has some */
};

/* Is "verify" among what the key is for? */
static bool
lists_verify(struct jscan *s)
{
	struct jvalue v;
	bool found = false;

	while (jscan_item(s)) {
		jscan_value(s, &v);
		if (v.kind == J_TEXT && slice_is(v.text, "verify"))
			found = true;
		jscan_pass(s, &v);
	}
	return found;
}

static void
read_key(struct jwk *k, struct jscan *s)
{
	struct slice name;
	struct jvalue v;
	size_t i;

	*k = (struct jwk){ .verifies = true };
	while (jscan_member(s, &name)) {
		jscan_value(s, &v);
		if (v.kind == J_ARRAY && slice_is(name, "key_ops")) {
			k->verifies = lists_verify(s);
			continue;
		}
		for (i = 0; i < TEXTS; i++)
			if (v.kind == J_TEXT && slice_is(name, names[i]))
				k->v[i] = v.text;
		jscan_pass(s, &v);
	}
}

static bool
is(const struct jwk *k, size_t i, const char *want)
{
	return k->v[i].p != NULL && slice_is(k->v[i], want);
}

/* Absent, or this. */
static bool
may_be(const struct jwk *k, size_t i, const char *want)
{
	return k->v[i].p == NULL || slice_is(k->v[i], want);
}

static EVP_PKEY *
key_from(const char *type, OSSL_PARAM *params)
{
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_name(NULL, type, NULL), *check;
	EVP_PKEY *pkey = NULL;

	if (c != NULL && EVP_PKEY_fromdata_init(c) == 1)
		(void)EVP_PKEY_fromdata(c, &pkey, EVP_PKEY_PUBLIC_KEY, params);
	EVP_PKEY_CTX_free(c);
	if (pkey == NULL)
		return NULL;
	check = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL);
	if (check == NULL || EVP_PKEY_public_check(check) != 1) {
		EVP_PKEY_free(pkey);
		pkey = NULL;
	}
	EVP_PKEY_CTX_free(check);
	return pkey;
}

static EVP_PKEY *
ec_key(struct arena *a, const struct jwk *k)
{
	static char curve[] = "prime256v1";
	unsigned char point[POINT] = { 4 };
	OSSL_PARAM params[3];
	struct bytes x, y;

	if (!b64_read(&x, a, k->v[X]) || x.n != HALF ||
	    !b64_read(&y, a, k->v[Y]) || y.n != HALF)
		return NULL;
	memcpy(point + 1, x.p, HALF);
	memcpy(point + 1 + HALF, y.p, HALF);
	params[0] = OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME,
	    curve, 0);
	params[1] = OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY,
	    point, sizeof(point));
	params[2] = OSSL_PARAM_construct_end();
	return key_from("EC", params);
}

static EVP_PKEY *
rsa_of(struct bytes modulus, struct bytes exponent)
{
	BIGNUM *n = BN_bin2bn(modulus.p, (int)modulus.n, NULL);
	BIGNUM *e = BN_bin2bn(exponent.p, (int)exponent.n, NULL);
	OSSL_PARAM_BLD *b = OSSL_PARAM_BLD_new();
	OSSL_PARAM *params = NULL;
	EVP_PKEY *pkey = NULL;

	if (b != NULL && n != NULL && e != NULL &&
	    OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_RSA_N, n) == 1 &&
	    OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_RSA_E, e) == 1 &&
	    (params = OSSL_PARAM_BLD_to_param(b)) != NULL)
		pkey = key_from("RSA", params);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(b);
	BN_free(n);
	BN_free(e);
	return pkey;
}

static EVP_PKEY *
rsa_key(struct arena *a, const struct jwk *k)
{
	struct bytes n, e;

	if (!b64_read(&n, a, k->v[N]) || n.n > RSA_MAX ||
	    !b64_read(&e, a, k->v[E]) || e.n > E_MAX)
		return NULL;
	return rsa_of(n, e);
}

/* The kinds that there are for us. */
static const struct {
	const char *kty, *crv, *alg;
	EVP_PKEY *(*make)(struct arena *, const struct jwk *);
} kinds[] = {
	{ "EC", "P-256", "ES256", ec_key },
	{ "RSA", NULL, "RS256", rsa_key },
};

/* One of the document's keys, if it is one for us. */
static struct err *
take(struct jws_keys *keys, struct arena *a, const struct jwk *k)
{
	EVP_PKEY *pkey;
	struct err *e;
	size_t i, n = sizeof(kinds) / sizeof(*kinds);

	for (i = 0; i < n; i++)
		if (is(k, KTY, kinds[i].kty) && may_be(k, ALG, kinds[i].alg) &&
		    (kinds[i].crv == NULL || is(k, CRV, kinds[i].crv)))
			break;
	if (i == n || !k->verifies || !may_be(k, USE, "sig") ||
	    k->v[KID].p == NULL)
		return NULL;
	pkey = kinds[i].make(a, k);
	ERR_clear_error();
	if (pkey == NULL)
		return err_raise(ERR_INPUT, SAY, "a %s key is none",
		    kinds[i].kty);
	if ((e = jws_keys_add(keys, a, arena_copy(a, k->v[KID].p, k->v[KID].n),
		 pkey)) != NULL)
		return err_pass(e);
	return NULL;
}

/* The items of "keys". */
static struct err *
read_keys(struct jws_keys *keys, struct arena *a, struct jscan *s)
{
	struct err *e;
	struct jwk k;
	struct jvalue v;

	while (jscan_item(s)) {
		jscan_value(s, &v);
		if (v.kind != J_OBJECT) {
			jscan_pass(s, &v);
			continue;
		}
		read_key(&k, s);
		if ((e = take(keys, a, &k)) != NULL)
			return err_pass(e);
	}
	return NULL;
}

struct err *
jws_keys_jwk(struct jws_keys **out, struct arena *a, struct bytes jwks)
{
	struct jws_keys *keys = arena_alloc(a, sizeof(*keys));
	struct err *e = NULL;
	bool found = false;
	struct jvalue top, v;
	struct slice name;
	struct jscan s;

	jscan_open(&s, a, jwks);
	jscan_value(&s, &top);
	while (top.kind == J_OBJECT && e == NULL && jscan_member(&s, &name)) {
		jscan_value(&s, &v);
		if (v.kind == J_ARRAY && slice_is(name, "keys")) {
			found = true;
			e = read_keys(keys, a, &s);
		} else
			jscan_pass(&s, &v);
	}
	if (e != NULL ||
	    (top.kind == J_OBJECT && (e = jscan_close(&s)) != NULL))
		return err_pass(e);
	if (!found)
		return err_raise(ERR_INPUT, SAY, "no member \"keys\"");
	*out = keys;
	return NULL;
}

/* A member with these bytes. */
static void
put(struct buf *b, const char *name, const unsigned char *p)
{
	buf_printf(b, ",\"%s\":\"", name);
	b64_put(b, (struct bytes){ p, HALF });
	buf_byte(b, '"');
}

struct err *
jwk_put(struct buf *b, const struct jws_keys *keys)
{
	unsigned char point[POINT];
	size_t i, n = 0;

	buf_text(b, "{\"keys\":[");
	for (i = 0; i < keys->n; i++) {
		const struct jws_key *k = &keys->v[i];

		if (k->alg != JWS_ES256 ||
		    EVP_PKEY_get_octet_string_param(k->pkey,
			OSSL_PKEY_PARAM_PUB_KEY, point, POINT, &n) != 1 ||
		    n != POINT || point[0] != 4)
			return err_raise(ERR_BUG, SAY_BUG, "key %s", k->kid);
		buf_printf(b,
		    "%s{\"kty\":\"EC\",\"crv\":\"P-256\",\"alg\":\"ES256\","
		    "\"use\":\"sig\",\"kid\":\"%s\"",
		    i > 0 ? "," : "", k->kid);
		put(b, names[X], point + 1);
		put(b, names[Y], point + 1 + HALF);
		buf_byte(b, '}');
	}
	buf_text(b, "]}");
	return NULL;
}
