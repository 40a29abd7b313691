#include "orders.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/env.h"
#include "base/log.h"
#include "query.h"

static const char *const states[] = {
	[COMMAND_ACKNOWLEDGED] = "acknowledged",
	[COMMAND_VERIFIED] = "verified",
	[COMMAND_FAILED] = "failed",
};

struct place {
	int32_t tenant, device;
};

struct orders {
	struct commands *commands;
	struct db *db;
	struct arena *arena; /* of the places */
	struct place *served;
	size_t n;
	struct task told; /* that the database has not taken yet */
	bool has_told;
};

struct orders *
orders_new(struct arena *a, struct commands *c, struct db *db)
{
	struct orders *o = arena_alloc(a, sizeof(*o));

	o->commands = c;
	o->db = db;
	o->arena = arena_new();
	return o;
}

void
orders_serve(struct orders *o, const struct roster *r)
{
	size_t i;

	arena_reset(o->arena);
	o->served = arena_array(o->arena, r->n, sizeof(*o->served));
	o->n = r->n;
	for (i = 0; i < r->n; i++)
		o->served[i] = (struct place){ r->v[i].tenant, r->v[i].device };
}

/* Begins a transaction of the tenant, wherever it lives. */
static struct err *
begin(struct tx **tx, struct orders *o, struct arena *a, int32_t tenant)
{
	const struct gate gate = { .kind = GATE_POLLER, .tenant = tenant };
	struct err *e = tx_begin(tx, o->db, a, &gate, TX_WRITE);

	return e != NULL ? err_pass(e) : NULL;
}

static struct err *
say(struct orders *o, struct arena *a)
{
	const struct task *t = &o->told;
	struct rows *r;
	struct err *e;
	struct tx *tx;

	if ((e = begin(&tx, o, a, t->tenant)) != NULL)
		return err_pass(e);
	if ((e = tx_rows(&r, tx, &q_command_say,
		 ARGS(A((long)t->id), A(states[t->fate]),
		     isnan(t->read_back) ? arg_null() : A(t->read_back),
		     A(t->why)))) != NULL) {
		tx_rollback(tx);
		return err_pass(e);
	}
	if ((e = tx_commit(tx)) != NULL)
		return err_pass(e);
	return NULL;
}

/* Of those that nobody is at. */
void
orders_overdue(struct commands *c, int64_t until)
{
	struct task t;

	while (commands_overdue(&t, c, until)) {
		t.fate = COMMAND_FAILED;
		(void)snprintf(t.why, sizeof(t.why),
		    "The poller did not get to it; it was not written.");
		commands_tell(c, &t);
	}
}

static struct err *
news_tell(struct orders *o, struct arena *a)
{
	struct err *e;

	while (o->has_told || commands_news(&o->told, o->commands)) {
		o->has_told = true;
		e = say(o, a);
		/* Who may not say it any more says nothing more of it. */
		if (e != NULL && e->kind != ERR_LOGIN)
			return err_pass(e);
		o->has_told = false;
	}
	return NULL;
}

/*
 * The time that is left of it is counted from before we asked, by a clock that
 * nobody sets: ours need not be the database's.
 */
static struct task
task_of(int32_t tenant, const struct rows *r, int i, int64_t asked)
{
	struct task t = { .id = rows_int(r, i, COMMAND_TAKE_ID),
		.tenant = tenant,
		.device = (int32_t)rows_int(r, i, COMMAND_TAKE_DEVICE),
		.value = rows_real(r, i, COMMAND_TAKE_VALUE),
		.confirm = confirm_of(rows_text(r, i, COMMAND_TAKE_CONFIRM)),
		.read_back = NAN };
	int64_t left = rows_int(r, i, COMMAND_TAKE_LEFT_MS) * CLOCK_MS;

	if (left > ORDERS_IN_HAND)
		left = ORDERS_IN_HAND;
	t.expires = asked + left;
	(void)snprintf(t.point, sizeof(t.point), "%s",
	    rows_text(r, i, COMMAND_TAKE_POINT));
	return t;
}

/* The lines are told of it, or it is told back. */
void
orders_bring(struct commands *c, const struct task *t)
{
	struct task failed = *t;

	if (commands_bring(c, t))
		return;
	failed.fate = COMMAND_FAILED;
	(void)snprintf(failed.why, sizeof(failed.why),
	    "The poller has too much to do; it was not written.");
	commands_tell(c, &failed);
}

static void
bring(struct orders *o, int32_t tenant, const struct rows *r, int64_t asked)
{
	struct task t;
	int i;

	for (i = 0; i < rows_count(r); i++) {
		t = task_of(tenant, r, i, asked);
		orders_bring(o->commands, &t);
	}
}

static struct err *
take(struct orders *o, struct arena *a, int32_t tenant)
{
	int32_t *device = arena_array(a, o->n, sizeof(*device));
	int64_t asked = env_mono();
	struct rows *r;
	struct err *e;
	struct tx *tx;
	size_t i, n = 0;

	for (i = 0; i < o->n; i++)
		if (o->served[i].tenant == tenant)
			device[n++] = o->served[i].device;
	if (n == 0)
		return NULL;
	if ((e = begin(&tx, o, a, tenant)) != NULL)
		return err_pass(e);
	if ((e = tx_rows(&r, tx, &q_command_take,
		 ARGS(arr_int(a, device, n)))) != NULL) {
		tx_rollback(tx);
		return err_pass(e);
	}
	if ((e = tx_commit(tx)) != NULL)
		return err_pass(e);
	bring(o, tenant, r, asked);
	return NULL;
}

/* Those of the tenants that one database knows. */
static struct err *
database_turn(struct orders *o, struct arena *a, struct db *db)
{
	struct rows *r;
	struct err *e;
	int i;

	if ((e = db_call(&r, db, a, &q_command_tenants, NO_ARGS)) != NULL)
		return err_pass(e);
	for (i = 0; i < rows_count(r); i++) {
		e = take(o, a,
		    (int32_t)rows_int(r, i, COMMAND_TENANTS_TENANT_ID));
		if (e != NULL && e->kind == ERR_BUSY)
			return err_pass(e);
		if (e != NULL && e->kind != ERR_LOGIN)
			log_err(e, "commands not taken");
	}
	return NULL;
}

struct err *
orders_turn(struct orders *o, struct arena *a)
{
	struct err *e, *first = NULL;
	struct db *cell;
	size_t i;

	orders_overdue(o->commands, env_mono());
	if ((e = news_tell(o, a)) != NULL)
		return err_pass(e);
	first = database_turn(o, a, o->db);
	/* A cell that is away does not keep the others waiting. */
	for (i = 0; (cell = db_cell(o->db, i)) != NULL; i++)
		if ((e = database_turn(o, a, cell)) != NULL && first == NULL)
			first = e;
	return first != NULL ? err_pass(first) : NULL;
}

struct err *
orders_end(struct orders *o, struct arena *a)
{
	struct err *e;

	orders_overdue(o->commands, INT64_MAX);
	e = news_tell(o, a);
	return e != NULL ? err_pass(e) : NULL;
}
