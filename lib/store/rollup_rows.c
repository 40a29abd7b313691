/* Rows of the rollups, read and written. */
#include <math.h>

#include "base/clock.h"
#include "query.h"
#include "store/lane.h"
#include "store/roll.h"

static int64_t
to_us(double seconds)
{
	return llround(seconds * (double)CLOCK_S);
}

static double
to_seconds(int64_t us)
{
	return (double)us / (double)CLOCK_S;
}

static int64_t
time_of(const struct rows *rows, int i, int column)
{
	return rows_null(rows, i, column) ? ROLLUP_NEVER
					  : rows_time(rows, i, column);
}

/* How long each state held; NULL and {} are the same. */
static void
read_stays(struct rollup *r, struct arena *a, const struct rows *rows, int i)
{
	double *state, *seconds;
	size_t n = rows_reals(&state, rows, i, ROLLUP_HOURS_STATE), k;

	if (rows_reals(&seconds, rows, i, ROLLUP_HOURS_SECONDS) != n)
		return;
	r->stay = arena_array(a, n, sizeof(*r->stay));
	r->stays = n;
	for (k = 0; k < n; k++)
		r->stay[k] = (struct stay){ state[k], to_us(seconds[k]) };
}

void
rollup_row(struct rollup *r, struct arena *a, const struct rows *rows, int i)
{
	*r = (struct rollup){
		.sensor = (int32_t)rows_int(rows, i, ROLLUP_HOURS_SENSOR_ID),
		.resets = (int32_t)rows_int(rows, i, ROLLUP_HOURS_RESETS),
		.start = rows_time(rows, i, ROLLUP_HOURS_START),
		.end = rows_time(rows, i, ROLLUP_HOURS_TILL),
		.count = rows_int(rows, i, ROLLUP_HOURS_COUNT),
		.bad = rows_int(rows, i, ROLLUP_HOURS_BAD),
		.min = rows_real(rows, i, ROLLUP_HOURS_MIN),
		.max = rows_real(rows, i, ROLLUP_HOURS_MAX),
		.sum = rows_real(rows, i, ROLLUP_HOURS_SUM),
		.m2 = rows_real(rows, i, ROLLUP_HOURS_M2),
		.first = rows_real(rows, i, ROLLUP_HOURS_FIRST),
		.last = rows_real(rows, i, ROLLUP_HOURS_LAST),
		.first_at = time_of(rows, i, ROLLUP_HOURS_FIRST_AT),
		.last_at = time_of(rows, i, ROLLUP_HOURS_LAST_AT),
		.area = rows_real(rows, i, ROLLUP_HOURS_AREA),
		.increase = rows_real(rows, i, ROLLUP_HOURS_INCREASE),
		.held = to_us(rows_real(rows, i, ROLLUP_HOURS_HELD)),
		.rest = to_us(rows_real(rows, i, ROLLUP_HOURS_REST)),
		.holds_to = time_of(rows, i, ROLLUP_HOURS_HOLDS_TO),
		.good = rows_real(rows, i, ROLLUP_HOURS_GOOD),
		.good_at = time_of(rows, i, ROLLUP_HOURS_GOOD_AT),
		.quality = (uint8_t)rows_int(rows, i, ROLLUP_HOURS_QUALITY),
	};
	read_stays(r, a, rows, i);
}

/* The states of all rows, one below the other. */
struct flat {
	int32_t *of;
	double *state, *seconds;
	size_t n;
};

static struct flat
flatten(struct arena *a, const struct rollups *in)
{
	struct flat f = { 0 };
	size_t i, k, n = 0;

	for (i = 0; i < in->n; i++)
		n += in->v[i].stays;
	f.of = arena_array(a, n, sizeof(*f.of));
	f.state = arena_array(a, n, sizeof(*f.state));
	f.seconds = arena_array(a, n, sizeof(*f.seconds));
	for (i = 0; i < in->n; i++) {
		for (k = 0; k < in->v[i].stays; k++) {
			f.of[f.n] = (int32_t)i + 1;
			f.state[f.n] = in->v[i].stay[k].state;
			f.seconds[f.n] = to_seconds(in->v[i].stay[k].us);
			f.n++;
		}
	}
	return f;
}

/* One member of every row as an array of its own. */
#define COLUMN(type, make, value)                           \
	do {                                                \
		type *v = arena_array(a, n, sizeof(*v));    \
		size_t i;                                   \
                                                            \
		for (i = 0; i < n; i++) {                   \
			const struct rollup *r = &in->v[i]; \
                                                            \
			v[i] = (type)(value);               \
		}                                           \
		*p++ = make(a, v, n);                       \
	} while (0)

/* What a bucket holds, in the order of the statement. */
static struct arg *
columns(struct arg *p, struct arena *a, const struct rollups *in)
{
	size_t n = in->n;

	COLUMN(int32_t, arr_int, r->sensor);
	COLUMN(int64_t, arr_time, r->start);
	COLUMN(int64_t, arr_time, r->end);
	COLUMN(int64_t, arr_long, r->count);
	COLUMN(int64_t, arr_long, r->bad);
	COLUMN(int32_t, arr_int, r->resets);
	COLUMN(int16_t, arr_small, r->quality);
	COLUMN(double, arr_real, r->min);
	COLUMN(double, arr_real, r->max);
	COLUMN(double, arr_real, r->sum);
	COLUMN(double, arr_real, r->m2);
	COLUMN(double, arr_real, r->first);
	COLUMN(double, arr_real, r->last);
	COLUMN(int64_t, arr_time, r->first_at);
	COLUMN(int64_t, arr_time, r->last_at);
	COLUMN(double, arr_real, to_seconds(r->held));
	COLUMN(double, arr_real, r->area);
	COLUMN(double, arr_real, to_seconds(r->rest));
	COLUMN(int64_t, arr_time, r->holds_to);
	COLUMN(double, arr_real, r->good);
	COLUMN(int64_t, arr_time, r->good_at);
	COLUMN(double, arr_real, r->increase);
	COLUMN(double, arr_real, rollup_mean(r));
	COLUMN(double, arr_real, rollup_stddev(r));
	COLUMN(double, arr_real, rollup_twa(r));
	return p;
}

struct err *
rollup_put(struct tx *tx, enum unit unit, const struct rollups *in,
    const int16_t *kind, bool all)
{
	struct arena *a = tx_arena(tx);
	struct arg args[33], *p = args;
	struct flat f;
	struct err *e;

	if (in->n == 0)
		return NULL;
	*p++ = A((int)tx_who(tx)->tenant);
	*p++ = A_TIME(ROLLUP_NEVER);
	*p++ = A(all);
	*p++ = A(unit == UNIT_DAY);
	p = columns(p, a, in);
	*p++ = arr_small(a, kind, in->n);
	f = flatten(a, in);
	*p++ = arr_int(a, f.of, f.n);
	*p++ = arr_real(a, f.state, f.n);
	*p++ = arr_real(a, f.seconds, f.n);
	e = tx_send(tx, &q_rollup_put, args, (int)(p - args));
	return e != NULL ? err_pass(e) : NULL;
}

struct err *
rollup_read(struct rollups *out, struct tx *tx, const struct rollup_query *q)
{
	static const struct stmt *const of[] = { &q_rollup_hours,
		&q_rollup_of_days };
	struct arena *a = tx_arena(tx);
	struct rows *rows;
	struct err *e;
	size_t i;

	if ((e = lanes_plan(tx, q->from, q->to)) != NULL ||
	    (e = tx_rows(&rows, tx, of[q->unit],
		 ARGS(A((int)tx_who(tx)->tenant), arr_int(a, q->sensor, q->n),
		     A_TIME(q->from), A_TIME(q->to),
		     A((long)(q->limit < ROLLUP_READ_MAX
				  ? q->limit
				  : ROLLUP_READ_MAX))))) != NULL)
		return err_pass(e);
	out->n = (size_t)rows_count(rows);
	out->v = arena_array(a, out->n, sizeof(*out->v));
	for (i = 0; i < out->n; i++)
		rollup_row(&out->v[i], a, rows, (int)i);
	return NULL;
}

double
rollup_mean(const struct rollup *r)
{
	return r->sum / (double)r->count;
}

double
rollup_stddev(const struct rollup *r)
{
	return sqrt(r->m2 / (double)r->count);
}

double
rollup_integral(const struct rollup *r)
{
	/* An infinite value that held for no time must not spoil the sum. */
	return r->rest > 0 ? r->area + r->last * to_seconds(r->rest) : r->area;
}

double
rollup_hours(const struct rollup *r)
{
	return rollup_integral(r) / 3600;
}

double
rollup_twa(const struct rollup *r)
{
	return rollup_integral(r) / to_seconds(r->held);
}
