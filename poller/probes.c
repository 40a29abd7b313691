#include "probes.h"

#include "base/clock.h"
#include "base/env.h"
#include "errand.h"
#include "query.h"

struct probes {
	struct looks *looks;
	struct errand *errand;
	struct look told; /* the news in hand */
};

static bool
hear(int32_t *tenant, void *what, const struct hold *held)
{
	struct probes *p = what;
	bool any = looks_news(&p->told, p->looks, held);

	*tenant = p->told.tenant;
	return any;
}

static void
keep(void *what)
{
	struct probes *p = what;

	looks_keep(p->looks, &p->told);
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
say(void *what, const struct errand *r, struct arena *a)
{
	const struct look *k = &((struct probes *)what)->told;
	struct rows *rows;
	struct err *e = errand_ask(&rows, r, a, k->tenant, &q_probe_say,
	    ARGS(A((long)k->id), words_arg(a, k), A(k->why)));

	return e != NULL ? err_pass(e) : NULL;
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
take(void *what, const struct errand *r, struct arena *a, int32_t tenant)
{
	struct probes *p = what;
	int64_t asked = env_mono();
	struct rows *rows;
	struct look k;
	struct err *e;
	int i;

	if ((e = errand_ask(&rows, r, a, tenant, &q_probe_take, NO_ARGS)) !=
	    NULL)
		return err_pass(e);
	for (i = 0; i < rows_count(rows); i++) {
		k = look_of(tenant, rows, i, asked);
		if (!looks_bring(p->looks, &k))
			looks_fail(p->looks, &k,
			    "The poller has too much to do; try again.");
	}
	return NULL;
}

static const struct errand_kind kind = { "probes", &q_probe_tenants, hear, say,
	keep, take };

struct probes *
probes_new(struct arena *a, struct looks *s, struct db *db)
{
	struct probes *p = arena_alloc(a, sizeof(*p));

	p->looks = s;
	p->errand = errand_new(a, &kind, p, db);
	return p;
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

void
probes_turn(struct probes *p, struct arena *a)
{
	overdue_fail(p, env_mono());
	errand_tell(p->errand, a);
	errand_take(p->errand, a);
}

void
probes_end(struct probes *p, struct arena *a)
{
	overdue_fail(p, INT64_MAX);
	errand_tell(p->errand, a);
}
