/* agent: the edge agents of a tenant, and the way back from one that is gone.
 */
#include <stdio.h>

#include "base/clock.h"
#include "base/env.h"
#include "fluxctl/fluxctl.h"
#include "query.h"

static struct err *
list(struct ctl *c)
{
	struct rows *r;
	struct err *e;
	int i;

	if ((e = tx_rows(&r, c->tx, &q_agent_list, NO_ARGS)) != NULL)
		return err_pass(e);
	for (i = 0; i < rows_count(r); i++)
		(void)printf("%-24s since %s, heard %s ago%s\n",
		    rows_text(r, i, AGENT_LIST_GATEWAY),
		    clock_iso(c->arena, rows_time(r, i, AGENT_LIST_SINCE)),
		    clock_age(c->arena,
			env_now() - rows_time(r, i, AGENT_LIST_HEARD)),
		    rows_bool(r, i, AGENT_LIST_LOST) ? ": silent" : "");
	if (rows_count(r) == 0)
		(void)printf("there is no agent\n");
	return NULL;
}

static struct err *
release(struct ctl *c)
{
	struct rows *r;
	struct err *e;

	if ((e = tx_rows(&r, c->tx, &q_agent_release,
		 ARGS(A((const char *)c->args[2])))) != NULL)
		return err_pass(e);
	if (!rows_bool(r, 0, AGENT_RELEASE_DONE))
		return err_raise(ERR_MISSING,
		    "No agent has a gateway of that key.", "gateway \"%s\"",
		    c->args[2]);
	(void)printf("polled from here\n");
	return NULL;
}

struct err *
ctl_agent(struct ctl *c)
{
	static const struct ctl_verb verbs[] = { { "release", release, 1 } };
	struct err *e = c->n > 1 ? ctl_verb(c, verbs, 1) : list(c);

	return e != NULL ? err_pass(e) : NULL;
}
