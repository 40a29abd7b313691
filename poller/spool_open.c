#include <inttypes.h>

#include "base/log.h"
#include "spool_state.h"
#include "store/block.h"

enum {
	NUMBERS = 1 << 28,    /* from the oldest that waits to the newest */
	SEGMENTS_SPARE = 4096 /* each start begins a new one, and thin ones */
};

/* When its first reading was, which is not behind the file's time. */
static int64_t
record_time(const struct record *r, struct arena *a, int64_t file)
{
	struct readings v;
	int64_t min, max;

	if (block_decode(&v, a, r->payload) != NULL || v.n == 0)
		return file;
	readings_span(&min, &max, &v);
	return min < file ? min : file;
}

/*
 * Learn what a segment holds.  Damaged bytes are put aside; the records
 * between them count.
 */
static void
segment_scan(struct spool *s, struct arena *a, struct segment *g)
{
	struct bytes b = segment_read(a, s->conf.dir, g->id, 0,
	    s->conf.segment_bytes + WINDOW);
	struct buf bad = buf_new(a, 256);
	size_t at = 0, start, end = 0;
	struct record r;

	g->size = (int64_t)b.n;
	g->last = segment_time(s->conf.dir, g->id);
	g->since = g->last;
	while (record_next(&r, b, &at, &start) == RECORD_HERE) {
		buf_put(&bad, b.p + end, start - end);
		end = at;
		if (r.seq < s->waiting.next ||
		    (s->waiting.n > 0 &&
			r.seq - s->waiting.low >= s->waiting.span))
			continue; /* stored, or more than can wait */
		if (g->first == g->end) {
			g->first = r.seq;
			g->since = record_time(&r, a, g->last);
		}
		g->tenant = r.tenant;
		g->end = r.seq + 1;
		waiting_begin(&s->waiting, r.seq);
	}
	buf_put(&bad, b.p + end, b.n - end);
	if (bad.n == 0)
		return;
	log_warn("spool damage segment=%" PRIx64 " bytes=%zu", g->id, bad.n);
	segment_quarantine(s->conf.dir, g->id, (struct bytes){ bad.p, bad.n });
	if (g->tenant != 0)
		gaps_add(&s->gaps, &(struct gap){ .tenant = g->tenant,
				       .from = g->since,
				       .to = g->last,
				       .reason = GAP_UNREADABLE });
}

/*
 * What was begun with a segment, as the gaps say; what was not yet meant is
 * not done.
 */
static void
segment_finish(struct spool *s, uint64_t id)
{
	if (id == s->gaps.thinning)
		(void)segment_put_thin(s->conf.dir, id);
	else
		segment_forget_thin(s->conf.dir, id);
}

/* Find what an earlier run left. */
static struct err *
spool_recover(struct spool *s, struct arena *a)
{
	struct arena *scratch = arena_new();
	struct segment *found, *g;
	struct err *e;
	size_t n, i;

	if ((e = segments_find(&found, &n, scratch, s->conf.dir)) != NULL) {
		arena_free(scratch);
		return err_pass(e);
	}
	gaps_load(&s->gaps, a, s->conf.dir);
	waiting_start(&s->waiting, cursor_load(s->conf.dir));
	for (i = 0; i < n; i++) {
		struct arena *one = arena_new();

		g = &s->segments[s->n];
		*g = (struct segment){ .id = found[i].id };
		if (g->id == s->gaps.dropping) {
			segment_remove(s->conf.dir, g->id);
			s->head_segment = g->id + 1;
			arena_free(one);
			continue;
		}
		segment_finish(s, g->id);
		segment_scan(s, one, g);
		arena_free(one);
		s->head_segment = g->id + 1;
		/* Stored, or nothing but damage; or too many of them. */
		if (g->first == g->end || s->n + 2 >= s->cap) {
			if (g->first != g->end)
				gaps_add(&s->gaps,
				    &(struct gap){ .tenant = g->tenant,
					.from = g->since,
					.to = g->last,
					.reason = GAP_DROPPED });
			(void)spool_give_up(s, g);
			segment_remove(s->conf.dir, g->id);
		} else {
			s->bytes += s->segments[s->n++].size;
		}
	}
	if (s->n > 0)
		s->head_segment = s->segments[0].id;
	if (s->gaps.dropping != 0 || s->gaps.thinning != 0)
		s->gaps.dirty = true;
	spool_save_gaps(s);
	arena_free(scratch);
	return NULL;
}

struct err *
spool_open(struct spool **out, struct arena *a, const struct spool_conf *conf)
{
	struct spool *s = arena_alloc(a, sizeof(*s));
	pthread_condattr_t mono;
	struct err *e;

	s->conf = *conf;
	s->limit = conf->max_bytes;
	s->fd = s->full = -1;
	s->cap = (size_t)conf->max_bytes / conf->segment_bytes + SEGMENTS_SPARE;
	s->segments = arena_array(a, s->cap + 1, sizeof(*s->segments));
	s->waiting = waiting_new(a, NUMBERS);
	(void)pthread_mutex_init(&s->lock, NULL);
	(void)pthread_condattr_init(&mono);
	(void)pthread_condattr_setclock(&mono, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&s->filled, &mono);
	if ((e = spool_recover(s, a)) != NULL)
		return err_pass(e);
	s->saved = s->waiting.low;
	if (s->waiting.n > 0)
		log_info("spool recovered records=%" PRIu64, s->waiting.n);
	spool_look(s);
	*out = s;
	return NULL;
}
