#include "probes.h"

#include "base/clock.h"
#include "base/env.h"
#include "base/log.h"
#include "query.h"

struct probes {
	struct looks *looks;
	struct db *db;
	struct look told; /* that the database has not taken yet */
	bool has_told;
};

struct probes *
probes_new(struct arena *a, struct looks *s, struct db *db)
{
	struct probes *p = arena_alloc(a, sizeof(*p));

	p->looks = s;
	p->db = db;
	return p;
}

/* Begins a transaction of the tenant, wherever it lives. */
static struct err *
begin(struct tx **tx, struct probes *p, struct arena *a, int32_t tenant)
{
	const struct gate gate = { .kind = GATE_POLLER, .tenant = tenant };
	struct err *e = tx_begin(tx, p->db, a, &gate, TX_WRITE);

	return e != NULL ? err_pass(e) : NULL;
}

static struct arg
words_arg(struct arena *a, const struct look *k)
{
	int32_t *v = arena_array(a, k->count, sizeof(*v));
	size_t i;

	if (!k->answered)
		return arg_null();
	for (i = 0; i < k->count; i++)
		v[i] = k->words[i];
	return arr_int(a, v, k->count);
}

static struct err *
say(struct probes *p, struct arena *a)
{
	const struct look *k = &p->told;
	struct rows *r;
	struct err *e;
	struct tx *tx;

	if ((e = begin(&tx, p, a, k->tenant)) != NULL)
		return err_pass(e);
	if ((e = tx_rows(&r, tx, &q_probe_say,
		 ARGS(A((long)k->id), words_arg(a, k), A(k->why)))) != NULL) {
		tx_rollback(tx);
		return err_pass(e);
	}
	if ((e = tx_commit(tx)) != NULL)
		return err_pass(e);
	return NULL;
}

static struct err *
news_tell(struct probes *p, struct arena *a)
{
	struct err *e;

	while (p->has_told || looks_news(&p->told, p->looks)) {
		p->has_told = true;
		e = say(p, a);
		/* Who may not say it any more says nothing more of it. */
		if (e != NULL && e->kind != ERR_LOGIN)
			return err_pass(e);
		p->has_told = false;
	}
	return NULL;
}

/*
 * The time that is left of it is counted from before we asked, by a clock that
 * nobody sets: ours need not be the database's.
 */
static struct look
look_of(int32_t tenant, const struct rows *r, int i, int64_t asked)
{
	return (struct look){ .id = rows_int(r, i, PROBE_TAKE_ID),
		.tenant = tenant,
		.device = (int32_t)rows_int(r, i, PROBE_TAKE_DEVICE),
		.function = (uint8_t)rows_int(r, i, PROBE_TAKE_FUNCTION),
		.address = (uint16_t)rows_int(r, i, PROBE_TAKE_ADDRESS),
		.count = (uint16_t)rows_int(r, i, PROBE_TAKE_QUANTITY),
		.expires =
		    asked + rows_int(r, i, PROBE_TAKE_LEFT_MS) * CLOCK_MS };
}

static struct err *
take(struct probes *p, struct arena *a, int32_t tenant)
{
	int64_t asked = env_mono();
	struct look k;
	struct rows *r;
	struct err *e;
	struct tx *tx;
	int i;

	if ((e = begin(&tx, p, a, tenant)) != NULL)
		return err_pass(e);
	if ((e = tx_rows(&r, tx, &q_probe_take, NO_ARGS)) != NULL) {
		tx_rollback(tx);
		return err_pass(e);
	}
	if ((e = tx_commit(tx)) != NULL)
		return err_pass(e);
	for (i = 0; i < rows_count(r); i++) {
		k = look_of(tenant, r, i, asked);
		if (!looks_bring(p->looks, &k))
			looks_fail(p->looks, &k,
			    "The poller has too much to do; try again.");
	}
	return NULL;
}

/* Those of the tenants that one database knows. */
static struct err *
database_turn(struct probes *p, struct arena *a, struct db *db)
{
	struct rows *r;
	struct err *e;
	int i;

	if ((e = db_call(&r, db, a, &q_probe_tenants, NO_ARGS)) != NULL)
		return err_pass(e);
	for (i = 0; i < rows_count(r); i++) {
		e = take(p, a,
		    (int32_t)rows_int(r, i, PROBE_TENANTS_TENANT_ID));
		if (e != NULL && e->kind == ERR_BUSY)
			return err_pass(e);
		if (e != NULL && e->kind != ERR_LOGIN)
			log_err(e, "probes not taken");
	}
	return NULL;
}

/* What no line has taken up to then was not read. */
static void
overdue_fail(struct probes *p, int64_t until)
{
	struct look k;

	while (looks_overdue(&k, p->looks, until))
		looks_fail(p->looks, &k,
		    until == INT64_MAX
			? "The poller stopped before it got to it."
			: "The poller did not get to it: its line is busy, or "
			  "the device is new to it.");
}

struct err *
probes_turn(struct probes *p, struct arena *a)
{
	struct err *e, *first = NULL;
	struct db *cell;
	size_t i;

	overdue_fail(p, env_mono());
	if ((e = news_tell(p, a)) != NULL)
		return err_pass(e);
	first = database_turn(p, a, p->db);
	/* A cell that is away does not keep the others waiting. */
	for (i = 0; (cell = db_cell(p->db, i)) != NULL; i++)
		if ((e = database_turn(p, a, cell)) != NULL && first == NULL)
			first = e;
	return first != NULL ? err_pass(first) : NULL;
}

struct err *
probes_end(struct probes *p, struct arena *a)
{
	struct err *e;

	overdue_fail(p, INT64_MAX);
	e = news_tell(p, a);
	return e != NULL ? err_pass(e) : NULL;
}
