/*
 * GET /api/v1/ingest/bundle - the signed plan that a gateway's agent is to
 * have, {version, manifest, plan}, or 204; POST {version, state, why} - what
 * became of it there.
 *
 * What its tenant's key has not signed is not offered, whoever wrote it into
 * the database.
 */
#include <limits.h>
#include <string.h>

#include "base/jscan.h"
#include "base/member.h"
#include "cgi-bin/ingest/post.h"
#include "query.h"
#include "trust/manifest.h"

enum { WHY_MAX = 300 };

/* Signed for this gateway, this version and these bytes? */
static struct err *
check(struct req *rq, const struct rows *r, const char *plan)
{
	struct manifest m;
	EVP_PKEY *key;
	struct err *e;

	e = manifest_key_public(&key, rq->arena,
	    rows_bytes(r, 0, PLAN_OFFER_PUBLIC));
	if (e == NULL)
		e = manifest_check(&m, rq->arena, key,
		    rows_text(r, 0, PLAN_OFFER_MANIFEST),
		    (struct bytes){ (const unsigned char *)plan,
			strlen(plan) });
	if (e == NULL &&
	    (m.version != rows_int(r, 0, PLAN_OFFER_VERSION) ||
		strcmp(m.gateway, rows_text(r, 0, PLAN_OFFER_CALLED)) != 0))
		e = err_raise(ERR_REFUSED, "The plan is another one's.",
		    "manifest");
	if (e != NULL)
		return err_raise(ERR_CONFLICT,
		    "The plan's signature is not right; it is not offered.",
		    "gateway %d: %s", (int)rq->who.device, e->say);
	return NULL;
}

struct err *
bundle_offer(struct req *rq, struct res *rs)
{
	const char *tag, *plan;
	struct rows *r;
	struct err *e;

	if ((e = agent_known(rq)) != NULL ||
	    (e = tx_rows(&r, rq->tx, &q_plan_offer,
		 ARGS(A((int)rq->who.device)))) != NULL)
		return err_pass(e);
	if (rows_count(r) == 0) {
		rs->status = 204;
		return NULL;
	}
	tag = arena_printf(rq->arena, "\"v%lld\"",
	    (long long)rows_int(r, 0, PLAN_OFFER_VERSION));
	res_header(rs, "ETag", tag);
	if (strcmp(req_header(rq, "If-None-Match"), tag) == 0) {
		rs->status = 304;
		return NULL;
	}
	plan = rows_text(r, 0, PLAN_OFFER_BODY);
	if ((e = check(rq, r, plan)) != NULL)
		return err_pass(e);
	buf_byte(&rs->body, '{');
	member_int(&rs->body, "version", rows_int(r, 0, PLAN_OFFER_VERSION));
	member_text(&rs->body, "manifest",
	    rows_text(r, 0, PLAN_OFFER_MANIFEST));
	member_text(&rs->body, "plan", plan);
	buf_text(&rs->body, "}\n");
	return NULL;
}

/* What an agent says of a version. */
struct report {
	const char *state, *why;
	int64_t version;
};

static const char *
text_of(struct arena *a, const struct jvalue *v)
{
	return v->kind == J_TEXT ? arena_copy(a, v->text.p, v->text.n) : NULL;
}

static bool
member_read(struct report *r, struct arena *a, struct slice key,
    const struct jvalue *v)
{
	static const char *const states[] = { "applied", "confirmed",
		"rolled_back", "refused", NULL };

	if (slice_is(key, "state"))
		return agent_word(r->state = text_of(a, v), states);
	if (slice_is(key, "why"))
		return (r->why = text_of(a, v)) != NULL && v->text.n <= WHY_MAX;
	r->version = v->kind == J_INT && v->i <= INT_MAX ? v->i : 0;
	return slice_is(key, "version") && r->version > 0;
}

static struct err *
report_read(struct report *r, struct req *rq)
{
	const char *wrong = NULL;
	struct jvalue top, v;
	struct slice key;
	struct jscan s;
	struct err *e;

	*r = (struct report){ .why = "" };
	if (rq->body_err != NULL)
		return err_raise(rq->body_err->kind, rq->body_err->say, "%s",
		    rq->body_err->why);
	jscan_open(&s, rq->arena, rq->body);
	jscan_value(&s, &top);
	while (top.kind == J_OBJECT && jscan_member(&s, &key)) {
		jscan_value(&s, &v);
		if (!member_read(r, rq->arena, key, &v) && wrong == NULL)
			wrong = arena_copy(rq->arena, key.p, key.n);
		jscan_pass(&s, &v);
	}
	if (top.kind == J_ARRAY)
		jscan_pass(&s, &top);
	if ((e = jscan_close(&s)) != NULL)
		return err_pass(e);
	if (wrong == NULL && (r->state == NULL || r->version == 0))
		wrong = r->state == NULL ? "state" : "version";
	if (wrong != NULL)
		return err_raise(ERR_INPUT,
		    arena_printf(rq->arena, "%.64s: it is not understood.",
			wrong),
		    "%s", wrong);
	return NULL;
}

struct err *
bundle_report(struct req *rq, struct res *rs)
{
	struct report what;
	struct rows *r;
	struct err *e;

	if ((e = agent_known(rq)) != NULL ||
	    (e = report_read(&what, rq)) != NULL ||
	    (e = tx_rows(&r, rq->tx, &q_plan_say,
		 ARGS(A((int)rq->who.device), A((int)what.version),
		     A(what.state), A(what.why)))) != NULL)
		return err_pass(e);
	rs->status = 204;
	return NULL;
}
