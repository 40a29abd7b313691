/* A tenant's folder: its lock, its segments, its files. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/env.h"
#include "base/log.h"
#include "intake/spool_state.h"

enum { ID_DIGITS = 16, MODE = 0600, FOLDER_MODE = 0700 };

const char *
folder_file(char to[PATH_MAX], const struct folder *f, uint64_t id,
    const char *ext)
{
	if (snprintf(to, PATH_MAX, "%s/%016" PRIx64 ".%s", f->path, id, ext) >=
	    PATH_MAX)
		to[0] = 0;
	return to;
}

static bool
has_ending(const char *name, const char *ext)
{
	return strspn(name, "0123456789abcdef") == ID_DIGITS &&
	       name[ID_DIGITS] == '.' && strcmp(name + ID_DIGITS + 1, ext) == 0;
}

static int
by_id(const void *a, const void *b)
{
	uint64_t p = ((const struct segment *)a)->id;
	uint64_t q = ((const struct segment *)b)->id;

	return (p > q) - (p < q);
}

/* What is in it. */
static bool
look(struct folder *f, struct arena *a)
{
	struct buf b = buf_new(a, 16 * sizeof(struct segment));
	struct segment one;
	struct dirent *entry;
	struct stat st;
	DIR *d;

	if ((d = opendir(f->path)) == NULL)
		return false;
	while ((entry = readdir(d)) != NULL) {
		f->bad += has_ending(entry->d_name, "bad");
		if (!has_ending(entry->d_name, "seg") ||
		    fstatat(f->fd, entry->d_name, &st, 0) != 0)
			continue;
		one.id = strtoull(entry->d_name, NULL, 16);
		one.size = st.st_size;
		f->bytes += one.size;
		buf_put(&b, &one, sizeof(one));
	}
	(void)closedir(d);
	f->n = b.n / sizeof(one);
	f->v = arena_array(a, f->n + 1, sizeof(one));
	if (f->n > 0)
		memcpy(f->v, b.p, b.n);
	qsort(f->v, f->n, sizeof(one), by_id);
	return true;
}

bool
folder_open(struct folder *f, const struct spool *s, struct arena *a,
    int32_t tenant, bool make)
{
	*f = (struct folder){ .fd = -1 };
	(void)snprintf(f->path, sizeof(f->path), "%s/T%d", s->dir, tenant);
	if (make && mkdir(f->path, FOLDER_MODE) != 0 && errno != EEXIST)
		return false;
	f->fd = open(f->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (f->fd < 0)
		return false;
	if (flock(f->fd, LOCK_EX) == 0 && look(f, a))
		return true;
	folder_close(f);
	return false;
}

void
folder_close(struct folder *f)
{
	if (f->fd >= 0)
		(void)close(f->fd);
	f->fd = -1;
}

bool
folder_sync(const char *path)
{
	int fd = env_get()->open(path, O_RDONLY | O_DIRECTORY, 0);
	bool ok = fd >= 0 && env_get()->sync(fd) == 0;

	if (fd >= 0)
		(void)env_get()->close(fd);
	return ok;
}

int
folder_begin(struct folder *f, const struct spool *s)
{
	struct segment *last = &f->v[f->n];
	char path[PATH_MAX];
	int fd;

	/* Never a number that was there before: a cursor may name it. */
	last->id = (uint64_t)env_now();
	last->size = 0;
	if (f->n > 0 && last->id <= f->v[f->n - 1].id)
		last->id = f->v[f->n - 1].id + 1;
	fd = env_get()->open(folder_file(path, f, last->id, "seg"),
	    O_WRONLY | O_CREAT | O_EXCL | O_APPEND, MODE);
	if (fd < 0)
		return -1;
	if (!folder_sync(f->path) || !folder_sync(s->dir)) {
		(void)env_get()->close(fd);
		return -1;
	}
	f->n++;
	return fd;
}

bool
write_all(int fd, struct bytes b)
{
	ssize_t did;

	while (b.n > 0) {
		did = env_get()->write(fd, b.p, b.n);
		if (did < 0 && errno == EINTR)
			continue;
		if (did <= 0)
			return false;
		b.p += did;
		b.n -= (size_t)did;
	}
	return true;
}

bool
file_put(const char *dir, const char *name, struct bytes b)
{
	char path[PATH_MAX], fresh[PATH_MAX];
	const struct env *env = env_get();
	bool done;
	int fd;

	if (snprintf(path, PATH_MAX, "%s/%s", dir, name) >= PATH_MAX ||
	    snprintf(fresh, PATH_MAX, "%s/%s.%d", dir, name, (int)getpid()) >=
		PATH_MAX)
		return false;
	fd = env->open(fresh, O_WRONLY | O_CREAT | O_TRUNC, MODE);
	done = fd >= 0 && write_all(fd, b) && env->sync(fd) == 0;
	if (fd >= 0)
		(void)env->close(fd);
	return done && env->rename(fresh, path) == 0 && folder_sync(dir);
}
