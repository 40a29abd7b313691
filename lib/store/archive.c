#include "store/archive.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/env.h"
#include "base/hex.h"

enum { CHUNK_HEAD = 4 + 8 + 8 + 4 + 4, LINE_BYTES = 256 };

#define SAY_FOREIGN "This file is not an archive of Fluxline, or is damaged."

static void
digest(char hex[ARCHIVE_SHA], const void *p, size_t n)
{
	unsigned char md[EVP_MAX_MD_SIZE];
	unsigned size = 0;

	(void)EVP_Digest(p, n, md, &size, EVP_sha256(), NULL);
	hex_write(hex, md, 32);
}

/* The first line, of which every byte follows from what it says. */
struct head {
	size_t series, chunks, readings, bytes;
	char sha256[ARCHIVE_SHA];
};

static const char *
head_line(struct arena *a, const struct archive *v, const struct head *h)
{
	return arena_printf(a,
	    "{\"fluxline_archive\":%d,\"tenant\":%" PRId32
	    ",\"class\":\"raw\",\"month\":\"%s\",\"series\":%zu,"
	    "\"chunks\":%zu,\"readings\":%zu,\"bytes\":%zu,"
	    "\"sha256\":\"%s\"}\n",
	    ARCHIVE_VERSION, v->tenant, v->month, h->series, h->chunks,
	    h->readings, h->bytes, h->sha256);
}

struct bytes
archive_encode(struct arena *a, const struct archive *v)
{
	struct head h = { .series = v->n_series, .chunks = v->n };
	struct buf body = buf_new(a, 65536), all;
	size_t i;

	for (i = 0; i < v->n_series; i++)
		buf_printf(&body, "{\"sensor\":%" PRId32 ",\"name\":\"%s\"}\n",
		    v->series[i].sensor, v->series[i].name);
	for (i = 0; i < v->n; i++) {
		const struct archived *c = &v->v[i];

		buf_be32(&body, (uint32_t)c->sensor);
		buf_be64(&body, (uint64_t)c->t_min);
		buf_be64(&body, (uint64_t)c->t_max);
		buf_be32(&body, (uint32_t)c->n);
		buf_be32(&body, (uint32_t)c->run.n);
		buf_put(&body, c->run.p, c->run.n);
		h.readings += (size_t)c->n;
	}
	h.bytes = body.n;
	digest(h.sha256, body.p, body.n);
	all = buf_new(a, body.n + LINE_BYTES);
	buf_text(&all, head_line(a, v, &h));
	buf_put(&all, body.p, body.n);
	return (struct bytes){ all.p, all.n };
}

/* The rest of the line at *in, without its end; NULL when there is none. */
static const char *
take_line(struct arena *a, struct bytes *in)
{
	size_t most = in->n < LINE_BYTES ? in->n : LINE_BYTES;
	const unsigned char *end = memchr(in->p, '\n', most);
	const char *line;
	size_t n;

	if (end == NULL)
		return NULL;
	n = (size_t)(end - in->p);
	line = arena_copy(a, in->p, n);
	in->p += n + 1;
	in->n -= n + 1;
	return line;
}

/* Read the first line, and believe it only when it would be written so. */
static struct err *
take_head(struct head *h, struct archive *v, struct arena *a, struct bytes *in)
{
	const char *line = take_line(a, in), *again;
	int version = 0;

	if (line == NULL ||
	    sscanf(line,
		"{\"fluxline_archive\":%5d,\"tenant\":%9" SCNd32
		",\"class\":\"raw\",\"month\":\"%7[0-9-]\",\"series\":%9zu,"
		"\"chunks\":%9zu,\"readings\":%18zu,\"bytes\":%10zu,"
		"\"sha256\":\"%64[0-9a-f]\"}",
		&version, &v->tenant, v->month, &h->series, &h->chunks,
		&h->readings, &h->bytes, h->sha256) != 8)
		return err_raise(ERR_INPUT, SAY_FOREIGN, "no head");
	again = head_line(a, v, h);
	if (strlen(again) != strlen(line) + 1 ||
	    strncmp(again, line, strlen(line)) != 0)
		return err_raise(ERR_INPUT, SAY_FOREIGN,
		    "head of version %d is not ours", version);
	return NULL;
}

static struct err *
take_series(struct archive *v, struct arena *a, struct bytes *in, size_t n)
{
	const char *line;
	char name[LINE_BYTES];

	/* Each takes more than a byte, which bounds what a head may claim. */
	if (n > in->n)
		return err_raise(ERR_INPUT, SAY_FOREIGN, "%zu series", n);
	v->series = arena_array(a, n, sizeof(*v->series));
	for (v->n_series = 0; v->n_series < n; v->n_series++) {
		struct series *s = &v->series[v->n_series];

		if ((line = take_line(a, in)) == NULL ||
		    sscanf(line,
			"{\"sensor\":%10" SCNd32 ",\"name\":\"%200[^\"]\"}",
			&s->sensor, name) != 2)
			return err_raise(ERR_INPUT, SAY_FOREIGN, "series %zu",
			    v->n_series);
		s->name = arena_text(a, name);
	}
	return NULL;
}

/* A big-endian number of so many bytes from the front. */
static uint64_t
take_be(struct bytes *in, size_t n)
{
	uint64_t v = 0;
	size_t i;

	for (i = 0; i < n; i++)
		v = v << 8 | in->p[i];
	in->p += n;
	in->n -= n;
	return v;
}

static struct err *
take_chunks(struct archive *v, struct arena *a, struct bytes *in,
    const struct head *h)
{
	size_t readings = 0, length;

	if (h->chunks > in->n / CHUNK_HEAD)
		return err_raise(ERR_INPUT, SAY_FOREIGN, "%zu chunks",
		    h->chunks);
	v->v = arena_array(a, h->chunks, sizeof(*v->v));
	for (v->n = 0; v->n < h->chunks; v->n++) {
		struct archived *c = &v->v[v->n];

		if (in->n < CHUNK_HEAD)
			return err_raise(ERR_INPUT, SAY_FOREIGN, "cut short");
		c->sensor = (int32_t)take_be(in, 4);
		c->t_min = (int64_t)take_be(in, 8);
		c->t_max = (int64_t)take_be(in, 8);
		c->n = (int32_t)take_be(in, 4);
		length = (size_t)take_be(in, 4);
		if (length > in->n || c->n < 0)
			return err_raise(ERR_INPUT, SAY_FOREIGN, "chunk %zu",
			    v->n);
		c->run = (struct bytes){ in->p, length };
		in->p += length;
		in->n -= length;
		readings += (size_t)c->n;
	}
	if (in->n != 0 || readings != h->readings)
		return err_raise(ERR_INPUT, SAY_FOREIGN,
		    "%zu bytes over, %zu of %zu readings", in->n, readings,
		    h->readings);
	return NULL;
}

struct err *
archive_decode(struct archive *v, struct arena *a, struct bytes in)
{
	char sha256[ARCHIVE_SHA];
	struct head h = { 0 };
	struct err *e;

	*v = (struct archive){ 0 };
	if ((e = take_head(&h, v, a, &in)) != NULL)
		return err_pass(e);
	digest(sha256, in.p, in.n);
	if (in.n != h.bytes || strcmp(sha256, h.sha256) != 0)
		return err_raise(ERR_INPUT, SAY_FOREIGN,
		    "%zu bytes of %zu, sha256 %s", in.n, h.bytes, sha256);
	if ((e = take_series(v, a, &in, h.series)) != NULL ||
	    (e = take_chunks(v, a, &in, &h)) != NULL)
		return err_pass(e);
	return NULL;
}

static struct err *
failed(const char *what, const char *path)
{
	return err_raise(ERR_BUSY, "The archive cannot be written.",
	    "%s %s: %s", what, path, strerror(errno));
}

/* A new name in a folder lasts when the folder itself is synced. */
static struct err *
sync_folder(const char *path)
{
	const struct env *env = env_get();
	int fd = env->open(path, O_RDONLY | O_DIRECTORY, 0);
	bool well;

	if (fd < 0)
		return failed("open", path);
	well = env->sync(fd) == 0;
	(void)env->close(fd);
	return well ? NULL : failed("sync", path);
}

/* Make folder/7/2026-01, each of it lasting. */
static struct err *
make_folders(struct arena *a, const char *folder, const struct archive *v)
{
	const char *own = arena_printf(a, "%s/%" PRId32, folder, v->tenant);
	const char *month = arena_printf(a, "%s/%s", own, v->month);
	const char *made[] = { folder, own, month };
	struct err *e;
	size_t i;

	for (i = 0; i < 3; i++) {
		if (mkdir(made[i], 0700) != 0 && errno != EEXIST)
			return failed("mkdir", made[i]);
		if (i > 0 && (e = sync_folder(made[i - 1])) != NULL)
			return err_pass(e);
	}
	return NULL;
}

static struct err *
write_file(const char *path, struct bytes b)
{
	const struct env *env = env_get();
	int fd = env->open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	struct err *e = NULL;

	if (fd < 0)
		return failed("open", path);
	while (b.n > 0 && e == NULL) {
		ssize_t n = env->write(fd, b.p, b.n);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			e = failed("write", path);
		} else {
			b.p += n;
			b.n -= (size_t)n;
		}
	}
	if (e == NULL && env->sync(fd) != 0)
		e = failed("sync", path);
	(void)env->close(fd);
	return e != NULL ? err_pass(e) : NULL;
}

struct err *
archive_write(struct archive_file *f, struct arena *a, const char *folder,
    const struct archive *v)
{
	struct bytes b = archive_encode(a, v);
	const char *path, *part;
	struct err *e;

	digest(f->sha256, b.p, b.n);
	(void)snprintf(f->path, sizeof(f->path),
	    "%" PRId32 "/%s/raw-%.16s.flux", v->tenant, v->month, f->sha256);
	path = arena_printf(a, "%s/%s", folder, f->path);
	part = arena_printf(a, "%s.part", path);
	if ((e = make_folders(a, folder, v)) != NULL ||
	    (e = write_file(part, b)) != NULL)
		return err_pass(e);
	if (env_get()->rename(part, path) != 0)
		return failed("rename", path);
	e = sync_folder(
	    arena_printf(a, "%s/%" PRId32 "/%s", folder, v->tenant, v->month));
	return e != NULL ? err_pass(e) : NULL;
}

struct err *
archive_load(struct bytes *out, char sha256[ARCHIVE_SHA], struct arena *a,
    const char *path)
{
	struct stat st = { 0 };
	unsigned char *p = NULL;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t n = 0;
	ssize_t got = 0;

	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    st.st_size <= ARCHIVE_MAX) {
		p = arena_alloc(a, (size_t)st.st_size + 1);
		while (n < (size_t)st.st_size &&
		       (got = read(fd, p + n, (size_t)st.st_size - n)) > 0)
			n += (size_t)got;
	}
	if (fd >= 0)
		(void)close(fd);
	if (p == NULL || got < 0 || n != (size_t)st.st_size)
		return err_raise(ERR_INPUT, "The archive cannot be read.",
		    "%s: %s, %zu of %lld bytes", path, strerror(errno), n,
		    (long long)st.st_size);
	*out = (struct bytes){ p, n };
	digest(sha256, p, n);
	return NULL;
}

struct err *
archive_run(struct readings *out, struct arena *a, const struct archived *c)
{
	struct err *e = run_decode(out, a, c->run);

	if (e != NULL)
		return err_pass(e);
	if (out->n == 0 || out->n != (size_t)c->n ||
	    out->v[0].sensor != c->sensor || out->v[0].time != c->t_min ||
	    out->v[out->n - 1].time != c->t_max)
		return err_raise(ERR_BUG, "Archived data are damaged.",
		    "sensor %" PRId32 ": the run is another one", c->sensor);
	return NULL;
}
