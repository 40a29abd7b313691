#include "query.h"
#include "store/page.h"
#include "store/source.h"

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

static struct err *
read_all(struct answer *out, struct tx *tx, const int32_t *sensor, size_t n,
    int64_t from, int64_t to, bool landing)
{
	struct arena *a = tx_arena(tx);
	struct readings some;
	struct sources s;
	struct err *e;
	size_t i;

	*out = (struct answer){ 0 };
	if ((e = sources_load(&s, tx, sensor, n, from, to, landing)) != NULL)
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

struct err *
store_read(struct answer *out, struct tx *tx, const int32_t *sensor, size_t n,
    int64_t from, int64_t to)
{
	struct err *e = read_all(out, tx, sensor, n, from, to, true);

	return e != NULL ? err_pass(e) : NULL;
}

struct err *
store_derived(struct answer *out, struct tx *tx, const int32_t *sensor,
    size_t n, int64_t from, int64_t to)
{
	struct err *e = read_all(out, tx, sensor, n, from, to, false);

	return e != NULL ? err_pass(e) : NULL;
}

struct err *
store_state(const char **out, struct tx *tx, const struct state_of *of)
{
	struct arena *a = tx_arena(tx);
	struct rows *rows;
	struct err *e;

	if ((e = tx_rows(&rows, tx, &q_store_state,
		 ARGS(A((int)tx_who(tx)->tenant), arr_int(a, of->sensor, of->n),
		     A_TIME(of->from), A_TIME(of->to), A(of->about)))) != NULL)
		return err_pass(e);
	*out = rows_text(rows, 0, STORE_STATE_STATE);
	return NULL;
}
