/* When a credential was last used, and from where. */
#include <string.h>

#include "base/log.h"
#include "query.h"
#include "web/internal.h"

static const char *const kinds[] = {
	[GATE_SESSION] = "session",
	[GATE_API_KEY] = "key",
	[GATE_CERT] = "cert",
};

/* What a page asks for by itself is not its person's doing. */
static bool
is_by_itself(const struct req *rq)
{
	const char *mode = req_header(rq, "Sec-Fetch-Mode");

	return rq->gate.kind == GATE_SESSION && rq->verb == GET && *mode != 0 &&
	       strcmp(mode, "navigate") != 0;
}

void
touch_after(struct req *rq)
{
	const struct gate *g = &rq->gate;
	struct rows *r;
	struct err *e;

	if ((rq->who.flags & WHO_TOUCH) == 0 || is_by_itself(rq) ||
	    g->kind >= sizeof(kinds) / sizeof(*kinds) || kinds[g->kind] == NULL)
		return;
	if ((e = db_call(&r, rq->child->db, rq->arena, &q_gate_touch,
		 ARGS(A(kinds[g->kind]), A(g->secret), A(g->addr)))) != NULL)
		log_err(e, "tenant=%d", rq->who.tenant);
}
