#include "cgi-bin/ingest/ring.h"

#include "base/env.h"
#include "cgi-bin/ingest/rosters.h"
#include "query.h"

enum { BODY_KEPT = 4096, REASONS = 20 };

struct err *
ring_till(int64_t *till, struct tx *tx)
{
	const struct who *who = tx_who(tx);
	struct rows *r;
	struct err *e;

	if ((e = tx_rows(&r, tx, &q_ring_till,
		 ARGS(A((int)who->tenant), A((int)who->device)))) != NULL)
		return err_pass(e);
	*till = rows_count(r) > 0 ? rows_time(r, 0, RING_TILL_TILL) : 0;
	return NULL;
}

static struct err *
put(struct req *rq, int status, const char *reasons)
{
	struct bytes body = rq->body;
	struct err *e;

	if (rq->who.device == 0)
		return NULL;
	if (body.n > BODY_KEPT)
		body.n = BODY_KEPT;
	e = tx_send(rq->tx, &q_ring_put,
	    ARGS(A((int)rq->who.device), A(status), A(reasons),
		A((int)rq->body.n), A(body)));
	return e != NULL ? err_pass(e) : NULL;
}

struct err *
ring_refused(struct req *rq, int status, const struct err *why)
{
	struct err *e = put(rq, status,
	    arena_printf(rq->arena, "%s: %s", err_code(why->kind), why->say));

	return e != NULL ? err_pass(e) : NULL;
}

/* A line for each of the first that were refused. */
static const char *
reasons(struct arena *a, const struct taken *t)
{
	const struct intake *in = &t->in;
	struct buf b = buf_new(a, 256);
	size_t i, n = 0;

	for (i = 0; i < in->n && n < REASONS; i++) {
		const struct item *it = &in->v[i];

		if (it->code == NULL)
			continue;
		buf_printf(&b, "%s: %s, %s\n", item_place(a, it), it->code,
		    it->detail);
		n++;
	}
	if (t->rejected > n)
		buf_printf(&b, "and %zu more\n", t->rejected - n);
	return (const char *)b.p;
}

/* Does anybody look at what this credential sends? */
static bool
is_wanted(const struct req *rq)
{
	const struct guest *g = rosters_find(tx_db(rq->tx), rq->gate.secret);

	return g != NULL && g->debug_till > env_now();
}

struct err *
ring_taken(struct req *rq, int status, const struct taken *t)
{
	struct err *e;

	if (t->rejected == 0 && !is_wanted(rq))
		return NULL;
	e = put(rq, status, reasons(rq->arena, t));
	return e != NULL ? err_pass(e) : NULL;
}
