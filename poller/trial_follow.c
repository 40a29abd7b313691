#include "trial_follow.h"

#include "base/log.h"
#include "roster.h"

#define NOTHING "[]"

struct listing {
	struct arena *arena;
	struct buf units;
};

static void
list_line(struct line *l, void *what)
{
	struct listing *to = what;

	line_units(l, to->arena, &to->units);
}

static struct trial_units
units_of(const struct buf *b)
{
	return (
	    struct trial_units){ (const struct trial_unit *)(const void *)b->p,
		b->n / sizeof(struct trial_unit) };
}

static struct trial_units
running(const struct trial_host *h, struct arena *a)
{
	struct listing now = { a, buf_new(a, 1024) };

	loop_each(h->loop, list_line, &now);
	return units_of(&now.units);
}

/* What the plan names beside what runs: a host goes on without a device. */
static struct err *
lacks(char why[TRIAL_WHY], const struct trial_host *h, struct arena *a,
    struct bytes plan)
{
	const struct trial_units now = running(h, a);
	struct buf b = buf_new(a, 1024);
	struct trial_units named;
	struct roster r;
	struct err *e;
	size_t i;

	if ((e = roster_parse(&r, a, plan)) != NULL)
		return err_pass(e);
	for (i = 0; i < r.n; i++)
		buf_put(&b,
		    &(struct trial_unit){ .tenant = r.v[i].tenant,
			.device = r.v[i].device,
			.key = r.v[i].key },
		    sizeof(struct trial_unit));
	named = units_of(&b);
	trial_missing(why, &named, &now);
	return NULL;
}

static void
go_back(const struct trial_host *h, struct arena *a, struct bytes plan)
{
	struct err *e;

	if (plan.p == NULL)
		plan = (struct bytes){ (const unsigned char *)NOTHING,
			sizeof(NOTHING) - 1 };
	if ((e = h->apply(h->what, a, plan)) != NULL)
		log_err(e, "last plan not applied");
}

static void
apply(struct trial *t, const struct trial_host *h, struct arena *a,
    struct bytes plan, const struct trial_units *before)
{
	char why[TRIAL_WHY];
	struct err *e;

	if ((e = h->apply(h->what, a, plan)) != NULL ||
	    (e = lacks(why, h, a, plan)) != NULL) {
		log_err(e, "plan not applied");
		trial_failed(t, e->say);
		return;
	}
	if (why[0] != 0) {
		trial_failed(t, why);
		go_back(h, a, trial_plan(t, a));
		return;
	}
	trial_applied(t, before->v, before->n);
}

void
trial_follow(struct trial *t, const struct trial_host *h, struct arena *a)
{
	struct bytes plan = { NULL, 0 };
	struct trial_units now;

	if (!trial_is_due(t))
		return;
	now = running(h, a);
	switch (trial_turn(t, &plan, a, now.v, now.n)) {
	case TRIAL_APPLY:
		apply(t, h, a, plan, &now);
		break;
	case TRIAL_BACK:
		go_back(h, a, plan);
		break;
	case TRIAL_REST:
		break;
	}
}

struct err *
trial_make(struct arena *a, struct https_conf *conf,
    const struct trial_conf *trial)
{
	/* Between two answers of the server. */
	const int pause_s = trial->plan_refresh_s < conf->commands_s
				? trial->plan_refresh_s
				: conf->commands_s;
	struct err *e;

	if (*conf->server == 0 || *conf->gateway == 0)
		return err_raise(ERR_BUG, "Whose plan is it to be?",
		    "plan_key goes with the settings server and gateway");
	if (trial->confirm_s <= 2 * pause_s)
		return err_raise(ERR_BUG,
		    "A plan would be on trial for too short a time.",
		    "confirm_s=%d must be more than twice the smaller of"
		    " plan_refresh_s=%d and commands_s=%d",
		    trial->confirm_s, trial->plan_refresh_s, conf->commands_s);
	if ((e = manifest_key_file(&conf->plan_key, a, trial->key_file)) !=
	    NULL)
		return err_pass(e);
	conf->trial = trial_open(a, conf->spool, trial->confirm_s);
	return NULL;
}
