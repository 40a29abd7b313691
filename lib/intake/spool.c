#include "intake/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/env.h"
#include "base/log.h"
#include "intake/spool_state.h"

#define SAY_BUSY "The database does not answer. Please try again soon."

/* How long nobody need be seen to drain, and how long that may take. */
#define BEAT_MAX (2 * CLOCK_MIN)
#define BEHIND_MAX CLOCK_MIN

/* How long the last parcel is waited for, since it was taken. */
#define LAST_MAX (2 * CLOCK_S)

enum {
	SHARES = 4, /* a tenant has at most one of these */
	LAST_STEP_MS = 3
};

static struct err *
cannot(const char *what, const char *path)
{
	return err_raise(ERR_BUG, "The spool cannot be opened.", "%s %s: %s",
	    what, path, strerror(errno));
}

/* A file of so many bytes, made if need be, as memory of all processes. */
static struct err *
map(void **out, const char *dir, const char *name, size_t n)
{
	char path[PATH_MAX];
	struct stat st;
	int fd;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	/* Others may have it as memory: it never becomes smaller. */
	if (fd < 0 || fstat(fd, &st) != 0 ||
	    (st.st_size < (off_t)n && ftruncate(fd, (off_t)n) != 0))
		return cannot("map", path);
	*out = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	(void)close(fd);
	return *out == MAP_FAILED ? cannot("map", path) : NULL;
}

static bool
key_read(struct spool *s)
{
	char path[PATH_MAX];
	ssize_t n;
	int fd;

	(void)snprintf(path, sizeof(path), "%s/key", s->dir);
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) < 0)
		return false;
	n = read(fd, s->key, SPOOL_KEY);
	(void)close(fd);
	return n == SPOOL_KEY;
}

/* Whoever comes first makes it, and all read the one that is there then. */
static struct err *
key_make(struct spool *s)
{
	char path[PATH_MAX], fresh[PATH_MAX], name[32];
	bool kept;

	if (key_read(s))
		return NULL;
	env_get()->random(s->key, SPOOL_KEY);
	(void)snprintf(name, sizeof(name), "key.%d", (int)getpid());
	(void)snprintf(path, sizeof(path), "%s/key", s->dir);
	(void)snprintf(fresh, sizeof(fresh), "%s/%s", s->dir, name);
	kept = file_put(s->dir, name, (struct bytes){ s->key, SPOOL_KEY }) &&
	       (link(fresh, path) == 0 || errno == EEXIST);
	(void)unlink(fresh);
	/* The new name must outlive a power cut as the records will. */
	if (!kept || !key_read(s) || !folder_sync(s->dir))
		return cannot("key", path);
	return NULL;
}

struct err *
spool_open(struct spool **out, struct arena *a, const char *dir,
    int64_t max_bytes)
{
	struct spool *s = arena_alloc(a, sizeof(*s));
	void *known, *state;
	struct err *e;

	s->dir = arena_text(a, dir);
	s->max_bytes = max_bytes;
	if ((e = map(&known, dir, "known", KNOWN_SLOTS * sizeof(*s->known))) !=
		NULL ||
	    (e = map(&state, dir, "state", sizeof(*s->state))) != NULL ||
	    (e = key_make(s)) != NULL)
		return err_pass(e);
	s->known = known;
	s->state = state;
	*out = s;
	return NULL;
}

void
spool_close(struct spool *s)
{
	(void)munmap(s->known, KNOWN_SLOTS * sizeof(*s->known));
	(void)munmap(s->state, sizeof(*s->state));
}

struct state_slot *
state_slot(const struct spool *s, int32_t tenant, bool make)
{
	uint32_t i, at = (uint32_t)tenant * 2654435761U;

	for (i = 0; i < STATE_SLOTS; i++) {
		struct state_slot *v = &s->state->v[(at + i) % STATE_SLOTS];
		int32_t whose = atomic_load(&v->tenant);

		if (whose == 0 && make &&
		    atomic_compare_exchange_strong(&v->tenant, &whose, tenant))
			return v;
		if (whose == tenant)
			return v;
		if (whose == 0)
			return NULL;
	}
	return NULL;
}

void
state_set(const struct spool *s, int32_t tenant, int64_t bytes)
{
	struct state_slot *v = state_slot(s, tenant, true);

	if (v == NULL)
		return;
	(void)atomic_fetch_add(&s->state->total,
	    bytes - atomic_exchange(&v->bytes, bytes));
	if (bytes == 0)
		atomic_store(&v->since, 0);
}

bool
spool_any(const struct spool *s)
{
	return atomic_load(&s->state->total) > 0;
}

static bool
holds(const struct spool *s, const struct state_slot *v)
{
	int64_t now = env_mono();
	int64_t since = atomic_load(&v->since);
	int64_t beat = atomic_load(&s->state->beat);

	return atomic_load(&v->bytes) > 0 && beat != 0 && beat <= now &&
	       now - beat < BEAT_MAX &&
	       (since == 0 || now - since < BEHIND_MAX);
}

bool
spool_holds(const struct spool *s, int32_t tenant)
{
	const struct timespec step = { 0, LAST_STEP_MS * 1000000L };
	const struct state_slot *v;
	int64_t last;

	if (!spool_any(s) || (v = state_slot(s, tenant, false)) == NULL)
		return false;
	/* Else there would always be something behind the last. */
	while ((last = atomic_load(&v->last)) != 0 && holds(s, v) &&
	       env_mono() - last < LAST_MAX)
		(void)nanosleep(&step, NULL);
	return holds(s, v);
}

/* The segment to append to, or -1. */
static int
segment_open(struct folder *f, const struct spool *s)
{
	char path[PATH_MAX];
	const struct segment *last;

	if (f->n == 0 || f->v[f->n - 1].size >= SPOOL_SEGMENT)
		return folder_begin(f, s);
	last = &f->v[f->n - 1];
	return env_get()->open(folder_file(path, f, last->id, "seg"),
	    O_WRONLY | O_APPEND, 0);
}

static struct err *
full(int32_t tenant, int64_t bytes)
{
	return err_raise(ERR_BUSY, SAY_BUSY, "spool full tenant=%d bytes=%lld",
	    tenant, (long long)bytes);
}

/* All of it in one write, under the lock; *fd is to be synced. */
static struct err *
append(int *fd, const struct spool *s, struct arena *a, int32_t tenant,
    struct bytes b)
{
	int64_t n = (int64_t)b.n;
	struct folder f;
	bool ok;

	if (!folder_open(&f, s, a, tenant, true))
		return err_raise(ERR_BUSY, SAY_BUSY, "spool %s: %s", f.path,
		    strerror(errno));
	if (f.bytes + n > s->max_bytes / SHARES ||
	    atomic_load(&s->state->total) + n > s->max_bytes) {
		folder_close(&f);
		return full(tenant, f.bytes);
	}
	*fd = segment_open(&f, s);
	/* First it counts and then it is there: nothing overtakes it. */
	if (*fd >= 0)
		state_set(s, tenant, f.bytes + n);
	ok = *fd >= 0 && env_get()->write(*fd, b.p, b.n) == (ssize_t)b.n;
	/* Its end may be torn; it is not for us to say what is there. */
	if (*fd >= 0 && !ok) {
		(void)env_get()->close(*fd);
		*fd = folder_begin(&f, s);
	}
	folder_close(&f);
	if (ok)
		return NULL;
	if (*fd >= 0)
		(void)env_get()->close(*fd);
	return err_raise(ERR_BUSY, SAY_BUSY, "spool write: %s",
	    strerror(errno));
}

/* Nothing more goes where a sync has failed. */
static void
turn_away(const struct spool *s, struct arena *a, int32_t tenant)
{
	struct folder f;
	int fd;

	if (!folder_open(&f, s, a, tenant, false))
		return;
	if ((fd = folder_begin(&f, s)) >= 0)
		(void)env_get()->close(fd);
	folder_close(&f);
}

struct err *
spool_put(struct spool *s, struct arena *a, struct spooled *v, size_t n)
{
	struct buf b = buf_new(a, 4096);
	struct err *e;
	size_t i;
	int fd, why;

	for (i = 0; i < n; i++)
		if ((e = spooled_encode(&b, s, a, &v[i])) != NULL)
			return err_pass(e);
	if ((e = append(&fd, s, a, v[0].tenant, (struct bytes){ b.p, b.n })) !=
	    NULL)
		return err_pass(e);
	why = env_get()->sync(fd) != 0 ? errno : 0;
	(void)env_get()->close(fd);
	if (why == 0)
		return NULL;
	turn_away(s, a, v[0].tenant);
	return err_raise(ERR_BUSY, SAY_BUSY, "spool sync: %s", strerror(why));
}

struct spool_counts
spool_counts(const struct spool *s)
{
	struct spool_counts c = { .bytes = atomic_load(&s->state->total),
		.max_bytes = s->max_bytes };
	size_t i;

	for (i = 0; i < STATE_SLOTS; i++)
		c.tenants += atomic_load(&s->state->v[i].bytes) > 0;
	return c;
}
