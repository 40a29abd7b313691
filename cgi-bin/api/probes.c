/*
 * POST /api/v1/probes {device, kind, address, quantity} - ask the poller for
 * registers of a device as they are now; GET /api/v1/probes/:id - what it read.
 */
#include "base/clock.h"
#include "base/jscan.h"
#include "base/member.h"
#include "model/probe.h"
#include "web/web.h"

handler api_probe_ask;
handler api_probe;

struct wish {
	const char *device, *kind;
	int64_t address, quantity;
};

static void
say_words(struct buf *b, const struct probe *p)
{
	int i;

	member_name(b, "words");
	if (p->words == NULL) {
		buf_text(b, "null");
		return;
	}
	for (i = 0; i < p->quantity; i++)
		buf_printf(b, "%c%d", i == 0 ? '[' : ',', p->words[i]);
	buf_byte(b, ']');
}

static struct err *
answer(struct req *rq, struct res *rs, int64_t id)
{
	struct arena *a = rq->arena;
	struct buf *b = &rs->body;
	struct probe p;
	struct err *e;

	if ((e = probe_load(&p, rq->tx, id)) != NULL)
		return err_pass(e);
	res_source(rs, p.simulated);
	buf_byte(b, '{');
	member_int(b, "id", id);
	member_text(b, "state", p.state);
	member_text(b, "device", p.device);
	member_bool(b, "simulated", p.simulated);
	member_text(b, "kind", point_function_name(p.function));
	member_int(b, "address", p.address);
	member_int(b, "quantity", p.quantity);
	member_text(b, "asked_at", clock_iso(a, p.asked_at));
	member_text(b, "ended_at",
	    p.ended_at != 0 ? clock_iso(a, p.ended_at) : NULL);
	say_words(b, &p);
	member_text(b, "why", *p.why != 0 ? p.why : NULL);
	buf_text(b, "}\n");
	return NULL;
}

struct err *
api_probe(struct req *rq, struct res *rs)
{
	/* 0 when it is no number, and no probe has that one. */
	struct err *e =
	    answer(rq, rs, number_typed(req_param(rq, "id"), INT64_MAX));

	return e != NULL ? err_pass(e) : NULL;
}

/* One member of the body; false: it is none of ours, or of another kind. */
static bool
member_read(struct wish *w, struct arena *a, struct slice key,
    const struct jvalue *v)
{
	bool is_text = v->kind == J_TEXT, is_whole = v->kind == J_INT;

	if (slice_is(key, "device") && is_text)
		w->device = arena_copy(a, v->text.p, v->text.n);
	else if (slice_is(key, "kind") && is_text)
		w->kind = arena_copy(a, v->text.p, v->text.n);
	else if (slice_is(key, "address") && is_whole)
		w->address = v->i;
	else if (slice_is(key, "quantity") && is_whole)
		w->quantity = v->i;
	else
		return false;
	return true;
}

static struct err *
wish_read(struct wish *w, struct req *rq)
{
	const char *wrong = NULL;
	struct jvalue top, v;
	struct slice key;
	struct jscan s;
	struct err *e;

	*w = (struct wish){ .address = -1, .quantity = 1 };
	if (rq->body_err != NULL)
		return err_raise(rq->body_err->kind, rq->body_err->say, "%s",
		    rq->body_err->why);
	jscan_open(&s, rq->arena, rq->body);
	jscan_value(&s, &top);
	while (top.kind == J_OBJECT && jscan_member(&s, &key)) {
		jscan_value(&s, &v);
		if (!member_read(w, rq->arena, key, &v) && wrong == NULL)
			wrong = arena_copy(rq->arena, key.p, key.n);
		jscan_pass(&s, &v);
	}
	if (top.kind == J_ARRAY)
		jscan_pass(&s, &top);
	if ((e = jscan_close(&s)) != NULL)
		return err_pass(e);
	if (wrong != NULL)
		return err_raise(ERR_INPUT,
		    arena_printf(rq->arena, "%s: it is not understood.", wrong),
		    "%s", wrong);
	if (w->device == NULL || w->kind == NULL)
		return err_raise(ERR_INPUT,
		    "device, kind, address: they are needed.", "missing");
	return NULL;
}

struct err *
api_probe_ask(struct req *rq, struct res *rs)
{
	enum point_function f;
	struct wish w;
	struct probe_asked asked;
	struct err *e;

	if ((e = wish_read(&w, rq)) != NULL)
		return err_pass(e);
	if (!probe_function(&f, w.kind))
		return err_raise(ERR_INPUT,
		    "kind: want holding, input, coil or discrete.", "%s",
		    w.kind);
	e = probe_ask(&asked, rq->tx, w.device, f, w.address, w.quantity);
	rq->retry_after_s = asked.wait_s;
	if (e != NULL || (e = answer(rq, rs, asked.id)) != NULL)
		return err_pass(e);
	rs->status = 202;
	return NULL;
}
