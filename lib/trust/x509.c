#include "trust/x509_internal.h"

#include <ctype.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/hex.h"

enum { SERIAL_MAX = 20 /* bytes */ };

static const char NOT_A_CERT[] = "This is not a certificate in PEM form.";

/* The library's last words, which are then forgotten. */
const char *
x509_reason(void)
{
	const char *text = ERR_reason_error_string(ERR_peek_last_error());

	ERR_clear_error();
	return text != NULL ? text : "no reason";
}

static bool
blank(const unsigned char *p, size_t n)
{
	while (n > 0 && isspace(p[n - 1]))
		n--;
	return n == 0;
}

/*
 * The bytes within one PEM block of one of these names; false when it is not
 * one, or has headers of its own, or something stands around it.
 */
bool
x509_unwrap(struct bytes *der, struct arena *a, struct bytes pem,
    const char *const *names)
{
	char *name = NULL, *header = NULL;
	unsigned char *data = NULL;
	size_t rest = 0;
	long n = 0;
	BIO *in;
	bool ok;

	while (pem.n > 0 && isspace(*pem.p))
		pem = (struct bytes){ pem.p + 1, pem.n - 1 };
	if (pem.n < 11 || pem.n > CERT_PEM_MAX ||
	    memcmp(pem.p, "-----BEGIN ", 11) != 0)
		return false;
	if ((in = BIO_new_mem_buf(pem.p, (int)pem.n)) == NULL)
		return false;
	ok = PEM_read_bio(in, &name, &header, &data, &n) == 1;
	rest = BIO_ctrl_pending(in);
	(void)BIO_free(in);
	while (ok && *names != NULL && strcmp(name, *names) != 0)
		names++;
	ok = ok && *names != NULL && *header == 0 &&
	     blank(pem.p + pem.n - rest, rest);
	if (ok)
		*der = (struct bytes){ (unsigned char *)arena_copy(a, data,
					   (size_t)n),
			(size_t)n };
	OPENSSL_free(name);
	OPENSSL_free(header);
	OPENSSL_free(data);
	return ok;
}

/* A certificate of exactly these bytes; NULL when they are not one. */
X509 *
x509_parse(struct bytes der)
{
	const unsigned char *p = der.p;
	X509 *x = NULL;

	if (der.n <= CERT_PEM_MAX)
		x = d2i_X509(NULL, &p, (long)der.n);
	if (x != NULL && p != der.p + der.n) {
		X509_free(x);
		x = NULL;
	}
	return x;
}

/* What i2d made, in the arena. */
struct bytes
x509_keep(struct arena *a, unsigned char *made, int n)
{
	struct bytes b = { NULL, 0 };

	if (n > 0)
		b = (struct bytes){ (unsigned char *)arena_copy(a, made,
					(size_t)n),
			(size_t)n };
	OPENSSL_free(made);
	return b;
}

/* The one common name; "" without one, NULL when it is not fit for a name. */
static const char *
common_name(struct arena *a, const X509_NAME *names)
{
	int at = X509_NAME_get_index_by_NID(names, NID_commonName, -1), n;
	unsigned char *utf8 = NULL;
	struct bytes text;

	if (at < 0)
		return "";
	if (X509_NAME_get_index_by_NID(names, NID_commonName, at) >= 0)
		return NULL;
	n = ASN1_STRING_to_UTF8(&utf8,
	    X509_NAME_ENTRY_get_data(X509_NAME_get_entry(names, at)));
	text = x509_keep(a, utf8, n);
	if (text.n == 0 || text.n > CERT_NAME_MAX ||
	    memchr(text.p, 0, text.n) != NULL)
		return NULL;
	return (const char *)text.p;
}

static const char *
serial_hex(struct arena *a, const ASN1_INTEGER *serial)
{
	const unsigned char *p = ASN1_STRING_get0_data(serial);
	int n = ASN1_STRING_length(serial);

	if (ASN1_STRING_type(serial) != V_ASN1_INTEGER || n < 1 ||
	    n > SERIAL_MAX)
		return NULL;
	return hex_text(a, (struct bytes){ p, (size_t)n });
}

/* Microseconds; false when it is no time. */
bool
x509_instant(int64_t *us, const ASN1_TIME *t)
{
	struct tm tm;

	if (ASN1_TIME_to_tm(t, &tm) != 1)
		return false;
	*us = (int64_t)timegm(&tm) * CLOCK_S;
	return true;
}

static bool
take_apart(struct cert *c, struct arena *a, X509 *x)
{
	const ASN1_OCTET_STRING *id = X509_get0_subject_key_id(x);
	unsigned char *made = NULL;
	int n = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x), &made);

	c->spki = x509_keep(a, made, n);
	if (id != NULL)
		c->key_id = (struct bytes){ (unsigned char *)arena_copy(a,
						ASN1_STRING_get0_data(id),
						(size_t)ASN1_STRING_length(id)),
			(size_t)ASN1_STRING_length(id) };
	c->serial_hex = serial_hex(a, X509_get0_serialNumber(x));
	c->subject = common_name(a, X509_get_subject_name(x));
	return c->spki.n > 0 && c->serial_hex != NULL && c->subject != NULL &&
	       x509_instant(&c->from, X509_get0_notBefore(x)) &&
	       x509_instant(&c->till, X509_get0_notAfter(x));
}

struct err *
cert_read_der(struct cert *c, struct arena *a, struct bytes der)
{
	X509 *x = x509_parse(der);
	bool ok;

	memset(c, 0, sizeof(*c));
	if (x == NULL)
		return err_raise(ERR_INPUT, NOT_A_CERT, "certificate: %s",
		    x509_reason());
	c->der = (struct bytes){ (unsigned char *)arena_copy(a, der.p, der.n),
		der.n };
	ok = take_apart(c, a, x);
	X509_free(x);
	if (!ok)
		return err_raise(ERR_INPUT, NOT_A_CERT,
		    "certificate: a name, serial or time is unfit; %s",
		    x509_reason());
	return NULL;
}

struct err *
cert_read(struct cert *c, struct arena *a, struct bytes pem)
{
	static const char *const names[] = { "CERTIFICATE", NULL };
	struct bytes der;
	struct err *e;

	if (!x509_unwrap(&der, a, pem, names))
		return err_raise(ERR_INPUT, NOT_A_CERT, "PEM: %s",
		    x509_reason());
	if ((e = cert_read_der(c, a, der)) != NULL)
		return err_pass(e);
	return NULL;
}

const char *
cert_pem(struct arena *a, struct bytes der)
{
	BIO *out = BIO_new(BIO_s_mem());
	const char *text = "", *made;
	long n;

	if (out != NULL &&
	    PEM_write_bio(out, "CERTIFICATE", "", der.p, (long)der.n) > 0 &&
	    (n = BIO_get_mem_data(out, &made)) > 0)
		text = arena_copy(a, made, (size_t)n);
	(void)BIO_free(out);
	return text;
}
