#include "segment.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "base/env.h"
#include "base/log.h"

enum {
	NAME_DIGITS = 16,
	CURSOR_MAX = 64,
	MODE = 0600,
	REFUSED_MAX = 64 * 1024 * 1024
};

static const char *
path_of(char to[PATH_MAX], const char *dir, uint64_t id, const char *ext)
{
	(void)snprintf(to, PATH_MAX, "%s/%016" PRIx64 ".%s", dir, id, ext);
	return to;
}

/* True for "0123456789abcdef.seg". */
static bool
name_id(uint64_t *id, const char *name)
{
	char *end;

	if (strspn(name, "0123456789abcdef") != NAME_DIGITS ||
	    strcmp(name + NAME_DIGITS, ".seg") != 0)
		return false;
	*id = strtoull(name, &end, 16);
	return true;
}

static int
by_id(const void *a, const void *b)
{
	uint64_t p = ((const struct segment *)a)->id;
	uint64_t q = ((const struct segment *)b)->id;

	return (p > q) - (p < q);
}

struct err *
segments_find(struct segment **out, size_t *n, struct arena *a, const char *dir)
{
	struct segment one = { .id = 0 };
	struct buf b = buf_new(a, 64 * sizeof(one));
	struct dirent *entry;
	DIR *d;

	if ((d = opendir(dir)) == NULL)
		return err_raise(ERR_BUG, "The spool cannot be opened.",
		    "spool %s: %s", dir, strerror(errno));
	while ((entry = readdir(d)) != NULL)
		if (name_id(&one.id, entry->d_name))
			buf_put(&b, &one, sizeof(one));
	(void)closedir(d);
	*n = b.n / sizeof(one);
	*out = arena_array(a, *n, sizeof(one));
	memcpy(*out, b.p, b.n);
	qsort(*out, *n, sizeof(one), by_id);
	return NULL;
}

/* Make a new name in the folder survive a power cut. */
static void
folder_sync(const char *dir)
{
	int fd = env_get()->open(dir, O_RDONLY | O_DIRECTORY, 0);

	if (fd < 0)
		return;
	(void)env_get()->sync(fd);
	(void)env_get()->close(fd);
}

int
segment_create(const char *dir, uint64_t id)
{
	char path[PATH_MAX];

	return env_get()->open(path_of(path, dir, id, "seg"),
	    O_WRONLY | O_CREAT | O_EXCL | O_APPEND, MODE);
}

void
segment_names_sync(const char *dir)
{
	folder_sync(dir);
}

struct bytes
segment_read(struct arena *a, const char *dir, uint64_t id, int64_t offset,
    size_t most)
{
	char path[PATH_MAX];
	unsigned char *p = arena_alloc(a, most);
	size_t n = 0;
	ssize_t got;
	int fd;

	fd = env_get()->open(path_of(path, dir, id, "seg"), O_RDONLY, 0);
	if (fd < 0)
		return (struct bytes){ p, 0 };
	while (n < most &&
	       (got = pread(fd, p + n, most - n, offset + (int64_t)n)) > 0)
		n += (size_t)got;
	(void)env_get()->close(fd);
	return (struct bytes){ p, n };
}

void
segment_remove(const char *dir, uint64_t id)
{
	char path[PATH_MAX];

	if (env_get()->unlink(path_of(path, dir, id, "seg")) != 0 &&
	    errno != ENOENT)
		log_warn("spool unlink file=%s why=\"%s\"", path,
		    strerror(errno));
}

/* False when not all of it could be written. */
static bool
write_all(int fd, const void *from, size_t n)
{
	const unsigned char *p = from;
	ssize_t did;

	while (n > 0) {
		did = env_get()->write(fd, p, n);
		if (did < 0 && errno == EINTR)
			continue;
		if (did <= 0)
			return false;
		p += did;
		n -= (size_t)did;
	}
	return true;
}

void
segment_quarantine(const char *dir, uint64_t id, struct bytes bad)
{
	char path[PATH_MAX];
	int fd;

	fd = env_get()->open(path_of(path, dir, id, "bad"),
	    O_WRONLY | O_CREAT | O_TRUNC, MODE);
	if (fd < 0 || !write_all(fd, bad.p, bad.n))
		log_warn("spool quarantine file=%s why=\"%s\"", path,
		    strerror(errno));
	if (fd >= 0)
		(void)env_get()->close(fd);
}

bool
segment_write_thin(const char *dir, uint64_t id, struct bytes b)
{
	char path[PATH_MAX];
	bool done;
	int fd;

	fd = env_get()->open(path_of(path, dir, id, "thin"),
	    O_WRONLY | O_CREAT | O_TRUNC, MODE);
	if (fd < 0)
		return false;
	done = write_all(fd, b.p, b.n) && env_get()->sync(fd) == 0;
	(void)env_get()->close(fd);
	if (!done)
		(void)env_get()->unlink(path);
	else
		folder_sync(dir);
	return done;
}

bool
segment_put_thin(const char *dir, uint64_t id)
{
	char from[PATH_MAX], to[PATH_MAX];

	if (env_get()->rename(path_of(from, dir, id, "thin"),
		path_of(to, dir, id, "seg")) != 0)
		return false;
	folder_sync(dir);
	return true;
}

void
segment_forget_thin(const char *dir, uint64_t id)
{
	char path[PATH_MAX];

	(void)env_get()->unlink(path_of(path, dir, id, "thin"));
}

int64_t
segment_time(const char *dir, uint64_t id)
{
	char path[PATH_MAX];
	struct stat st;

	if (stat(path_of(path, dir, id, "seg"), &st) != 0)
		return env_now();
	return (int64_t)st.st_mtim.tv_sec * 1000000 + st.st_mtim.tv_nsec / 1000;
}

static uint32_t
cursor_sum(uint64_t seq)
{
	return (uint32_t)crc32_z(0, (const unsigned char *)&seq, sizeof(seq));
}

uint64_t
cursor_load(const char *dir)
{
	char path[PATH_MAX], text[CURSOR_MAX] = "";
	uint64_t seq;
	uint32_t sum;
	FILE *f;
	bool whole;

	(void)snprintf(path, sizeof(path), "%s/cursor", dir);
	if ((f = fopen(path, "re")) == NULL)
		return 0;
	whole = fgets(text, sizeof(text), f) != NULL &&
		sscanf(text, "%" SCNu64 " %" SCNx32, &seq, &sum) == 2 &&
		sum == cursor_sum(seq);
	(void)fclose(f);
	if (!whole)
		log_warn("spool cursor damaged: sending everything again");
	return whole ? seq : 0;
}

struct err *
file_replace(const char *dir, const char *name, struct bytes b)
{
	char path[PATH_MAX], fresh[PATH_MAX];
	const struct env *env = env_get();
	bool done;
	int fd;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	(void)snprintf(fresh, sizeof(fresh), "%s/%s.new", dir, name);
	fd = env->open(fresh, O_WRONLY | O_CREAT | O_TRUNC, MODE);
	done = fd >= 0 && write_all(fd, b.p, b.n) && env->sync(fd) == 0;
	if (fd >= 0)
		(void)env->close(fd);
	if (!done || env->rename(fresh, path) != 0)
		return err_raise(ERR_BUSY, "The spool cannot be written.",
		    "%s: %s", path, strerror(errno));
	folder_sync(dir);
	return NULL;
}

struct err *
cursor_save(const char *dir, uint64_t seq)
{
	char text[CURSOR_MAX];
	struct err *e;
	int n;

	n = snprintf(text, sizeof(text), "%" PRIu64 " %08" PRIx32 "\n", seq,
	    cursor_sum(seq));
	e = file_replace(dir, "cursor",
	    (struct bytes){ (unsigned char *)text, (size_t)n });
	return e != NULL ? err_pass(e) : NULL;
}

bool
refused_keep(const char *dir, struct bytes b)
{
	char path[PATH_MAX];
	struct stat st;
	bool done;
	int fd;

	(void)snprintf(path, sizeof(path), "%s/refused", dir);
	fd = env_get()->open(path, O_WRONLY | O_CREAT | O_APPEND, MODE);
	if (fd < 0)
		return false;
	done = fstat(fd, &st) == 0 && st.st_size < REFUSED_MAX &&
	       write_all(fd, b.p, b.n);
	(void)env_get()->close(fd);
	return done;
}
