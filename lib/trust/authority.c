#include "trust/authority.h"

#include <openssl/evp.h>
#include <string.h>

#include "base/hex.h"

/* The place where the key is sealed, as ctx.sealed_place() has it. */
static const char *
place(struct arena *a, int32_t tenant, struct bytes ski)
{
	return arena_printf(a, "ca|%d|%s", (int)tenant, hex_text(a, ski));
}

struct err *
authority_make(struct authority *ca, struct cert *cert, struct arena *a,
    const struct seal_key *k, const char *name)
{
	struct bytes key;
	struct err *e;

	*ca = (struct authority){ .tenant = k->tenant };
	if ((e = ca_make(cert, &key, a, name, AUTHORITY_DAYS)) != NULL)
		return err_pass(e);
	ca->cert = cert->der;
	ca->ski = cert->key_id;
	if ((e = seal_put(&ca->sealed_key, a, k, key,
		 place(a, ca->tenant, ca->ski))) != NULL)
		return err_pass(e);
	return NULL;
}

struct err *
authority_sign(struct cert *cert, struct arena *a, const struct authority *ca,
    const struct seal_key *k, const char *csr_pem, const char *name)
{
	struct bytes csr = { (const unsigned char *)csr_pem, strlen(csr_pem) };
	struct bytes bytes;
	EVP_PKEY *key;
	struct err *e;

	if ((e = seal_get(&bytes, a, k, ca->sealed_key,
		 place(a, ca->tenant, ca->ski))) != NULL ||
	    (e = ca_key(&key, a, bytes)) != NULL ||
	    (e = csr_issue(cert, a, csr, ca->cert, key, name, DEVICE_DAYS)) !=
		NULL)
		return err_pass(e);
	return NULL;
}

struct bytes
authority_key_hash(struct arena *a, const struct cert *c)
{
	unsigned char *hash = arena_alloc(a, EVP_MAX_MD_SIZE);
	unsigned n = 0;

	(void)EVP_Digest(c->spki.p, c->spki.n, hash, &n, EVP_sha256(), NULL);
	return (struct bytes){ hash, n };
}

static unsigned
digit(char c)
{
	return (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10);
}

struct bytes
authority_serial(struct arena *a, const struct cert *c)
{
	size_t n = strlen(c->serial_hex) / 2, i;
	unsigned char *p = arena_alloc(a, n + 1);

	for (i = 0; i < n; i++)
		p[i] = (unsigned char)(digit(c->serial_hex[2 * i]) << 4 |
				       digit(c->serial_hex[2 * i + 1]));
	return (struct bytes){ p, n };
}
