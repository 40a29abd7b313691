/* The readings of a pass, in windows that memory can hold. */
#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "query.h"
#include "store/roll.h"

enum {
	FEW = 32,	      /* sensors, whose slices are fetched one by one */
	WINDOW_MAX = 1000000, /* readings a window may hold, */
	WINDOW_FREE = 100000  /* and below which it may grow */
};

static int
by_int(const void *a, const void *b)
{
	const int32_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

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
	qsort(*out, n, sizeof(**out), by_int);
	return n;
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
		    bsearch(&r->sensor, sensor, n, sizeof(*sensor), by_int) ==
			NULL)
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

/* A series within settled readings, gone through by time. */
struct cursor {
	const struct reading *v, *end;
};

static struct cursor
cursor(const struct readings *r, int32_t sensor, int64_t from)
{
	size_t low = 0, high = r->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct reading *m = &r->v[middle];

		if (m->sensor < sensor ||
		    (m->sensor == sensor && m->time < from))
			low = middle + 1;
		else
			high = middle;
	}
	return (struct cursor){ r->v + low, r->v + r->n };
}

/* What a facet says at this instant; NaN: nothing. */
static double
facet_at(struct cursor *c, int32_t sensor, int64_t time)
{
	while (c->v < c->end && c->v->sensor == sensor && c->v->time < time)
		c->v++;
	if (c->v == c->end || c->v->sensor != sensor || c->v->time != time)
		return NAN;
	return c->v->value;
}

/* A reading and what its facets say of the window that it stands for. */
static struct sample
sample(const struct reading *r, struct cursor *facet, const int32_t *sensor)
{
	struct sample s = { .time = r->time,
		.value = r->value,
		.min = r->value,
		.max = r->value,
		.n = 1,
		.quality = r->quality };
	double said[FACETS];
	size_t k;

	for (k = 0; k < FACETS; k++)
		said[k] = sensor[k] == 0
			      ? NAN
			      : facet_at(&facet[k], sensor[k], r->time);
	if (isnan(r->value))
		return s;
	if (said[FACET_COUNT] >= 1 && said[FACET_COUNT] < 1e15)
		s.n = llround(said[FACET_COUNT]);
	if (!isnan(said[FACET_MIN]))
		s.min = said[FACET_MIN];
	if (!isnan(said[FACET_MAX]))
		s.max = said[FACET_MAX];
	if (said[FACET_STDDEV] > 0)
		s.deviation = said[FACET_STDDEV];
	return s;
}

static void
fold(struct track *t, const struct readings *r)
{
	const struct subject *of = t->item->of;
	struct cursor own = cursor(r, of->meaning.sensor, t->from);
	struct cursor facet[FACETS];
	struct sample s;
	size_t k;

	for (k = 0; k < FACETS; k++)
		if (of->facet[k] != 0)
			facet[k] = cursor(r, of->facet[k], t->from);
	for (; own.v < own.end && own.v->sensor == of->meaning.sensor &&
	       own.v->time < t->to;
	     own.v++) {
		s = sample(own.v, facet, of->facet);
		roller_put(&t->roller, &s);
		t->seen = s.time;
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
