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

void
spool_remove(struct spool *s, size_t i)
{
	segment_remove(s->conf.dir, s->segments[i].id);
	s->bytes -= s->segments[i].size;
	s->n--;
	memmove(s->segments + i, s->segments + i + 1,
	    (s->n - i) * sizeof(*s->segments));
}

/* Segments whose records are all stored; the open one stays. */
static void
tidy(struct spool *s)
{
	while (s->n > (s->fd >= 0) && s->segments[0].end <= s->waiting.low)
		spool_remove(s, 0);
}

void
spool_close_segment(struct spool *s)
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
	*g = (struct segment){ .id = g->id,
		.first = s->waiting.next,
		.end = s->waiting.next,
		.since = env_now() };
	if ((s->fd = segment_create(s->conf.dir, g->id)) < 0)
		return false;
	s->named = true;
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
	spool_close_segment(s);
	return false;
}

/* On disk, and closed. */
static void
full_sync(int fd)
{
	if (fd < 0)
		return;
	if (env_get()->sync(fd) != 0)
		log_error("spool sync why=\"%s\"", strerror(errno));
	(void)env_get()->close(fd);
}

/*
 * A full segment is left to the next sync; stored ones go, and then what there
 * is no room for.
 */
static void
bound_keep(struct spool *s, size_t more)
{
	if (s->n > 0 && s->fd >= 0 &&
	    s->segments[s->n - 1].size >= (int64_t)s->conf.segment_bytes) {
		/* Two within a second: the first one is waited for. */
		full_sync(s->full);
		s->full = s->fd;
		s->fd = -1;
	}
	tidy(s);
	spool_bound(s, more);
}

static void
place_keep(struct spool *s, const struct record *r, size_t size)
{
	struct segment *g = &s->segments[s->n - 1];

	s->live[s->lived++ % LIVE] = (struct place){ r->seq, r->tenant,
		r->readings, g->id, g->size, size };
	g->end = r->seq + 1;
	g->size += (int64_t)size;
	g->last = env_now();
	g->tenant = r->tenant;
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

	if (payload.n > SPOOL_PAYLOAD_MAX) {
		log_error("spool record too large bytes=%zu", payload.n);
		return;
	}
	(void)pthread_mutex_lock(&s->lock);
	bound_keep(s, RECORD_HEAD + payload.n);
	r.seq = s->waiting.next;
	b = record_encode(a, &r);
	if (record_write(s, b) ||
	    (errno == ENOSPC && spool_disk_full(s) && record_write(s, b))) {
		place_keep(s, &r, b.n);
		s->dirty = true;
		(void)pthread_cond_signal(&s->filled);
	} else {
		complain(s);
		spool_lose(s, &r, GAP_DISK, env_now(), env_now());
	}
	(void)pthread_mutex_unlock(&s->lock);
}

/* It is not under way any more. */
static void
land(struct spool *s, uint64_t seq)
{
	size_t i;

	for (i = 0; i < s->flying; i++)
		if (s->flight[i] == seq) {
			s->flight[i] = s->flight[--s->flying];
			return;
		}
}

void
spool_done(struct spool *s, const struct parcel *p)
{
	size_t i;

	(void)pthread_mutex_lock(&s->lock);
	for (i = 0; i < p->n; i++) {
		(void)waiting_end(&s->waiting, p->v[i].seq);
		land(s, p->v[i].seq);
	}
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

size_t
spool_gaps(struct gap **out, struct spool *s, struct arena *a, size_t most)
{
	size_t i, n = 0;

	*out = arena_array(a, most, sizeof(**out));
	(void)pthread_mutex_lock(&s->lock);
	for (i = 0; i < s->gaps.n && n < most; i++)
		if (n == 0 || s->gaps.v[i].tenant == (*out)[0].tenant)
			(*out)[n++] = s->gaps.v[i];
	(void)pthread_mutex_unlock(&s->lock);
	return n;
}

void
spool_told(struct spool *s, const struct gap *v, size_t n)
{
	(void)pthread_mutex_lock(&s->lock);
	gaps_told(&s->gaps, v, n);
	(void)pthread_mutex_unlock(&s->lock);
}

void
spool_wait(struct spool *s, int timeout_ms, bool fresh)
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
	if (fresh || s->waiting.n == 0)
		(void)pthread_cond_timedwait(&s->filled, &s->lock, &t);
	(void)pthread_mutex_unlock(&s->lock);
}

/* fdatasync beside the lock: lines go on appending to the same file. */
static void
data_sync(struct spool *s)
{
	uint64_t id = 0;
	bool named;
	int fd = -1, full;

	(void)pthread_mutex_lock(&s->lock);
	full = s->full;
	named = s->named;
	s->full = -1;
	s->named = false;
	if (s->dirty && s->waiting.n > 0 && s->fd >= 0) {
		fd = dup(s->fd);
		id = s->segments[s->n - 1].id;
		s->dirty = false;
	}
	(void)pthread_mutex_unlock(&s->lock);
	if (named)
		segment_names_sync(s->conf.dir);
	full_sync(full);
	if (fd < 0)
		return;
	if (env_get()->sync(fd) != 0) {
		/* What did not get through is unknown: never ask again. */
		log_error("spool sync why=\"%s\"", strerror(errno));
		(void)pthread_mutex_lock(&s->lock);
		if (s->n > 0 && s->segments[s->n - 1].id == id)
			spool_close_segment(s);
		(void)pthread_mutex_unlock(&s->lock);
	}
	(void)close(fd);
}

static const struct {
	enum spool_state state;
	const char *name;
} states[] = {
	{ SPOOL_WELL, "well" },
	{ SPOOL_HALF, "half full" },
	{ SPOOL_HIGH, "filling up" },
	{ SPOOL_CRITICAL, "nearly full" },
	{ SPOOL_FULL, "full" },
};

enum { STATES = sizeof(states) / sizeof(*states), STAYS_PERCENT = 5 };

const char *
spool_state_name(enum spool_state state)
{
	size_t i = 0;

	while (i + 1 < STATES && states[i].state != state)
		i++;
	return states[i].name;
}

/* In percent of what there is room for, of bytes or of days. */
static int
fullness(const struct spool *s)
{
	int64_t bytes = s->bytes * 100 / (s->limit > 0 ? s->limit : 1);
	int64_t days = 0;

	if (s->gave_up != 0 && env_mono() - s->gave_up < CLOCK_MIN)
		return SPOOL_FULL;
	if (s->conf.max_days > 0 && s->n > 0 && s->waiting.n > 0)
		days = (env_now() - s->segments[0].since) * 100 /
		       (s->conf.max_days * CLOCK_DAY);
	if (days > bytes)
		bytes = days;
	return bytes < SPOOL_FULL ? (int)bytes : SPOOL_FULL - 1;
}

/* Say so when it has become fuller, or clearly emptier. */
static void
state_follow(struct spool *s)
{
	int percent = fullness(s);
	size_t i = STATES - 1;

	while (i > 0 && percent < (int)states[i].state)
		i--;
	if (states[i].state == s->state ||
	    (states[i].state < s->state &&
		percent + STAYS_PERCENT >= (int)s->state))
		return;
	s->state = states[i].state;
	if (s->state >= SPOOL_HIGH)
		log_warn("spool %s percent=%d bytes=%" PRId64, states[i].name,
		    percent, s->bytes);
	else
		log_info("spool %s percent=%d bytes=%" PRId64, states[i].name,
		    percent, s->bytes);
}

void
spool_sync(struct spool *s)
{
	struct err *e;
	uint64_t low;

	data_sync(s);
	(void)pthread_mutex_lock(&s->lock);
	tidy(s);
	spool_look(s);
	spool_expire(s);
	spool_save_gaps(s);
	state_follow(s);
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
	c.thinned = s->thinned;
	c.gaps = s->gaps.n;
	c.bytes = s->bytes;
	c.limit = s->limit;
	c.state = s->state;
	(void)pthread_mutex_unlock(&s->lock);
	return c;
}
