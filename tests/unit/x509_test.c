/*
 * lib/trust/x509: certificates read and judged.
 */
#include "check.h"

#include "craft.h"

/* What a certificate says; NULL: it does not. */
struct plan {
	const char *claim, *kind, *constraints, *purpose, *usage, *more;
	long from_h, till_h;
	bool sha1, good;
	const char *name; /* NULL: gw-1 */
};

static void
plan_extend(X509 *x, X509 *issuer, int nid, const char *value)
{
	X509_EXTENSION *e;
	X509V3_CTX ctx;

	if (value == NULL)
		return;
	X509V3_set_ctx(&ctx, issuer, x, NULL, NULL, 0);
	e = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	CHECK(e != NULL && X509_add_ext(x, e, -1) == 1);
	X509_EXTENSION_free(e);
}

/* An extension that nobody knows and that must be understood. */
static void
plan_strange(X509 *x)
{
	ASN1_OBJECT *oid = OBJ_txt2obj("1.3.6.1.4.1.99999.1", 1);
	ASN1_OCTET_STRING *text = ASN1_OCTET_STRING_new();
	X509_EXTENSION *e;

	(void)ASN1_OCTET_STRING_set(text, (const unsigned char *)"\5", 1);
	e = X509_EXTENSION_create_by_OBJ(NULL, oid, 1, text);
	CHECK(X509_add_ext(x, e, -1) == 1);
	X509_EXTENSION_free(e);
	ASN1_OCTET_STRING_free(text);
	ASN1_OBJECT_free(oid);
}

/* A certificate as planned, whatever it says, signed by the authority. */
static struct bytes
craft(const struct plan *p, EVP_PKEY *key, const struct authority *ca)
{
	const unsigned char *at = ca->cert.der.p;
	X509 *issuer = d2i_X509(NULL, &at, (long)ca->cert.der.n);
	X509 *x = X509_new();
	unsigned char *made = NULL;
	struct bytes der;
	int n;

	(void)X509_set_version(x, X509_VERSION_3);
	(void)ASN1_INTEGER_set(X509_get_serialNumber(x), 4711);
	(void)ASN1_TIME_set(X509_getm_notBefore(x),
	    (time_t)(NOW / CLOCK_S + p->from_h * HOUR_S));
	(void)ASN1_TIME_set(X509_getm_notAfter(x),
	    (time_t)(NOW / CLOCK_S + p->till_h * HOUR_S));
	(void)X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN",
	    MBSTRING_UTF8,
	    (const unsigned char *)(p->name != NULL ? p->name : "gw-1"), -1, -1,
	    0);
	(void)X509_set_issuer_name(x, X509_get_subject_name(issuer));
	(void)X509_set_pubkey(x, key);
	plan_extend(x, issuer, NID_basic_constraints, p->constraints);
	plan_extend(x, issuer, NID_key_usage, p->usage);
	plan_extend(x, issuer, NID_ext_key_usage, p->purpose);
	plan_extend(x, issuer, NID_subject_key_identifier, "hash");
	if (p->more != NULL)
		plan_strange(x);
	CHECK(X509_sign(x, ca->key, p->sha1 ? EVP_sha1() : EVP_sha256()) > 0);
	n = i2d_X509(x, &made);
	der = bytes_of(made, (size_t)n);
	OPENSSL_free(made);
	X509_free(x);
	X509_free(issuer);
	return der;
}

static const struct plan plain = { .kind = "P-256",
	.constraints = "critical,CA:FALSE",
	.purpose = "clientAuth",
	.from_h = -1,
	.till_h = 1 };

static const struct plan judged[] = {
/* clang-format off */
#define NOT_CA "critical,CA:FALSE"
	{ "as we issue them", "P-256", NOT_CA, "clientAuth", NULL, NULL,
	    -1, 1, false, true, NULL },
	{ "a client among others", "P-384", NOT_CA, "serverAuth,clientAuth",
	    NULL, NULL, -1, 1, false, true, NULL },
	{ "Ed25519", "ED25519", NOT_CA, "clientAuth", NULL, NULL,
	    -1, 1, false, true, NULL },
	{ "RSA of 2048", "RSA:2048", NOT_CA, "clientAuth", NULL, NULL,
	    -1, 1, false, true, NULL },
	{ "without constraints", "P-256", NULL, "clientAuth", NULL, NULL,
	    -1, 1, false, true, NULL },
	{ "a server's only", "P-256", NOT_CA, "serverAuth", NULL, NULL,
	    -1, 1, false, false, NULL },
	{ "without a purpose", "P-256", NOT_CA, NULL, NULL, NULL,
	    -1, 1, false, false, NULL },
	{ "of any purpose", "P-256", NOT_CA, "anyExtendedKeyUsage", NULL, NULL,
	    -1, 1, false, false, NULL },
	{ "one that signs others", "P-256", "critical,CA:TRUE", "clientAuth",
	    "keyCertSign,digitalSignature", NULL, -1, 1, false, false, NULL },
	{ "not yet valid", "P-256", NOT_CA, "clientAuth", NULL, NULL,
	    1, 2, false, false, NULL },
	{ "expired", "P-256", NOT_CA, "clientAuth", NULL, NULL,
	    -2, -1, false, false, NULL },
	{ "P-224", "P-224", NOT_CA, "clientAuth", NULL, NULL,
	    -1, 1, false, false, NULL },
	{ "another curve", "secp256k1", NOT_CA, "clientAuth", NULL, NULL,
	    -1, 1, false, false, NULL },
	{ "RSA of 1024", "RSA:1024", NOT_CA, "clientAuth", NULL, NULL,
	    -1, 1, false, false, NULL },
	{ "SHA-1", "P-256", NOT_CA, "clientAuth", NULL, NULL,
	    -1, 1, true, false, NULL },
	{ "a critical unknown", "P-256", NOT_CA, "clientAuth", NULL, "x",
	    -1, 1, false, false, NULL },
#undef NOT_CA
	/* clang-format on */
};

TEST(only_a_clients_own_certificate_chains)
{
	struct authority ca = authority("Tenant CA");
	struct cert c;
	struct err *e;
	size_t i;

	for (i = 0; i < sizeof(judged) / sizeof(*judged); i++) {
		const struct plan *p = &judged[i];

		CHECK(cert_read_der(&c, arena,
			  craft(p, key_of(p->kind), &ca)) == NULL);
		e = cert_chains(&c, ca.cert.der, NOW);
		if ((e == NULL) != p->good)
			(void)printf("%s: %s\n", p->claim,
			    e != NULL ? e->why : "accepted");
		CHECK((e == NULL) == p->good);
		CHECK(e == NULL || e->kind == ERR_LOGIN);
	}
}

TEST(another_authority_of_the_same_name_is_another)
{
	struct authority ca = authority("Tenant CA");
	struct authority other = authority("Tenant CA");
	struct cert c;

	CHECK(cert_read_der(&c, arena, craft(&plain, key_of("P-256"), &ca)) ==
	      NULL);
	CHECK(cert_chains(&c, ca.cert.der, NOW) == NULL);
	CHECK(cert_chains(&c, other.cert.der, NOW) != NULL);
	/* Nor does a certificate vouch for itself. */
	CHECK(cert_chains(&c, c.der, NOW) != NULL);
	CHECK(cert_chains(&ca.cert, ca.cert.der, NOW) != NULL);
	CHECK(cert_chains(&c, text_of("no certificate"), NOW) != NULL);
}

TEST(an_authority_that_is_over_vouches_for_nobody)
{
	struct plan late = plain;
	struct authority ca = authority("Tenant CA");
	struct cert c;

	late.till_h = 24L * 365 * 20;
	CHECK(cert_read_der(&c, arena, craft(&late, key_of("P-256"), &ca)) ==
	      NULL);
	CHECK(cert_chains(&c, ca.cert.der, ca.cert.till - CLOCK_S) == NULL);
	CHECK(cert_chains(&c, ca.cert.der, ca.cert.till + CLOCK_S) != NULL);
}

TEST(nobody_stands_between_an_authority_and_its_client)
{
	struct plan ca_plan = { .constraints = "critical,CA:TRUE",
		.usage = "critical,keyCertSign",
		.name = "Middle",
		.from_h = -1,
		.till_h = 1 };
	struct authority root = authority("Root"), middle;
	struct cert c;

	middle.key = key_of("P-256");
	CHECK(cert_read_der(&middle.cert, arena,
		  craft(&ca_plan, middle.key, &root)) == NULL);
	CHECK(cert_read_der(&c, arena,
		  craft(&plain, key_of("P-256"), &middle)) == NULL);
	CHECK(cert_chains(&c, middle.cert.der, NOW) == NULL);
	CHECK(cert_chains(&c, root.cert.der, NOW) != NULL);
	CHECK(cert_is_ca(&middle.cert) == NULL);
	CHECK(cert_is_ca(&c) != NULL);
}

TEST(a_certificate_with_any_bit_changed_does_not_chain)
{
	struct authority ca = authority("Tenant CA");
	struct bytes der = craft(&plain, key_of("P-256"), &ca);
	struct arena *own = arena_new();
	unsigned char *changed;
	struct cert c;
	size_t i;

	for (i = 0; i < der.n * 8; i += 3) {
		changed = (unsigned char *)arena_copy(own, der.p, der.n);
		changed[i / 8] ^= (unsigned char)(1 << i % 8);
		if (cert_read_der(&c, own, (struct bytes){ changed, der.n }) ==
		    NULL)
			CHECK(cert_chains(&c, ca.cert.der, NOW) != NULL);
		arena_reset(own);
	}
	arena_free(own);
}

/* --- reading ------------------------------------------------------------- */

TEST(a_certificate_is_taken_apart)
{
	struct authority ca = authority("Tenant CA");
	struct bytes der = craft(&plain, key_of("P-256"), &ca);
	struct cert c, again;
	const char *pem;

	CHECK(cert_read_der(&c, arena, der) == NULL);
	CHECK_TEXT(c.subject, "gw-1");
	CHECK_TEXT(c.serial_hex, "1267");
	CHECK(c.from == NOW - CLOCK_HOUR && c.till == NOW + CLOCK_HOUR);
	CHECK(c.key_id.n == 20 && c.spki.n == 91);
	pem = cert_pem(arena, der);
	CHECK(cert_read(&again, arena, text_of(pem)) == NULL);
	CHECK(again.der.n == der.n && memcmp(again.der.p, der.p, der.n) == 0);
}

TEST(a_pem_is_one_certificate_and_nothing_else)
{
	struct authority ca = authority("Tenant CA");
	const char *pem = cert_pem(arena, ca.cert.der);
	const char *body = pem + strlen("-----BEGIN CERTIFICATE-----");
	const char *wrong[] = { "", "-----BEGIN CERTIFICATE-----\n",
		arena_printf(arena, "x%s", pem),
		arena_printf(arena, "%sx", pem),
		arena_printf(arena, "%s%s", pem, pem),
		arena_printf(arena, "-----BEGIN X509 CRL-----%s", body),
		arena_printf(arena, "-----BEGIN TRUSTED CERTIFICATE-----%s",
		    body),
		arena_printf(arena,
		    "-----BEGIN CERTIFICATE-----\nProc-Type: 4,ENCRYPTED\n"
		    "DEK-Info: AES-128-CBC,00000000000000000000000000000000\n"
		    "%s",
		    body),
		arena_printf(arena, "%s%*s", pem, CERT_PEM_MAX, ""),
		cert_pem(arena, text_of("no certificate")) };
	struct bytes longer =
	    bytes_of(ca.cert.der.p, ca.cert.der.n + 1 /* its NUL */);
	struct cert c;
	size_t i;

	CHECK(cert_read(&c, arena,
		  text_of(arena_printf(arena, "\r\n %s\r\n ", pem))) == NULL);
	for (i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		struct err *e = cert_read(&c, arena, text_of(wrong[i]));

		CHECK(e != NULL && e->kind == ERR_INPUT);
	}
	CHECK(cert_read_der(&c, arena, longer) != NULL);
	longer.n -= 2;
	CHECK(cert_read_der(&c, arena, longer) != NULL);
}

static struct bytes
sign_text(EVP_PKEY *key, const char *text)
{
	const EVP_MD *md =
	    EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519 ? NULL : EVP_sha256();
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned char out[1024];
	size_t n = sizeof(out);

	CHECK(EVP_DigestSignInit(ctx, NULL, md, NULL, key) == 1);
	CHECK(EVP_DigestSign(ctx, out, &n, (const unsigned char *)text,
		  strlen(text)) == 1);
	EVP_MD_CTX_free(ctx);
	return bytes_of(out, n);
}

TEST(a_signature_is_of_this_key_and_this_text)
{
	static const char *const kinds[] = { "P-256", "P-521", "ED25519",
		"RSA:2048" };
	struct authority ca = authority("Tenant CA");
	struct bytes sig;
	struct cert c;
	EVP_PKEY *key;
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		key = key_of(kinds[i]);
		sig = sign_text(key, "fl-dev-1|gw-1");
		CHECK(
		    cert_read_der(&c, arena, craft(&plain, key, &ca)) == NULL);
		CHECK(cert_signed(&c, text_of("fl-dev-1|gw-1"), sig) == NULL);
		CHECK(cert_signed(&c, text_of("fl-dev-1|gw-2"), sig) != NULL);
		CHECK(cert_signed(&c, text_of("fl-dev-1|gw-1"),
			  (struct bytes){ sig.p, sig.n - 1 }) != NULL);
		CHECK(cert_signed(&c, text_of("fl-dev-1|gw-1"),
			  (struct bytes){ sig.p, 0 }) != NULL);
		CHECK(cert_signed(&ca.cert, text_of("fl-dev-1|gw-1"), sig) !=
		      NULL);
	}
}
