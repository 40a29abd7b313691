#include "store/late.h"

#include <string.h>

#include "query.h"
#include "store/chunk.h"
#include "store/fresh.h"

enum {
	SPANS = 256, /* looked at in one statement */
	RANGES = 64  /* of sensors, cut out of each row of fresh */
};

/* What is being looked for, and what of it has been found. */
struct search {
	struct tx *tx;
	const struct readings *all;
	bool *known; /* one a reading */
};

void
late_add(struct late *l, struct arena *a, const struct reading *r,
    bool is_known)
{
	struct span *s = l->n > 0 ? &l->v[l->n - 1] : NULL;

	if (s != NULL && s->sensor == r->sensor &&
	    chunk_day(s->to) == chunk_day(r->time)) {
		s->to = r->time;
		return;
	}
	if (l->n == l->room) {
		size_t room = l->room * 2 + 16;
		struct span *v = arena_array(a, room, sizeof(*v));

		if (l->n > 0)
			memcpy(v, l->v, l->n * sizeof(*v));
		l->v = v;
		l->room = room;
	}
	l->v[l->n++] = (struct span){ r->sensor, is_known, r->time, r->time };
}

static bool
is_before(const struct reading *x, const struct reading *y)
{
	return x->sensor != y->sensor ? x->sensor < y->sensor
				      : x->time < y->time;
}

/* Which of the readings are stored here, and as good. */
static void
compare(struct search *s, const struct readings *stored)
{
	const struct readings *all = s->all;
	const struct reading *r = stored->v, *end = r + stored->n;
	size_t i;

	if (stored->n == 0)
		return;
	i = readings_place(all, r->sensor, r->time);
	for (; i < all->n; i++) {
		while (r < end && is_before(r, &all->v[i]))
			r++;
		if (r == end)
			return;
		if (!is_before(&all->v[i], r) && r->rev >= all->v[i].rev)
			s->known[i] = true;
	}
}

/* A damaged part of fresh is left to the row's owner, who will meet it soon. */
static void
look_at_slice(struct search *s, const struct rows *rows, int r)
{
	static const struct slice_columns columns = { STORE_KNOWN_SENSORS,
		STORE_KNOWN_LASTS, STORE_KNOWN_OFFSETS, STORE_KNOWN_PIECE };
	struct arena *a = tx_arena(s->tx);
	struct readings part;
	struct slice slice;
	size_t i, k;

	slice_read(&slice, rows, r, &columns);
	for (i = 0; i < slice.n; i++) {
		k = readings_place(s->all, slice.sensor[i], INT64_MIN);
		if (k == s->all->n || s->all->v[k].sensor > slice.last[i])
			continue;
		if (slice_part(&part, a, &slice, i) == NULL)
			compare(s, &part);
	}
}

static struct err *
look_at_chunk(struct search *s, const struct rows *rows, int r)
{
	struct readings run;
	struct err *e;

	if (run_decode(&run, tx_arena(s->tx),
		rows_bytes(rows, r, STORE_KNOWN_PIECE)) == NULL) {
		compare(s, &run);
		return NULL;
	}
	if ((e = chunk_remove(s->tx,
		 (int32_t)rows_int(rows, r, STORE_KNOWN_SENSOR_ID),
		 rows_time(rows, r, STORE_KNOWN_T_MIN))) != NULL)
		return err_pass(e);
	return NULL;
}

/* Some spans' sensors as at most RANGES ranges; the spans are in order. */
static size_t
ranges(int32_t *low, int32_t *high, const struct span *v, size_t n)
{
	size_t i, sensors = 1, each, in = 0, k = 0;

	for (i = 1; i < n; i++)
		sensors += v[i].sensor != v[i - 1].sensor;
	each = (sensors + RANGES - 1) / RANGES;
	for (i = 0; i < n; i++) {
		if (i > 0 && v[i].sensor == v[i - 1].sensor)
			continue;
		if (in == 0)
			low[k++] = v[i].sensor;
		high[k - 1] = v[i].sensor;
		in = (in + 1) % each;
	}
	return k;
}

static struct err *
look_back(struct search *s, const struct span *v, size_t n)
{
	struct arena *a = tx_arena(s->tx);
	int32_t sensor[SPANS], low[RANGES], high[RANGES];
	int64_t from[SPANS], to[SPANS];
	struct rows *rows;
	struct err *e = NULL;
	size_t i, k;
	int r;

	for (i = 0; i < n; i++) {
		sensor[i] = v[i].sensor;
		from[i] = v[i].from;
		to[i] = v[i].to;
	}
	k = ranges(low, high, v, n);
	if ((e = tx_rows(&rows, s->tx, &q_store_known,
		 ARGS(A((int)tx_who(s->tx)->tenant), arr_int(a, sensor, n),
		     arr_time(a, from, n), arr_time(a, to, n),
		     arr_int(a, low, k), arr_int(a, high, k)))) != NULL)
		return err_pass(e);
	for (r = 0; e == NULL && r < rows_count(rows); r++) {
		if (rows_bool(rows, r, STORE_KNOWN_IS_CHUNK))
			e = look_at_chunk(s, rows, r);
		else
			look_at_slice(s, rows, r);
	}
	return e != NULL ? err_pass(e) : NULL;
}

/* The same in an arena that does not outlive it. */
static struct err *
look_back_apart(struct search *s, const struct span *v, size_t n)
{
	struct arena *scratch = arena_new();
	struct arena *own = tx_use(s->tx, scratch);
	struct err *e = look_back(s, v, n);

	(void)tx_use(s->tx, own);
	arena_free(scratch);
	return e != NULL ? err_pass(e) : NULL;
}

struct err *
late_drop(struct readings *all, struct tx *tx, const struct late *l)
{
	struct search s = { .tx = tx, .all = all };
	size_t i, n, kept = 0;
	struct err *e;

	if (l->n == 0)
		return NULL;
	s.known = arena_array(tx_arena(tx), all->n, sizeof(*s.known));
	for (i = 0; i < l->n; i += n) {
		n = l->n - i < SPANS ? l->n - i : SPANS;
		if ((e = look_back_apart(&s, l->v + i, n)) != NULL)
			return err_pass(e);
	}
	for (i = 0; i < all->n; i++)
		if (!s.known[i])
			all->v[kept++] = all->v[i];
	all->n = kept;
	return NULL;
}

struct err *
late_mark(struct tx *tx, const struct readings *all, const struct late *l)
{
	struct arena *a = tx_arena(tx);
	int32_t *sensor = arena_array(a, l->n, sizeof(*sensor));
	int64_t *t_min = arena_array(a, l->n, sizeof(*t_min));
	int64_t *t_max = arena_array(a, l->n, sizeof(*t_max));
	size_t i, k, end, n = 0;
	struct err *e;

	for (i = 0; i < l->n; i++) {
		const struct span *s = &l->v[i];

		k = end = readings_place(all, s->sensor, s->from);
		while (end < all->n && all->v[end].sensor == s->sensor &&
		       all->v[end].time <= s->to)
			end++;
		if (k == end || !s->is_known)
			continue;
		sensor[n] = s->sensor;
		t_min[n] = all->v[k].time;
		t_max[n++] = all->v[end - 1].time;
	}
	if (n == 0)
		return NULL;
	if ((e = tx_send(tx, &q_store_mark,
		 ARGS(A((int)tx_who(tx)->tenant), arr_int(a, sensor, n),
		     arr_time(a, t_min, n), arr_time(a, t_max, n)))) != NULL)
		return err_pass(e);
	return NULL;
}
