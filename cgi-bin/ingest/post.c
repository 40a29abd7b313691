/*
 * POST /api/v1/ingest, POST /api/ingest - a body of readings.
 *
 * An authenticated body that was well delivered is answered 2xx even when
 * some of its readings are bad: they go to dead_letter, and into the reply.
 * ?strict=1 refuses the whole body instead.  A repeated batch gets the answer
 * of its first delivery.
 */
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/env.h"
#include "cgi-bin/ingest/resolve.h"
#include "query.h"
#include "store/store.h"
#include "web/json.h"
#include "web/member.h"
#include "web/web.h"

enum { DEAD_BODY_MAX = 64 * 1024, BATCH_KEY_MAX = 128, PLACE_MAX = 64 };

/* What is said back, apart from its dress. */
struct outcome {
	size_t accepted, duplicate, rejected;
};

handler ingest_native;
handler ingest_fluxio;

/* The order matters: the first that knows the shape takes the body. */
static decoder *const decoders[] = { decode_native, decode_rutos, decode_flat };

/* Keep a body that nobody could read, and answer with the reason. */
static struct err *
refuse_body(struct req *rq, struct res *rs, const struct err *e)
{
	struct err why = *e;
	struct bytes body = rq->body;
	struct err *failed;

	if (body.n > DEAD_BODY_MAX)
		body.n = DEAD_BODY_MAX;
	if ((failed = tx_send(rq->tx, &q_ingest_dead_body,
		 ARGS(A((int)rq->who.tenant), A_TIME(env_now()),
		     A((int)rq->who.device), A(err_code(why.kind)),
		     A((const char *)why.say), A(body)))) != NULL)
		return err_pass(failed);
	res_refuse(rq, rs, &why);
	return NULL;
}

static struct err *
decode(struct intake *in, json_t *body)
{
	struct err *e;
	size_t i;

	for (i = 0; i < sizeof(decoders) / sizeof(*decoders); i++) {
		bool mine = false;

		if ((e = decoders[i](&mine, in, body)) != NULL)
			return err_pass(e);
		if (mine)
			break;
	}
	if (in->n == 0)
		return err_raise(ERR_INPUT,
		    "There are no readings in the body.", "no items");
	return NULL;
}

/* Bytes that a header and a text of the database can both carry. */
static bool
is_plain(const char *s)
{
	for (; *s != 0; s++)
		if (*s < 0x20 || *s > 0x7e)
			return false;
	return true;
}

/*
 * A batch is known again by its number and its bytes: a gateway that counts
 * from one after a reboot sends other readings under an old number, and they
 * must not get the old answer.
 */
static struct err *
batch_name(struct intake *in, struct bytes body)
{
	unsigned char hash[EVP_MAX_MD_SIZE];
	char hex[33];
	size_t i;

	if (in->batch == NULL)
		return NULL;
	if (strlen(in->batch) > BATCH_KEY_MAX || !is_plain(in->batch))
		return err_raise(ERR_INPUT,
		    "batch_id: at most 128 characters of plain ASCII.",
		    "batch id");
	(void)EVP_Digest(body.p, body.n, hash, NULL, EVP_sha256(), NULL);
	for (i = 0; i < 16; i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", hash[i]);
	in->again = arena_printf(in->arena, "%s %s", in->batch, hex);
	return NULL;
}

/* What the envelope says: the batch's own number, and the tenant. */
static struct err *
envelope(struct intake *in, const struct req *rq, const json_t *body)
{
	static const char *const batch[] = { "batch_id", "batchId", NULL };
	const char *header = req_header(rq, "Idempotency-Key");
	const json_t *b = member_of(body, batch);
	struct err *e;

	in->batch = json_string_value(b);
	if (json_is_integer(b))
		in->batch = arena_printf(in->arena, "%lld",
		    (long long)json_integer_value(b));
	if (in->batch == NULL && *header != 0)
		in->batch = arena_text(in->arena, header);
	if ((e = batch_name(in, rq->body)) != NULL)
		return err_pass(e);
	if (!tenant_fits(in, body))
		return err_raise(ERR_FORBIDDEN,
		    "tenant_id: this key belongs to another tenant.",
		    "tenant in the body differs");
	return NULL;
}

/* The answer a batch got the first time; false: there was none. */
static struct err *
replayed(bool *found, struct req *rq, struct res *rs, const char *name)
{
	struct rows *r;
	struct err *e;

	*found = false;
	if (name == NULL)
		return NULL;
	if ((e = tx_rows(&r, rq->tx, &q_ingest_replay,
		 ARGS(A((int)rq->who.tenant), A((int)rq->who.device),
		     A(name)))) != NULL)
		return err_pass(e);
	if (rows_count(r) == 0)
		return NULL;
	*found = true;
	rs->status = (int)rows_int(r, 0, INGEST_REPLAY_STATUS);
	buf_text(&rs->body, rows_text(r, 0, INGEST_REPLAY_REPLY));
	res_header(rs, "Idempotency-Replayed", "true");
	return NULL;
}

static void
release(void *text)
{
	free(text);
}

/*
 * What is kept of a refused item: the object it came in, as it came; of the
 * same object's further items only the value, or a body of many values in
 * one object would be kept as often as it has values.
 */
static const char *
remains(const struct intake *in, const struct item *it, const json_t *before)
{
	const json_t *kept = it->raw != before ? it->raw : it->value;
	char *text = json_dumps(kept, JSON_COMPACT | JSON_ENCODE_ANY);

	if (text == NULL)
		return "";
	arena_defer(in->arena, release, text);
	return text;
}

/* Every refused item goes to dead_letter. */
static struct err *
bury(struct req *rq, const struct intake *in, size_t n)
{
	const char **place = arena_array(in->arena, n, sizeof(*place));
	const char **code = arena_array(in->arena, n, sizeof(*code));
	const char **detail = arena_array(in->arena, n, sizeof(*detail));
	const char **body = arena_array(in->arena, n, sizeof(*body));
	const json_t *before = NULL;
	struct err *e;
	size_t i, k = 0;

	for (i = 0; i < in->n; i++) {
		const struct item *it = &in->v[i];

		if (it->code == NULL)
			continue;
		place[k] = item_place(in->arena, it);
		code[k] = it->code;
		detail[k] = it->detail;
		body[k++] = remains(in, it, before);
		before = it->raw;
	}
	if ((e = tx_send(rq->tx, &q_ingest_dead_letters,
		 ARGS(A((int)rq->who.tenant), A_TIME(in->now),
		     A((int)rq->who.device), arr_text(in->arena, place, k),
		     arr_text(in->arena, code, k),
		     arr_text(in->arena, detail, k),
		     arr_text(in->arena, body, k)))) != NULL)
		return err_pass(e);
	return NULL;
}

static void
say_rejected(struct buf *b, const struct intake *in)
{
	size_t i;

	member_name(b, "rejected");
	buf_byte(b, '[');
	for (i = 0; i < in->n; i++) {
		const struct item *it = &in->v[i];

		if (it->code == NULL)
			continue;
		member_comma(b);
		buf_byte(b, '{');
		member_int(b, "index", (int64_t)i);
		member_text(b, "place", item_place(in->arena, it));
		member_text(b, "code", it->code);
		member_text(b, "detail", it->detail);
		buf_byte(b, '}');
	}
	buf_byte(b, ']');
}

static void
say_native(struct buf *b, const struct intake *in, const struct outcome *o)
{
	member_int(b, "accepted", (int64_t)o->accepted);
	member_int(b, "duplicate", (int64_t)o->duplicate);
	say_rejected(b, in);
}

static int
by_name(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;

	return strcmp(*x, *y);
}

/* The devices of which an item was refused, sorted. */
static const char **
unwell(size_t *n, const struct intake *in, size_t rejected)
{
	const char **v = arena_array(in->arena, rejected, sizeof(*v));
	size_t i;

	*n = 0;
	for (i = 0; i < in->n; i++)
		if (in->v[i].code != NULL && in->v[i].device != NULL)
			v[(*n)++] = in->v[i].device;
	if (*n > 1)
		qsort(v, *n, sizeof(*v), by_name);
	return v;
}

/* The FluxIO document's reply, once a device in a row, and ours beside it. */
static void
say_fluxio(struct buf *b, const struct intake *in, const struct outcome *o)
{
	const char *before = NULL, **bad;
	size_t i, n;

	bad = unwell(&n, in, o->rejected);
	member_bool(b, "success", o->rejected == 0);
	member_text(b, "message",
	    arena_printf(in->arena, "%zu of %zu readings stored", o->accepted,
		in->n - o->duplicate));
	member_name(b, "results");
	buf_byte(b, '[');
	for (i = 0; i < in->n; i++) {
		const struct item *it = &in->v[i];

		if (it->device == NULL ||
		    (before != NULL && strcmp(before, it->device) == 0))
			continue;
		before = it->device;
		member_comma(b);
		buf_byte(b, '{');
		member_text(b, "device_id", it->device);
		member_bool(b, "success",
		    n == 0 || bsearch(&before, bad, n, sizeof(*bad), by_name) ==
				  NULL);
		buf_byte(b, '}');
	}
	buf_byte(b, ']');
	say_native(b, in, o);
}

/* Store what was taken, bury the rest, count both. */
static struct err *
store(struct outcome *o, struct req *rq, struct intake *in)
{
	struct batch b = { .source = rq->who.device,
		.received = in->now,
		.sent = in->n,
		.seq = in->batch };
	struct readings r = { 0 };
	struct err *e;
	size_t i;

	r.v = arena_array(in->arena, in->n, sizeof(*r.v));
	for (i = 0; i < in->n; i++)
		if (in->v[i].code == NULL)
			r.v[r.n++] = in->v[i].r;
	b.rejected = o->rejected = in->n - r.n;
	if (o->rejected > 0 && (e = bury(rq, in, o->rejected)) != NULL)
		return err_pass(e);
	if ((e = store_append(rq->tx, &b, &r)) != NULL)
		return err_pass(e);
	o->accepted = r.n;
	o->duplicate = in->n - o->rejected - r.n;
	return NULL;
}

/* Body to items, each with its sensor; *in is ready to be stored. */
static struct err *
take_in(struct intake *in, bool *again, struct req *rq, struct res *rs)
{
	json_t *body;
	struct err *e;

	*again = false;
	if (rq->body_err != NULL)
		return err_raise(rq->body_err->kind, rq->body_err->say, "%s",
		    rq->body_err->why);
	if ((e = json_read(&body, rq->arena, rq->body)) != NULL ||
	    (e = envelope(in, rq, body)) != NULL ||
	    (e = replayed(again, rq, rs, in->again)) != NULL)
		return err_pass(e);
	if (*again)
		return NULL;
	if ((e = decode(in, body)) != NULL || (e = resolve(in, rq->tx)) != NULL)
		return err_pass(e);
	return NULL;
}

static bool
is_strict(const struct req *rq)
{
	const char *s = req_query(rq, "strict");

	return s != NULL && strcmp(s, "1") == 0;
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
			    text_clip(in->arena,
				item_place(in->arena, &in->v[i]), PLACE_MAX),
			    text_clip(in->arena, in->v[i].detail, PLACE_MAX),
			    in->v[i].code);
	return NULL;
}

static struct err *
ingest(struct req *rq, struct res *rs, int status,
    void (*say)(struct buf *, const struct intake *, const struct outcome *))
{
	struct intake in = { .arena = rq->arena,
		.now = env_now(),
		.tenant = rq->who.tenant,
		.tenant_name = rq->who.tenant_name };
	struct outcome o;
	struct err *e;
	bool again;

	if ((e = take_in(&in, &again, rq, rs)) != NULL) {
		if (e->kind != ERR_INPUT && e->kind != ERR_TOO_BIG)
			return err_pass(e);
		return refuse_body(rq, rs, e);
	}
	if (again)
		return NULL;
	if (is_strict(rq) && (e = strict_error(&in)) != NULL)
		return err_pass(e);
	if ((e = store(&o, rq, &in)) != NULL)
		return err_pass(e);
	rs->status = status;
	rs->wake = true;
	buf_byte(&rs->body, '{');
	say(&rs->body, &in, &o);
	buf_text(&rs->body, "}\n");
	if (in.again != NULL &&
	    (e = tx_send(rq->tx, &q_ingest_replay_put,
		 ARGS(A((int)rq->who.tenant), A((int)rq->who.device),
		     A(in.again), A(status), A((const char *)rs->body.p)))) !=
		NULL)
		return err_pass(e);
	return NULL;
}

struct err *
ingest_native(struct req *rq, struct res *rs)
{
	return ingest(rq, rs, 202, say_native);
}

struct err *
ingest_fluxio(struct req *rq, struct res *rs)
{
	return ingest(rq, rs, 200, say_fluxio);
}
