#include "model/ledger.h"

#include <stddef.h>

#include "query.h"

/* Where each count of an account stands in the answers of both statements. */
static const struct {
	size_t at;
	int load, days;
} counts[] = {
#define COUNT(member, column)                                           \
	{                                                               \
		offsetof(struct account, member), LEDGER_LOAD_##column, \
		    LEDGER_DAYS_##column                                \
	}
	COUNT(batches, BATCHES),
	COUNT(sent, SENT),
	COUNT(stored, STORED),
	COUNT(duplicate, DUPLICATE),
	COUNT(rejected, REJECTED),
	COUNT(thinned, THINNED),
	COUNT(lost, LOST),
	COUNT(waiting, WAITING),
	COUNT(recovered, RECOVERED),
	COUNT(bytes, BYTES),
#undef COUNT
};

static void
count(struct account *a, const struct rows *r, int row, bool days)
{
	size_t i;

	for (i = 0; i < sizeof(counts) / sizeof(*counts); i++)
		*(int64_t *)(void *)((char *)a + counts[i].at) =
		    rows_int(r, row, days ? counts[i].days : counts[i].load);
}

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
	for (i = 0; i < rows_count(r); i++) {
		out->v[i] = (struct account){
			.source = rows_text(r, i, LEDGER_LOAD_SOURCE),
			.name = rows_text(r, i, LEDGER_LOAD_NAME),
			.last = rows_time(r, i, LEDGER_LOAD_LAST_AT),
		};
		count(&out->v[i], r, i, false);
	}
	return NULL;
}

struct err *
ledger_days(struct accounts *out, struct tx *tx, const char *source,
    int64_t from, int64_t till)
{
	struct rows *r;
	struct err *e;
	int i;

	if ((e = tx_rows(&r, tx, &q_ledger_days,
		 ARGS(A((int)tx_who(tx)->tenant), A(source), A_TIME(from),
		     A_TIME(till)))) != NULL)
		return err_pass(e);
	out->n = (size_t)rows_count(r);
	out->v = arena_array(tx_arena(tx), out->n, sizeof(*out->v));
	for (i = 0; i < rows_count(r); i++) {
		out->v[i] = (struct account){
			.source = source,
			.name = "",
			.last = rows_time(r, i, LEDGER_DAYS_DAY),
		};
		count(&out->v[i], r, i, true);
	}
	return NULL;
}

struct err *
ledger_batches(struct entries *out, struct tx *tx, const char *source,
    int64_t from, int64_t till)
{
	struct rows *r;
	struct err *e;
	int i;

	if ((e = tx_rows(&r, tx, &q_ledger_batches,
		 ARGS(A((int)tx_who(tx)->tenant), A(source), A_TIME(from),
		     A_TIME(till), A(LEDGER_BATCHES_MAX)))) != NULL)
		return err_pass(e);
	out->n = (size_t)rows_count(r);
	out->v = arena_array(tx_arena(tx), out->n, sizeof(*out->v));
	for (i = 0; i < rows_count(r); i++)
		out->v[i] = (struct entry){
			.at = rows_time(r, i, LEDGER_BATCHES_AT),
			.number = rows_text(r, i, LEDGER_BATCHES_SEQ),
			.format = (int)rows_int(r, i, LEDGER_BATCHES_FORMAT),
			.kind = (int)rows_int(r, i, LEDGER_BATCHES_KIND),
			.sent = rows_int(r, i, LEDGER_BATCHES_SENT),
			.stored = rows_int(r, i, LEDGER_BATCHES_STORED),
			.duplicate = rows_int(r, i, LEDGER_BATCHES_DUPLICATE),
			.rejected = rows_int(r, i, LEDGER_BATCHES_REJECTED),
			.thinned = rows_int(r, i, LEDGER_BATCHES_THINNED),
			.lost = rows_int(r, i, LEDGER_BATCHES_LOST),
			.is_waiting =
			    rows_bool(r, i, LEDGER_BATCHES_IS_WAITING),
		};
	return NULL;
}

struct err *
ledger_holes(struct holes *out, bool *is_cut, struct tx *tx, const char *source,
    int64_t from, int64_t till)
{
	struct arena *a = tx_arena(tx);
	struct numbered *v;
	struct rows *r;
	struct err *e;
	int i;

	if ((e = tx_rows(&r, tx, &q_ledger_numbered,
		 ARGS(A((int)tx_who(tx)->tenant), A(source), A_TIME(from),
		     A_TIME(till), A(LEDGER_NUMBERED_MAX)))) != NULL)
		return err_pass(e);
	v = arena_array(a, (size_t)rows_count(r), sizeof(*v));
	for (i = 0; i < rows_count(r); i++)
		v[i] = (struct numbered){
			.of = rows_text(r, i, LEDGER_NUMBERED_SEQ_OF),
			.no = rows_int(r, i, LEDGER_NUMBERED_SEQ_NO),
			.at = rows_time(r, i, LEDGER_NUMBERED_AT),
		};
	*is_cut = rows_count(r) == LEDGER_NUMBERED_MAX;
	*out = (struct holes){ .n = 0 };
	holes_find(out, a, v, (size_t)rows_count(r));
	return NULL;
}
