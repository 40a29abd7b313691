#include "orders.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/env.h"
#include "errand.h"
#include "query.h"

struct place {
	int32_t tenant, device;
};

struct orders {
	struct commands *commands;
	struct errand *errand;
	struct arena *arena; /* of the places */
	struct place *served;
	size_t n;
	struct task told; /* the news in hand */
};

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

static bool
hear(int32_t *tenant, void *what, const struct hold *held)
{
	struct orders *o = what;
	bool any = commands_news(&o->told, o->commands, held);

	*tenant = o->told.tenant;
	return any;
}

static void
keep(void *what)
{
	struct orders *o = what;

	commands_keep(o->commands, &o->told);
}

static struct err *
say(void *what, const struct errand *r, struct arena *a)
{
	const struct task *t = &((struct orders *)what)->told;
	struct rows *rows;
	struct err *e = errand_ask(&rows, r, a, t->tenant, &q_command_say,
	    ARGS(A((long)t->id), A(fate_name(t->fate)),
		isnan(t->read_back) ? arg_null() : A(t->read_back), A(t->why)));

	return e != NULL ? err_pass(e) : NULL;
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
take(void *what, const struct errand *r, struct arena *a, int32_t tenant)
{
	struct orders *o = what;
	int32_t *device = arena_array(a, o->n, sizeof(*device));
	int64_t asked = env_mono();
	struct rows *rows;
	struct err *e;
	size_t i, n = 0;

	for (i = 0; i < o->n; i++)
		if (o->served[i].tenant == tenant)
			device[n++] = o->served[i].device;
	if (n == 0)
		return NULL;
	if ((e = errand_ask(&rows, r, a, tenant, &q_command_take,
		 ARGS(arr_int(a, device, n)))) != NULL)
		return err_pass(e);
	bring(o, tenant, rows, asked);
	return NULL;
}

static const struct errand_kind kind = { "commands", &q_command_tenants, hear,
	say, keep, take };

struct orders *
orders_new(struct arena *a, struct commands *c, struct db *db)
{
	struct orders *o = arena_alloc(a, sizeof(*o));

	o->commands = c;
	o->errand = errand_new(a, &kind, o, db);
	o->arena = arena_new();
	return o;
}

void
orders_turn(struct orders *o, struct arena *a)
{
	orders_overdue(o->commands, env_mono());
	errand_tell(o->errand, a);
	errand_take(o->errand, a);
}

void
orders_end(struct orders *o, struct arena *a)
{
	orders_overdue(o->commands, INT64_MAX);
	errand_tell(o->errand, a);
}
