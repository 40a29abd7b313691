/*
 * POST /api/v1/ingest, POST /api/ingest - a body of readings.
 *
 * An authenticated body that was well delivered is answered 2xx even when
 * some of its readings are bad: they go to dead_letter, and into the reply.
 * ?strict=1 refuses the whole body instead.  A repeated batch gets the answer
 * of its first delivery.
 */
#include "cgi-bin/ingest/post.h"

#include <assert.h>
#include <string.h>

#include "base/clock.h"
#include "base/stat.h"
#include "cgi-bin/ingest/fleet.h"
#include "cgi-bin/ingest/influx.h"
#include "cgi-bin/ingest/reply.h"
#include "cgi-bin/ingest/rescue.h"
#include "cgi-bin/ingest/ring.h"
#include "cgi-bin/ingest/rosters.h"
#include "intake/edge.h"
#include "intake/keep.h"
#include "intake/reason.h"

enum { PLACE_MAX = 64 };

/* How each address answers. */
static const struct manner {
	handler *run;
	int status;
	reply_fn *say;
	const char *format;		    /* that it is for; NULL: any */
	int (*judge)(const struct taken *); /* the status; NULL: that one */
} manners[] = {
	{ ingest_native, 202, reply_native, NULL, NULL },
	{ ingest_fluxio, 200, reply_fluxio, NULL, NULL },
	{ ingest_fleet, 201, reply_fleet, "fleet", fleet_status },
	{ tb_telemetry, 200, reply_nothing, "tb", NULL },
	{ influx_write1, 204, reply_nothing, "line", NULL },
	{ influx_write2, 204, reply_nothing, "line", NULL },
};

/* NULL: no readings are posted there. */
static const struct manner *
manner_of(const struct req *rq)
{
	size_t i;

	for (i = 0; i < sizeof(manners) / sizeof(*manners); i++)
		if (manners[i].run == rq->route->run)
			return &manners[i];
	return NULL;
}

/* Answer a body that was refused as a whole; of it the ring has the reason. */
static struct err *
refuse_whole(struct req *rq, struct res *rs, const struct err *e)
{
	struct err why = *e;
	struct err *failed;

	res_refuse(rq, rs, &why);
	failed = ring_refused(rq, rs->status, &why);
	return failed != NULL ? err_pass(failed) : NULL;
}

/* Keep a body that nobody could read, and answer with the reason. */
static struct err *
refuse_body(struct req *rq, struct res *rs, const struct intake *in,
    const struct err *e)
{
	struct origin o = origin_of(rq->tx);
	struct err why = *e;
	struct err *failed;

	o.is_much = !limit_letters(rq, rq->body.n);
	if ((failed = keep_body(rq->tx, &o, rq->body, in, &why)) != NULL ||
	    (failed = refuse_whole(rq, rs, &why)) != NULL)
		return err_pass(failed);
	return NULL;
}

struct err *
ingest_asked(struct asked *out, struct req *rq)
{
	const struct manner *m = manner_of(rq);
	const char *name = m->format;
	const char *results = req_query(rq, "results");
	struct err *e;

	if (name == NULL)
		name = req_query(rq, "format");
	if (name == NULL &&
	    strcmp(req_header(rq, "Content-Type"), EDGE_TYPE) == 0)
		name = "block";
	/* FluxIO's answer names every device. */
	*out = (struct asked){ .batch = req_header(rq, "Idempotency-Key"),
		.device = req_query(rq, "device_id"),
		.results = m->say == reply_fluxio ||
			   (results != NULL && strcmp(results, "1") == 0) };
	if (*req_header(rq, "X-Device-Id") != 0 && out->device == NULL)
		out->device = req_header(rq, "X-Device-Id");
	if (m->run == influx_write1 || m->run == influx_write2) {
		out->format = format_named(name);
		e = influx_tick(&out->tick_ns, rq);
		return e != NULL ? err_pass(e) : NULL;
	}
	if (name == NULL || (out->format = format_named(name)) != NULL)
		return NULL;
	return err_raise(ERR_INPUT, "format: there is none of this name.",
	    "unknown format");
}

bool
ingest_simulated(const struct req *rq)
{
	const char *s = req_header(rq, "X-Fluxline-Simulated");

	return *s != 0 && strcmp(s, "0") != 0;
}

static struct err *
read_body(struct taken *t, struct req *rq)
{
	const struct roster *roster;
	struct asked asked;
	struct err *e;

	if (rq->body_err != NULL)
		return err_raise(rq->body_err->kind, rq->body_err->say, "%s",
		    rq->body_err->why);
	if ((e = rosters_load(&roster, rq->tx, rq->gate.secret)) != NULL ||
	    (e = ingest_asked(&asked, rq)) != NULL)
		return err_pass(e);
	/* Nothing of it is kept, or it could be replayed into real data. */
	if (ingest_simulated(rq) && !roster_rule(roster)->simulated)
		return err_raise(ERR_FORBIDDEN,
		    "What is simulated is not taken from a device that is "
		    "not.",
		    "X-Fluxline-Simulated");
	t->in.profiles =
	    rosters_profiles(tx_db(rq->tx), req_conf(rq)->profiles);
	if ((e = take(t, rq->body, &asked, roster)) != NULL)
		return err_pass(e);
	return NULL;
}

/* Answer as the same batch was answered the first time, if it was. */
static struct err *
replay(bool *found, struct req *rq, struct res *rs, const struct taken *t)
{
	struct origin o = origin_of(rq->tx);
	const char *text;
	struct err *e;
	int status;

	if ((e = keep_replayed(&status, &text, rq->tx, &o, t)) != NULL)
		return err_pass(e);
	*found = status != 0;
	if (!*found)
		return NULL;
	rs->status = status;
	buf_text(&rs->body, text);
	res_header(rs, "Idempotency-Replayed", "true");
	return NULL;
}

bool
ingest_is_strict(const struct req *rq)
{
	const char *s = req_query(rq, "strict");

	return s != NULL && strcmp(s, "1") == 0;
}

static const char *
clipped(struct arena *a, const char *s)
{
	return text_clip(a, (struct slice){ s, strlen(s) }, PLACE_MAX);
}

/* Why a whole body is refused for the item; NULL: it is not. */
static const char *
strict_code(const struct intake *in, const struct item *it)
{
	if (it->code != NULL || !it->has_was_time)
		return it->code;
	return reason_of(
	    it->was_time > in->now ? REASON_CLOCK_AHEAD : REASON_CLOCK_UNSET)
	    ->word;
}

/* The first refusal, as an error for the whole body. */
static struct err *
strict_error(const struct intake *in)
{
	size_t i;

	for (i = 0; i < in->n; i++) {
		const struct item *it = &in->v[i];
		const char *code = strict_code(in, it), *detail = it->detail;

		if (code == NULL)
			continue;
		if (it->code == NULL)
			detail = clock_iso(in->arena, it->was_time);
		return err_say(err_raise(ERR_REFUSED, "", "strict: %s", code),
		    "%s: %s (%s). Nothing was stored.",
		    clipped(in->arena, item_place(in->arena, it)),
		    clipped(in->arena, detail), code);
	}
	return NULL;
}

static void
count(struct stats *s, const struct taken *t)
{
	int format = t->in.format->number;

	stat_reading(s, format, t->spooled ? STAT_SPOOLED : STAT_STORED,
	    t->r.n);
	stat_reading(s, format, STAT_DUPLICATE, t->duplicate);
	stat_reading(s, format, STAT_REJECTED, t->rejected);
}

bool
ingest_takes(const struct req *rq)
{
	return manner_of(rq) != NULL;
}

void
ingest_answer(struct req *rq, struct res *rs, const struct taken *t)
{
	const struct manner *m = manner_of(rq);

	assert(m != NULL);
	rs->status = m->judge != NULL ? m->judge(t) : m->status;
	if (rs->status >= 400)
		rs->type = "application/problem+json";
	rs->wake = true;
	m->say(&rs->body, t);
	count(req_stats(rq), t);
	if (m->status == 204)
		influx_mark(rs);
}

/* Nothing more for today; what was sent is counted as refused. */
static struct err *
over_quota(struct req *rq, struct res *rs, const struct taken *t)
{
	struct origin o = origin_of(rq->tx);
	struct err *e;

	if ((e = keep_nothing(rq->tx, &o, t)) != NULL)
		return err_pass(e);
	rq->retry_after_s =
	    (int)((CLOCK_DAY - t->in.now % CLOCK_DAY) / CLOCK_S);
	res_refuse(rq, rs,
	    err_raise(ERR_QUOTA,
		"The tenant has used up its quota of the day. Nothing was "
		"stored.",
		"%zu readings", t->sent));
	return NULL;
}

/* Does what came keep to its limits? */
static struct err *
within_limits(struct req *rq, const struct taken *t)
{
	struct err *e;
	size_t old;

	if (t->sent == 0 || !limit_any(&rq->who.limits))
		return NULL;
	old = take_backlog(t);
	e = limit_pass(rq, t->sent - old, old);
	return e != NULL ? err_pass(e) : NULL;
}

struct err *
ingest_post(struct req *rq, struct res *rs)
{
	struct taken t = { .in = { .arena = rq->arena,
			       .now = rq->arrived,
			       .tenant = rq->who.tenant,
			       .tenant_name = rq->who.tenant_name } };
	struct origin o = origin_of(rq->tx);
	struct err *e;
	bool again = false;

	if ((e = read_body(&t, rq)) != NULL) {
		if (e->kind == ERR_FORBIDDEN)
			return refuse_whole(rq, rs, e);
		if (e->kind != ERR_INPUT && e->kind != ERR_TOO_BIG)
			return err_pass(e);
		return refuse_body(rq, rs, &t.in, e);
	}
	if ((e = replay(&again, rq, rs, &t)) != NULL)
		return err_pass(e);
	if (again)
		return NULL;
	if ((rq->who.flags & WHO_OVER) != 0)
		return over_quota(rq, rs, &t);
	if ((e = within_limits(rq, &t)) != NULL)
		return err_pass(e);
	if (ingest_is_strict(rq) && (e = strict_error(&t.in)) != NULL)
		return refuse_whole(rq, rs, e);
	if (t.in.bare > 0 && (e = keep_facets(rq->tx, &t)) != NULL)
		return err_pass(e);
	rescue_meet(rq);
	ingest_answer(rq, rs, &t);
	o.is_much = !limit_letters(rq, keep_bytes(&t));
	if ((e = keep(rq->tx, &o, &t, rs->status, (const char *)rs->body.p)) !=
		NULL ||
	    (e = ring_taken(rq, rs->status, &t)) != NULL)
		return err_pass(e);
	return NULL;
}

struct err *
ingest_native(struct req *rq, struct res *rs)
{
	struct err *e = ingest_post(rq, rs);

	return e != NULL ? err_pass(e) : NULL;
}

struct err *
ingest_fluxio(struct req *rq, struct res *rs)
{
	struct err *e = ingest_post(rq, rs);

	return e != NULL ? err_pass(e) : NULL;
}

struct err *
ingest_fleet(struct req *rq, struct res *rs)
{
	struct err *e = ingest_post(rq, rs);

	return e != NULL ? err_pass(e) : NULL;
}
