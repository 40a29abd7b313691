/*
 * lib/trust/x509: certificates issued for signing requests.
 */
#include "check.h"

#include "craft.h"

/* A request that also asks for what nobody gets. */
static struct bytes
request(EVP_PKEY *key, const char *name, const char *second)
{
	X509_REQ *r = X509_REQ_new();
	X509_NAME *n = X509_REQ_get_subject_name(r);
	STACK_OF(X509_EXTENSION) *want = sk_X509_EXTENSION_new_null();
	const EVP_MD *md =
	    EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519 ? NULL : EVP_sha256();
	BIO *out = BIO_new(BIO_s_mem());
	struct bytes pem;
	const char *made;
	long size;

	if (name != NULL)
		(void)X509_NAME_add_entry_by_txt(n, "CN", MBSTRING_UTF8,
		    (const unsigned char *)name, -1, -1, 0);
	if (second != NULL)
		(void)X509_NAME_add_entry_by_txt(n, "CN", MBSTRING_UTF8,
		    (const unsigned char *)second, -1, -1, 0);
	(void)X509_NAME_add_entry_by_txt(n, "O", MBSTRING_UTF8,
	    (const unsigned char *)"Somebody else", -1, -1, 0);
	(void)sk_X509_EXTENSION_push(want,
	    X509V3_EXT_conf_nid(NULL, NULL, NID_basic_constraints,
		"critical,CA:TRUE"));
	(void)sk_X509_EXTENSION_push(want,
	    X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name,
		"DNS:other.example"));
	(void)X509_REQ_add_extensions(r, want);
	sk_X509_EXTENSION_pop_free(want, X509_EXTENSION_free);
	(void)X509_REQ_set_pubkey(r, key);
	CHECK(X509_REQ_sign(r, key, md) > 0);
	(void)PEM_write_bio_X509_REQ(out, r);
	size = BIO_get_mem_data(out, &made);
	pem = bytes_of(made, (size_t)size);
	(void)BIO_free(out);
	X509_REQ_free(r);
	return pem;
}

TEST(a_csr_gets_client_auth_and_its_own_name_only)
{
	struct authority ca = authority("Tenant CA");
	EVP_PKEY *key = key_of("P-256");
	const unsigned char *p;
	struct cert c;
	X509 *x;

	CHECK(csr_issue(&c, arena, request(key, "gw-1", NULL), ca.cert.der,
		  ca.key, "gw-1", 397) == NULL);
	CHECK(cert_chains(&c, ca.cert.der, NOW) == NULL);
	CHECK_TEXT(c.subject, "gw-1");
	CHECK(c.from == NOW - 5 * CLOCK_MIN);
	CHECK(c.till == NOW + 397 * CLOCK_DAY);
	p = c.der.p;
	x = d2i_X509(NULL, &p, (long)c.der.n);
	CHECK(X509_NAME_entry_count(X509_get_subject_name(x)) == 1);
	CHECK(X509_check_ca(x) == 0);
	CHECK(X509_get_extended_key_usage(x) == XKU_SSL_CLIENT);
	CHECK(X509_get_key_usage(x) == KU_DIGITAL_SIGNATURE);
	CHECK(X509_get_ext_by_NID(x, NID_subject_alt_name, -1) < 0);
	CHECK(X509_get_ext_count(x) == 5);
	CHECK(EVP_PKEY_eq(X509_get0_pubkey(x), key) == 1);
	X509_free(x);
}

TEST(a_csr_for_another_name_is_refused)
{
	static const struct {
		const char *name, *second;
		bool good;
	} asked[] = { { "gw-1", NULL, true }, { NULL, NULL, true },
		{ "gw-1", "gw-1", true }, { "gw-2", NULL, false },
		{ "gw-1", "gw-2", false }, { "gw-2", "gw-1", false },
		{ "gw-1 ", NULL, false }, { "GW-1", NULL, false },
		{ "gw", NULL, false }, { "gw-11", NULL, false } };
	struct authority ca = authority("Tenant CA");
	EVP_PKEY *key = key_of("P-256");
	struct cert c;
	struct err *e;
	size_t i;

	for (i = 0; i < sizeof(asked) / sizeof(*asked); i++) {
		e = csr_issue(&c, arena,
		    request(key, asked[i].name, asked[i].second), ca.cert.der,
		    ca.key, "gw-1", 30);
		CHECK((e == NULL) == asked[i].good);
		CHECK(e == NULL || e->kind == ERR_REFUSED);
		CHECK(e != NULL || strcmp(c.subject, "gw-1") == 0);
	}
}

TEST(weak_keys_are_refused)
{
	static const struct {
		const char *kind;
		bool good;
	} keys[] = { { "P-256", true }, { "P-384", true }, { "P-521", true },
		{ "ED25519", true }, { "RSA:2048", true },
		{ "RSA:1024", false }, { "RSA:2047", false },
		{ "P-192", false }, { "P-224", false }, { "secp256k1", false },
		{ "brainpoolP256r1", false } };
	struct authority ca = authority("Tenant CA");
	struct cert c;
	struct err *e;
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		e = csr_issue(&c, arena,
		    request(key_of(keys[i].kind), "gw-1", NULL), ca.cert.der,
		    ca.key, "gw-1", 30);
		if ((e == NULL) != keys[i].good)
			(void)printf("%s\n", keys[i].kind);
		CHECK((e == NULL) == keys[i].good);
		CHECK(e == NULL || e->kind == ERR_REFUSED);
	}
}

TEST(a_csr_that_its_key_has_not_signed_is_refused)
{
	struct authority ca = authority("Tenant CA");
	EVP_PKEY *key = key_of("P-256"), *other = key_of("P-256");
	X509_REQ *r = X509_REQ_new();
	BIO *out = BIO_new(BIO_s_mem());
	struct bytes pem;
	struct cert c;
	struct err *e;
	const char *made;
	long size;

	(void)X509_REQ_set_pubkey(r, key);
	CHECK(X509_REQ_sign(r, other, EVP_sha256()) > 0);
	(void)PEM_write_bio_X509_REQ(out, r);
	size = BIO_get_mem_data(out, &made);
	pem = bytes_of(made, (size_t)size);
	(void)BIO_free(out);
	X509_REQ_free(r);
	e = csr_issue(&c, arena, pem, ca.cert.der, ca.key, "gw-1", 30);
	CHECK(e != NULL && e->kind == ERR_REFUSED);
	e = csr_issue(&c, arena, text_of(cert_pem(arena, ca.cert.der)),
	    ca.cert.der, ca.key, "gw-1", 30);
	CHECK(e != NULL && e->kind == ERR_INPUT);
}

TEST(a_certificate_does_not_outlive_its_authority)
{
	struct authority ca = authority("Tenant CA");
	struct bytes csr = request(key_of("P-256"), "gw-1", NULL);
	struct cert c, next;

	CHECK(csr_issue(&c, arena, csr, ca.cert.der, ca.key, "gw-1", 9999) ==
	      NULL);
	CHECK(c.till == ca.cert.till);
	CHECK(csr_issue(&next, arena, csr, ca.cert.der, ca.key, "gw-1", 30) ==
	      NULL);
	CHECK(strcmp(c.serial_hex, next.serial_hex) != 0);
}

TEST(only_the_authoritys_own_key_issues)
{
	struct authority ca = authority("Tenant CA");
	struct authority other = authority("Other CA");
	struct cert c;
	struct err *e;

	e = csr_issue(&c, arena, request(key_of("P-256"), "gw-1", NULL),
	    ca.cert.der, other.key, "gw-1", 30);
	CHECK(e != NULL && e->kind == ERR_BUG);
}
