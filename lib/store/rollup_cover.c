/* What of a span the rollups have, for who reads their rows. */
#include <string.h>

#include "base/clock.h"
#include "query.h"
#include "store/lane.h"
#include "store/roll.h"

/* Spans with both ends in them; the first ones, and the last beside them. */
static struct err *
read_spans(struct windows *w, struct arena *a, const struct rows *rows, int r,
    int column)
{
	int64_t *first, *last;
	size_t n = rows_times(&first, rows, r, column), i;

	if (rows_times(&last, rows, r, column + 1) != n)
		return err_raise(ERR_BUG, "", "spans without an end");
	for (i = 0; i < n; i++)
		windows_add(w, a, first[i], last[i] + 1);
	windows_tidy(w);
	return NULL;
}

struct err *
rollup_cover(struct rollup_cover *out, struct tx *tx,
    const struct rollup_query *q, int64_t hold)
{
	struct arena *a = tx_arena(tx);
	struct rows *rows;
	struct err *e;
	size_t i;

	if ((e = tx_rows(&rows, tx, &q_rollup_cover,
		 ARGS(A((int)tx_who(tx)->tenant), arr_int(a, q->sensor, q->n),
		     A_TIME(q->from), A_TIME(q->to), A_TIME(ROLLUP_NEVER)))) !=
	    NULL)
		return err_pass(e);
	for (i = 0; i < q->n; i++) {
		struct rollup_cover *c = &out[i];
		int r = (int)i;

		*c = (struct rollup_cover){ 0 };
		c->hold = hold < HOLD_MAX ? hold : HOLD_MAX;
		c->upto = rows_null(rows, r, ROLLUP_COVER_UPTO)
			      ? ROLLUP_NEVER
			      : rows_time(rows, r, ROLLUP_COVER_UPTO);
		c->is_remade = rows_bool(rows, r, ROLLUP_COVER_REMADE);
		if ((e = read_spans(&c->waits, a, rows, r,
			 ROLLUP_COVER_FIRST)) != NULL ||
		    (e = read_spans(&c->lost, a, rows, r,
			 ROLLUP_COVER_LOST_FIRST)) != NULL)
			return err_pass(e);
	}
	return NULL;
}

struct err *
rollup_state(const char **out, struct tx *tx, const struct rollup_query *q,
    const char *about)
{
	struct arena *a = tx_arena(tx);
	struct rows *rows;
	struct err *e;

	if ((e = lanes_plan(tx, q->from, q->to)) != NULL ||
	    (e = tx_rows(&rows, tx, &q_rollup_versions,
		 ARGS(A((int)tx_who(tx)->tenant), arr_int(a, q->sensor, q->n),
		     A_TIME(q->from), A_TIME(q->to), A(q->unit == UNIT_DAY),
		     A(about)))) != NULL)
		return err_pass(e);
	*out = rows_text(rows, 0, ROLLUP_VERSIONS_STATE);
	return NULL;
}

static void
lines_add(struct rollup_lines *l, struct arena *a, struct rollup_line line)
{
	struct rollup_line *v;

	if (l->n == l->room) {
		l->room = l->room * 2 + 32;
		v = arena_array(a, l->room, sizeof(*v));
		if (l->n > 0)
			memcpy(v, l->v, l->n * sizeof(*v));
		l->v = v;
	}
	l->v[l->n++] = line;
}

/* The buckets that begin in the span, before `now`, where something waits. */
static struct rollup_lines
waiting(struct arena *a, const struct rollup_parts *p)
{
	const struct rollup_query *q = p->query;
	const struct rollup_cover *c = p->cover;
	int64_t at = calendar_next(q->unit, q->from - 1), next, floor;
	int64_t to = q->to < p->now ? q->to : p->now;
	struct rollup_lines l = { 0 };
	size_t i;

	for (i = 0; i < c->waits.n && c->waits.v[i].from < to; i++) {
		const struct window *w = &c->waits.v[i];

		if (w->from > at) {
			floor = calendar_floor(q->unit, w->from);
			at = floor > at ? floor : at;
		}
		for (; at < w->to + c->hold && at < to; at = next) {
			next = calendar_next(q->unit, at);
			lines_add(&l, a,
			    (struct rollup_line){ NULL, at, next, true,
				windows_touch(&c->lost, at, next) });
		}
	}
	return l;
}

/*
 * A row.  What waits before it may hold on into it; and the first step of a
 * counter begins at the last value that it counted, in the row from `since`.
 */
static struct rollup_line
line_of(const struct rollup *r, const struct rollup_parts *p, int64_t since)
{
	const struct rollup_cover *c = p->cover;
	bool waits = windows_touch(&c->waits, r->start - c->hold, r->end) ||
		     windows_touch(&c->waits, since, r->start);

	return (struct rollup_line){ r, r->start, r->end,
		waits || c->is_remade || r->end > p->now,
		windows_touch(&c->lost, r->start, r->end) };
}

void
rollup_weave(struct rollup_lines *out, struct arena *a,
    const struct rollup_parts *p)
{
	const struct rollups *rows = &p->rows;
	struct rollup_lines none = waiting(a, p);
	int64_t since = ROLLUP_NEVER;
	size_t i, k = 0;

	*out = (struct rollup_lines){ 0 };
	for (i = 0; i < rows->n; i++) {
		const struct rollup *r = &rows->v[i];
		bool counts = r->good_at != ROLLUP_NEVER;

		for (; k < none.n && none.v[k].end <= r->start; k++)
			lines_add(out, a, none.v[k]);
		while (k < none.n && none.v[k].start < r->end)
			k++;
		lines_add(out, a, line_of(r, p, counts ? since : r->start));
		if (counts)
			since = r->start;
	}
	for (; k < none.n; k++)
		lines_add(out, a, none.v[k]);
}
