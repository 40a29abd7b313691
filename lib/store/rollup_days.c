/* Days, composed of their hours. */
#include <stdlib.h>

#include "base/clock.h"
#include "query.h"
#include "store/roll.h"

enum { DAYS_MAX = 1024 }; /* whose hours are in memory at once */

static int
by_sensor_start(const void *a, const void *b)
{
	const struct rollup *x = a, *y = b;

	if (x->sensor != y->sensor)
		return x->sensor < y->sensor ? -1 : 1;
	return (x->start > y->start) - (x->start < y->start);
}

void
pass_days_of(struct spans *out, const struct pass *p,
    const struct rollups *hours, const struct spans *gone)
{
	const struct edges *e = &p->edges;
	struct arena *a = p->plan->arena;
	size_t n = hours->n + 2 * gone->n, i, k = 0;
	struct rollup *v = arena_array(a, n, sizeof(*v));
	struct edges days =
	    calendar_edges(a, UNIT_DAY, e->v[0], e->v[e->n - 1] + 1);

	for (i = 0; i < hours->n; i++)
		v[k++] = (struct rollup){ .sensor = hours->v[i].sensor,
			.start = hours->v[i].start };
	for (i = 0; i < gone->n; i++) {
		v[k++] = (struct rollup){ .sensor = gone->sensor[i],
			.start = gone->from[i] };
		if (gone->to[i] != ROLLUP_EVER)
			v[k++] = (struct rollup){ .sensor = gone->sensor[i],
				.start = gone->to[i] - 1 };
	}
	for (i = 0; i < k; i++) {
		size_t d = edges_find(&days, v[i].start);

		v[i].start = days.v[d];
		v[i].end = days.v[d + 1];
	}
	if (k > 1)
		qsort(v, k, sizeof(*v), by_sensor_start);
	for (i = 0; i < k; i++)
		if (i == 0 || by_sensor_start(&v[i - 1], &v[i]) != 0)
			spans_add(out, a, v[i].sensor, v[i].start, v[i].end);
}

/* Some of the days; what they are made of lives in scratch. */
static struct err *
compose(struct pass *p, const struct spans *s)
{
	const int32_t *sensor = s->sensor;
	const int64_t *from = s->from, *to = s->to;
	struct plan *plan = p->plan;
	struct arena *a = plan->scratch;
	struct rollup *hour, *day = arena_array(a, s->n, sizeof(*day));
	int16_t *kind = arena_array(a, s->n, sizeof(*kind));
	struct rollups out = { day, 0 };
	struct rows *rows;
	size_t hours, n = s->n, i, k = 0;
	int64_t first, end;
	struct err *e;

	spans_reach(&first, &end, s);
	if ((e = tx_rows(&rows, plan->tx, &q_rollup_within,
		 ARGS(plan->tenant, arr_int(a, sensor, n), arr_time(a, from, n),
		     arr_time(a, to, n), A_TIME(first), A_TIME(end)))) != NULL)
		return err_pass(e);
	hours = (size_t)rows_count(rows);
	hour = arena_array(a, hours, sizeof(*hour));
	for (i = 0; i < hours; i++)
		rollup_row(&hour[i], a, rows, (int)i);
	for (i = 0; i < n; i++) {
		struct rollups of = { hour + k, 0 };

		while (k + of.n < hours && hour[k + of.n].sensor == sensor[i] &&
		       hour[k + of.n].start < to[i])
			of.n++;
		k += of.n;
		if (of.n == 0)
			continue;
		day[out.n] = (struct rollup){ .sensor = sensor[i],
			.start = from[i],
			.end = to[i] };
		kind[out.n] =
		    (int16_t)plan_subject(plan, sensor[i])->meaning.kind;
		roller_join(&day[out.n++], a, &of);
	}
	e = rollup_put(plan->tx, UNIT_DAY, &out, kind, !p->is_lost);
	return e != NULL ? err_pass(e) : NULL;
}

struct err *
pass_days(struct pass *p, const struct spans *days)
{
	struct tx *tx = p->plan->tx;
	struct err *e = NULL;
	size_t i;

	for (i = 0; i < days->n && e == NULL; i += DAYS_MAX) {
		struct spans some = { days->sensor + i, days->from + i,
			days->to + i, days->n - i, 0 };

		if (some.n > DAYS_MAX)
			some.n = DAYS_MAX;
		arena_reset(p->plan->scratch);
		(void)tx_use(tx, p->plan->scratch);
		e = compose(p, &some);
		(void)tx_use(tx, p->plan->arena);
	}
	return e != NULL ? err_pass(e) : NULL;
}
