/*
 * Posts together: those that arrived meanwhile go into one transaction a
 * tenant, in one round trip, each answered after its commit.
 *
 * It is for keys that came lately and bodies of which nothing is refused,
 * which is nearly all of them.  The gate compares each key with what is
 * remembered of it; whatever is not as remembered, or not as simple, goes the
 * ordinary way.
 */
#include <string.h>

#include "base/env.h"
#include "cgi-bin/ingest/post.h"
#include "cgi-bin/ingest/rosters.h"
#include "store/store.h"

/* One request of the round, as far as it is understood. */
struct post {
	size_t at;
	struct known known;
	struct taken t;
};

bool
ingest_joins(const struct req *rq)
{
	return req_key(rq).n > 0;
}

/* False: it is for the ordinary way. */
static bool
understand(struct post *p, struct req *rq)
{
	const struct guest *g = rosters_find(req_db(rq), req_key(rq));
	struct taken *t = &p->t;

	if (g == NULL)
		return false;
	p->known = g->known;
	p->known.key = req_key(rq);
	t->in.arena = rq->arena;
	t->in.now = env_now();
	t->in.tenant = g->known.tenant;
	t->in.tenant_name =
	    arena_text(rq->arena, g->tenant_name); /* outlives the guest */
	return take(t, rq->body, req_header(rq, "Idempotency-Key"),
		   g->roster) == NULL &&
	       t->rejected == 0 && t->in.bare == 0 && t->in.again == NULL;
}

/* Those of one tenant: all of them, or none. */
static struct err *
store(struct arena *a, struct db *db, const struct post *v, size_t n)
{
	struct known *known = arena_array(a, n, sizeof(*known));
	struct batch *batch = arena_array(a, n, sizeof(*batch));
	struct readings *r = arena_array(a, n, sizeof(*r));
	struct tx *tx;
	struct err *e;
	size_t i;

	for (i = 0; i < n; i++) {
		known[i] = v[i].known;
		batch[i] = (struct batch){ .source = v[i].known.device,
			.received = v[i].t.in.now,
			.sent = v[i].t.sent,
			.duplicate = v[i].t.duplicate };
		r[i] = v[i].t.r;
	}
	if ((e = tx_begin_known(&tx, db, a, known, n, TX_WRITE)) != NULL)
		return err_pass(e);
	e = n == 1 ? store_append(tx, batch, r)
		   : store_append_many(tx, batch, r, n);
	if (e != NULL || (e = tx_commit(tx)) != NULL) {
		tx_rollback(tx);
		return err_pass(e);
	}
	return NULL;
}

static void
answer(struct req *rq, struct res *rs, const struct post *p)
{
	rq->who = (struct who){ .tenant = p->known.tenant,
		.device = p->known.device,
		.can = p->known.can };
	ingest_answer(rq, rs, &p->t);
}

void
ingest_together(struct req **rq, struct res **rs, size_t n, bool *done)
{
	struct arena *a = rq[0]->arena;
	struct post *all = arena_array(a, n, sizeof(*all));
	struct post *same = arena_array(a, n, sizeof(*same));
	struct db *db = req_db(rq[0]);
	size_t i, k, m, left = 0;

	for (i = 0; i < n; i++) {
		all[left] = (struct post){ .at = i };
		left += understand(&all[left], rq[i]);
	}
	while (left > 0) {
		int32_t tenant = all[0].known.tenant;

		for (i = k = m = 0; i < left; i++) {
			if (all[i].known.tenant == tenant)
				same[m++] = all[i];
			else
				all[k++] = all[i];
		}
		left = k;
		if (store(a, db, same, m) != NULL) {
			rosters_forget(db);
			continue;
		}
		for (i = 0; i < m; i++) {
			answer(rq[same[i].at], rs[same[i].at], &same[i]);
			done[same[i].at] = true;
		}
	}
}
