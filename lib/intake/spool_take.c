/* Taking out of the spool what was put into it. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "base/env.h"
#include "base/log.h"
#include "intake/spool_state.h"

enum {
	LARGEST = RECORD_HEAD + RECORD_PAYLOAD_MAX,
	WINDOW = 3 * LARGEST,		/* read at once */
	PARCEL_BYTES = 8 * 1024 * 1024, /* then no more bodies */
	BAD_MAX = 16,			/* damaged segments that are kept */
	CURSOR_MAX = 64,
	FOLDERS_MAX = 65536
};

/* What a parcel may have. */
struct most {
	size_t bodies, readings;
};

/* Whose folder there is, and when the oldest of its segments was begun. */
struct waiting {
	int32_t tenant;
	uint64_t since;
};

/* How far one segment is done. */
struct cursor {
	uint64_t id;
	int64_t at;
};

static uint32_t
cursor_sum(const struct cursor *c)
{
	uint32_t sum =
	    (uint32_t)crc32_z(0, (const unsigned char *)&c->id, sizeof(c->id));

	return (
	    uint32_t)crc32_z(sum, (const unsigned char *)&c->at, sizeof(c->at));
}

/* A missing or damaged one: then all of it comes again. */
static struct cursor
cursor_load(const struct folder *f)
{
	char path[PATH_MAX + 8], text[CURSOR_MAX] = "";
	struct cursor c = { 0, 0 };
	uint32_t sum = 0;
	FILE *in;

	(void)snprintf(path, sizeof(path), "%s/cursor", f->path);
	if ((in = fopen(path, "re")) == NULL)
		return c;
	if (fgets(text, sizeof(text), in) == NULL ||
	    sscanf(text, "%" SCNx64 " %" SCNd64 " %" SCNx32, &c.id, &c.at,
		&sum) != 3 ||
	    sum != cursor_sum(&c))
		c = (struct cursor){ 0, 0 };
	(void)fclose(in);
	return c;
}

static void
cursor_save(const struct folder *f, const struct cursor *c)
{
	char text[CURSOR_MAX];
	int n = snprintf(text, sizeof(text),
	    "%016" PRIx64 " %" PRId64 " %08" PRIx32 "\n", c->id, c->at,
	    cursor_sum(c));

	if (!file_put(f->path, "cursor",
		(struct bytes){ (unsigned char *)text, (size_t)n }))
		log_warn("spool cursor dir=%s why=\"%s\"", f->path,
		    strerror(errno));
}

void
spool_beat(struct spool *s)
{
	atomic_store(&s->state->beat, env_mono());
}

void
spool_stuck(struct spool *s, int32_t tenant, bool answered)
{
	struct state_slot *v = state_slot(s, tenant, false);

	if (v == NULL)
		return;
	/* Without a database nothing could go through in any case. */
	if (!answered)
		atomic_store(&v->since, 0);
	else if (atomic_load(&v->since) == 0)
		atomic_store(&v->since, env_mono());
	atomic_store(&v->last, 0);
}

/* The newest need first; of those of a moment, in their order. */
static int
newest_first(const void *a, const void *b)
{
	const struct waiting *p = a, *q = b;

	if (p->since != q->since)
		return (p->since < q->since) - (p->since > q->since);
	return (p->tenant > q->tenant) - (p->tenant < q->tenant);
}

/* Count what is in a tenant's folder, whatever a killed writer has left. */
static int64_t
recount(struct waiting *w, struct spool *s, struct arena *a)
{
	int64_t bytes = 0;
	struct folder f;

	if (!folder_open(&f, s, a, w->tenant, false))
		return 0;
	bytes = f.bytes;
	w->since = f.n > 0 ? f.v[0].id : 0;
	state_set(s, w->tenant, bytes);
	folder_close(&f);
	return bytes;
}

/* Whose folders there are, in no order. */
static struct err *
folders(struct waiting **out, size_t *n, const struct spool *s, struct arena *a)
{
	struct buf b = buf_new(a, 256);
	struct dirent *entry;
	DIR *d;

	if ((d = opendir(s->dir)) == NULL)
		return err_raise(ERR_BUSY, "The spool cannot be read.",
		    "spool %s: %s", s->dir, strerror(errno));
	while ((entry = readdir(d)) != NULL) {
		long t = entry->d_name[0] == 'T'
			     ? strtol(entry->d_name + 1, NULL, 10)
			     : 0;
		struct waiting w = { .tenant = (int32_t)t };

		if (t > 0 && t <= INT32_MAX && b.n < FOLDERS_MAX * sizeof(w))
			buf_put(&b, &w, sizeof(w));
	}
	(void)closedir(d);
	*n = b.n / sizeof(**out);
	*out = arena_array(a, *n + 1, sizeof(**out));
	if (*n > 0)
		memcpy(*out, b.p, b.n);
	return NULL;
}

struct err *
spool_tenants(int32_t **out, size_t *n, struct spool *s, struct arena *a)
{
	struct waiting *w = NULL;
	int64_t total = 0;
	struct err *e;
	size_t i;

	if ((e = folders(&w, n, s, a)) != NULL)
		return err_pass(e);
	for (i = 0; i < *n; i++)
		total += recount(&w[i], s, a);
	if (total == 0)
		atomic_store(&s->state->total, 0);
	qsort(w, *n, sizeof(*w), newest_first);
	*out = arena_array(a, *n + 1, sizeof(**out));
	for (i = 0; i < *n; i++)
		(*out)[i] = w[i].tenant;
	return NULL;
}

/* False when the disk does not give it. */
static bool
segment_read(struct bytes *out, struct arena *a, const struct folder *f,
    const struct cursor *c, int64_t left)
{
	size_t most = left < WINDOW ? (size_t)left : WINDOW, n = 0;
	unsigned char *p = arena_alloc(a, most);
	char path[PATH_MAX];
	ssize_t got = -1;
	int fd =
	    env_get()->open(folder_file(path, f, c->id, "seg"), O_RDONLY, 0);

	if (fd >= 0) {
		while (n < most &&
		       (got = pread(fd, p + n, most - n, c->at + (off_t)n)) > 0)
			n += (size_t)got;
		(void)env_get()->close(fd);
	}
	*out = (struct bytes){ p, n };
	if (got >= 0 && n > 0)
		return true;
	log_error("spool read file=%s why=\"%s\"", path, strerror(errno));
	return false;
}

/* The segment is kept as it is, under another name. */
static void
put_aside(struct folder *f, uint64_t id, size_t bytes)
{
	char from[PATH_MAX], to[PATH_MAX];

	if (f->bad >= BAD_MAX || link(folder_file(from, f, id, "seg"),
				     folder_file(to, f, id, "bad")) != 0)
		return; /* it is kept already, or enough are */
	f->bad++;
	log_error("spool damage file=%s bytes=%zu", to, bytes);
}

/* Nothing of it waits any more. */
static void
segment_end(struct folder *f, uint64_t id)
{
	char path[PATH_MAX];

	if (env_get()->unlink(folder_file(path, f, id, "seg")) != 0 &&
	    errno != ENOENT)
		log_warn("spool unlink file=%s why=\"%s\"", path,
		    strerror(errno));
}

/* How far the records from one place on go, as many as a parcel takes. */
static size_t
records_take(struct parcel *p, size_t *bad, const struct spool *s,
    struct arena *a, struct bytes b, const struct most *most)
{
	size_t at = 0, start = 0, end = 0, readings = 0, bytes = 0;
	struct record r;

	while (p->n < most->bodies && readings < most->readings &&
	       bytes < PARCEL_BYTES &&
	       record_next(&r, b, &at, &start) == RECORD_HERE) {
		if (r.tenant != p->tenant ||
		    !spooled_decode(&p->v[p->n], s, a, &r)) {
			at = start + 1; /* look on inside it */
			continue;
		}
		*bad += start - end;
		end = at;
		readings += p->v[p->n].readings;
		bytes += p->v[p->n++].body.n;
	}
	return end;
}

/*
 * Bodies from one place on.  Under the lock nobody is writing, so what is no
 * record here never becomes one: a torn end, or damage.  False: the disk does
 * not give them.
 */
static bool
window_take(struct parcel *p, const struct spool *s, struct arena *a,
    struct folder *f, struct cursor *c, int64_t left, const struct most *most)
{
	struct bytes b;
	size_t end, bad = 0;

	if (!segment_read(&b, a, f, c, left))
		return false;
	end = records_take(p, &bad, s, a, b, most);
	/* A window without a record; one may begin at its end. */
	if (p->n == 0)
		end = bad = b.n < WINDOW ? b.n : WINDOW - LARGEST;
	if (bad > 0)
		put_aside(f, c->id, bad);
	c->at += (int64_t)end;
	return true;
}

/* True: p has the next bodies of the segment, or there are none. */
static bool
segment_take(struct parcel *p, const struct spool *s, struct arena *a,
    struct folder *f, const struct segment *g, const struct cursor *done,
    const struct most *most)
{
	struct cursor c = { g->id, g->id == done->id ? done->at : 0 };

	while (p->n == 0 && c.at < g->size)
		if (!window_take(p, s, a, f, &c, g->size - c.at, most))
			return false;
	p->segment = c.id;
	p->end = c.at;
	return true;
}

bool
spool_take(struct parcel *p, struct spool *s, struct arena *a, int32_t tenant,
    size_t bodies, size_t readings)
{
	struct most most = { bodies, readings };
	struct state_slot *v;
	struct cursor done;
	struct folder f;
	bool ok = true, is_last;
	size_t i;

	*p = (struct parcel){ .tenant = tenant,
		.v = arena_array(a, bodies, sizeof(*p->v)) };
	if (!folder_open(&f, s, a, tenant, false))
		return false;
	done = cursor_load(&f);
	for (i = 0; i < f.n && p->n == 0 && ok; i++) {
		ok = segment_take(p, s, a, &f, &f.v[i], &done, &most);
		if (p->n == 0 && ok)
			segment_end(&f, f.v[i].id);
	}
	if (p->n == 0 && ok)
		state_set(s, tenant, 0);
	is_last = i == f.n && p->n > 0 && p->end == f.v[f.n - 1].size;
	if ((v = state_slot(s, tenant, true)) != NULL)
		atomic_store(&v->last, is_last ? env_mono() : 0);
	folder_close(&f);
	return p->n > 0;
}

void
spool_done(struct spool *s, struct arena *a, const struct parcel *p)
{
	struct cursor c = { p->segment, p->end };
	struct state_slot *v = state_slot(s, p->tenant, true);
	struct folder f;
	size_t i;

	if (!folder_open(&f, s, a, p->tenant, false))
		return;
	for (i = 0; i < f.n && f.v[i].id != p->segment;)
		i++;
	if (i < f.n && f.v[i].size <= p->end) {
		segment_end(&f, p->segment);
		f.bytes -= f.v[i].size;
	} else if (i < f.n) {
		cursor_save(&f, &c);
	}
	if (v != NULL && f.bytes > 0 && atomic_load(&v->since) == 0)
		atomic_store(&v->since, env_mono());
	state_set(s, p->tenant, f.bytes);
	if (v != NULL)
		atomic_store(&v->last, 0);
	folder_close(&f);
}

/* A name in the folder that no file of this kind has. */
static const char *
name_free(char to[PATH_MAX], const struct folder *f, uint64_t id)
{
	while (access(folder_file(to, f, id, "refused"), F_OK) == 0)
		id++;
	return strrchr(to, '/') + 1;
}

struct err *
spool_aside(struct spool *s, struct arena *a, struct spooled *v)
{
	struct buf b = buf_new(a, v->body.n + 512);
	char path[PATH_MAX];
	struct folder f;
	struct err *e;
	bool ok;

	if ((e = spooled_encode(&b, s, a, v)) != NULL)
		return err_pass(e);
	if (!folder_open(&f, s, a, v->tenant, true))
		return err_raise(ERR_BUSY, "The spool cannot be written.",
		    "spool %s: %s", f.path, strerror(errno));
	ok = file_put(f.path, name_free(path, &f, (uint64_t)v->received),
	    (struct bytes){ b.p, b.n });
	folder_close(&f);
	if (ok)
		return NULL;
	return err_raise(ERR_BUSY, "The spool cannot be written.",
	    "spool %s: %s", path, strerror(errno));
}
