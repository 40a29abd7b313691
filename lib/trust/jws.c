#include "trust/jws.h"

#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <string.h>

#include "trust/b64.h"

#define SAY "This token is not valid."
#define SAY_BUG "Something went wrong on our side."
#define ACCESS "at+jwt"

enum { HALF = 32, RAW = 2 * HALF, DER_MAX = 80, PARTS = 3 };

/* The names of the algorithms in a header. */
static const char *const alg_names[] = {
	[JWS_ES256] = "ES256",
	[JWS_RS256] = "RS256",
};

/* The members of a header that there may be. */
enum { ALG, KID, TYP, MEMBERS };
static const char *const members[MEMBERS] = { "alg", "kid", "typ" };

/* The claims of an access token, each of which there must be. */
enum { ISS, AUD, SUB, SCOPE, SID, IAT, NBF, EXP, CLAIMS };
static const char *const claim_names[CLAIMS] = { "iss", "aud", "sub", "scope",
	"sid", "iat", "nbf", "exp" };

/* Header, payload, signature; false when the dots are not two. */
static bool
split(struct slice part[PARTS], struct slice token)
{
	const char *end = token.p + token.n, *dot;
	size_t i;

	for (i = 0; i < PARTS; i++) {
		part[i].p = token.p;
		dot = memchr(token.p, '.', (size_t)(end - token.p));
		if ((dot == NULL) != (i == PARTS - 1))
			return false;
		part[i].n = (size_t)((dot != NULL ? dot : end) - token.p);
		token.p = dot != NULL ? dot + 1 : end;
	}
	return true;
}

/*
 * The values of an object's members by their names; false when it is no
 * object, or there is a member of another name.
 */
static bool
read_object(struct jvalue *v, const char *const *names, size_t n,
    struct arena *a, struct bytes json)
{
	struct jscan s;
	struct jvalue top, other;
	struct slice key;
	bool known = true;
	size_t i;

	jscan_open(&s, a, json);
	jscan_value(&s, &top);
	if (top.kind != J_OBJECT)
		return false;
	while (jscan_member(&s, &key)) {
		for (i = 0; i < n && !slice_is(key, names[i]); i++)
			;
		known = known && i < n;
		jscan_value(&s, i < n ? &v[i] : &other);
		jscan_pass(&s, i < n ? &v[i] : &other);
	}
	return jscan_close(&s) == NULL && known;
}

static struct err *
refused(const char *why)
{
	ERR_clear_error();
	return err_raise(ERR_LOGIN, SAY, "token: %s", why);
}

static bool
is_type(const struct jvalue *v, const char *typ)
{
	if (typ == NULL && v->kind == J_NONE)
		return true;
	return v->kind == J_TEXT &&
	       slice_is(v->text, typ != NULL ? typ : "JWT");
}

/* The key of that name; NULL: there is none. */
static const struct jws_key *
find(const struct jws_keys *keys, const struct jvalue *kid)
{
	size_t i;

	for (i = 0; i < keys->n; i++)
		if (slice_is(kid->text, keys->v[i].kid))
			return &keys->v[i];
	return NULL;
}

/* The members of the header that there are; false: it is none. */
static bool
read_header(struct jvalue *v, struct arena *a, struct slice part)
{
	struct bytes json;

	return b64_read(&json, a, part) &&
	       read_object(v, members, MEMBERS, a, json);
}

/* The key that the header names, if it names its algorithm and type too. */
static struct err *
choose(const struct jws_key **key, struct arena *a, const struct jws_keys *keys,
    struct slice part, const char *typ)
{
	struct jvalue v[MEMBERS] = { 0 };

	if (!read_header(v, a, part))
		return refused("header");
	if (v[ALG].kind != J_TEXT || v[KID].kind != J_TEXT)
		return refused("no algorithm or key");
	if (!is_type(&v[TYP], typ))
		return refused("type");
	if ((*key = find(keys, &v[KID])) == NULL)
		return refused("unknown key");
	if (!slice_is(v[ALG].text, alg_names[(*key)->alg]))
		return refused("not the key's algorithm");
	return NULL;
}

static bool
signed_by(EVP_PKEY *pkey, struct slice text, struct bytes signature)
{
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	bool good =
	    c != NULL &&
	    EVP_DigestVerifyInit(c, NULL, EVP_sha256(), NULL, pkey) == 1 &&
	    EVP_DigestVerify(c, signature.p, signature.n,
		(const unsigned char *)text.p, text.n) == 1;

	EVP_MD_CTX_free(c);
	return good;
}

/* r and s side by side, as OpenSSL takes them; n = 0: no such numbers. */
static struct bytes
der_of(unsigned char der[DER_MAX], struct bytes raw)
{
	unsigned char *end = der;
	ECDSA_SIG *sig = ECDSA_SIG_new();
	BIGNUM *r = BN_bin2bn(raw.p, HALF, NULL);
	BIGNUM *s = BN_bin2bn(raw.p + HALF, HALF, NULL);
	int n = 0;

	if (sig != NULL && ECDSA_SIG_set0(sig, r, s) == 1)
		n = i2d_ECDSA_SIG(sig, &end);
	ECDSA_SIG_free(sig);
	return (struct bytes){ der, n > 0 ? (size_t)n : 0 };
}

static bool
believed(const struct jws_key *key, struct slice text, struct bytes signature)
{
	unsigned char der[DER_MAX];

	if (key->alg == JWS_RS256)
		return signed_by(key->pkey, text, signature);
	return signature.n == RAW &&
	       signed_by(key->pkey, text, der_of(der, signature));
}

struct err *
jws_open(struct bytes *payload, struct arena *a, const struct jws_keys *keys,
    struct slice token, const char *typ)
{
	struct slice part[PARTS], text;
	const struct jws_key *key = NULL;
	struct bytes signature;
	struct err *e;

	if (token.n > JWS_OTHERS_MAX || !split(part, token))
		return refused("not three parts");
	if ((e = choose(&key, a, keys, part[0], typ)) != NULL)
		return err_pass(e);
	if (!b64_read(payload, a, part[1]) || !b64_read(&signature, a, part[2]))
		return refused("encoding");
	text = (struct slice){ token.p, part[0].n + 1 + part[1].n };
	if (!believed(key, text, signature))
		return refused("signature");
	return NULL;
}

bool
jws_knows(struct arena *a, const struct jws_keys *keys, struct slice token)
{
	struct jvalue v[MEMBERS] = { 0 };
	struct slice part[PARTS];

	return token.n <= JWS_OTHERS_MAX && split(part, token) &&
	       read_header(v, a, part[0]) && v[KID].kind == J_TEXT &&
	       find(keys, &v[KID]) != NULL;
}

/* All claims, each of its kind. */
static bool
read_claims(struct jws_claims *c, struct arena *a, struct bytes json)
{
	struct jvalue v[CLAIMS] = { 0 };
	const char *text[SID];
	size_t i;

	if (!read_object(v, claim_names, CLAIMS, a, json))
		return false;
	for (i = 0; i < CLAIMS; i++)
		if (v[i].kind != (i < IAT ? J_TEXT : J_INT))
			return false;
	for (i = 0; i < SID; i++)
		text[i] = arena_copy(a, v[i].text.p, v[i].text.n);
	*c = (struct jws_claims){ .iss = text[ISS],
		.aud = text[AUD],
		.sub = text[SUB],
		.scope = text[SCOPE],
		.iat = v[IAT].i,
		.nbf = v[NBF].i,
		.exp = v[EXP].i };
	return b64_read(&c->sid, a, v[SID].text) && c->sid.n == JWS_SID;
}

struct err *
jws_verify(struct jws_claims *c, struct arena *a, const struct jws_keys *keys,
    struct slice token, const char *aud, int64_t now)
{
	struct bytes payload;
	struct err *e;

	if (token.n > JWS_MAX)
		return refused("too long");
	if ((e = jws_open(&payload, a, keys, token, ACCESS)) != NULL)
		return err_pass(e);
	if (!read_claims(c, a, payload))
		return refused("claims");
	if (strcmp(c->aud, aud) != 0)
		return refused("audience");
	if (c->exp <= now)
		return refused("expired");
	if (c->nbf > now + JWS_SKEW_S || c->iat > now + JWS_SKEW_S)
		return refused("not yet");
	return NULL;
}

/* A JSON string; ours hold no control characters. */
static void
put_text(struct buf *b, const char *name, const char *value)
{
	buf_printf(b, "%s\"%s\":\"", b->n == 0 ? "{" : ",", name);
	for (; *value != 0; value++) {
		if (*value == '"' || *value == '\\')
			buf_byte(b, '\\');
		buf_byte(b, (unsigned char)*value);
	}
	buf_byte(b, '"');
}

/* The part with its dot before it, if it is not the first. */
static void
put_part(struct buf *token, struct bytes part)
{
	if (token->n > 0)
		buf_byte(token, '.');
	b64_put(token, part);
}

static struct bytes
claims_text(struct arena *a, const struct jws_claims *c)
{
	struct buf b = buf_new(a, 512);

	put_text(&b, claim_names[ISS], c->iss);
	put_text(&b, claim_names[AUD], c->aud);
	put_text(&b, claim_names[SUB], c->sub);
	put_text(&b, claim_names[SCOPE], c->scope);
	put_text(&b, claim_names[SID], b64_text(a, c->sid));
	buf_printf(&b, ",\"iat\":%lld,\"nbf\":%lld,\"exp\":%lld}",
	    (long long)c->iat, (long long)c->nbf, (long long)c->exp);
	return (struct bytes){ b.p, b.n };
}

/* The signature of what is in the token so far, r and s side by side. */
static bool
sign(unsigned char raw[RAW], EVP_PKEY *pkey, const struct buf *token)
{
	unsigned char der[DER_MAX];
	const unsigned char *at = der;
	size_t n = sizeof(der);
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	ECDSA_SIG *sig = NULL;
	bool good =
	    c != NULL &&
	    EVP_DigestSignInit(c, NULL, EVP_sha256(), NULL, pkey) == 1 &&
	    EVP_DigestSign(c, der, &n, token->p, token->n) == 1 &&
	    (sig = d2i_ECDSA_SIG(NULL, &at, (long)n)) != NULL &&
	    BN_bn2binpad(ECDSA_SIG_get0_r(sig), raw, HALF) == HALF &&
	    BN_bn2binpad(ECDSA_SIG_get0_s(sig), raw + HALF, HALF) == HALF;

	ECDSA_SIG_free(sig);
	EVP_MD_CTX_free(c);
	return good;
}

struct err *
jws_seal(const char **out, struct arena *a, const struct jws_keys *keys,
    const char *typ, struct bytes payload)
{
	struct buf head = buf_new(a, 128), token = buf_new(a, 1024);
	unsigned char raw[RAW];
	size_t i = keys->n;

	while (i > 0 && !keys->v[i - 1].signs)
		i--;
	if (i == 0)
		return err_raise(ERR_BUG, SAY_BUG, "there is no key to sign");
	put_text(&head, members[ALG], alg_names[keys->v[i - 1].alg]);
	put_text(&head, members[TYP], typ);
	put_text(&head, members[KID], keys->v[i - 1].kid);
	buf_byte(&head, '}');
	put_part(&token, (struct bytes){ head.p, head.n });
	put_part(&token, payload);
	if (!sign(raw, keys->v[i - 1].pkey, &token)) {
		ERR_clear_error();
		return err_raise(ERR_BUG, SAY_BUG, "signing failed");
	}
	put_part(&token, (struct bytes){ raw, sizeof(raw) });
	*out = (const char *)token.p;
	return NULL;
}

struct err *
jws_sign(const char **out, struct arena *a, const struct jws_keys *keys,
    const struct jws_claims *c)
{
	struct err *e = jws_seal(out, a, keys, ACCESS, claims_text(a, c));

	return e != NULL ? err_pass(e) : NULL;
}
