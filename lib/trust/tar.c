#include "trust/tar.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/env.h"
#include "base/hex.h"

enum { BLOCK = 512, OCTAL_DIGITS = 11, MODE = 0600 };

struct tar {
	const char *path, *part;
	FILE *f;
	int64_t at;    /* where the next file begins */
	int64_t bytes; /* of the one in hand */
	char name[TAR_NAME_MAX + 1];
	EVP_MD_CTX *md;
};

/* POSIX.1-1988, as it stands on the disk. */
struct header {
	char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], sum[8];
	char type, link[100], magic[6], version[2], user[32], group[32];
	char major[8], minor[8], prefix[155], rest[12];
};
_Static_assert(sizeof(struct header) == BLOCK, "a header is a block");

static struct err *
failed(const struct tar *t, const char *what)
{
	return err_raise(ERR_BUSY, "The file cannot be written.", "%s %s: %s",
	    what, t->part, strerror(errno));
}

struct err *
tar_open(struct tar **out, struct arena *a, const char *path)
{
	struct tar *t = arena_alloc(a, sizeof(*t));
	int fd;

	*t = (struct tar){ .path = arena_text(a, path),
		.part = arena_printf(a, "%s.part", path) };
	fd = open(t->part, O_RDWR | O_CREAT | O_CLOEXEC, MODE);
	if (fd < 0)
		return failed(t, "open");
	if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		(void)close(fd);
		return err_raise(ERR_CONFLICT,
		    "This file is being written already.", "%s", t->part);
	}
	if (ftruncate(fd, 0) != 0 || (t->f = fdopen(fd, "w+")) == NULL) {
		(void)close(fd);
		return failed(t, "truncate");
	}
	t->md = EVP_MD_CTX_new();
	*out = t;
	return NULL;
}

/* Sizes that eleven octal digits do not hold are binary, as GNU writes them. */
static void
put_size(struct header *h, int64_t n)
{
	size_t i;

	if (n >> (3 * OCTAL_DIGITS) == 0) {
		(void)snprintf(h->size, sizeof(h->size), "%011llo",
		    (unsigned long long)n);
		return;
	}
	for (i = sizeof(h->size); i-- > 0; n >>= 8)
		h->size[i] = (char)(n & 0xff);
	h->size[0] = (char)0x80;
}

static void
fill_header(struct header *h, const struct tar *t)
{
	const unsigned char *p = (const unsigned char *)h;
	unsigned sum = 0;
	size_t i;

	memset(h, 0, sizeof(*h));
	memcpy(h->name, t->name, strlen(t->name));
	(void)snprintf(h->mode, sizeof(h->mode), "%07o", MODE);
	(void)snprintf(h->uid, sizeof(h->uid), "%07o", 0);
	(void)snprintf(h->gid, sizeof(h->gid), "%07o", 0);
	put_size(h, t->bytes);
	(void)snprintf(h->mtime, sizeof(h->mtime), "%011llo",
	    (unsigned long long)(env_now() / CLOCK_S));
	memset(h->sum, ' ', sizeof(h->sum));
	h->type = '0';
	memcpy(h->magic, "ustar", sizeof(h->magic));
	memcpy(h->version, "00", sizeof(h->version));
	for (i = 0; i < sizeof(*h); i++)
		sum += p[i];
	(void)snprintf(h->sum, sizeof(h->sum), "%06o", sum & 0777777);
}

static bool
put_header(struct tar *t)
{
	struct header h;

	fill_header(&h, t);
	return fseeko(t->f, (off_t)t->at, SEEK_SET) == 0 &&
	       fwrite(&h, sizeof(h), 1, t->f) == 1;
}

struct err *
tar_begin(struct tar *t, const char *name)
{
	t->bytes = 0;
	if (strlen(name) > TAR_NAME_MAX)
		return err_raise(ERR_BUG, "The file cannot be written.",
		    "name of %zu bytes", strlen(name));
	(void)snprintf(t->name, sizeof(t->name), "%s", name);
	if (EVP_DigestInit_ex(t->md, EVP_sha256(), NULL) != 1 || !put_header(t))
		return failed(t, "begin");
	return NULL;
}

struct err *
tar_put(struct tar *t, const void *p, size_t n)
{
	if (EVP_DigestUpdate(t->md, p, n) != 1 ||
	    (n > 0 && fwrite(p, n, 1, t->f) != 1))
		return failed(t, "write");
	t->bytes += (int64_t)n;
	return NULL;
}

struct err *
tar_end(struct tar_file *out, struct tar *t)
{
	static const unsigned char none[BLOCK];
	size_t pad = (size_t)(-t->bytes & (BLOCK - 1));
	unsigned char sum[EVP_MAX_MD_SIZE];
	int64_t next = t->at + BLOCK + t->bytes + (int64_t)pad;

	if (EVP_DigestFinal_ex(t->md, sum, NULL) != 1 ||
	    (pad > 0 && fwrite(none, pad, 1, t->f) != 1) || !put_header(t) ||
	    fseeko(t->f, (off_t)next, SEEK_SET) != 0)
		return failed(t, "end");
	out->bytes = t->bytes;
	t->bytes = 0;
	hex_write(out->sha256, sum, TAR_SHA / 2);
	t->at = next;
	return NULL;
}

int64_t
tar_size(const struct tar *t)
{
	return t->at + t->bytes + 2 * BLOCK;
}

struct err *
tar_close(struct tar *t)
{
	static const unsigned char end[2 * BLOCK];
	bool well = fwrite(end, sizeof(end), 1, t->f) == 1 &&
		    fflush(t->f) == 0 && fdatasync(fileno(t->f)) == 0 &&
		    rename(t->part, t->path) == 0;
	struct err *e = well ? NULL : failed(t, "close");

	(void)fclose(t->f);
	EVP_MD_CTX_free(t->md);
	return e != NULL ? err_pass(e) : NULL;
}

void
tar_drop(struct tar *t)
{
	(void)unlink(t->part);
	(void)fclose(t->f);
	EVP_MD_CTX_free(t->md);
}
