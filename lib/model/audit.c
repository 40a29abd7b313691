#include "model/audit.h"

#include "query.h"

enum { LINES = 1000 }; /* of one page */

struct err *
audit_put(struct tx *tx, const char *act, const char *object,
    const char *detail)
{
	struct err *e =
	    tx_send(tx, &q_audit_put, ARGS(A(act), A(object), A(detail)));

	return e != NULL ? err_pass(e) : NULL;
}

/* Rows of the columns that both statements of heads have. */
static void
seals_read(struct seals *s, struct tx *tx, const struct rows *r)
{
	size_t i;

	s->n = (size_t)rows_count(r);
	s->v = arena_array(tx_arena(tx), s->n + 1, sizeof(*s->v));
	for (i = 0; i < s->n; i++)
		s->v[i] = (struct anchor){
			.tenant = tx_who(tx)->tenant,
			.seq = rows_int(r, (int)i, TRACE_SEALS_SEQ),
			.at = rows_time(r, (int)i, TRACE_SEALS_AT),
			.hash = rows_bytes(r, (int)i, TRACE_SEALS_HASH),
			.kid = rows_text(r, (int)i, TRACE_SEALS_KID),
			.signature =
			    rows_bytes(r, (int)i, TRACE_SEALS_SIGNATURE),
		};
}

struct err *
audit_seals(struct seals *s, struct tx *tx, int64_t behind, int64_t upto,
    int most)
{
	struct rows *r;
	struct err *e;

	if ((e = tx_rows(&r, tx, &q_trace_seals,
		 ARGS(A((int)tx_who(tx)->tenant), A(behind), A(upto),
		     A(most)))) != NULL)
		return err_pass(e);
	seals_read(s, tx, r);
	return NULL;
}

struct err *
audit_sealed(struct seals *s, struct tx *tx)
{
	struct rows *r;
	struct err *e;

	if ((e = tx_rows(&r, tx, &q_trace_sealed,
		 ARGS(A((int)tx_who(tx)->tenant)))) != NULL)
		return err_pass(e);
	seals_read(s, tx, r);
	return NULL;
}

struct err *
audit_lines(struct buf *b, bool *more, int64_t *behind, struct tx *tx)
{
	struct seals s;
	struct rows *r;
	struct err *e;
	int64_t seq;
	size_t k = 0;
	int i, n;

	if ((e = tx_rows(&r, tx, &q_trace_read, ARGS(A(*behind), A(LINES)))) !=
	    NULL)
		return err_pass(e);
	n = rows_count(r);
	*more = n == LINES;
	if (n == 0)
		return NULL;
	seq = rows_int(r, n - 1, TRACE_READ_SEQ);
	if ((e = audit_seals(&s, tx, *behind, seq, n)) != NULL)
		return err_pass(e);
	for (i = 0; i < n; i++) {
		seq = rows_int(r, i, TRACE_READ_SEQ);
		buf_text(b, rows_text(r, i, TRACE_READ_LINE));
		buf_byte(b, '\n');
		while (k < s.n && s.v[k].seq <= seq)
			anchor_put(b, &s.v[k++]);
	}
	*behind = seq;
	return NULL;
}
