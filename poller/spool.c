#include "spool.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/env.h"
#include "base/log.h"
#include "spool_state.h"

#define COMPLAIN_EVERY (10 * CLOCK_S)

uint64_t
spool_give_up(struct spool *s, const struct segment *g)
{
	uint64_t seq, n = 0;

	for (seq = g->first; seq < g->end; seq++)
		n += waiting_end(&s->waiting, seq);
	s->dropped += n;
	return n;
}

static void
oldest_remove(struct spool *s)
{
	segment_remove(s->conf.dir, s->segments[0].id);
	s->bytes -= s->segments[0].size;
	s->n--;
	memmove(s->segments, s->segments + 1, s->n * sizeof(*s->segments));
}

/* Segments whose records are all stored; the open one stays. */
static void
tidy(struct spool *s)
{
	while (s->n > (s->fd >= 0) && s->segments[0].end <= s->waiting.low)
		oldest_remove(s);
}

/* At the bound the oldest goes: what is new matters more. */
static void
oldest_drop(struct spool *s)
{
	uint64_t n = spool_give_up(s, &s->segments[0]);

	log_warn("spool full: oldest segment dropped records=%" PRIu64
		 " total=%" PRIu64,
	    n, s->dropped);
	oldest_remove(s);
}

static void
segment_close(struct spool *s)
{
	if (s->fd >= 0)
		(void)env_get()->close(s->fd);
	s->fd = -1;
}

static bool
segment_open(struct spool *s)
{
	struct segment *g = &s->segments[s->n];

	if (s->fd >= 0)
		return true;
	g->id = s->n > 0 ? s->segments[s->n - 1].id + 1 : s->waiting.next + 1;
	if (s->n == 0 && g->id <= s->head_segment)
		g->id = s->head_segment + 1;
	g->first = g->end = s->waiting.next;
	g->size = 0;
	if ((s->fd = segment_create(s->conf.dir, g->id)) < 0)
		return false;
	s->n++;
	return true;
}

/*
 * One write call, so that a record is there or it is not.  After a failure
 * the segment is not touched again: its end may be torn.
 */
static bool
record_write(struct spool *s, struct bytes b)
{
	ssize_t did;

	if (!segment_open(s))
		return false;
	did = env_get()->write(s->fd, b.p, b.n);
	if (did == (ssize_t)b.n)
		return true;
	if (did >= 0)
		errno = ENOSPC;
	if (did > 0) {
		s->segments[s->n - 1].size += did;
		s->bytes += did;
	}
	segment_close(s);
	return false;
}

static void
bound_keep(struct spool *s, size_t more)
{
	if (s->n > 0 && s->fd >= 0 &&
	    s->segments[s->n - 1].size >= (int64_t)s->conf.segment_bytes) {
		(void)env_get()->sync(s->fd);
		segment_close(s);
	}
	tidy(s);
	while (s->n > 1 && (s->bytes + (int64_t)more > s->conf.max_bytes ||
			       s->n + 1 >= s->cap || waiting_full(&s->waiting)))
		oldest_drop(s);
}

static void
place_keep(struct spool *s, const struct record *r, size_t size)
{
	struct segment *g = &s->segments[s->n - 1];

	s->live[s->lived++ % LIVE] = (struct place){ r->seq, r->tenant,
		r->readings, g->id, g->size, size };
	g->end = r->seq + 1;
	g->size += (int64_t)size;
	s->bytes += (int64_t)size;
	waiting_begin(&s->waiting, r->seq);
}

static void
complain(struct spool *s)
{
	int64_t now = env_mono();

	s->dropped++;
	if (s->complained != 0 && now - s->complained < COMPLAIN_EVERY)
		return;
	s->complained = now;
	log_error("spool write dropped=%" PRIu64 " why=\"%s\"", s->dropped,
	    strerror(errno));
}

void
spool_append(struct spool *s, struct arena *a, int32_t tenant,
    uint32_t readings, struct bytes payload)
{
	struct record r = { 0, tenant, readings, payload };
	struct bytes b;

	if (payload.n > RECORD_PAYLOAD_MAX) {
		log_error("spool record too large bytes=%zu", payload.n);
		return;
	}
	(void)pthread_mutex_lock(&s->lock);
	bound_keep(s, RECORD_HEAD + payload.n);
	r.seq = s->waiting.next;
	b = record_encode(a, &r);
	if (record_write(s, b) ||
	    (s->n > 1 && (oldest_drop(s), record_write(s, b)))) {
		place_keep(s, &r, b.n);
		s->dirty = true;
		(void)pthread_cond_signal(&s->filled);
	} else {
		complain(s);
	}
	(void)pthread_mutex_unlock(&s->lock);
}

void
spool_done(struct spool *s, const struct parcel *p)
{
	size_t i;

	(void)pthread_mutex_lock(&s->lock);
	for (i = 0; i < p->n; i++)
		(void)waiting_end(&s->waiting, p->v[i].seq);
	tidy(s);
	(void)pthread_mutex_unlock(&s->lock);
}

void
spool_refuse(struct spool *s, struct arena *a, const struct parcel *p)
{
	size_t i, kept = 0;

	for (i = 0; i < p->n; i++)
		kept += refused_keep(s->conf.dir, record_encode(a, &p->v[i]));
	(void)pthread_mutex_lock(&s->lock);
	s->dropped += p->n;
	(void)pthread_mutex_unlock(&s->lock);
	log_error("spool refused tenant=%d records=%zu kept=%zu", p->tenant,
	    p->n, kept);
	spool_done(s, p);
}

void
spool_wait(struct spool *s, int timeout_ms)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_sec += timeout_ms / 1000;
	t.tv_nsec += timeout_ms % 1000 * 1000000L;
	if (t.tv_nsec >= 1000000000L) {
		t.tv_sec++;
		t.tv_nsec -= 1000000000L;
	}
	(void)pthread_mutex_lock(&s->lock);
	if (s->waiting.n == 0)
		(void)pthread_cond_timedwait(&s->filled, &s->lock, &t);
	(void)pthread_mutex_unlock(&s->lock);
}

/* fdatasync beside the lock: lines go on appending to the same file. */
static void
data_sync(struct spool *s)
{
	uint64_t id = 0;
	int fd = -1;

	(void)pthread_mutex_lock(&s->lock);
	if (s->dirty && s->waiting.n > 0 && s->fd >= 0) {
		fd = dup(s->fd);
		id = s->segments[s->n - 1].id;
		s->dirty = false;
	}
	(void)pthread_mutex_unlock(&s->lock);
	if (fd < 0)
		return;
	if (env_get()->sync(fd) != 0) {
		/* What did not get through is unknown: never ask again. */
		log_error("spool sync why=\"%s\"", strerror(errno));
		(void)pthread_mutex_lock(&s->lock);
		if (s->n > 0 && s->segments[s->n - 1].id == id)
			segment_close(s);
		(void)pthread_mutex_unlock(&s->lock);
	}
	(void)close(fd);
}

void
spool_sync(struct spool *s)
{
	struct err *e;
	uint64_t low;

	data_sync(s);
	(void)pthread_mutex_lock(&s->lock);
	low = s->waiting.low;
	(void)pthread_mutex_unlock(&s->lock);
	if (low == s->saved)
		return;
	if ((e = cursor_save(s->conf.dir, low)) != NULL)
		log_err(e, "spool cursor");
	else
		s->saved = low;
}

struct spool_counts
spool_counts(struct spool *s)
{
	struct spool_counts c;

	(void)pthread_mutex_lock(&s->lock);
	c.waiting = s->waiting.n;
	c.dropped = s->dropped;
	c.bytes = s->bytes;
	(void)pthread_mutex_unlock(&s->lock);
	return c;
}
