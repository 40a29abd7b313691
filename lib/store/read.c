#include "base/clock.h"
#include "query.h"
#include "store/source.h"

/* From so long a span on days are looked at instead of their chunks. */
#define LONG (3 * CLOCK_DAY)

void
losses_add(struct losses *l, struct arena *a, struct lost lost)
{
	struct lost *v;
	size_t i;

	for (i = 0; i < l->n; i++)
		if (l->v[i].sensor == lost.sensor &&
		    l->v[i].from == lost.from && l->v[i].to == lost.to)
			return;
	if (l->n == l->room) {
		l->room = l->room * 2 + 8;
		v = arena_array(a, l->room, sizeof(*v));
		for (i = 0; i < l->n; i++)
			v[i] = l->v[i];
		l->v = v;
	}
	l->v[l->n++] = lost;
}

struct err *
store_read(struct answer *out, struct tx *tx, const int32_t *sensor, size_t n,
    int64_t from, int64_t to)
{
	struct arena *a = tx_arena(tx);
	struct readings some;
	struct sources s;
	struct err *e;
	size_t i;

	*out = (struct answer){ 0 };
	if ((e = sources_load(&s, tx, sensor, n, from, to, true)) != NULL)
		return err_pass(e);
	for (i = 0; i < s.n; i++) {
		if ((e = source_rest(&some, a, &s, &s.v[i])) != NULL)
			return err_pass(e);
		if (out->r.n + some.n > STORE_READ_MAX)
			return err_raise(ERR_TOO_BIG,
			    "Too many readings in this span; ask for a "
			    "shorter one.",
			    "more than %d readings", STORE_READ_MAX);
		if (s.n == 1)
			out->r = some;
		else
			readings_add(&out->r, a, &some);
	}
	out->lost = s.lost.v;
	out->n_lost = s.lost.n;
	return NULL;
}

/* From the one column to the other, at most as far as it was; else nothing. */
static void
narrow(int64_t *from, int64_t *to, const struct rows *r, int first, int last)
{
	if (rows_null(r, 0, first)) {
		*from = *to;
		return;
	}
	*from = rows_time(r, 0, first);
	if (rows_time(r, 0, last) < *to)
		*to = rows_time(r, 0, last) + 1;
}

struct err *
store_narrow(struct extent *x, struct tx *tx, const int32_t *sensor, size_t n)
{
	struct rows *r;
	struct err *e;

	if ((e = tx_rows(&r, tx, &q_store_bounds,
		 ARGS(A((int)tx_who(tx)->tenant),
		     arr_int(tx_arena(tx), sensor, n), A_TIME(x->from),
		     A_TIME(x->to)))) != NULL)
		return err_pass(e);
	x->packed_to = x->to;
	narrow(&x->from, &x->to, r, STORE_BOUNDS_FIRST, STORE_BOUNDS_LAST);
	narrow(&x->packed_from, &x->packed_to, r, STORE_BOUNDS_PACKED_FIRST,
	    STORE_BOUNDS_PACKED_LAST);
	return NULL;
}

/* How a statement is asked: tx_rows or tx_ask. */
typedef struct err *asking(struct rows **, struct tx *, const struct stmt *,
    struct arg *, int);

static struct err *
state(struct rows **out, struct tx *tx, const struct state_of *of, asking *ask)
{
	bool is_long = of->is_folded && of->to - of->from > LONG;
	struct arena *a = tx_arena(tx);
	struct err *e;

	if (is_long && (e = tx_send(tx, &q_lane_generic, NULL, 0)) != NULL)
		return err_pass(e);
	if ((e = ask(out, tx, is_long ? &q_lane_state : &q_store_state,
		 ARGS(A((int)tx_who(tx)->tenant), arr_int(a, of->sensor, of->n),
		     A_TIME(of->from), A_TIME(of->to), A(of->about)))) != NULL)
		return err_pass(e);
	return NULL;
}

struct err *
store_state_ask(struct rows **out, struct tx *tx, const struct state_of *of)
{
	struct err *e = state(out, tx, of, tx_ask);

	return e != NULL ? err_pass(e) : NULL;
}

const char *
store_state_text(const struct rows *rows)
{
	return rows_text(rows, 0, STORE_STATE_STATE);
}

struct err *
store_state(const char **out, struct tx *tx, const struct state_of *of)
{
	struct rows *rows;
	struct err *e;

	if ((e = state(&rows, tx, of, tx_rows)) != NULL)
		return err_pass(e);
	*out = store_state_text(rows);
	return NULL;
}
