#include "base/clock.h"
#include "base/log.h"
#include "query.h"
#include "store/page.h"

enum { CHART_WINDOWS = 128 };

enum level { LEVEL_CHUNK, LEVEL_FRESH, LEVEL_LANDING, LEVEL_QUARANTINE };

static bool
is_wanted(const struct reading *r, const int32_t *sensor, size_t n,
    int64_t from, int64_t to)
{
	size_t i = 0;

	while (i < n && sensor[i] != r->sensor)
		i++;
	return i < n && r->time >= from && r->time < to;
}

/* Note a span that cannot be answered. */
static void
lose(struct answer *out, struct arena *a, const struct rows *rows, int i)
{
	struct lost *v = arena_array(a, out->n_lost + 1, sizeof(*v));
	size_t k;

	for (k = 0; k < out->n_lost; k++)
		v[k] = out->lost[k];
	v[k] = (struct lost){
		.sensor = (int32_t)rows_int(rows, i, STORE_PIECES_SENSOR_ID),
		.from = rows_time(rows, i, STORE_PIECES_T_MIN),
		.to = rows_time(rows, i, STORE_PIECES_T_MAX),
	};
	out->lost = v;
	out->n_lost++;
}

/* A piece's readings, of whichever level it is. */
static struct err *
piece(struct readings *out, struct arena *a, const struct rows *rows, int i)
{
	struct bytes b = rows_bytes(rows, i, STORE_PIECES_PIECE);
	struct err *e;

	if (rows_int(rows, i, STORE_PIECES_LEVEL) == LEVEL_LANDING)
		e = block_decode(out, a, b);
	else
		e = run_decode(out, a, b);
	return e != NULL ? err_pass(e) : NULL;
}

static struct err *
read_pieces(struct answer *out, struct tx *tx, const int32_t *sensor, size_t n,
    int64_t from, int64_t to, bool landing)
{
	struct arena *a = tx_arena(tx);
	struct readings some;
	struct rows *rows;
	struct err *e;
	size_t k;
	int i;

	*out = (struct answer){ 0 };
	if ((e = tx_rows(&rows, tx, &q_store_pieces,
		 ARGS(A((int)tx_who(tx)->tenant), arr_int(a, sensor, n),
		     A_TIME(from), A_TIME(to), A(landing)))) != NULL)
		return err_pass(e);
	for (i = 0; i < rows_count(rows); i++) {
		if (rows_int(rows, i, STORE_PIECES_LEVEL) == LEVEL_QUARANTINE) {
			lose(out, a, rows, i);
			continue;
		}
		if ((e = piece(&some, a, rows, i)) != NULL) {
			log_err(e, "tenant=%d", tx_who(tx)->tenant);
			lose(out, a, rows, i);
			continue;
		}
		if (out->r.n + some.n > STORE_READ_MAX)
			return err_raise(ERR_TOO_BIG,
			    "Too many readings in this span; ask for a "
			    "shorter one.",
			    "more than %d readings", STORE_READ_MAX);
		(void)readings_room(&out->r, a, some.n);
		for (k = 0; k < some.n; k++)
			if (is_wanted(&some.v[k], sensor, n, from, to))
				out->r.v[out->r.n++] = some.v[k];
	}
	(void)readings_settle(&out->r, a);
	return NULL;
}

struct err *
store_read(struct answer *out, struct tx *tx, const int32_t *sensor, size_t n,
    int64_t from, int64_t to)
{
	struct err *e = read_pieces(out, tx, sensor, n, from, to, true);

	return e != NULL ? err_pass(e) : NULL;
}

struct err *
store_derived(struct answer *out, struct tx *tx, const int32_t *sensor,
    size_t n, int64_t from, int64_t to)
{
	struct err *e = read_pieces(out, tx, sensor, n, from, to, false);

	return e != NULL ? err_pass(e) : NULL;
}

/* One window's readings into their buckets, from scratch memory. */
static struct err *
window(struct bucket *out, const int64_t *edge, size_t n, struct tx *tx,
    int32_t sensor, int64_t start, int64_t end)
{
	struct arena *scratch = arena_new();
	struct arena *own = tx_use(tx, scratch);
	struct answer some;
	struct err *e = store_read(&some, tx, &sensor, 1, start, end);

	if (e == NULL)
		buckets_fold(out, edge, n, some.r.v, some.r.n);
	(void)tx_use(tx, own);
	arena_free(scratch);
	return e != NULL ? err_pass(e) : NULL;
}

struct err *
store_chart(struct bucket *out, size_t n, struct tx *tx, int32_t sensor,
    int64_t from, int64_t to)
{
	int64_t *edge = arena_array(tx_arena(tx), n + 1, sizeof(*edge));
	int64_t step = (to - from) / CHART_WINDOWS, start;
	struct err *e;
	size_t i;

	for (i = 0; i <= n; i++)
		edge[i] = from + (int64_t)((double)(to - from) / (double)n *
					   (double)i);
	edge[n] = to;
	buckets_clear(out, edge, n);
	if (step < CLOCK_DAY)
		step = CLOCK_DAY;
	for (start = from; start < to; start += step) {
		int64_t end = to - start < step ? to : start + step;

		if ((e = window(out, edge, n, tx, sensor, start, end)) != NULL)
			return err_pass(e);
	}
	return NULL;
}
