#include "trust/x509_internal.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"

enum {
	RSA_BITS = 2048,
	RSA_BITS_MAX = 4096,
	E_BITS = 17, /* 65537 */
	E_BITS_MAX = 64,
	AUTH_LEVEL = 2 /* 112 bits: no SHA-1, no RSA below 2048 */
};

static const char STRANGER[] = "This certificate is not valid here.";

static bool
strong_rsa(const EVP_PKEY *key)
{
	int bits = EVP_PKEY_get_bits(key);
	BIGNUM *e = NULL;
	bool ok;

	if (bits < RSA_BITS || bits > RSA_BITS_MAX ||
	    EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &e) != 1)
		return false;
	ok = BN_is_odd(e) && BN_num_bits(e) >= E_BITS &&
	     BN_num_bits(e) <= E_BITS_MAX;
	BN_free(e);
	return ok;
}

static bool
strong_ec(const EVP_PKEY *key)
{
	static const char *const curves[] = { "prime256v1", "secp384r1",
		"secp521r1", NULL };
	int i, explicit = 0;
	char name[32];

	if (EVP_PKEY_get_group_name(key, name, sizeof(name), NULL) != 1)
		return false;
	/* A curve spelled out by its numbers may be another one. */
	(void)EVP_PKEY_get_int_param(key,
	    OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS, &explicit);
	for (i = 0; curves[i] != NULL; i++)
		if (strcmp(name, curves[i]) == 0)
			return explicit == 0;
	return false;
}

bool
x509_strong(const EVP_PKEY *key)
{
	if (key == NULL)
		return false;
	switch (EVP_PKEY_get_base_id(key)) {
	case EVP_PKEY_ED25519:
		return true;
	case EVP_PKEY_EC:
		return strong_ec(key);
	case EVP_PKEY_RSA:
		return strong_rsa(key);
	default:
		return false;
	}
}

/* May sign others: by its basic constraints and, if it has any, its usage. */
static bool
may_sign(X509 *x)
{
	return X509_check_ca(x) == 1 &&
	       (X509_get_key_usage(x) & KU_KEY_CERT_SIGN) != 0;
}

/* Says by itself that it is a client's, and signs for nobody else. */
static bool
for_clients(X509 *x)
{
	return X509_check_ca(x) == 0 &&
	       (X509_get_extension_flags(x) & EXFLAG_XKUSAGE) != 0 &&
	       (X509_get_extended_key_usage(x) & XKU_SSL_CLIENT) != 0;
}

struct chain {
	X509 *cert, *ca;
	X509_STORE *store;
	X509_STORE_CTX *ctx;
};

/* X509_V_OK, or what is wrong with it. */
static int
judge(struct chain *c, int64_t now)
{
	X509_VERIFY_PARAM *p;
	int code;

	if (c->cert == NULL || c->ca == NULL || c->store == NULL ||
	    c->ctx == NULL || X509_STORE_add_cert(c->store, c->ca) != 1 ||
	    X509_STORE_CTX_init(c->ctx, c->store, c->cert, NULL) != 1)
		return X509_V_ERR_UNSPECIFIED;
	if (!may_sign(c->ca))
		return X509_V_ERR_INVALID_CA;
	if (!for_clients(c->cert))
		return X509_V_ERR_INVALID_PURPOSE;
	if (!x509_strong(X509_get0_pubkey(c->cert)))
		return X509_V_ERR_EE_KEY_TOO_SMALL;
	p = X509_STORE_CTX_get0_param(c->ctx);
	X509_VERIFY_PARAM_set_time(p, (time_t)(now / CLOCK_S));
	X509_VERIFY_PARAM_set_auth_level(p, AUTH_LEVEL);
	/* What the tenant trusts need not be anybody's root. */
	if (X509_VERIFY_PARAM_set_flags(p, X509_V_FLAG_PARTIAL_CHAIN) != 1 ||
	    X509_VERIFY_PARAM_set_purpose(p, X509_PURPOSE_SSL_CLIENT) != 1)
		return X509_V_ERR_UNSPECIFIED;
	if (X509_verify_cert(c->ctx) == 1)
		return X509_V_OK;
	code = X509_STORE_CTX_get_error(c->ctx);
	return code != X509_V_OK ? code : X509_V_ERR_UNSPECIFIED;
}

struct err *
cert_chains(const struct cert *cert, struct bytes ca_der, int64_t now)
{
	struct chain c = { x509_parse(cert->der), x509_parse(ca_der),
		X509_STORE_new(), X509_STORE_CTX_new() };
	int code = judge(&c, now);

	X509_STORE_CTX_free(c.ctx);
	X509_STORE_free(c.store);
	X509_free(c.ca);
	X509_free(c.cert);
	ERR_clear_error();
	if (code != X509_V_OK)
		return err_raise(ERR_LOGIN, STRANGER, "chain of \"%s\": %s",
		    cert->subject, X509_verify_cert_error_string(code));
	return NULL;
}

struct err *
cert_signed(const struct cert *cert, struct bytes text, struct bytes signature)
{
	const unsigned char *p = cert->spki.p;
	EVP_PKEY *key = d2i_PUBKEY(NULL, &p, (long)cert->spki.n);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	const EVP_MD *md = EVP_sha256();
	bool ok;

	if (key != NULL && EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519)
		md = NULL;
	ok = ctx != NULL && x509_strong(key) &&
	     EVP_DigestVerifyInit(ctx, NULL, md, NULL, key) == 1 &&
	     EVP_DigestVerify(ctx, signature.p, signature.n, text.p, text.n) ==
		 1;
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(key);
	if (!ok)
		return err_raise(ERR_LOGIN, STRANGER, "signature of \"%s\": %s",
		    cert->subject, x509_reason());
	return NULL;
}

struct err *
cert_is_ca(const struct cert *cert)
{
	X509 *x = x509_parse(cert->der);
	bool signs = x != NULL && may_sign(x);
	bool fit = x != NULL && x509_strong(X509_get0_pubkey(x));

	X509_free(x);
	ERR_clear_error();
	if (!signs)
		return err_raise(ERR_REFUSED,
		    "This certificate may not sign others.", "\"%s\" is no CA",
		    cert->subject);
	if (!fit)
		return err_raise(ERR_REFUSED, X509_WEAK, "key of the CA \"%s\"",
		    cert->subject);
	return NULL;
}
