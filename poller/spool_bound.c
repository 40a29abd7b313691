/* How the spool keeps to its bytes and days, and what it does about the disk.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/env.h"
#include "base/log.h"
#include "spool_state.h"
#include "store/block.h"

#define RESERVE_FILE "reserve"
#define RESERVE_EVERY (10 * CLOCK_S)

enum {
	TOGETHER = 1000, /* readings in a thinned record, or more */
	LEAST_SEGMENTS = 2
};

/* What waits in a segment, by tenant, and then in its order. */
struct load_of {
	struct record *v;
	size_t n;
	struct bytes all;
};

static int
by_tenant(const void *a, const void *b)
{
	const struct record *p = a, *q = b;

	if (p->tenant != q->tenant)
		return p->tenant < q->tenant ? -1 : 1;
	return (p->seq > q->seq) - (p->seq < q->seq);
}

/* By their numbers alone, as they stand in a file. */
static int
by_number(const void *a, const void *b)
{
	const struct record *p = a, *q = b;

	return (p->seq > q->seq) - (p->seq < q->seq);
}

static struct load_of
segment_load(struct spool *s, struct arena *a, const struct segment *g)
{
	struct load_of l = { .all = segment_read(a, s->conf.dir, g->id, 0,
				 (size_t)g->size) };
	struct buf b = buf_new(a, 1024 * sizeof(struct record));
	size_t at = 0, start;
	struct record r;

	while (record_next(&r, l.all, &at, &start) == RECORD_HERE)
		if (waiting_has(&s->waiting, r.seq))
			buf_put(&b, &r, sizeof(r));
	l.v = (struct record *)(void *)b.p;
	l.n = b.n / sizeof(r);
	qsort(l.v, l.n, sizeof(*l.v), by_tenant);
	return l;
}

/* The first record of the next tenant. */
static size_t
tenant_end(const struct load_of *l, size_t i)
{
	size_t k = i;

	while (k < l->n && l->v[k].tenant == l->v[i].tenant)
		k++;
	return k;
}

/* The readings of records, settled; false: some are none. */
static bool
readings_of(struct readings *all, struct arena *a, const struct record *v,
    size_t n)
{
	struct readings one;
	size_t i;

	*all = (struct readings){ 0 };
	for (i = 0; i < n; i++) {
		if (block_decode(&one, a, v[i].payload) != NULL)
			return false;
		readings_add(all, a, &one);
	}
	(void)readings_settle(all, a);
	return true;
}

/* Split off what is not the last of its sensor's minute. */
static void
thin(struct readings *r, struct readings *gone, struct arena *a)
{
	size_t i, n = 0;

	*gone = (struct readings){ .v = arena_array(a, r->n + 1,
				       sizeof(*gone->v)) };
	for (i = 0; i < r->n; i++) {
		const struct reading *v = &r->v[i];

		if (i + 1 < r->n && v[1].sensor == v->sensor &&
		    v[1].time / CLOCK_MIN == v->time / CLOCK_MIN)
			gone->v[gone->n++] = *v;
		else
			r->v[n++] = *v;
	}
	r->n = n;
}

/*
 * Records of what is kept of a tenant's, under the numbers of the first of
 * them; how many numbers that took.
 */
static size_t
kept_put(struct buf *to, struct arena *a, const struct record *v, size_t n,
    const struct readings *kept)
{
	size_t each = (kept->n + n - 1) / n, used = 0, i;

	if (each < TOGETHER)
		each = TOGETHER;
	for (i = 0; i < kept->n; i += each, used++) {
		struct readings some = { kept->v + i,
			kept->n - i < each ? kept->n - i : each, 0 };
		struct record r = v[used];

		r.readings = (uint32_t)some.n;
		r.payload = block_encode(a, NULL, &some);
		buf_put(to, &r, sizeof(r));
	}
	return used;
}

/* Records that are kept, and the numbers of those that are superfluous. */
struct thinning {
	struct buf kept, ended;
	struct bytes file;
	size_t before, after; /* readings */
};

static void
tenant_thin(struct thinning *t, struct spool *s, struct arena *a,
    const struct record *v, size_t n)
{
	struct readings r, gone;
	size_t i, used;

	if (!readings_of(&r, a, v, n)) {
		buf_put(&t->kept, v, n * sizeof(*v));
		return;
	}
	t->before += r.n;
	thin(&r, &gone, a);
	t->after += r.n;
	gaps_add_readings(&s->gaps, v->tenant, &gone, GAP_THINNED);
	used = kept_put(&t->kept, a, v, n, &r);
	for (i = used; i < n; i++)
		buf_put(&t->ended, &v[i].seq, sizeof(v[i].seq));
}

/* The records as a segment has them. */
static void
file_make(struct thinning *t, struct arena *a)
{
	struct record *v = (struct record *)(void *)t->kept.p;
	size_t i, n = t->kept.n / sizeof(*v);
	struct buf file = buf_new(a, 65536);

	qsort(v, n, sizeof(*v), by_number);
	for (i = 0; i < n; i++) {
		struct bytes b = record_encode(a, &v[i]);

		buf_put(&file, b.p, b.n);
	}
	t->file = (struct bytes){ file.p, file.n };
}

/* What was given up is written first, and names what is done next. */
static bool
intend(struct spool *s, struct arena *a, uint64_t dropping, uint64_t thinning)
{
	struct err *e;

	s->gaps.dropping = dropping;
	s->gaps.thinning = thinning;
	e = gaps_save(&s->gaps, a, s->conf.dir);
	if (e != NULL)
		log_err(e, "spool gaps");
	return e == NULL;
}

static void
thinned(struct spool *s, struct segment *g, struct thinning *t)
{
	const uint64_t *seq = (const uint64_t *)(void *)t->ended.p;
	size_t i, n = t->ended.n / sizeof(*seq);

	for (i = 0; i < n; i++)
		(void)waiting_end(&s->waiting, seq[i]);
	s->bytes += (int64_t)t->file.n - g->size;
	g->size = (int64_t)t->file.n;
	s->thinned += t->before - t->after;
	s->gave_up = env_mono();
	if (s->head_segment == g->id)
		s->head_offset = 0;
	log_warn("spool full: oldest thinned from=%zu to=%zu total=%" PRIu64,
	    t->before, t->after, s->thinned);
}

/* Thin a closed segment; false: it is as it was. */
static bool
segment_thin(struct spool *s, struct segment *g)
{
	struct arena *a = arena_new();
	struct load_of l = segment_load(s, a, g);
	struct thinning t = { .kept = buf_new(a, 8192),
		.ended = buf_new(a, 8192) };
	struct gaps was = s->gaps;
	size_t i, end;
	bool done = false;

	was.v = arena_array(a, was.n + 1, sizeof(*was.v));
	if (was.n > 0)
		memcpy(was.v, s->gaps.v, was.n * sizeof(*was.v));
	for (i = 0; i < l.n; i = end) {
		end = tenant_end(&l, i);
		tenant_thin(&t, s, a, l.v + i, end - i);
	}
	g->is_thin = true;
	file_make(&t, a);
	if (t.after * 2 <= t.before && t.before > 0 &&
	    segment_write_thin(s->conf.dir, g->id, t.file))
		done = intend(s, a, 0, g->id) &&
		       segment_put_thin(s->conf.dir, g->id);
	if (done) {
		thinned(s, g, &t);
	} else {
		/* As before; more may have room than it has. */
		memcpy(s->gaps.v, was.v, was.n * sizeof(*was.v));
		s->gaps.n = was.n;
	}
	(void)intend(s, a, 0, 0);
	if (!done)
		segment_forget_thin(s->conf.dir, g->id);
	arena_free(a);
	return done;
}

void
spool_lose(struct spool *s, const struct record *r, enum gap_reason reason,
    int64_t from, int64_t to)
{
	struct arena *a = arena_new();
	struct readings v;

	if (readings_of(&v, a, r, 1))
		gaps_add_readings(&s->gaps, r->tenant, &v, reason);
	else
		gaps_add(&s->gaps, &(struct gap){ .tenant = r->tenant,
				       .from = from,
				       .to = to,
				       .n = r->readings,
				       .reason = reason });
	arena_free(a);
}

static void
segment_drop(struct spool *s, size_t at, enum gap_reason reason)
{
	struct segment g = s->segments[at];
	struct arena *a = arena_new();
	struct load_of l = segment_load(s, a, &g);
	struct readings r;
	uint64_t records;
	size_t i, end;

	for (i = 0; i < l.n; i = end) {
		end = tenant_end(&l, i);
		if (readings_of(&r, a, l.v + i, end - i)) {
			gaps_add_readings(&s->gaps, l.v[i].tenant, &r, reason);
			continue;
		}
		while (i < end)
			spool_lose(s, &l.v[i++], reason, g.since, g.last);
	}
	(void)intend(s, a, g.id, 0);
	records = spool_give_up(s, &g);
	s->gave_up = env_mono();
	log_warn("spool full: oldest segment dropped records=%" PRIu64
		 " total=%" PRIu64,
	    records, s->dropped);
	spool_remove(s, at);
	(void)intend(s, a, 0, 0);
	arena_free(a);
}

static bool
is_flying(const struct spool *s, const struct segment *g)
{
	size_t i;

	for (i = 0; i < s->flying; i++)
		if (s->flight[i] >= g->first && s->flight[i] < g->end)
			return true;
	return false;
}

/*
 * The oldest closed segment that may be touched, or that may still be
 * thinned; s->n when there is none.
 */
static size_t
victim(const struct spool *s, bool to_thin)
{
	size_t i, closed = s->n - (s->fd >= 0);

	for (i = 0; i < closed; i++)
		if (!is_flying(s, &s->segments[i]) &&
		    !(to_thin && s->segments[i].is_thin))
			return i;
	return s->n;
}

/* Does so much more have no room? */
static bool
is_over(const struct spool *s, size_t more)
{
	return s->bytes + (int64_t)more > s->limit || s->n + 1 >= s->cap ||
	       waiting_full(&s->waiting);
}

void
spool_bound(struct spool *s, size_t more)
{
	size_t i;

	while (
	    s->bytes + (int64_t)more > s->limit && (i = victim(s, true)) < s->n)
		(void)segment_thin(s, &s->segments[i]);
	while (is_over(s, more) && (i = victim(s, false)) < s->n)
		segment_drop(s, i, GAP_DROPPED);
}

void
spool_expire(struct spool *s)
{
	int64_t before = env_now() - s->conf.max_days * CLOCK_DAY;

	while (s->conf.max_days > 0 && s->n > 0 &&
	       s->segments[0].last < before && s->segments[0].last > 0 &&
	       !is_flying(s, &s->segments[0])) {
		if (s->n == 1)
			spool_close_segment(s);
		segment_drop(s, 0, GAP_DROPPED);
	}
}

static void
reserve_path(char to[PATH_MAX], const struct spool *s)
{
	(void)snprintf(to, PATH_MAX, "%s/" RESERVE_FILE, s->conf.dir);
}

/* So much of the disk is ours, for when there is nothing else. */
static void
reserve_make(struct spool *s)
{
	char path[PATH_MAX];
	int fd;

	reserve_path(path, s);
	s->reserve_due = env_mono() + RESERVE_EVERY;
	fd = env_get()->open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return;
	s->has_reserve = posix_fallocate(fd, 0, s->conf.reserve_bytes) == 0;
	(void)env_get()->close(fd);
	if (!s->has_reserve)
		(void)env_get()->unlink(path);
}

static int64_t
bounded(const struct spool *s, int64_t limit)
{
	int64_t least = LEAST_SEGMENTS * (int64_t)s->conf.segment_bytes;

	if (limit < least)
		limit = least;
	return limit < s->conf.max_bytes ? limit : s->conf.max_bytes;
}

void
spool_look(struct spool *s)
{
	struct statvfs v;
	int64_t room;

	if (s->conf.reserve_bytes == 0)
		return;
	if (!s->has_reserve && env_mono() >= s->reserve_due)
		reserve_make(s);
	if (statvfs(s->conf.dir, &v) != 0)
		return;
	/* What is thinned stands twice for a moment. */
	room = (int64_t)v.f_bavail * (int64_t)v.f_frsize -
	       (int64_t)s->conf.segment_bytes;
	if (s->has_reserve)
		s->limit = bounded(s, s->bytes + room);
}

bool
spool_disk_full(struct spool *s)
{
	char path[PATH_MAX];
	size_t n = s->n;
	int64_t bytes = s->bytes;

	if (s->conf.reserve_bytes > 0 && s->has_reserve) {
		reserve_path(path, s);
		(void)env_get()->unlink(path);
		s->has_reserve = false;
		s->reserve_due = env_mono() + RESERVE_EVERY;
		log_warn("spool disk full: reserve released");
	}
	s->limit = bounded(s, s->bytes - (int64_t)s->conf.segment_bytes);
	spool_bound(s, s->conf.segment_bytes);
	return s->n < n || s->bytes < bytes;
}

void
spool_save_gaps(struct spool *s)
{
	struct arena *a;

	if (!s->gaps.dirty)
		return;
	a = arena_new();
	(void)intend(s, a, 0, 0);
	arena_free(a);
}
