#include "trust/x509_internal.h"

#include <openssl/evp.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/env.h"

enum { SERIAL = 16, SLOW_CLOCK_S = 300 };

static const char NOT_A_CSR[] =
    "This is not a certificate signing request in PEM form.";

static void
drop_x509(void *x)
{
	X509_free(x);
}

static void
drop_csr(void *x)
{
	X509_REQ_free(x);
}

static void
drop_key(void *k)
{
	EVP_PKEY_free(k);
}

struct extension {
	int nid;
	const char *value;
};

/* The order is that in which they refer to each other. */
static const struct extension of_client[] = {
	{ NID_basic_constraints, "critical,CA:FALSE" },
	{ NID_key_usage, "critical,digitalSignature" },
	{ NID_ext_key_usage, "clientAuth" },
	{ NID_subject_key_identifier, "hash" },
	{ NID_authority_key_identifier, "keyid:always" },
	{ 0, NULL },
};
static const struct extension of_ca[] = {
	{ NID_basic_constraints, "critical,CA:TRUE,pathlen:0" },
	{ NID_key_usage, "critical,keyCertSign,cRLSign" },
	{ NID_subject_key_identifier, "hash" },
	{ 0, NULL },
};

static bool
extend(X509 *x, X509 *issuer, const struct extension *e)
{
	X509_EXTENSION *made;
	X509V3_CTX ctx;
	int ok;

	X509V3_set_ctx(&ctx, issuer, x, NULL, NULL, 0);
	X509V3_set_ctx_nodb(&ctx);
	for (; e->value != NULL; e++) {
		made = X509V3_EXT_conf_nid(NULL, &ctx, e->nid, e->value);
		ok = made != NULL && X509_add_ext(x, made, -1) == 1;
		X509_EXTENSION_free(made);
		if (!ok)
			return false;
	}
	return true;
}

/* 127 random bits: never negative, and zero only by a miracle. */
static bool
set_serial(X509 *x)
{
	unsigned char bytes[SERIAL];
	BIGNUM *n;
	bool ok;

	env_get()->random(bytes, sizeof(bytes));
	bytes[0] &= 0x7f;
	n = BN_bin2bn(bytes, sizeof(bytes), NULL);
	ok = n != NULL &&
	     BN_to_ASN1_INTEGER(n, X509_get_serialNumber(x)) != NULL;
	BN_free(n);
	return ok;
}

/* From five minutes ago, for slow clocks, and not beyond the issuer's end. */
static bool
set_times(X509 *x, const X509 *issuer, int days)
{
	time_t now = (time_t)(env_now() / CLOCK_S);
	time_t till = now + (time_t)days * 86400;
	int64_t most;

	if (issuer != x) {
		if (!x509_instant(&most, X509_get0_notAfter(issuer)))
			return false;
		if (till > most / CLOCK_S)
			till = (time_t)(most / CLOCK_S);
	}
	return till > now &&
	       ASN1_TIME_set(X509_getm_notBefore(x), now - SLOW_CLOCK_S) !=
		   NULL &&
	       ASN1_TIME_set(X509_getm_notAfter(x), till) != NULL;
}

/* What a certificate is made of; issuer NULL: it signs itself. */
struct draft {
	X509 *issuer;
	EVP_PKEY *key, *signer;
	const struct extension *extensions;
	const char *name;
	int days;
};

static bool
fill(X509 *x, const struct draft *d)
{
	X509 *issuer = d->issuer != NULL ? d->issuer : x;
	X509_NAME *subject = X509_get_subject_name(x);

	return X509_set_version(x, X509_VERSION_3) == 1 && set_serial(x) &&
	       set_times(x, issuer, d->days) &&
	       X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
		   (const unsigned char *)d->name, -1, -1, 0) == 1 &&
	       X509_set_issuer_name(x, X509_get_subject_name(issuer)) == 1 &&
	       X509_set_pubkey(x, d->key) == 1 &&
	       extend(x, issuer, d->extensions) &&
	       X509_sign(x, d->signer, EVP_sha256()) > 0;
}

static struct err *
issue(struct cert *c, struct arena *a, const struct draft *d)
{
	unsigned char *made = NULL;
	struct bytes der;
	struct err *e;
	X509 *x = X509_new();
	int n;

	if (x == NULL)
		return err_raise(ERR_BUG, X509_OURS, "issue: %s",
		    x509_reason());
	arena_defer(a, drop_x509, x);
	if (!fill(x, d))
		return err_raise(ERR_BUG, X509_OURS, "issue \"%s\": %s",
		    d->name, x509_reason());
	n = i2d_X509(x, &made);
	der = x509_keep(a, made, n);
	if ((e = cert_read_der(c, a, der)) != NULL)
		return err_pass(e);
	return NULL;
}

/* A request of exactly one PEM block, which its own key has signed. */
static struct err *
read_csr(X509_REQ **csr, struct arena *a, struct bytes pem)
{
	static const char *const names[] = { "CERTIFICATE REQUEST",
		"NEW CERTIFICATE REQUEST", NULL };
	const unsigned char *p;
	struct bytes der;

	if (!x509_unwrap(&der, a, pem, names))
		return err_raise(ERR_INPUT, NOT_A_CSR, "PEM: %s",
		    x509_reason());
	p = der.p;
	if ((*csr = d2i_X509_REQ(NULL, &p, (long)der.n)) == NULL)
		return err_raise(ERR_INPUT, NOT_A_CSR, "CSR: %s",
		    x509_reason());
	arena_defer(a, drop_csr, *csr);
	if (p != der.p + der.n)
		return err_raise(ERR_INPUT, NOT_A_CSR, "CSR: more behind it");
	if (!x509_strong(X509_REQ_get0_pubkey(*csr)))
		return err_raise(ERR_REFUSED, X509_WEAK, "key of a CSR: %s",
		    x509_reason());
	if (X509_REQ_verify(*csr, X509_REQ_get0_pubkey(*csr)) != 1)
		return err_raise(ERR_REFUSED,
		    "This request is not signed with its own key.", "CSR: %s",
		    x509_reason());
	return NULL;
}

/* Every common name it asks for is that one. */
static bool
asks_only_for(const X509_REQ *csr, const char *name)
{
	const X509_NAME *names = X509_REQ_get_subject_name(csr);
	const ASN1_STRING *text;
	unsigned char *utf8;
	int at = -1, n;
	bool same;

	while (
	    (at = X509_NAME_get_index_by_NID(names, NID_commonName, at)) >= 0) {
		text = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(names, at));
		if ((n = ASN1_STRING_to_UTF8(&utf8, text)) < 0)
			return false;
		same = (size_t)n == strlen(name) &&
		       memcmp(utf8, name, (size_t)n) == 0;
		OPENSSL_free(utf8);
		if (!same)
			return false;
	}
	return true;
}

struct err *
csr_issue(struct cert *c, struct arena *a, struct bytes csr_pem,
    struct bytes ca_der, EVP_PKEY *ca, const char *name, int days)
{
	struct draft d = { .signer = ca,
		.extensions = of_client,
		.name = name,
		.days = days };
	X509_REQ *csr = NULL;
	struct err *e;

	if ((e = read_csr(&csr, a, csr_pem)) != NULL)
		return err_pass(e);
	if (!asks_only_for(csr, name))
		return err_raise(ERR_REFUSED,
		    "This request asks for the name of another device.",
		    "CSR for \"%s\" names another", name);
	if ((d.issuer = x509_parse(ca_der)) == NULL)
		return err_raise(ERR_BUG, X509_OURS, "CA: %s", x509_reason());
	arena_defer(a, drop_x509, d.issuer);
	if (X509_check_private_key(d.issuer, ca) != 1)
		return err_raise(ERR_BUG, X509_OURS, "CA and key: %s",
		    x509_reason());
	d.key = X509_REQ_get0_pubkey(csr);
	if ((e = issue(c, a, &d)) != NULL)
		return err_pass(e);
	return NULL;
}

/* PKCS #8, unencrypted. */
static struct bytes
key_bytes(struct arena *a, const EVP_PKEY *key)
{
	PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(key);
	unsigned char *made = NULL;
	int n = info != NULL ? i2d_PKCS8_PRIV_KEY_INFO(info, &made) : 0;

	PKCS8_PRIV_KEY_INFO_free(info);
	return x509_keep(a, made, n);
}

struct err *
ca_make(struct cert *c, struct bytes *key, struct arena *a, const char *name,
    int days)
{
	struct draft d = { .extensions = of_ca, .name = name, .days = days };
	struct err *e;

	if ((d.key = EVP_EC_gen("P-256")) == NULL)
		return err_raise(ERR_BUG, X509_OURS, "CA key: %s",
		    x509_reason());
	arena_defer(a, drop_key, d.key);
	d.signer = d.key;
	*key = key_bytes(a, d.key);
	if (key->n == 0)
		return err_raise(ERR_BUG, X509_OURS, "CA key: %s",
		    x509_reason());
	if ((e = issue(c, a, &d)) != NULL)
		return err_pass(e);
	return NULL;
}

struct err *
ca_key(EVP_PKEY **key, struct arena *a, struct bytes bytes)
{
	const unsigned char *p = bytes.p;

	if ((*key = d2i_AutoPrivateKey(NULL, &p, (long)bytes.n)) == NULL)
		return err_raise(ERR_BUG, X509_OURS, "CA key: %s",
		    x509_reason());
	arena_defer(a, drop_key, *key);
	return NULL;
}
