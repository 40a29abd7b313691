#include "model/ledger.h"

#include "query.h"

struct err *
ledger_load(struct accounts *out, struct tx *tx, int64_t from, int64_t till)
{
	struct rows *r;
	struct err *e;
	int i;

	if ((e = tx_rows(&r, tx, &q_ledger_load,
		 ARGS(A((int)tx_who(tx)->tenant), A_TIME(from), A_TIME(till),
		     A(LEDGER_LINES_MAX)))) != NULL)
		return err_pass(e);
	out->n = (size_t)rows_count(r);
	out->v = arena_array(tx_arena(tx), out->n, sizeof(*out->v));
	for (i = 0; i < rows_count(r); i++)
		out->v[i] = (struct account){
			.source = rows_text(r, i, LEDGER_LOAD_SOURCE),
			.batches = rows_int(r, i, LEDGER_LOAD_BATCHES),
			.sent = rows_int(r, i, LEDGER_LOAD_SENT),
			.stored = rows_int(r, i, LEDGER_LOAD_STORED),
			.duplicate = rows_int(r, i, LEDGER_LOAD_DUPLICATE),
			.rejected = rows_int(r, i, LEDGER_LOAD_REJECTED),
			.lost = rows_int(r, i, LEDGER_LOAD_LOST),
			.waiting = rows_int(r, i, LEDGER_LOAD_WAITING),
			.last = rows_time(r, i, LEDGER_LOAD_LAST_AT),
		};
	return NULL;
}
