/*
 * Posts together: those that arrived meanwhile go into one transaction a
 * tenant, in one round trip, each answered after its commit.
 *
 * It is for keys that came lately and bodies of which nothing is refused,
 * which is nearly all of them.  A key with limits is counted here; one that is
 * beyond them is refused on the ordinary way.  The gate compares each key with
 * what is remembered of it; whatever is not as remembered, or not as simple,
 * goes the ordinary way.
 */
#include <string.h>

#include "cgi-bin/ingest/post.h"
#include "cgi-bin/ingest/rescue.h"
#include "cgi-bin/ingest/rosters.h"
#include "store/store.h"

/* One request of the round, as far as it is understood. */
struct post {
	size_t at;
	struct known known;
	struct taken t;
	struct coded coded;
};

/* Does what came keep to its limits?  Then it has been counted. */
static bool
is_within(struct req *rq, const struct known *k, const struct taken *t)
{
	struct who who = { .tenant = k->tenant,
		.cred = k->cred,
		.limits = k->limits };
	struct load load = { .requests = 1, .backlog = take_backlog(t) };

	load.live = t->sent - load.backlog;
	rq->is_paid = limit_take(rq, &who, &load);
	return rq->is_paid;
}

/* NULL: it is for the ordinary way. */
static struct post *
understand(struct req *rq)
{
	const struct guest *g = rosters_find(req_db(rq), req_key(rq));
	struct post *p = arena_alloc(rq->arena, sizeof(*p));
	struct taken *t = &p->t;
	struct asked asked;
	bool fits;

	t->in.now = rq->arrived;
	if (g == NULL || g->due <= t->in.now || g->debug_till > t->in.now)
		return NULL;
	p->known = g->known;
	p->known.key = req_key(rq);
	t->in.arena = rq->arena;
	t->in.tenant = g->known.tenant;
	t->in.tenant_name =
	    arena_text(rq->arena, g->tenant_name); /* outlives the guest */
	t->in.profiles = rosters_profiles(req_db(rq), req_conf(rq)->profiles);
	fits = (!ingest_simulated(rq) || roster_rule(g->roster)->simulated) &&
	       ingest_asked(&asked, rq) == NULL &&
	       take(t, rq->body, &asked, g->roster) == NULL &&
	       t->rejected == 0 && t->remarks == 0 && t->in.bare == 0 &&
	       t->in.let_go == 0 && t->in.again == NULL && t->in.facts == 0 &&
	       t->in.gaps == 0 &&
	       (!g->is_limited || is_within(rq, &g->known, t)) &&
	       store_wrap(&p->coded, rq->arena, &t->r) == NULL;
	return fits ? p : NULL;
}

/*
 * What queues behind the spool is understood only if it turns out not to
 * belong there.
 */
bool
ingest_joins(struct req *rq)
{
	if (req_key(rq).n == 0 || !ingest_takes(rq))
		return false;
	if (rescue_queues(rq))
		return true;
	rq->joins = understand(rq);
	return rq->joins != NULL;
}

/*
 * Those of one tenant: all of them, or none.  The last of the round's tenants
 * lets the next round store while the disk has this one.
 */
static struct err *
store(const struct req *rq, const struct post *v, size_t n, bool is_last)
{
	struct arena *a = rq->arena;
	struct known *known = arena_array(a, n, sizeof(*known));
	struct batch *batch = arena_array(a, n, sizeof(*batch));
	struct coded *coded = arena_array(a, n, sizeof(*coded));
	struct tx *tx;
	struct err *e;
	size_t i;

	for (i = 0; i < n; i++) {
		known[i] = v[i].known;
		batch[i] = (struct batch){ .source = v[i].known.device,
			.received = v[i].t.in.now,
			.sent = v[i].t.sent,
			.bytes = v[i].t.bytes,
			.format = v[i].t.in.format->number,
			.duplicate = v[i].t.duplicate };
		coded[i] = v[i].coded;
	}
	e = tx_begin_known(&tx, req_db(rq), a, known, n, TX_WRITE);
	if (e != NULL)
		return err_pass(e);
	if ((e = store_append_many(tx, batch, coded, n)) == NULL &&
	    (e = tx_ready(tx)) == NULL) {
		if (is_last)
			req_hand_on(rq);
		e = tx_commit(tx);
	}
	if (e == NULL)
		return NULL;
	tx_rollback(tx);
	return err_pass(e);
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
	size_t i, k, m, left = 0;

	rescue_queue(rq, rs, n, done);
	for (i = 0; i < n; i++) {
		struct post *p = rq[i]->joins;

		if (done[i] || (p == NULL && (p = understand(rq[i])) == NULL))
			continue;
		p->at = i;
		all[left++] = *p;
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
		if (store(rq[0], same, m, left == 0) != NULL) {
			rosters_forget(req_db(rq[0]));
			continue;
		}
		for (i = 0; i < m; i++) {
			answer(rq[same[i].at], rs[same[i].at], &same[i]);
			done[same[i].at] = true;
		}
	}
}
