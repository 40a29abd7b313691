/* Small rows become large ones, and these become chunks. */
#include "base/clock.h"
#include "base/log.h"
#include "query.h"
#include "worker/jobs.h"

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

/* One transaction of packing; rolled back when it lacks p->months. */
static struct err *
pack(struct packed *p, struct db *db, struct arena *a, const struct work *w,
    bool any_month)
{
	struct gate g = { .kind = GATE_WORKER, .tenant = w->tenant };
	struct pack_rule rule = {
		.readings = (size_t)w->conf->pack_readings,
		.age = w->force ? 0 : w->conf->pack_age_s * CLOCK_S,
		.any_month = any_month,
	};
	struct tx *tx;
	struct err *e;

	if ((e = tx_begin(&tx, db, a, &g, TX_WRITE)) != NULL)
		return err_pass(e);
	if ((e = store_pack(p, tx, &rule)) != NULL ||
	    (p->months == 0 && (e = tx_commit(tx)) != NULL)) {
		tx_rollback(tx);
		return err_pass(e);
	}
	if (p->months > 0)
		tx_rollback(tx);
	return NULL;
}

/*
 * Partitions take a lock that everybody waits for, so they are made in a
 * transaction of their own.  *made: how many; a month whose readings the
 * default partition has already cannot get one.
 */
static struct err *
make_months(int64_t *made, struct db *db, struct arena *a,
    const struct packed *p)
{
	struct rows *rows;
	struct err *e;

	if ((e = db_call(&rows, db, a, &q_store_months_make,
		 ARGS(arr_time(a, p->month, p->months)))) != NULL)
		return err_pass(e);
	*made = rows_int(rows, 0, STORE_MONTHS_MAKE_MADE);
	log_info("partitions table=chunk made=%lld", (long long)*made);
	return NULL;
}

struct err *
job_pack(struct db *db, struct arena *a, struct work *w)
{
	int64_t made = 0;
	struct packed p;
	struct err *e;
	int idle = 0;

	for (;;) {
		if ((e = pack(&p, db, a, w, idle == MONTHS_IDLE)) != NULL)
			return err_pass(e);
		if (p.months == 0)
			break;
		if ((e = make_months(&made, db, a, &p)) != NULL)
			return err_pass(e);
		idle = made > 0 ? 0 : idle + 1;
		arena_reset(a);
	}
	w->did = p.rows > 0;
	w->more = p.more;
	return NULL;
}
