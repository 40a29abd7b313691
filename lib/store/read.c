#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "query.h"
#include "store/store.h"

enum { CHART_WINDOWS = 128 };

/* Append those readings of `more` that are of the sensor and in the span. */
static struct err *
take(struct readings *all, struct arena *a, const struct readings *more,
    int32_t sensor, int64_t from, int64_t to)
{
	size_t i;

	if (all->n + more->n > STORE_READ_MAX)
		return err_raise(ERR_TOO_BIG,
		    "Too many readings in this span; ask for a shorter one.",
		    "more than %d readings of sensor %d", STORE_READ_MAX,
		    sensor);
	(void)readings_room(all, a, more->n);
	for (i = 0; i < more->n; i++)
		if (more->v[i].sensor == sensor && more->v[i].time >= from &&
		    more->v[i].time < to)
			all->v[all->n++] = more->v[i];
	return NULL;
}

/* Decode each row with `decode` and take what belongs to the answer. */
static struct err *
take_rows(struct readings *all, struct tx *tx, const struct rows *rows,
    struct err *(*decode)(struct readings *, struct arena *, struct bytes),
    int32_t sensor, int64_t from, int64_t to)
{
	struct readings some;
	struct err *e;
	int i;

	for (i = 0; i < rows_count(rows); i++) {
		e = decode(&some, tx_arena(tx), rows_bytes(rows, i, 0));
		if (e != NULL || (e = take(all, tx_arena(tx), &some, sensor,
				      from, to)) != NULL)
			return err_pass(e);
	}
	return NULL;
}

/*
 * Landing is read before fresh: a batch that derive moves in between is then
 * seen twice and deduplicated; the other way round it would be missed.
 */
struct err *
store_read(struct readings *out, struct tx *tx, int32_t sensor, int64_t from,
    int64_t to)
{
	struct arg tenant = A((int)tx_who(tx)->tenant);
	struct readings landed = { 0 };
	struct rows *landing, *fresh;
	struct err *e;

	*out = (struct readings){ 0 };
	if ((e = tx_rows(&landing, tx, &q_store_landed,
		 ARGS(tenant, A_TIME(from), A_TIME(to)))) != NULL ||
	    (e = tx_rows(&fresh, tx, &q_store_slices,
		 ARGS(tenant, arr_int(tx_arena(tx), &sensor, 1), A_TIME(from),
		     A_TIME(to)))) != NULL ||
	    (e = take_rows(out, tx, fresh, run_decode, sensor, from, to)) !=
		NULL ||
	    (e = take_rows(&landed, tx, landing, block_decode, sensor, from,
		 to)) != NULL ||
	    (e = take(out, tx_arena(tx), &landed, sensor, from, to)) != NULL)
		return err_pass(e);
	(void)readings_settle(out, tx_arena(tx));
	return NULL;
}

static void
put(struct bucket *b, const struct reading *r)
{
	if (b->count + b->bad == 0 || r->quality < b->quality)
		b->quality = r->quality;
	if (isnan(r->value)) {
		b->bad++;
		return;
	}
	if (b->count == 0) {
		b->min = b->max = b->first = r->value;
	} else {
		b->min = fmin(b->min, r->value);
		b->max = fmax(b->max, r->value);
	}
	b->sum += r->value;
	b->last = r->value;
	b->count++;
}

/* One window's readings into their buckets, from scratch memory. */
static struct err *
window(struct bucket *out, size_t n, struct tx *tx, int32_t sensor,
    int64_t from, int64_t to, int64_t start, int64_t end)
{
	struct arena *scratch = arena_new();
	struct arena *own = tx_use(tx, scratch);
	struct readings r;
	struct err *e = store_read(&r, tx, sensor, start, end);
	size_t i;

	for (i = 0; e == NULL && i < r.n; i++) {
		double at = (double)(r.v[i].time - from) / (double)(to - from);
		size_t k = (size_t)(at * (double)n);

		put(&out[k < n ? k : n - 1], &r.v[i]);
	}
	(void)tx_use(tx, own);
	arena_free(scratch);
	return e != NULL ? err_pass(e) : NULL;
}

struct err *
store_chart(struct bucket *out, size_t n, struct tx *tx, int32_t sensor,
    int64_t from, int64_t to)
{
	int64_t step = (to - from) / CHART_WINDOWS, start;
	struct err *e;
	size_t i;

	for (i = 0; i < n; i++)
		out[i] = (struct bucket){
			.start = from + (int64_t)((double)(to - from) /
						  (double)n * (double)i)
		};
	if (step < CLOCK_DAY)
		step = CLOCK_DAY;
	for (start = from; start < to; start += step) {
		int64_t end = to - start < step ? to : start + step;

		if ((e = window(out, n, tx, sensor, from, to, start, end)) !=
		    NULL)
			return err_pass(e);
	}
	return NULL;
}
