#include "trust/manifest.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <string.h>

#include "base/hex.h"
#include "base/member.h"
#include "trust/jws.h"

#define TYPE "fl-plan+jws"
#define KID "plan"
#define SAY_BUG "Something went wrong on our side."
#define SAY_KEY "This is no key that plans are signed with."

static void
key_free(void *key)
{
	EVP_PKEY_free(key);
}

/* Bytes that OpenSSL has made, in the arena; n = 0: it has not. */
static struct bytes
keep(struct arena *a, unsigned char *made, int n)
{
	struct bytes b = { NULL, 0 };

	if (n > 0)
		b = (struct bytes){ (unsigned char *)arena_copy(a,
					(const char *)made, (size_t)n),
			(size_t)n };
	OPENSSL_free(made);
	return b;
}

struct err *
manifest_key_make(struct bytes *public, struct bytes *secret, struct arena *a)
{
	PKCS8_PRIV_KEY_INFO *info;
	unsigned char *made = NULL;
	EVP_PKEY *key = EVP_EC_gen("P-256");
	int n;

	if (key == NULL)
		return err_raise(ERR_BUG, SAY_BUG, "plan key");
	arena_defer(a, key_free, key);
	n = i2d_PUBKEY(key, &made);
	*public = keep(a, made, n);
	made = NULL;
	info = EVP_PKEY2PKCS8(key);
	n = info != NULL ? i2d_PKCS8_PRIV_KEY_INFO(info, &made) : 0;
	*secret = keep(a, made, n);
	PKCS8_PRIV_KEY_INFO_free(info);
	ERR_clear_error();
	if (public->n == 0 || secret->n == 0)
		return err_raise(ERR_BUG, SAY_BUG, "plan key");
	return NULL;
}

/* Taken over, or there is none. */
static struct err *
key_taken(EVP_PKEY **out, struct arena *a, EVP_PKEY *key)
{
	ERR_clear_error();
	if (key == NULL)
		return err_raise(ERR_INPUT, SAY_KEY, "plan key");
	arena_defer(a, key_free, key);
	*out = key;
	return NULL;
}

/* Out of what was sealed. */
struct err *
manifest_key_secret(EVP_PKEY **out, struct arena *a, struct bytes b)
{
	const unsigned char *p = b.p;
	struct err *e =
	    key_taken(out, a, d2i_AutoPrivateKey(NULL, &p, (long)b.n));

	return e != NULL ? err_pass(e) : NULL;
}

/* Out of the database. */
struct err *
manifest_key_public(EVP_PKEY **out, struct arena *a, struct bytes der)
{
	const unsigned char *p = der.p;
	struct err *e = key_taken(out, a, d2i_PUBKEY(NULL, &p, (long)der.n));

	return e != NULL ? err_pass(e) : NULL;
}

/* "" when it is no key. */
const char *
manifest_key_pem(struct arena *a, struct bytes der)
{
	BIO *out = BIO_new(BIO_s_mem());
	const char *text = "";
	EVP_PKEY *key;
	char *p;
	long n;

	if (manifest_key_public(&key, a, der) == NULL && out != NULL &&
	    PEM_write_bio_PUBKEY(out, key) == 1 &&
	    (n = BIO_get_mem_data(out, &p)) > 0)
		text = arena_copy(a, p, (size_t)n);
	(void)BIO_free(out);
	return text;
}

/* Of an agent's settings. */
struct err *
manifest_key_file(EVP_PKEY **out, struct arena *a, const char *path)
{
	BIO *file = BIO_new_file(path, "r");
	EVP_PKEY *key = NULL;
	struct err *e;

	if (file != NULL)
		key = PEM_read_bio_PUBKEY(file, NULL, NULL, NULL);
	(void)BIO_free(file);
	if ((e = key_taken(out, a, key)) != NULL)
		return err_raise(ERR_BUG, SAY_KEY, "%s", path);
	return NULL;
}

/* The one key; it may go before the arena does. */
static struct err *
keys_of(struct jws_keys *keys, struct arena *a, EVP_PKEY *key)
{
	struct err *e;

	*keys = (struct jws_keys){ .n = 0 };
	(void)EVP_PKEY_up_ref(key);
	e = jws_keys_add(keys, a, KID, key);
	return e != NULL ? err_pass(e) : NULL;
}

static const char *
hash_of(struct arena *a, struct bytes plan)
{
	unsigned char hash[EVP_MAX_MD_SIZE];
	unsigned n = 0;

	(void)EVP_Digest(plan.p, plan.n, hash, &n, EVP_sha256(), NULL);
	return hex_text(a, (struct bytes){ hash, n });
}

struct err *
manifest_sign(const char **out, struct arena *a, EVP_PKEY *secret,
    const struct manifest *m, struct bytes plan)
{
	struct buf b = buf_new(a, 256);
	struct jws_keys keys;
	struct err *e;

	if ((e = keys_of(&keys, a, secret)) != NULL)
		return err_pass(e);
	keys.v[0].signs = true;
	buf_byte(&b, '{');
	member_text(&b, "gateway", m->gateway);
	member_int(&b, "version", m->version);
	member_text(&b, "sha256", hash_of(a, plan));
	buf_byte(&b, '}');
	if ((e = jws_seal(out, a, &keys, TYPE, (struct bytes){ b.p, b.n })) !=
	    NULL)
		return err_pass(e);
	return NULL;
}

/* What it says; false: not that. */
static bool
said(struct manifest *m, const char **hash, struct arena *a, struct bytes json)
{
	struct jvalue top, v;
	struct slice key;
	struct jscan s;

	*m = (struct manifest){ NULL, 0 };
	*hash = NULL;
	jscan_open(&s, a, json);
	jscan_value(&s, &top);
	if (top.kind != J_OBJECT)
		return false;
	while (jscan_member(&s, &key)) {
		jscan_value(&s, &v);
		if (slice_is(key, "gateway") && v.kind == J_TEXT)
			m->gateway = arena_copy(a, v.text.p, v.text.n);
		if (slice_is(key, "sha256") && v.kind == J_TEXT)
			*hash = arena_copy(a, v.text.p, v.text.n);
		if (slice_is(key, "version") && v.kind == J_INT)
			m->version = v.i;
		jscan_pass(&s, &v);
	}
	return jscan_close(&s) == NULL && m->gateway != NULL && *hash != NULL &&
	       m->version > 0;
}

struct err *
manifest_check(struct manifest *m, struct arena *a, EVP_PKEY *public,
    const char *text, struct bytes plan)
{
	struct bytes payload;
	struct jws_keys keys;
	const char *hash;
	struct err *e;

	if ((e = keys_of(&keys, a, public)) != NULL)
		return err_pass(e);
	if (*text == 0)
		return err_raise(ERR_REFUSED, "The plan is not signed.",
		    "no manifest");
	e = jws_open(&payload, a, &keys, (struct slice){ text, strlen(text) },
	    TYPE);
	if (e != NULL)
		return err_raise(ERR_REFUSED,
		    "The plan is not signed with the key that is known here.",
		    "manifest");
	if (!said(m, &hash, a, payload) || strcmp(hash, hash_of(a, plan)) != 0)
		return err_raise(ERR_REFUSED,
		    "The plan is not the one that was signed.", "manifest");
	return NULL;
}
