/* The keys of a folder. */
#include <dirent.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>

#include "trust/jws.h"

#define SAY_BUG "Something went wrong on our side."
#define SUFFIX ".pem"

enum { RSA_MIN_BITS = 2048, RSA_MAX_BITS = 4096 };

static void
key_free(void *pkey)
{
	EVP_PKEY_free(pkey);
}

/* Which algorithm goes with a key; false: none of ours. */
static bool
algorithm_of(enum jws_alg *alg, EVP_PKEY *pkey)
{
	char curve[32] = "";
	int bits = EVP_PKEY_get_bits(pkey);

	if (EVP_PKEY_is_a(pkey, "RSA")) {
		*alg = JWS_RS256;
		return bits >= RSA_MIN_BITS && bits <= RSA_MAX_BITS;
	}
	*alg = JWS_ES256;
	return EVP_PKEY_is_a(pkey, "EC") &&
	       EVP_PKEY_get_group_name(pkey, curve, sizeof(curve), NULL) == 1 &&
	       strcmp(curve, "prime256v1") == 0;
}

struct err *
jws_keys_add(struct jws_keys *keys, struct arena *a, const char *kid,
    EVP_PKEY *pkey)
{
	struct jws_key key = { .pkey = pkey };
	size_t i;

	arena_defer(a, key_free, pkey);
	if (!algorithm_of(&key.alg, pkey))
		return err_raise(ERR_INPUT,
		    "A key has to be P-256 or RSA of "
		    "2,048 to 4,096 bits.",
		    "key %.64s", kid);
	if (*kid == 0 || strlen(kid) > JWS_KID_MAX || keys->n == JWS_KEYS_MAX)
		return err_raise(ERR_INPUT,
		    "There are too many keys, or a key's name is too long.",
		    "key %.64s of %zu", kid, keys->n);
	for (i = 0; i < keys->n; i++)
		if (strcmp(keys->v[i].kid, kid) == 0)
			return err_raise(ERR_INPUT,
			    "Two keys have the same name.", "key %s", kid);
	memcpy(key.kid, kid, strlen(kid));
	keys->v[keys->n++] = key;
	return NULL;
}

/* A private key, or the public half of one. */
static EVP_PKEY *
read_pem(bool *private, const char *path)
{
	BIO *file = BIO_new_file(path, "r");
	EVP_PKEY *pkey = NULL;

	if (file == NULL)
		return NULL;
	pkey = PEM_read_bio_PrivateKey(file, NULL, NULL, NULL);
	*private = pkey != NULL;
	if (pkey == NULL && BIO_reset(file) == 0)
		pkey = PEM_read_bio_PUBKEY(file, NULL, NULL, NULL);
	(void)BIO_free(file);
	ERR_clear_error();
	return pkey;
}

static struct err *
load(struct jws_keys *keys, struct arena *a, const char *folder,
    const char *name)
{
	const char *path = arena_printf(a, "%s/%s", folder, name);
	size_t n = strlen(name) - strlen(SUFFIX);
	bool private = false;
	EVP_PKEY *pkey = read_pem(&private, path);
	struct err *e;

	if (pkey == NULL)
		return err_raise(ERR_BUG, SAY_BUG, "no key in %s", path);
	if ((e = jws_keys_add(keys, a, arena_copy(a, name, n), pkey)) != NULL)
		return err_pass(e);
	keys->v[keys->n - 1].signs = private;
	return NULL;
}

/* A name that needs no quoting anywhere, and the suffix. */
static int
is_key(const struct dirent *d)
{
	size_t n = strspn(d->d_name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz"
				     "0123456789_-");

	return n > 0 && strcmp(d->d_name + n, SUFFIX) == 0;
}

struct err *
jws_keys_load(struct jws_keys **out, struct arena *a, const char *folder)
{
	struct jws_keys *keys = arena_alloc(a, sizeof(*keys));
	struct dirent **found = NULL;
	struct err *e = NULL;
	int i, n = scandir(folder, &found, is_key, alphasort);

	for (i = 0; i < n; i++) {
		if (e == NULL)
			e = load(keys, a, folder, found[i]->d_name);
		free(found[i]);
	}
	free(found);
	if (n <= 0)
		return err_raise(ERR_BUG, SAY_BUG, "no keys in %s", folder);
	*out = keys;
	return e != NULL ? err_pass(e) : NULL;
}
