#include "cgi-bin/ingest/rescue.h"

#include <string.h>

#include "base/member.h"
#include "cgi-bin/ingest/post.h"
#include "intake/spool.h"

#define MB (INT64_C(1024) * 1024)

/* A request that can be put into the spool. */
struct kept {
	size_t at; /* of the round */
	struct spool_known who;
	struct taken t;
	struct spooled v;
};

struct err *
rescue_start(void **own, struct arena *a, const struct web_conf *conf)
{
	struct spool *s;
	struct err *e;

	*own = NULL;
	if (*conf->spool == 0)
		return NULL;
	if ((e = spool_open(&s, a, conf->spool, conf->spool_mb * MB)) != NULL)
		return err_pass(e);
	*own = s;
	return NULL;
}

void
rescue_meet(struct req *rq)
{
	const struct who *w = &rq->who;
	struct spool_known k = { .tenant = w->tenant,
		.device = w->device,
		.cred = w->cred,
		.limits = w->limits };
	struct bytes key = req_key(rq);
	size_t n = strlen(w->tenant_name);

	if (req_own(rq) == NULL || key.n == 0)
		return;
	if (rq->gate.kind != GATE_API_KEY || n >= sizeof(k.tenant_name) ||
	    (w->flags & (WHO_SIGNS | WHO_APART | WHO_OVER)) != 0) {
		spool_part(req_own(rq), key);
		return;
	}
	memcpy(k.tenant_name, w->tenant_name, n);
	spool_meet(req_own(rq), key, &k);
}

/* Does it keep to the limits of its key?  They were counted, or are now. */
static bool
is_within(struct req *rq, const struct kept *p)
{
	struct who who = { .tenant = p->who.tenant,
		.cred = p->who.cred,
		.limits = p->who.limits };
	struct load load = { .requests = 1 };

	if (rq->is_paid || !limit_any(&who.limits))
		return true;
	load.backlog = take_backlog(&p->t);
	load.live = p->t.sent - load.backlog;
	rq->is_paid = limit_take(rq, &who, &load);
	return rq->is_paid;
}

/* Who sends, if that may be spooled at all. */
static bool
is_known(struct spool_known *who, struct req *rq)
{
	struct bytes key = req_key(rq);

	return key.n > 0 && ingest_takes(rq) &&
	       *req_header(rq, "Origin") == 0 && !ingest_is_strict(rq) &&
	       !ingest_simulated(rq) && spool_knows(who, req_own(rq), key);
}

/*
 * The body's items, as far as they can be read without a roster.  An error is
 * of the body.
 */
static struct err *
understand(struct kept *p, struct req *rq)
{
	struct taken *t = &p->t;
	struct asked asked;
	struct err *e;

	t->in.arena = rq->arena;
	t->in.now = rq->arrived;
	t->in.tenant = p->who.tenant;
	t->in.tenant_name = p->who.tenant_name;
	if ((e = ingest_asked(&asked, rq)) != NULL ||
	    (e = intake_read(&t->in, rq->body, &asked)) != NULL)
		return err_pass(e);
	t->spooled = true;
	t->bytes = rq->body.n;
	take_count(t);
	t->r.n = t->sent - t->rejected - t->in.let_go;
	return NULL;
}

static const char *
text_of(const char *s)
{
	return s != NULL ? s : "";
}

/* What a repeat of it is told; of a long one how many were taken. */
static const char *
reply_of(const struct kept *p, const struct res *rs)
{
	struct buf b;

	if (rs->body.n <= SPOOL_TEXT_MAX)
		return (const char *)rs->body.p;
	b = buf_new(p->t.in.arena, 128);
	buf_byte(&b, '{');
	member_int(&b, "accepted", (int64_t)p->t.r.n);
	member_bool(&b, "spooled", true);
	buf_text(&b, "}\n");
	return (const char *)b.p;
}

/* Who it was is known from now on, for the log; and what is to be kept. */
static void
fill(struct kept *p, struct req *rq, struct res *rs)
{
	const struct intake *in = &p->t.in;

	rq->who = (struct who){ .tenant = p->who.tenant,
		.device = p->who.device,
		.cred = p->who.cred };
	ingest_answer(rq, rs, &p->t);
	rs->wake = false;
	p->v = (struct spooled){ .tenant = p->who.tenant,
		.device = p->who.device,
		.cred = p->who.cred,
		.received = rq->arrived,
		.readings = (uint32_t)p->t.sent,
		.format = (unsigned char)(in->asked.format != NULL
					      ? in->asked.format->number
					      : 0),
		.tick_ns = in->asked.tick_ns,
		.batch = text_of(in->asked.batch),
		.of_device = text_of(in->asked.device),
		.reply = reply_of(p, rs),
		.status = rs->status,
		.body = rq->body };
}

bool
rescue(struct req *rq, struct res *rs, const struct err *why)
{
	struct kept p = { .at = 0 };
	struct bytes key = req_key(rq);
	struct err *e;

	if (req_own(rq) == NULL || key.n == 0)
		return false;
	if (why->kind != ERR_BUSY) {
		spool_part(req_own(rq), key);
		return false;
	}
	/* A tenant that is being moved answers again in a moment. */
	if (db_is_moving(why) || !is_known(&p.who, rq))
		return false;
	if ((e = understand(&p, rq)) != NULL) {
		res_refuse(rq, rs, e);
		return true;
	}
	if (!is_within(rq, &p))
		return false;
	fill(&p, rq, rs);
	return spool_put(req_own(rq), rq->arena, &p.v, 1) == NULL;
}

/* Those of one tenant: all of them, or none. */
static void
put(struct req **rq, struct res **rs, struct kept *p, size_t n, bool *done)
{
	struct arena *a = rq[0]->arena;
	struct spooled *v = arena_array(a, n, sizeof(*v));
	size_t i;

	for (i = 0; i < n; i++) {
		fill(&p[i], rq[p[i].at], rs[p[i].at]);
		v[i] = p[i].v;
	}
	if (spool_put(req_own(rq[0]), a, v, n) == NULL) {
		for (i = 0; i < n; i++)
			done[p[i].at] = true;
		return;
	}
	/* Nothing was said yet. */
	for (i = 0; i < n; i++) {
		struct res *to = rs[p[i].at];

		rq[p[i].at]->who = (struct who){ 0 };
		to->status = 200;
		to->headers.n = to->body.n = 0;
	}
}

bool
rescue_queues(const struct req *rq)
{
	struct spool *s = req_own(rq);

	return s != NULL && spool_any(s);
}

void
rescue_queue(struct req **rq, struct res **rs, size_t n, bool *done)
{
	struct spool *s = req_own(rq[0]);
	struct arena *a = rq[0]->arena;
	struct kept *all, *same;
	size_t i, k, m, left = 0;

	if (!rescue_queues(rq[0]))
		return;
	all = arena_array(a, n, sizeof(*all));
	same = arena_array(a, n, sizeof(*same));
	for (i = 0; i < n; i++) {
		struct kept *p = &all[left];

		*p = (struct kept){ .at = i };
		left += is_known(&p->who, rq[i]) &&
			spool_holds(s, p->who.tenant) &&
			understand(p, rq[i]) == NULL && is_within(rq[i], p);
	}
	while (left > 0) {
		int32_t tenant = all[0].who.tenant;

		for (i = k = m = 0; i < left; i++)
			if (all[i].who.tenant == tenant)
				same[m++] = all[i];
			else
				all[k++] = all[i];
		left = k;
		put(rq, rs, same, m, done);
	}
}
