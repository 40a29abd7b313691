#include "query.h"
#include "store/store.h"

struct err *
store_append(struct tx *tx, const struct batch *b, struct readings *r)
{
	int64_t tenant = tx_who(tx)->tenant, t_min, t_max;
	size_t duplicate;
	struct bytes block;
	struct err *e;

	if (r->n > STORE_APPEND_MAX)
		return err_raise(ERR_TOO_BIG, "Too many readings in one batch.",
		    "%zu readings in one append", r->n);
	duplicate = b->duplicate + readings_settle(r, tx_arena(tx));
	if (r->n == 0) {
		e = tx_send(tx, &q_store_append_nothing,
		    ARGS(A(tenant), A_TIME(b->received), A((int)b->source),
			A(b->seq), A((long)b->sent), A((long)b->rejected),
			A((long)duplicate)));
		return e != NULL ? err_pass(e) : NULL;
	}
	readings_span(&t_min, &t_max, r);
	block = block_encode(tx_arena(tx), NULL, r);
	e = tx_send(tx, &q_store_append,
	    ARGS(A(tenant), A_TIME(b->received), A((int)b->source), A(b->seq),
		A((long)b->sent), A((long)b->rejected), A((long)duplicate),
		A_TIME(t_min), A_TIME(t_max), A((long)r->n), A(block)));
	return e != NULL ? err_pass(e) : NULL;
}

struct err *
store_append_many(struct tx *tx, const struct batch *v, struct readings *r,
    size_t n)
{
	struct arena *a = tx_arena(tx);
	int64_t *at = arena_array(a, n, sizeof(*at));
	int64_t *t_min = arena_array(a, n, sizeof(*t_min));
	int64_t *t_max = arena_array(a, n, sizeof(*t_max));
	int32_t *source = arena_array(a, n, sizeof(*source));
	int32_t *sent = arena_array(a, n, sizeof(*sent));
	int32_t *rejected = arena_array(a, n, sizeof(*rejected));
	int32_t *duplicate = arena_array(a, n, sizeof(*duplicate));
	int32_t *kept = arena_array(a, n, sizeof(*kept));
	const char **seq = arena_array(a, n, sizeof(*seq));
	struct bytes *block = arena_array(a, n, sizeof(*block));
	struct err *e;
	size_t i;

	for (i = 0; i < n; i++) {
		if (r[i].n > STORE_APPEND_MAX)
			return err_raise(ERR_TOO_BIG,
			    "Too many readings in one batch.",
			    "%zu readings in one append", r[i].n);
		at[i] = t_min[i] = t_max[i] = v[i].received;
		source[i] = v[i].source;
		seq[i] = v[i].seq;
		sent[i] = (int32_t)v[i].sent;
		rejected[i] = (int32_t)v[i].rejected;
		duplicate[i] =
		    (int32_t)(v[i].duplicate + readings_settle(&r[i], a));
		kept[i] = (int32_t)r[i].n;
		if (r[i].n == 0)
			continue;
		readings_span(&t_min[i], &t_max[i], &r[i]);
		block[i] = block_encode(a, NULL, &r[i]);
	}
	e = tx_send(tx, &q_store_append_many,
	    ARGS(A((int)tx_who(tx)->tenant), arr_time(a, at, n),
		arr_int(a, source, n), arr_text(a, seq, n), arr_int(a, sent, n),
		arr_int(a, rejected, n), arr_int(a, duplicate, n),
		arr_time(a, t_min, n), arr_time(a, t_max, n),
		arr_int(a, kept, n), arr_bytes(a, block, n)));
	return e != NULL ? err_pass(e) : NULL;
}
