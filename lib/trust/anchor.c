#include "trust/anchor.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/hex.h"
#include "base/jscan.h"

#define SUFFIX ".pem"

enum { SUFFIX_N = sizeof(SUFFIX) - 1, SIGNATURE_MAX = 80, CURVE_BITS = 256 };

/* Is it the name of a file, and of nothing outside of the folder? */
static bool
is_kid(const char *s)
{
	size_t i, n = strlen(s);

	if (n == 0 || n > ANCHOR_KID_MAX)
		return false;
	for (i = 0; i < n; i++)
		if (!isalnum((unsigned char)s[i]) && s[i] != '-' && s[i] != '_')
			return false;
	return true;
}

/* The last name of the folder that is a key's; NULL: there is none. */
static const char *
newest(struct arena *a, const char *folder)
{
	const struct dirent *f;
	const char *last = NULL;
	DIR *d = opendir(folder);

	if (d == NULL)
		return NULL;
	while ((f = readdir(d)) != NULL) {
		size_t n = strlen(f->d_name);
		const char *kid;

		if (n <= SUFFIX_N ||
		    strcmp(f->d_name + n - SUFFIX_N, SUFFIX) != 0)
			continue;
		kid = arena_copy(a, f->d_name, n - SUFFIX_N);
		if (is_kid(kid) && (last == NULL || strcmp(kid, last) > 0))
			last = kid;
	}
	(void)closedir(d);
	return last;
}

static void
free_key(void *key)
{
	EVP_PKEY_free(key);
}

/* A P-256 key, of which the private half may be missing; NULL: it is none. */
static EVP_PKEY *
load(struct arena *a, const char *folder, const char *kid)
{
	FILE *f = fopen(arena_printf(a, "%s/%s" SUFFIX, folder, kid), "re");
	EVP_PKEY *key;

	if (f == NULL)
		return NULL;
	if ((key = PEM_read_PrivateKey(f, NULL, NULL, NULL)) == NULL) {
		rewind(f);
		key = PEM_read_PUBKEY(f, NULL, NULL, NULL);
	}
	(void)fclose(f);
	if (key == NULL)
		return NULL;
	arena_defer(a, free_key, key);
	return EVP_PKEY_is_a(key, "EC") && EVP_PKEY_get_bits(key) == CURVE_BITS
		   ? key
		   : NULL;
}

static struct bytes
text_of(struct arena *a, const struct anchor *v)
{
	struct buf b = buf_new(a, 160);

	buf_printf(&b, "fl-audit-1|%" PRId32 "|%" PRId64 "|", v->tenant,
	    v->seq);
	hex_put(&b, v->hash);
	buf_printf(&b, "|%" PRId64, v->at);
	return (struct bytes){ b.p, b.n };
}

struct err *
text_sign(const char **kid, struct bytes *signature, struct arena *a,
    const char *folder, struct bytes text)
{
	unsigned char *to = arena_alloc(a, SIGNATURE_MAX);
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	size_t n = SIGNATURE_MAX;
	EVP_PKEY *key = NULL;
	bool is_signed;

	if ((*kid = newest(a, folder)) != NULL)
		key = load(a, folder, *kid);
	is_signed =
	    md != NULL && key != NULL &&
	    EVP_DigestSignInit(md, NULL, EVP_sha256(), NULL, key) == 1 &&
	    EVP_DigestSign(md, to, &n, text.p, text.n) == 1;
	EVP_MD_CTX_free(md);
	if (!is_signed)
		return err_raise(ERR_REFUSED,
		    "There is no key that signs the audit.", "%s kid %s",
		    folder, *kid != NULL ? *kid : "-");
	*signature = (struct bytes){ to, n };
	return NULL;
}

bool
text_good(const char *kid, struct bytes signature, struct arena *a,
    const char *folder, struct bytes text)
{
	EVP_MD_CTX *md;
	EVP_PKEY *key;
	bool good;

	if (!is_kid(kid) || (key = load(a, folder, kid)) == NULL)
		return false;
	md = EVP_MD_CTX_new();
	good =
	    md != NULL &&
	    EVP_DigestVerifyInit(md, NULL, EVP_sha256(), NULL, key) == 1 &&
	    EVP_DigestVerify(md, signature.p, signature.n, text.p, text.n) == 1;
	EVP_MD_CTX_free(md);
	return good;
}

struct err *
anchor_sign(struct anchor *v, struct arena *a, const char *folder)
{
	struct err *e =
	    text_sign(&v->kid, &v->signature, a, folder, text_of(a, v));

	return e != NULL ? err_pass(e) : NULL;
}

bool
anchor_good(const struct anchor *v, struct arena *a, const char *folder)
{
	return text_good(v->kid, v->signature, a, folder, text_of(a, v));
}

void
anchor_put(struct buf *b, const struct anchor *v)
{
	buf_printf(b,
	    "{\"tenant\":%" PRId32 ",\"seq\":%" PRId64
	    ",\"at\":\"%s\",\"hash\":\"",
	    v->tenant, v->seq, clock_iso(b->arena, v->at));
	hex_put(b, v->hash);
	buf_printf(b, "\",\"kid\":\"%s\",\"signature\":\"", v->kid);
	hex_put(b, v->signature);
	buf_text(b, "\"}\n");
}

/* What a line says. */
enum { TENANT, SEQ, AT, HASH, KID, SIGNATURE, MEMBERS };

static const char *const names[MEMBERS] = { "tenant", "seq", "at", "hash",
	"kid", "signature" };

/* The value's place among those above; MEMBERS: it is none of them. */
static size_t
place_of(struct slice key)
{
	size_t i = 0;

	while (i < MEMBERS && !slice_is(key, names[i]))
		i++;
	return i;
}

static const char *
text_in(struct arena *a, const struct jvalue *j)
{
	return j->kind == J_TEXT ? arena_copy(a, j->text.p, j->text.n) : "";
}

static bool
bytes_in(struct bytes *out, struct arena *a, const struct jvalue *j)
{
	const char *text = text_in(a, j);

	return hex_read(out, a, text, strlen(text)) && out->n > 0;
}

/* False when something is missing, or is not what it should be. */
static bool
take(struct anchor *v, struct arena *a, const struct jvalue *j)
{
	if (j[TENANT].kind != J_INT || j[TENANT].i <= 0 ||
	    j[TENANT].i > INT32_MAX || j[SEQ].kind != J_INT || j[SEQ].i <= 0)
		return false;
	v->tenant = (int32_t)j[TENANT].i;
	v->seq = j[SEQ].i;
	v->kid = text_in(a, &j[KID]);
	return is_kid(v->kid) && clock_from_iso(&v->at, text_in(a, &j[AT])) &&
	       bytes_in(&v->hash, a, &j[HASH]) && v->hash.n == ANCHOR_HASH &&
	       bytes_in(&v->signature, a, &j[SIGNATURE]);
}

struct err *
anchor_read(struct anchor *v, struct arena *a, struct bytes line)
{
	struct jvalue top, j[MEMBERS + 1] = { 0 };
	struct slice key;
	struct jscan s;
	struct err *e;

	jscan_open(&s, a, line);
	jscan_value(&s, &top);
	while (top.kind == J_OBJECT && jscan_member(&s, &key)) {
		struct jvalue *to = &j[place_of(key)];

		jscan_value(&s, to);
		jscan_pass(&s, to);
	}
	if ((e = jscan_close(&s)) != NULL)
		return err_pass(e);
	*v = (struct anchor){ 0 };
	if (j[MEMBERS].kind != J_NONE || !take(v, a, j))
		return err_raise(ERR_INPUT, "This is no signed head.",
		    "members of the line");
	return NULL;
}
