/* What must be known of sensors before anything of theirs is folded. */
#include "base/clock.h"
#include "query.h"
#include "store/lane.h"

/* A span of more than a few months' partitions. */
#define YEARS (100 * CLOCK_DAY)

struct err *
lanes_plan(struct tx *tx, int64_t from, int64_t to)
{
	struct err *e;

	if (to - from > YEARS &&
	    (e = tx_send(tx, &q_lane_generic, NULL, 0)) != NULL)
		return err_pass(e);
	return NULL;
}

struct err *
lanes_cover(struct lane *lane, struct tx *tx, const struct series *s, size_t n,
    const struct grid *g)
{
	struct arena *a = tx_arena(tx);
	int32_t *sensor = arena_array(a, n, sizeof(*sensor));
	int64_t *first, *last;
	struct rows *rows;
	struct err *e;
	size_t i, k, waits;

	for (i = 0; i < n; i++)
		sensor[i] = s[i].sensor;
	if ((e = lanes_plan(tx, g->edge[0], g->edge[g->n])) != NULL ||
	    (e = tx_rows(&rows, tx, &q_lane_cover,
		 ARGS(A((int)tx_who(tx)->tenant), arr_int(a, sensor, n),
		     A_TIME(g->edge[0]), A_TIME(g->edge[g->n])))) != NULL)
		return err_pass(e);
	for (i = 0; i < n; i++) {
		struct lane *l = &lane[i];
		int r = (int)i;

		l->upto = rows_null(rows, r, LANE_COVER_UPTO)
			      ? ROLLUP_NEVER
			      : rows_time(rows, r, LANE_COVER_UPTO);
		l->floor = rows_null(rows, r, LANE_COVER_FLOOR)
			       ? ROLLUP_NEVER
			       : rows_time(rows, r, LANE_COVER_FLOOR);
		waits = rows_times(&first, rows, r, LANE_COVER_FIRST);
		if (rows_times(&last, rows, r, LANE_COVER_LAST) != waits)
			return err_raise(ERR_BUG, "", "spans without an end");
		for (k = 0; k < waits; k++)
			if (first[k] <= l->upto)
				windows_add(&l->waits, a, first[k],
				    last[k] + 1);
		windows_tidy(&l->waits);
	}
	return NULL;
}

struct err *
series_counters(struct series *s, size_t n, struct tx *tx)
{
	struct arena *a = tx_arena(tx);
	int32_t *sensor = arena_array(a, n, sizeof(*sensor));
	struct swap *swap;
	struct rows *rows;
	struct err *e;
	size_t i, k = 0;
	int r;

	for (i = 0; i < n; i++)
		if (s[i].is_counter)
			sensor[k++] = s[i].sensor;
	if (k == 0)
		return NULL;
	if ((e = tx_rows(&rows, tx, &q_lane_counters,
		 ARGS(A((int)tx_who(tx)->tenant), arr_int(a, sensor, k)))) !=
	    NULL)
		return err_pass(e);
	swap = arena_array(a, (size_t)rows_count(rows) + 1, sizeof(*swap));
	for (r = 0; r < rows_count(rows); r++) {
		struct counter *c = NULL;

		for (i = 0; i < n; i++)
			if (s[i].sensor ==
			    rows_int(rows, r, LANE_COUNTERS_SENSOR))
				c = &s[i].counter;
		if (c == NULL)
			continue;
		c->wrap = rows_real(rows, r, LANE_COUNTERS_WRAP);
		if (rows_null(rows, r, LANE_COUNTERS_AT))
			continue;
		swap[r].at = rows_time(rows, r, LANE_COUNTERS_AT);
		swap[r].old_last = rows_real(rows, r, LANE_COUNTERS_OLD_LAST);
		swap[r].new_first = rows_real(rows, r, LANE_COUNTERS_NEW_FIRST);
		if (c->swaps++ == 0)
			c->swap = &swap[r];
	}
	return NULL;
}
