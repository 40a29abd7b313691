#include "trust/seal.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/env.h"
#include "base/hex.h"

enum {
	VERSION = 1,
	HEAD = 5, /* version, number of the key */
	NONCE = 12,
	TAG = 16,
	MASTERS_MAX = 4,
	LINE = 2 * SEAL_KEY,
	FILE_MAX = MASTERS_MAX * (LINE + 2),
	INDEX = 16,
	ADDRESS_MAX = 320
};

/* A master key is known by its mark, which says nothing about it. */
struct master {
	unsigned char key[SEAL_KEY];
	uint32_t mark;
};

struct seal_master {
	struct master v[MASTERS_MAX];
	size_t n;
};

static struct err *
broken(const char *why, const char *aad)
{
	return err_raise(ERR_BUG, "Something went wrong on our side.", "%s: %s",
	    aad, why);
}

static void
wipe(void *what)
{
	const struct buf *b = what;

	OPENSSL_cleanse(b->p, b->n);
}

/* Room for a secret, that is wiped with its arena. */
static void *
secret_room(struct arena *a, size_t n)
{
	struct buf *b = arena_alloc(a, sizeof(*b));

	b->n = n;
	b->p = arena_alloc(a, n);
	arena_defer(a, wipe, b);
	return b->p;
}

static uint32_t
read_be32(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	       (uint32_t)p[2] << 8 | p[3];
}

/* HKDF-SHA256 of a key for a purpose; our parameters cannot fail. */
static void
derive(unsigned char out[SEAL_KEY], const unsigned char key[SEAL_KEY],
    const char *purpose)
{
	EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
	EVP_KDF_CTX *c = EVP_KDF_CTX_new(kdf);
	char digest[] = "SHA256", salt[] = "fluxline seal 1";
	OSSL_PARAM p[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest,
		    0),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY,
		    (void *)(uintptr_t)key, SEAL_KEY),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, salt,
		    sizeof(salt) - 1),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO,
		    (void *)(uintptr_t)purpose, strlen(purpose)),
		OSSL_PARAM_construct_end(),
	};

	/* Going on with a key that is not one would be worse than an end. */
	if (c == NULL || EVP_KDF_derive(c, out, SEAL_KEY, p) != 1)
		abort();
	EVP_KDF_CTX_free(c);
	EVP_KDF_free(kdf);
}

static int
digit(int c)
{
	return isdigit(c) ? c - '0' : tolower(c) - 'a' + 10;
}

/* One line of 64 digits; false: it is something else. */
static bool
read_line(struct master *m, const unsigned char *line, size_t n)
{
	unsigned char mark[SEAL_KEY];
	size_t i;

	if (n != LINE)
		return false;
	for (i = 0; i < LINE; i++)
		if (!isxdigit(line[i]))
			return false;
	for (i = 0; i < SEAL_KEY; i++)
		m->key[i] = (unsigned char)(digit(line[2 * i]) << 4 |
					    digit(line[2 * i + 1]));
	derive(mark, m->key, "mark");
	m->mark = read_be32(mark);
	return true;
}

struct err *
seal_master_read(struct seal_master **m, struct arena *a, struct bytes text)
{
	const unsigned char *p = text.p, *end = text.p + text.n, *line;

	*m = secret_room(a, sizeof(**m));
	while (p < end) {
		for (line = p; p < end && *p != '\n'; p++)
			;
		if ((*m)->n == MASTERS_MAX ||
		    !read_line(&(*m)->v[(*m)->n], line, (size_t)(p - line)))
			return err_raise(ERR_INPUT,
			    "A master key is 64 hexadecimal digits a line, in "
			    "at most four lines.",
			    "line %zu", (*m)->n + 1);
		(*m)->n++;
		p++;
	}
	if ((*m)->n == 0)
		return err_raise(ERR_INPUT, "The master key file is empty.",
		    "no line");
	return NULL;
}

/* Up to room bytes of a file that is not open to others. */
static struct err *
read_file(unsigned char *to, size_t room, size_t *n, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	ssize_t got = -1;
	bool shared = false;

	if (fd >= 0 && fstat(fd, &st) == 0 &&
	    !(shared = (st.st_mode & (S_IRWXG | S_IRWXO)) != 0))
		got = read(fd, to, room);
	if (fd >= 0)
		(void)close(fd);
	if (shared)
		return err_raise(ERR_INPUT,
		    "The master key file must belong to its user only (0600).",
		    "%s has mode %o", path, (unsigned)st.st_mode & 0777);
	if (got < 0)
		return err_raise(ERR_BUG, "The master key cannot be read.",
		    "%s: %s", path, strerror(errno));
	*n = (size_t)got;
	return NULL;
}

struct err *
seal_master_load(struct seal_master **m, struct arena *a, const char *path)
{
	unsigned char *text = secret_room(a, FILE_MAX + 1);
	const char *folder = getenv("CREDENTIALS_DIRECTORY");
	struct err *e;
	size_t n;

	if (strchr(path, '/') == NULL && folder != NULL)
		path = arena_printf(a, "%s/%s", folder, path);
	if ((e = read_file(text, FILE_MAX + 1, &n, path)) != NULL ||
	    (e = seal_master_read(m, a, (struct bytes){ text, n })) != NULL)
		return err_pass(e);
	return NULL;
}

struct seal_key *
seal_key_new(struct arena *a, int32_t tenant, int32_t id)
{
	struct seal_key *k = secret_room(a, sizeof(*k));

	k->tenant = tenant;
	k->id = id;
	env_get()->random(k->key, sizeof(k->key));
	return k;
}

struct seal_key *
seal_key_derive(struct arena *a, const struct seal_master *m, int32_t tenant)
{
	const char *purpose = arena_printf(a, "tenant|%d", (int)tenant);
	struct seal_key *k, *newer = NULL, *first = NULL;
	size_t i;

	for (i = 0; i < m->n; i++, newer = k) {
		k = secret_room(a, sizeof(*k));
		k->tenant = tenant;
		k->id = (int32_t)(m->v[i].mark & INT32_MAX);
		derive(k->key, m->v[i].key, purpose);
		if (newer != NULL)
			newer->older = k;
		else
			first = k;
	}
	return first;
}

/* What belongs to one act of sealing or opening. */
struct lock {
	const unsigned char *key;
	const char *aad;
	const unsigned char *head; /* HEAD bytes, then the nonce */
};

/* One pass of AES-256-GCM; the tag is written, or read and compared. */
static bool
cipher(const struct lock *l, int shut, unsigned char *to, struct bytes from,
    unsigned char *tag)
{
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	int n = 0, rest = 0;
	bool ok = c != NULL &&
		  EVP_CipherInit_ex2(c, EVP_aes_256_gcm(), l->key,
		      l->head + HEAD, shut, NULL) == 1 &&
		  EVP_CipherUpdate(c, NULL, &n, l->head, HEAD) == 1 &&
		  EVP_CipherUpdate(c, NULL, &n, (const unsigned char *)l->aad,
		      (int)strlen(l->aad)) == 1 &&
		  EVP_CipherUpdate(c, to, &n, from.p, (int)from.n) == 1 &&
		  (shut || EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_TAG, TAG,
			       tag) == 1) &&
		  EVP_CipherFinal_ex(c, to + n, &rest) == 1 &&
		  (!shut || EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_GET_TAG, TAG,
				tag) == 1);

	EVP_CIPHER_CTX_free(c);
	return ok;
}

/* The sealed bytes of plain under a key that is called id. */
static struct err *
shut(struct bytes *out, struct arena *a, struct lock l, uint32_t id,
    struct bytes plain)
{
	struct buf b = buf_new(a, plain.n + SEAL_OVER + 1);
	unsigned char nonce[NONCE];

	if (plain.n > SEAL_MAX)
		return err_raise(ERR_TOO_BIG, "This is too long to be kept.",
		    "%s: %zu bytes to seal", l.aad, plain.n);
	env_get()->random(nonce, sizeof(nonce));
	buf_byte(&b, VERSION);
	buf_be32(&b, id);
	buf_put(&b, nonce, sizeof(nonce));
	(void)buf_room(&b, plain.n + TAG);
	l.head = b.p;
	if (!cipher(&l, 1, b.p + b.n, plain, b.p + b.n + plain.n))
		return broken("sealing failed", l.aad);
	*out = (struct bytes){ b.p, b.n + plain.n + TAG };
	return NULL;
}

/* And back; the caller has found the key by the number in the head. */
static struct err *
lift(struct bytes *out, struct arena *a, struct lock l, struct bytes sealed)
{
	struct bytes text = { sealed.p + HEAD + NONCE, sealed.n - SEAL_OVER };
	unsigned char *plain = secret_room(a, text.n + 1);
	unsigned char tag[TAG];

	memcpy(tag, text.p + text.n, TAG);
	l.head = sealed.p;
	if (!cipher(&l, 0, plain, text, tag))
		return broken("does not open", l.aad);
	plain[text.n] = 0;
	*out = (struct bytes){ plain, text.n };
	return NULL;
}

static bool
is_sealed(struct bytes b)
{
	return b.n >= SEAL_OVER && b.n <= SEAL_MAX + SEAL_OVER &&
	       b.p[0] == VERSION;
}

/* Every kind of box has names of its own, so that none passes for another. */
static const char *
key_place(struct arena *a, int32_t tenant, int32_t id)
{
	return arena_printf(a, "data key|%d|%d", (int)tenant, (int)id);
}

static const char *
value_place(struct arena *a, const struct seal_key *k, const char *aad)
{
	return arena_printf(a, "value|%d|%s", (int)k->tenant, aad);
}

struct err *
seal_wrap(struct bytes *wrapped, struct arena *a, const struct seal_master *m,
    const struct seal_key *k)
{
	struct lock l = { m->v[0].key, key_place(a, k->tenant, k->id), NULL };
	struct err *e;

	if ((e = shut(wrapped, a, l, m->v[0].mark,
		 (struct bytes){ k->key, SEAL_KEY })) != NULL)
		return err_pass(e);
	return NULL;
}

struct err *
seal_unwrap(struct seal_key **k, struct arena *a, const struct seal_master *m,
    int32_t tenant, int32_t id, struct bytes wrapped)
{
	struct lock l = { NULL, key_place(a, tenant, id), NULL };
	struct bytes plain;
	struct err *e;
	size_t i;

	if (!is_sealed(wrapped) || wrapped.n != SEAL_KEY + SEAL_OVER)
		return broken("is no wrapped key", l.aad);
	for (i = 0; i < m->n && l.key == NULL; i++)
		if (m->v[i].mark == read_be32(wrapped.p + 1))
			l.key = m->v[i].key;
	if (l.key == NULL)
		return broken("its master key is not here", l.aad);
	if ((e = lift(&plain, a, l, wrapped)) != NULL)
		return err_pass(e);
	*k = secret_room(a, sizeof(**k));
	(*k)->tenant = tenant;
	(*k)->id = id;
	memcpy((*k)->key, plain.p, SEAL_KEY);
	return NULL;
}

bool
seal_wrapped_now(const struct seal_master *m, struct bytes wrapped)
{
	return is_sealed(wrapped) && read_be32(wrapped.p + 1) == m->v[0].mark;
}

struct err *
seal_put(struct bytes *out, struct arena *a, const struct seal_key *k,
    struct bytes plain, const char *aad)
{
	struct lock l = { k->key, value_place(a, k, aad), NULL };
	struct err *e;

	if ((e = shut(out, a, l, (uint32_t)k->id, plain)) != NULL)
		return err_pass(e);
	return NULL;
}

struct err *
seal_get(struct bytes *out, struct arena *a, const struct seal_key *k,
    struct bytes sealed, const char *aad)
{
	struct lock l = { NULL, aad, NULL };
	struct err *e;

	if (!is_sealed(sealed))
		return broken("is no sealed value", aad);
	while (k != NULL && (uint32_t)k->id != read_be32(sealed.p + 1))
		k = k->older;
	if (k == NULL)
		return broken("its key is gone", aad);
	l.key = k->key;
	l.aad = value_place(a, k, aad);
	if ((e = lift(out, a, l, sealed)) != NULL)
		return err_pass(e);
	return NULL;
}

int32_t
seal_key_id(struct bytes sealed)
{
	return is_sealed(sealed) ? (int32_t)read_be32(sealed.p + 1) : 0;
}

void
seal_derive(unsigned char out[SEAL_KEY], const struct seal_master *m,
    const char *purpose)
{
	char text[64];

	(void)snprintf(text, sizeof(text), "purpose|%s", purpose);
	derive(out, m->v[0].key, text);
}

void
seal_index(char hex[33], const struct seal_master *m, const char *address)
{
	unsigned char key[SEAL_KEY], mac[EVP_MAX_MD_SIZE];
	char text[ADDRESS_MAX];
	size_t n = 0;

	seal_derive(key, m, "index of addresses");
	for (n = 0; n < sizeof(text) && address[n] != 0; n++)
		text[n] = (char)tolower((unsigned char)address[n]);
	if (EVP_Q_mac(NULL, "HMAC", NULL, "SHA256", NULL, key, sizeof(key),
		(const unsigned char *)text, n, mac, sizeof(mac), NULL) == NULL)
		abort();
	hex_write(hex, mac, INDEX);
	OPENSSL_cleanse(key, sizeof(key));
	OPENSSL_cleanse(text, sizeof(text));
}
