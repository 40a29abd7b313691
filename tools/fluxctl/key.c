/* key, rotate, revoke: API keys, made and ended. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/env.h"
#include "fluxctl/fluxctl.h"
#include "query.h"
#include "web/issue.h"

enum { RIGHTS_MAX = 64, DAYS_MAX = 3650 };

static struct err *
find_device(int32_t *out, struct ctl *c, const char *key)
{
	struct rows *r;
	struct err *e;

	if ((e = tx_rows(&r, c->tx, &q_key_device,
		 ARGS(A((int)tx_who(c->tx)->tenant), A(key)))) != NULL)
		return err_pass(e);
	if (rows_count(r) == 0)
		return err_raise(ERR_MISSING, "There is no such device.", "%s",
		    key);
	*out = (int32_t)rows_int(r, 0, KEY_DEVICE_DEVICE_ID);
	return NULL;
}

/* "ingest,view", or permissions by their names, as names. */
static struct err *
read_scope(struct wish *w, const char *rights[RIGHTS_MAX], struct ctl *c,
    const char *scope)
{
	char *save, *word;
	struct rows *r;
	struct err *e;

	if ((e = tx_rows(&r, c->tx, &q_key_scope, ARGS(A(scope)))) != NULL)
		return err_pass(e);
	w->rights = rights;
	word = arena_text(c->arena, rows_text(r, 0, KEY_SCOPE_PERMISSIONS));
	for (word = strtok_r(word, ",", &save);
	     word != NULL && w->n_rights < RIGHTS_MAX;
	     word = strtok_r(NULL, ",", &save))
		rights[w->n_rights++] = word;
	return NULL;
}

/* What stands behind --name, --days, --nets, --limits, --signed, --short. */
static struct err *
read_options(struct wish *w, const struct ctl *c)
{
	const char *limits = ctl_option(c, "--limits", "0,0");
	long days = strtol(ctl_option(c, "--days", "0"), NULL, 10);

	w->name = ctl_option(c, "--name", "");
	w->signs = ctl_flag(c, "--signed");
	w->is_short = ctl_flag(c, "--short");
	w->nets = issue_nets(c->arena, ctl_option(c, "--nets", ""));
	if (w->nets == NULL)
		return err_raise(ERR_INPUT,
		    "--nets takes networks as 192.0.2.0/24.", "nets");
	if (sscanf(limits, "%d,%d", &w->requests, &w->readings) != 2 ||
	    w->requests < 0 || w->readings < 0)
		return err_raise(ERR_INPUT,
		    "--limits takes REQUESTS,READINGS a minute.", "%s", limits);
	if (days < 0 || days > DAYS_MAX)
		return err_raise(ERR_INPUT, "--days takes at most 3650.", "%ld",
		    days);
	w->expires = days > 0 ? env_now() + days * CLOCK_DAY : 0;
	return NULL;
}

static void
print(const struct issued *k)
{
	(void)printf("%s\n", k->key);
	if (*k->secret != 0)
		(void)printf("%s\n", k->secret);
}

struct err *
ctl_key(struct ctl *c)
{
	const char *rights[RIGHTS_MAX];
	struct wish w = { 0 };
	struct issued made;
	struct err *e;

	if ((e = find_device(&w.device, c, c->args[1])) != NULL ||
	    (e = read_scope(&w, rights, c, c->args[2])) != NULL ||
	    (e = read_options(&w, c)) != NULL ||
	    (e = issue_key(&made, c->tx, &w, c->request_key)) != NULL)
		return err_pass(e);
	print(&made);
	return NULL;
}

struct err *
ctl_rotate(struct ctl *c)
{
	struct issued made;
	struct err *e;

	if ((e = issue_successor(&made, c->tx, c->args[1], c->request_key)) !=
	    NULL)
		return err_pass(e);
	print(&made);
	return NULL;
}

struct err *
ctl_revoke(struct ctl *c)
{
	struct rows *r;
	struct err *e;

	if ((e = tx_rows(&r, c->tx, &q_key_end,
		 ARGS(A((const char *)c->args[1])))) != NULL)
		return err_pass(e);
	if (!rows_bool(r, 0, KEY_END_DONE))
		return err_raise(ERR_MISSING, "There is no such live key.",
		    "%s", c->args[1]);
	return NULL;
}
