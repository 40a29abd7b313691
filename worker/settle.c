/* Small rows become large ones, and these become chunks. */
#include "base/clock.h"
#include "worker/jobs.h"
#include "worker/months.h"

enum { TIER_TURNS = 16 }; /* merges before others have their turn */

static struct err *
merge(bool *merged, struct db *db, struct arena *a, const struct work *w)
{
	struct gate g = { .kind = GATE_WORKER, .tenant = w->tenant };
	int64_t age = w->force ? 0 : w->conf->pack_age_s * CLOCK_S;
	struct tx *tx;
	struct err *e;

	if ((e = tx_begin(&tx, db, a, &g, TX_WRITE)) != NULL)
		return err_pass(e);
	if ((e = store_tier(merged, tx, age)) != NULL ||
	    (e = tx_commit(tx)) != NULL) {
		tx_rollback(tx);
		return err_pass(e);
	}
	return NULL;
}

struct err *
job_tier(struct db *db, struct arena *a, struct work *w)
{
	struct err *e;
	int turn;

	w->did = w->more = true;
	for (turn = 0; w->more && turn < TIER_TURNS; turn++) {
		if ((e = merge(&w->more, db, a, w)) != NULL)
			return err_pass(e);
		arena_reset(a);
	}
	return NULL;
}

struct err *
job_merge(struct db *db, struct arena *a, struct work *w)
{
	struct gate g = { .kind = GATE_WORKER, .tenant = w->tenant };
	struct pack_rule rule = {
		.readings = (size_t)w->conf->pack_readings,
		.age = w->force ? 0 : w->conf->pack_age_s * CLOCK_S,
	};
	struct merged m;
	struct tx *tx;
	struct err *e;

	if ((e = tx_begin(&tx, db, a, &g, TX_WRITE)) != NULL)
		return err_pass(e);
	if ((e = store_merge(&m, tx, &rule)) != NULL ||
	    (e = tx_commit(tx)) != NULL) {
		tx_rollback(tx);
		return err_pass(e);
	}
	w->did = m.handed;
	w->more = m.merged || m.handed;
	return NULL;
}

/* One transaction of packing; rolled back when it lacks p->months. */
static struct err *
pack(struct packed *p, struct db *db, struct arena *a, const struct work *w,
    bool any_month)
{
	struct gate g = { .kind = GATE_WORKER, .tenant = w->tenant };
	struct tx *tx;
	struct err *e;

	if ((e = tx_begin(&tx, db, a, &g, TX_WRITE)) != NULL)
		return err_pass(e);
	if ((e = store_pack(p, tx, any_month)) != NULL ||
	    (p->months == 0 && (e = tx_commit(tx)) != NULL)) {
		tx_rollback(tx);
		return err_pass(e);
	}
	if (p->months > 0)
		tx_rollback(tx);
	return NULL;
}

struct err *
job_pack(struct db *db, struct arena *a, struct work *w)
{
	struct packed p;
	int64_t made;
	struct err *e;
	int idle = 0;

	for (;;) {
		if ((e = pack(&p, db, a, w, idle == MONTHS_IDLE)) != NULL)
			return err_pass(e);
		if (p.months == 0)
			break;
		made = 0;
		if ((e = months_make(&made, db, a, "chunk", p.month,
			 p.months)) != NULL)
			return err_pass(e);
		idle = made > 0 ? 0 : idle + 1;
		arena_reset(a);
	}
	w->did = p.rows > 0;
	w->more = p.more;
	return NULL;
}
