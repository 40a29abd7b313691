/*
 * ThingsBoard's device interface: POST .../TOKEN/telemetry, POST and GET
 * .../TOKEN/attributes.  The token is an API key, and says who speaks.
 */
#include <string.h>

#include "base/env.h"
#include "base/member.h"
#include "cgi-bin/ingest/post.h"
#include "intake/fact.h"
#include "query.h"

struct err *
tb_telemetry(struct req *rq, struct res *rs)
{
	struct err *e = ingest_post(rq, rs);

	return e != NULL ? err_pass(e) : NULL;
}

struct err *
tb_attributes(struct req *rq, struct res *rs)
{
	struct intake in = { .arena = rq->arena, .now = env_now() };
	struct err *e;

	if (rq->body_err != NULL)
		return err_raise(rq->body_err->kind, rq->body_err->say, "%s",
		    rq->body_err->why);
	if ((e = fact_read(&in, rq->body)) != NULL ||
	    (e = fact_keep(rq->tx, rq->who.device, &in)) != NULL)
		return err_pass(e);
	rs->status = 200;
	return NULL;
}

/* Is the name in the list, "a,b"?  No list has all of them. */
static bool
is_wanted(const char *list, const char *name)
{
	size_t n = strlen(name);
	const char *at;

	if (list == NULL)
		return true;
	for (at = list; (at = strstr(at, name)) != NULL; at++)
		if ((at == list || at[-1] == ',') &&
		    (at[n] == 0 || at[n] == ','))
			return true;
	return false;
}

/* A list that names something; NULL: none does. */
static const char *
list_of(const struct req *rq, const char *name)
{
	const char *list = req_query(rq, name);

	return list != NULL && *list != 0 ? list : NULL;
}

/* "scope": {...}, of the names in the list; nothing when there are none. */
static void
scope_put(struct buf *b, const char *scope, const char *list,
    const struct rows *r)
{
	bool any = false;
	int i;

	for (i = 0; i < rows_count(r); i++) {
		const char *name = rows_text(r, i, ATTRIBUTE_OWN_NAME);

		if (!is_wanted(list, name))
			continue;
		if (!any) {
			member_name(b, scope);
			buf_byte(b, '{');
		}
		any = true;
		member_name(b, name);
		buf_text(b, rows_text(r, i, ATTRIBUTE_OWN_VALUE));
	}
	if (any)
		buf_byte(b, '}');
}

_Static_assert((int)ATTRIBUTE_OWN_NAME == (int)ATTRIBUTE_TOLD_NAME &&
		   (int)ATTRIBUTE_OWN_VALUE == (int)ATTRIBUTE_TOLD_VALUE,
    "both answer alike");

/*
 * As ThingsBoard answers: who asks for names of one scope gets that one, who
 * asks for none gets both, and a scope without anything is left out.
 */
struct err *
tb_attributes_show(struct req *rq, struct res *rs)
{
	const char *client = list_of(rq, "clientKeys");
	const char *shared = list_of(rq, "sharedKeys");
	bool all = client == NULL && shared == NULL;
	struct buf *b = &rs->body;
	struct rows *own, *told;
	struct err *e;

	if ((e = tx_rows(&own, rq->tx, &q_attribute_own,
		 ARGS(A((int)rq->who.device)))) != NULL ||
	    (e = tx_rows(&told, rq->tx, &q_attribute_told,
		 ARGS(A((int)rq->who.device)))) != NULL)
		return err_pass(e);
	buf_byte(b, '{');
	if (all || client != NULL)
		scope_put(b, "client", client, own);
	if (all || shared != NULL)
		scope_put(b, "shared", shared, told);
	buf_text(b, "}\n");
	return NULL;
}
