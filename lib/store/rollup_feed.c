/* The readings of a pass, in windows that memory can hold. */
#include "base/clock.h"
#include "base/ids.h"
#include "base/log.h"
#include "query.h"
#include "store/roll.h"

enum {
	FEW = 32,	      /* sensors, whose slices are fetched one by one */
	WINDOW_MAX = 1000000, /* readings a window may hold, */
	WINDOW_FREE = 100000  /* and below which it may grow */
};

/* The series of all tracks: the sensors' own and their facets'. */
static size_t
series(int32_t **out, const struct pass *p)
{
	size_t i, k, n = 0;

	*out = arena_array(p->plan->arena, p->n * (1 + FACETS), sizeof(**out));
	for (i = 0; i < p->n; i++) {
		const struct subject *s = p->track[i].item->of;

		(*out)[n++] = s->meaning.sensor;
		for (k = 0; k < FACETS; k++)
			if (s->facet[k] != 0)
				(*out)[n++] = s->facet[k];
	}
	return ids_settle(*out, n);
}

/* Take what is wanted of a piece; the piece itself lives in scratch. */
static struct err *
take(struct readings *out, struct pass *p, const struct rows *rows, int i,
    const int32_t *sensor, size_t n, int64_t from, int64_t to)
{
	struct bytes b = rows_bytes(rows, i, ROLLUP_BLOCKS_PIECE);
	struct arena *scratch = arena_new();
	struct readings some;
	struct err *e;
	size_t k;

	if (rows_int(rows, i, ROLLUP_BLOCKS_LEVEL) == 1)
		e = block_decode(&some, scratch, b);
	else
		e = run_decode(&some, scratch, b);
	for (k = 0; e == NULL && k < some.n; k++) {
		const struct reading *r = &some.v[k];

		if (r->time < from || r->time >= to ||
		    ids_find(sensor, n, r->sensor) == NULL)
			continue;
		*readings_room(out, p->plan->scratch, 1) = *r;
		out->n++;
	}
	arena_free(scratch);
	return e != NULL ? err_pass(e) : NULL;
}

/* Many sensors: whole blocks are cheaper than a slice a sensor. */
static struct err *
read_blocks(struct readings *out, struct pass *p, const int32_t *sensor,
    size_t n, int64_t from, int64_t to)
{
	struct plan *plan = p->plan;
	struct rows *rows;
	struct err *e;
	int i;

	*out = (struct readings){ 0 };
	if ((e = tx_rows(&rows, plan->tx, &q_rollup_blocks,
		 ARGS(plan->tenant, arr_int(plan->scratch, sensor, n),
		     A_TIME(from), A_TIME(to)))) != NULL)
		return err_pass(e);
	for (i = 0; i < rows_count(rows); i++) {
		if (rows_null(rows, i, ROLLUP_BLOCKS_PIECE)) {
			p->is_lost = true;
			continue;
		}
		e = take(out, p, rows, i, sensor, n, from, to);
		if (e != NULL) {
			log_err(e, "tenant=%d", tx_who(plan->tx)->tenant);
			p->is_lost = true;
		}
		if (out->n > WINDOW_MAX)
			return err_raise(ERR_TOO_BIG,
			    "Too many readings at once.", "window");
	}
	(void)readings_settle(out, plan->scratch);
	return NULL;
}

static struct err *
read_window(struct readings *out, struct pass *p, const int32_t *sensor,
    size_t n, int64_t from, int64_t to)
{
	struct answer answer;
	struct err *e;

	if (n > FEW) {
		e = read_blocks(out, p, sensor, n, from, to);
		return e != NULL ? err_pass(e) : NULL;
	}
	if ((e = store_read(&answer, p->plan->tx, sensor, n, from, to)) != NULL)
		return err_pass(e);
	p->is_lost |= answer.n_lost > 0;
	*out = answer.r;
	return NULL;
}

/* A series' readings with from <= time < to, of settled ones. */
static struct readings
cut(const struct readings *r, int32_t sensor, int64_t from, int64_t to)
{
	size_t first = readings_place(r, sensor, from);

	return (struct readings){ r->v + first,
		readings_place(r, sensor, to > from ? to : from) - first, 0 };
}

static void
fold(struct track *t, const struct readings *r)
{
	const struct subject *of = t->item->of;
	struct sampler s = {
		.own = cut(r, of->meaning.sensor, t->from, t->to),
	};
	struct sample one;
	struct bucket b;
	size_t k;

	for (k = 0; k < FACETS; k++)
		if (of->facet[k] != 0)
			s.of[k] = cut(r, of->facet[k], t->from, t->to);
	while (sample_next(&one, &s)) {
		b = sample_bucket(&one);
		roller_put(&t->roller, &b);
		t->seen = one.r.time;
	}
}

/* The span that any track wants. */
static void
span(int64_t *from, int64_t *to, const struct pass *p)
{
	size_t i;

	*from = ROLLUP_EVER;
	*to = ROLLUP_NEVER;
	for (i = 0; i < p->n; i++) {
		const struct track *t = &p->track[i];

		if (t->from < *from)
			*from = t->from;
		if (t->to > *to)
			*to = t->to;
	}
}

struct err *
pass_feed(struct pass *p)
{
	struct tx *tx = p->plan->tx;
	int64_t from, to, length;
	struct readings some;
	int32_t *sensor;
	size_t n = series(&sensor, p), i;
	struct err *e = NULL;

	span(&from, &to, p);
	for (length = to - from; from < to;) {
		int64_t end = to - from < length ? to : from + length;

		arena_reset(p->plan->scratch);
		(void)tx_use(tx, p->plan->scratch);
		e = read_window(&some, p, sensor, n, from, end);
		(void)tx_use(tx, p->plan->arena);
		if (e != NULL && e->kind == ERR_TOO_BIG && length > CLOCK_MS) {
			length /= 2;
			continue;
		}
		if (e != NULL)
			return err_pass(e);
		for (i = 0; i < p->n; i++)
			fold(&p->track[i], &some);
		p->readings += some.n;
		from = end;
		if (some.n < WINDOW_FREE)
			length *= 2;
	}
	return NULL;
}
