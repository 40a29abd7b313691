#include <inttypes.h>

#include "base/log.h"
#include "spool_state.h"

/* Put a record into the parcel, unless it is of another tenant or full. */
static void
parcel_add(struct parcel *p, const struct record *r, const struct load *load)
{
	if (p->n > 0 &&
	    (r->tenant != p->tenant || p->n >= PARCEL_MAX ||
		p->readings + r->readings > load->readings ||
		(load->bytes > 0 && p->bytes + r->payload.n > load->bytes)))
		return;
	p->tenant = r->tenant;
	p->v[p->n++] = *r;
	p->readings += r->readings;
	p->bytes += r->payload.n;
}

/* The newest records that we know the place of. */
static void
take_newest(struct parcel *p, struct spool *s, struct arena *a,
    const struct load *load)
{
	uint64_t i, most = s->lived < LIVE ? s->lived : LIVE;

	for (i = 1; i <= most && p->readings < load->readings; i++) {
		const struct place *at = &s->live[(s->lived - i) % LIVE];
		struct record r;
		struct bytes b;
		size_t end = 0, start;

		if (!waiting_has(&s->waiting, at->seq) ||
		    (p->n > 0 && at->tenant != p->tenant))
			continue;
		if (load->bytes > 0 && p->bytes + at->size > load->bytes &&
		    p->n > 0)
			break;
		b = segment_read(a, s->conf.dir, at->segment, at->offset,
		    at->size);
		if (record_next(&r, b, &end, &start) == RECORD_HERE &&
		    r.seq == at->seq)
			parcel_add(p, &r, load);
	}
}

static struct segment *
head_find(struct spool *s)
{
	size_t i;

	for (i = 0; i < s->n; i++) {
		if (s->segments[i].id < s->head_segment)
			continue;
		if (s->segments[i].id > s->head_segment)
			s->head_offset = 0;
		s->head_segment = s->segments[i].id;
		return &s->segments[i];
	}
	return NULL;
}

/*
 * Collect from one window at the head; the head moves over what is stored.
 * False: nothing waits in this window, and the head is behind it.
 */
static bool
window_take(struct parcel *p, struct spool *s, struct arena *a,
    const struct segment *g, const struct load *load)
{
	struct bytes b =
	    segment_read(a, s->conf.dir, g->id, s->head_offset, WINDOW);
	size_t at = 0, start = 0, stored = 0;
	enum record_found found;
	struct record r;

	while ((found = record_next(&r, b, &at, &start)) == RECORD_HERE) {
		if (waiting_has(&s->waiting, r.seq))
			parcel_add(p, &r, load);
		else if (p->n == 0)
			stored = at;
	}
	if (p->n > 0) {
		s->head_offset += (int64_t)stored;
		return true;
	}
	if (b.n < WINDOW)
		s->head_offset = g->size;
	else if (found == RECORD_CUT)
		s->head_offset += (int64_t)(start > 0 ? start : 1);
	else
		s->head_offset += (int64_t)(at > b.n - 3 ? at : b.n - 3);
	return false;
}

/* The oldest records, in the order they came. */
static void
take_oldest(struct parcel *p, struct spool *s, struct arena *a,
    const struct load *load)
{
	struct segment *g;
	uint64_t lost;

	while ((g = head_find(s)) != NULL) {
		if (s->head_offset < g->size) {
			if (window_take(p, s, a, g, load))
				return;
			continue;
		}
		/* Read to its end: what still waits here cannot be read. */
		if ((lost = spool_give_up(s, g)) > 0) {
			log_error("spool unreadable records=%" PRIu64, lost);
			gaps_add(&s->gaps, &(struct gap){ .tenant = g->tenant,
					       .from = g->since,
					       .to = g->last,
					       .reason = GAP_UNREADABLE });
		}
		if (g == &s->segments[s->n - 1])
			return;
		s->head_segment = g->id + 1;
		s->head_offset = 0;
	}
}

bool
spool_take(struct parcel *p, struct spool *s, struct arena *a,
    const struct load *load)
{
	size_t i;

	*p = (struct parcel){ .v = arena_array(a, PARCEL_MAX, sizeof(*p->v)) };
	(void)pthread_mutex_lock(&s->lock);
	s->flying = 0;
	if (s->waiting.n > 0) {
		if (!s->oldest_next || load->live_only)
			take_newest(p, s, a, load);
		p->live = p->n > 0;
		if (p->n == 0 && !load->live_only)
			take_oldest(p, s, a, load);
		if (p->n > 0)
			s->oldest_next = p->live && !load->live_only;
	}
	for (i = 0; i < p->n; i++)
		s->flight[s->flying++] = p->v[i].seq;
	(void)pthread_mutex_unlock(&s->lock);
	return p->n > 0;
}
