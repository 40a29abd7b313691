/*
 * POST /api/v1/ingest, POST /api/ingest - a body of readings.
 *
 * An authenticated body that was well delivered is answered 2xx even when
 * some of its readings are bad: they go to dead_letter, and into the reply.
 * ?strict=1 refuses the whole body instead.  A repeated batch gets the answer
 * of its first delivery.
 */
#include "cgi-bin/ingest/post.h"

#include <string.h>

#include "base/env.h"
#include "cgi-bin/ingest/keep.h"
#include "cgi-bin/ingest/rosters.h"

enum { PLACE_MAX = 64 };

/* How each address answers. */
static const struct manner {
	handler *run;
	int status;
	reply_fn *say;
} manners[] = {
	{ ingest_native, 202, reply_native },
	{ ingest_fluxio, 200, reply_fluxio },
};

/* Keep a body that nobody could read, and answer with the reason. */
static struct err *
refuse_body(struct req *rq, struct res *rs, const struct err *e)
{
	struct err why = *e;
	struct err *failed;

	if ((failed = keep_body(rq->tx, rq->body, &why)) != NULL)
		return err_pass(failed);
	res_refuse(rq, rs, &why);
	return NULL;
}

static struct err *
read_body(struct taken *t, struct req *rq)
{
	const struct roster *roster;
	struct err *e;

	if (rq->body_err != NULL)
		return err_raise(rq->body_err->kind, rq->body_err->say, "%s",
		    rq->body_err->why);
	if ((e = rosters_load(&roster, rq->tx, req_key(rq))) != NULL ||
	    (e = take(t, rq->body, req_header(rq, "Idempotency-Key"),
		 roster)) != NULL)
		return err_pass(e);
	return NULL;
}

/* Answer as the same batch was answered the first time, if it was. */
static struct err *
replay(bool *found, struct req *rq, struct res *rs, const struct taken *t)
{
	const char *text;
	struct err *e;
	int status;

	if ((e = keep_replayed(&status, &text, rq->tx, t)) != NULL)
		return err_pass(e);
	*found = status != 0;
	if (!*found)
		return NULL;
	rs->status = status;
	buf_text(&rs->body, text);
	res_header(rs, "Idempotency-Replayed", "true");
	return NULL;
}

static bool
is_strict(const struct req *rq)
{
	const char *s = req_query(rq, "strict");

	return s != NULL && strcmp(s, "1") == 0;
}

static const char *
clipped(struct arena *a, const char *s)
{
	return text_clip(a, (struct slice){ s, strlen(s) }, PLACE_MAX);
}

/* The first refusal, as an error for the whole body. */
static struct err *
strict_error(const struct intake *in)
{
	size_t i;

	for (i = 0; i < in->n; i++)
		if (in->v[i].code != NULL)
			return err_say(err_raise(ERR_REFUSED, "", "strict: %s",
					   in->v[i].code),
			    "%s: %s (%s). Nothing was stored.",
			    clipped(in->arena,
				item_place(in->arena, &in->v[i])),
			    clipped(in->arena, in->v[i].detail), in->v[i].code);
	return NULL;
}

void
ingest_answer(struct req *rq, struct res *rs, const struct taken *t)
{
	const struct manner *m = manners;

	while (m->run != rq->route->run)
		m++;
	rs->status = m->status;
	rs->wake = true;
	m->say(&rs->body, t);
}

static struct err *
ingest(struct req *rq, struct res *rs)
{
	struct taken t = { .in = { .arena = rq->arena,
			       .now = env_now(),
			       .tenant = rq->who.tenant,
			       .tenant_name = rq->who.tenant_name } };
	struct err *e;
	bool again = false;

	if ((e = read_body(&t, rq)) != NULL) {
		if (e->kind != ERR_INPUT && e->kind != ERR_TOO_BIG)
			return err_pass(e);
		return refuse_body(rq, rs, e);
	}
	if ((e = replay(&again, rq, rs, &t)) != NULL)
		return err_pass(e);
	if (again)
		return NULL;
	if (is_strict(rq) && (e = strict_error(&t.in)) != NULL)
		return err_pass(e);
	if (t.in.bare > 0 && (e = keep_facets(rq->tx, &t)) != NULL)
		return err_pass(e);
	ingest_answer(rq, rs, &t);
	if ((e = keep(rq->tx, &t, rs->status, (const char *)rs->body.p)) !=
	    NULL)
		return err_pass(e);
	return NULL;
}

struct err *
ingest_native(struct req *rq, struct res *rs)
{
	struct err *e = ingest(rq, rs);

	return e != NULL ? err_pass(e) : NULL;
}

struct err *
ingest_fluxio(struct req *rq, struct res *rs)
{
	struct err *e = ingest(rq, rs);

	return e != NULL ? err_pass(e) : NULL;
}
