#include "query.h"
#include "store/store.h"

struct err *
store_wrap(struct coded *p, struct arena *a, struct readings *r)
{
	*p = (struct coded){ .n = 0 };
	if (r->n > STORE_APPEND_MAX)
		return err_raise(ERR_TOO_BIG, "Too many readings in one batch.",
		    "%zu readings in one append", r->n);
	p->duplicate = readings_settle(r, a);
	p->n = r->n;
	if (r->n == 0)
		return NULL;
	readings_span(&p->t_min, &p->t_max, r);
	p->block = block_encode(a, NULL, r);
	return NULL;
}

static struct err *
append(struct tx *tx, const struct batch *b, const struct coded *p)
{
	int64_t tenant = tx_who(tx)->tenant;
	size_t duplicate = b->duplicate + p->duplicate;
	struct err *e;

	if (p->n == 0)
		e = tx_send(tx, &q_store_append_nothing,
		    ARGS(A(tenant), A_TIME(b->received), A((int)b->source),
			A(b->seq), A((long)b->sent), A((long)b->rejected),
			A((long)duplicate), A((long)b->bytes), A(b->format),
			A(b->kind), A((long)b->thinned), A(b->seq_of),
			A(b->seq_no)));
	else
		e = tx_send(tx, &q_store_append,
		    ARGS(A(tenant), A_TIME(b->received), A((int)b->source),
			A(b->seq), A((long)b->sent), A((long)b->rejected),
			A((long)duplicate), A_TIME(p->t_min), A_TIME(p->t_max),
			A((long)p->n), A(p->block), A((long)b->bytes),
			A(b->format), A(b->kind), A((long)b->thinned),
			A(b->seq_of), A(b->seq_no)));
	return e != NULL ? err_pass(e) : NULL;
}

struct err *
store_append(struct tx *tx, const struct batch *b, struct readings *r)
{
	struct coded p;
	struct err *e;

	if ((e = store_wrap(&p, tx_arena(tx), r)) != NULL ||
	    (e = append(tx, b, &p)) != NULL)
		return err_pass(e);
	return NULL;
}

static struct err *
append_all(struct tx *tx, const struct batch *v, const struct coded *p,
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
	int32_t *bytes = arena_array(a, n, sizeof(*bytes));
	int32_t *format = arena_array(a, n, sizeof(*format));
	int32_t *kept = arena_array(a, n, sizeof(*kept));
	const char **seq = arena_array(a, n, sizeof(*seq));
	struct bytes *block = arena_array(a, n, sizeof(*block));
	struct err *e;
	size_t i;

	for (i = 0; i < n; i++) {
		at[i] = v[i].received;
		source[i] = v[i].source;
		seq[i] = v[i].seq;
		sent[i] = (int32_t)v[i].sent;
		rejected[i] = (int32_t)v[i].rejected;
		duplicate[i] = (int32_t)(v[i].duplicate + p[i].duplicate);
		bytes[i] = (int32_t)v[i].bytes;
		format[i] = v[i].format;
		kept[i] = (int32_t)p[i].n;
		t_min[i] = p[i].n > 0 ? p[i].t_min : v[i].received;
		t_max[i] = p[i].n > 0 ? p[i].t_max : v[i].received;
		block[i] = p[i].block;
	}
	e = tx_send(tx, &q_store_append_many,
	    ARGS(A((int)tx_who(tx)->tenant), arr_time(a, at, n),
		arr_int(a, source, n), arr_text(a, seq, n), arr_int(a, sent, n),
		arr_int(a, rejected, n), arr_int(a, duplicate, n),
		arr_time(a, t_min, n), arr_time(a, t_max, n),
		arr_int(a, kept, n), arr_bytes(a, block, n),
		arr_int(a, bytes, n), arr_int(a, format, n)));
	return e != NULL ? err_pass(e) : NULL;
}

struct err *
store_append_many(struct tx *tx, const struct batch *v, const struct coded *p,
    size_t n)
{
	struct err *e = n == 1 ? append(tx, v, p) : append_all(tx, v, p, n);

	return e != NULL ? err_pass(e) : NULL;
}
