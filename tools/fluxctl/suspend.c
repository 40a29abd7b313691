/* fluxctl suspend, resume: nobody of the tenant gets in, and nothing is lost.
 */
#include <stdio.h>

#include "fluxctl/fluxctl.h"
#include "query.h"

static struct err *
run(struct ctl *c, const struct stmt *s, const char *done, const char *was)
{
	struct rows *r;
	struct err *e;

	if ((e = tx_rows(&r, c->tx, s, NO_ARGS)) != NULL)
		return err_pass(e);
	(void)printf("%s\n", rows_bool(r, 0, 0) ? done : was);
	return NULL;
}

struct err *
ctl_suspend(struct ctl *c)
{
	struct err *e =
	    run(c, &q_tenant_suspend, "suspended", "it was suspended already");

	return e != NULL ? err_pass(e) : NULL;
}

struct err *
ctl_resume(struct ctl *c)
{
	struct err *e =
	    run(c, &q_tenant_resume, "resumed", "it was not suspended");

	return e != NULL ? err_pass(e) : NULL;
}
