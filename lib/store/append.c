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
