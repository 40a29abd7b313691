#include "intake/keep.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/ids.h"
#include "base/member.h"
#include "intake/asked.h"
#include "intake/fact.h"
#include "intake/gap.h"
#include "intake/window.h"
#include "query.h"
#include "store/facet.h"

/* What the database has as -infinity. */
#define TIME_NONE (INT64_MIN + INT64_C(946684800000000))

enum {
	DEAD_BODY_MAX = 64 * 1024,
	BEGINNING = 200, /* of a body, when there is too much of them */
	NAME_MAX_BYTES = 128,
	SAMPLE_MAX_BYTES = 64,
	SEQ_DIGITS = 15
};

const char *
kind_word(int kind)
{
	static const char *const words[] = {
		[KIND_POST] = "posted",
		[KIND_REPLAY] = "replayed",
		[KIND_IMPORT] = "imported",
		[KIND_POLLER] = "polled",
		[KIND_DRAINED] = "posted in an outage",
	};

	if (kind < 0 || kind > KIND_DRAINED)
		return "";
	return words[kind];
}

struct origin
origin_of(const struct tx *tx)
{
	const struct who *who = tx_who(tx);

	return (struct origin){ .source = who->device, .cred = who->cred };
}

struct err *
keep_body(struct tx *tx, const struct origin *o, struct bytes body,
    const struct intake *in, const struct err *why)
{
	const struct format *format = in->format;
	/* What was answered in an outage, its sender has no more. */
	size_t most = o->kind == KIND_DRAINED ? body.n
		      : o->is_much	      ? BEGINNING
					      : DEAD_BODY_MAX;
	bool is_whole = body.n <= most;
	struct err *e;

	if (!is_whole)
		body.n = most;
	e = tx_send(tx, &q_ingest_dead_body,
	    ARGS(A((int)tx_who(tx)->tenant), A_TIME(in->now), A((int)o->source),
		A(err_code(why->kind)), A((const char *)why->say), A(body),
		A(format != NULL ? format->number : 0),
		A(asked_text(tx_arena(tx), &in->asked)), A(is_whole)));
	return e != NULL ? err_pass(e) : NULL;
}

struct err *
keep_replayed(int *status, const char **reply, struct tx *tx,
    const struct origin *o, const struct taken *t)
{
	struct rows *r;
	struct err *e;

	*status = 0;
	if (t->in.again == NULL)
		return NULL;
	if ((e = tx_rows(&r, tx, &q_ingest_replay,
		 ARGS(A((int)tx_who(tx)->tenant), A((int)o->source),
		     A(t->in.again)))) != NULL)
		return err_pass(e);
	if (rows_count(r) == 0)
		return NULL;
	*status = (int)rows_int(r, 0, INGEST_REPLAY_STATUS);
	*reply = rows_text(r, 0, INGEST_REPLAY_REPLY);
	return NULL;
}

/* The sensors of the aggregates that lack facets, sorted, each once. */
static size_t
bare_sensors(int32_t *v, const struct intake *in)
{
	size_t i, n = 0;

	for (i = 0; i < in->n; i++)
		if (in->v[i].code == NULL && !in->v[i].let_go &&
		    in->v[i].window != NULL && !window_is_whole(&in->v[i]))
			v[n++] = in->v[i].r.sensor;
	return ids_settle(v, n);
}

struct err *
keep_facets(struct tx *tx, struct taken *t)
{
	struct intake *in = &t->in;
	int32_t *v = arena_array(in->arena, in->n, sizeof(*v));
	size_t n = bare_sensors(v, in), i;
	struct facets facets;
	struct err *e;

	if ((e = tx_send(tx, &q_ingest_facets_make,
		 ARGS(A((int)tx_who(tx)->tenant), arr_int(in->arena, v, n)))) !=
		NULL ||
	    (e = facets_load(&facets, tx, v, n)) != NULL)
		return err_pass(e);
	for (i = 0; i < in->n; i++) {
		struct item *it = &in->v[i];
		const struct faceted *f;

		if (it->code != NULL || it->let_go || it->window == NULL ||
		    window_is_whole(it))
			continue;
		if ((f = facets_of(&facets, it->r.sensor)) != NULL)
			memcpy(it->window->facet, f->id, sizeof(f->id));
		if (!window_is_whole(it))
			return err_raise(ERR_BUG, "Something is wrong here.",
			    "sensor %d has no facets", it->r.sensor);
	}
	in->bare = 0;
	take_settle(t);
	return NULL;
}

/*
 * Was it refused for what is known here of its name and its sensor, so that
 * its parts are all that it takes to judge it again?  What a decoder refused
 * has no sensor yet; it can only come in as a whole, by the same decoder.
 */
static bool
is_of_parts(const struct item *it)
{
	static const struct {
		const char *code;
		bool has_sensor;
	} ours[] = { { "unknown_device", false }, { "unknown_sensor", false },
		{ "wrong_unit", false }, { "clock_ahead", true },
		{ "clock_unset", true }, { "not_a_number", true },
		{ "too_large", true }, { "out_of_range", true } };
	size_t i;

	for (i = 0; i < sizeof(ours) / sizeof(*ours); i++)
		if (strcmp(it->code, ours[i].code) == 0)
			return !ours[i].has_sensor || it->r.sensor != 0;
	return false;
}

/* Can it be given in again without the object it came in? */
static bool
has_parts(const struct item *it)
{
	return is_of_parts(it) && it->window == NULL && it->sensor.p != NULL &&
	       it->value.kind != J_NONE;
}

/* The object that was kept last, and last for an item without parts. */
struct seen {
	const char *any, *whole;
};

/*
 * What is kept of a refused item: the object it came in, as it came; of the
 * same object's further items only the value, or a body of many values in
 * one object would be kept as often as it has values.  The first item that
 * comes in only with its object has that, and brings the others.
 */
static bool
is_kept(const struct seen *s, const struct item *it)
{
	return it->raw.p == (has_parts(it) ? s->any : s->whole);
}

static struct slice
remains(const struct seen *s, const struct item *it)
{
	return is_kept(s, it) ? it->value.raw : it->raw;
}

static void
see(struct seen *s, const struct item *it)
{
	s->any = it->raw.p;
	if (!has_parts(it))
		s->whole = it->raw.p;
}

size_t
keep_bytes(const struct taken *t)
{
	struct seen seen = { NULL, NULL };
	size_t i, n = 0;

	for (i = 0; i < t->in.n && t->rejected > 0; i++) {
		const struct item *it = &t->in.v[i];

		if (it->code == NULL)
			continue;
		n += remains(&seen, it).n;
		see(&seen, it);
	}
	return n;
}

/* Dead letters, column by column. */
struct letters {
	const char **place, **code, **detail, **body;
	const char **device, **sensor, **value, **unit;
	int64_t *time;
	int32_t *quality, *rev, *whole;
	bool is_much;
	size_t n;
};

static struct letters
letters_new(struct arena *a, size_t n)
{
	struct letters l = { .n = 0 };
	const char ***text[] = { &l.place, &l.code, &l.detail, &l.body,
		&l.device, &l.sensor, &l.value, &l.unit };
	size_t i;

	for (i = 0; i < sizeof(text) / sizeof(*text); i++)
		*text[i] = arena_array(a, n, sizeof(char *));
	l.time = arena_array(a, n, sizeof(*l.time));
	l.quality = arena_array(a, n, sizeof(*l.quality));
	l.rev = arena_array(a, n, sizeof(*l.rev));
	l.whole = arena_array(a, n, sizeof(*l.whole));
	return l;
}

static bool
is_strange(const struct item *it)
{
	return it->code != NULL && (strcmp(it->code, "unknown_device") == 0 ||
				       strcmp(it->code, "unknown_sensor") == 0);
}

/* A name as its sender wrote it; NULL: it gave none. */
static const char *
name_of(struct arena *a, struct slice s)
{
	return s.p != NULL ? text_clip(a, s, NAME_MAX_BYTES) : NULL;
}

/*
 * A value as JSON, whatever it was in the format it came in, so that the same
 * reading can be made of it again; NULL: there is none.
 */
static const char *
value_of(struct arena *a, const struct jvalue *v)
{
	struct buf b = buf_new(a, 32);

	if (v->kind == J_INT)
		member_put_int(&b, v->i);
	else if (v->kind == J_REAL)
		member_put_real(&b, v->d);
	else if (v->kind == J_TEXT)
		member_put_text(&b, arena_copy(a, v->text.p, v->text.n));
	else if (v->kind == J_TRUE || v->kind == J_FALSE)
		buf_text(&b, v->kind == J_TRUE ? "true" : "false");
	else if (v->kind == J_NONE || v->raw.p == NULL)
		return NULL;
	else
		buf_put(&b, v->raw.p, v->raw.n);
	return (const char *)b.p;
}

static void
letter(struct letters *l, const struct intake *in, const struct item *it,
    const struct seen *seen)
{
	struct arena *a = in->arena;
	struct slice kept = remains(seen, it);
	size_t k = l->n++;
	bool is_cut;

	l->place[k] = item_place(a, it);
	l->code[k] = it->code;
	l->detail[k] = it->detail;
	is_cut = l->is_much && kept.n > BEGINNING;
	l->body[k] = is_cut ? text_clip(a, kept, BEGINNING)
			    : arena_copy(a, kept.p, kept.n);
	l->device[k] = name_of(a, it->device);
	l->sensor[k] = name_of(a, it->sensor);
	if (l->device[k] == NULL && l->sensor[k] != NULL)
		l->device[k] = ""; /* the sensor says it all */
	/* An aggregate is more than its value; its object is in the body. */
	l->value[k] = it->window == NULL ? value_of(a, &it->value) : NULL;
	l->unit[k] = name_of(a, it->unit);
	l->time[k] = is_of_parts(it) ? it->r.time : TIME_NONE;
	l->quality[k] = it->r.quality;
	l->rev[k] = it->r.rev;
	l->whole[k] = !is_cut && (has_parts(it) || !is_kept(seen, it));
}

/*
 * The names that lead nowhere wait for somebody to say where to; those that
 * are too long to be mapped are only counted.
 */
static struct err *
meet(struct tx *tx, const struct origin *o, const struct intake *in, size_t n)
{
	struct arena *a = in->arena;
	const char **device = arena_array(a, n, sizeof(*device));
	const char **sensor = arena_array(a, n, sizeof(*sensor));
	const char **sample = arena_array(a, n, sizeof(*sample));
	const char **unit = arena_array(a, n, sizeof(*unit));
	size_t i, k = 0;
	struct err *e;

	for (i = 0; i < in->n; i++) {
		const struct item *it = &in->v[i];

		if (!is_strange(it))
			continue;
		device[k] = sensor[k] = "";
		if (it->device.n <= NAME_MAX_BYTES &&
		    it->sensor.n <= NAME_MAX_BYTES) {
			device[k] = arena_copy(a, it->device.p, it->device.n);
			sensor[k] = arena_copy(a, it->sensor.p, it->sensor.n);
		}
		sample[k] = text_clip(a, it->value.raw, SAMPLE_MAX_BYTES);
		unit[k++] = name_of(a, it->unit);
	}
	e = tx_send(tx, &q_stranger_note,
	    ARGS(A((int)o->source), A(in->format->number),
		arr_text(a, device, k), arr_text(a, sensor, k),
		arr_text(a, sample, k), arr_text(a, unit, k)));
	return e != NULL ? err_pass(e) : NULL;
}

/* Every refused item goes to dead_letter. */
static struct err *
bury(struct tx *tx, const struct origin *o, const struct taken *t)
{
	const struct intake *in = &t->in;
	struct arena *a = in->arena;
	struct letters l = letters_new(a, t->rejected);
	struct seen seen = { NULL, NULL };
	struct err *e;
	size_t i, strange = 0;

	l.is_much = o->is_much;
	for (i = 0; i < in->n; i++) {
		if (in->v[i].code == NULL)
			continue;
		strange += is_strange(&in->v[i]);
		letter(&l, in, &in->v[i], &seen);
		see(&seen, &in->v[i]);
	}
	e = tx_send(tx, &q_ingest_dead_letters,
	    ARGS(A((int)tx_who(tx)->tenant), A_TIME(in->now), A((int)o->source),
		arr_text(a, l.place, l.n), arr_text(a, l.code, l.n),
		arr_text(a, l.detail, l.n), arr_text(a, l.body, l.n),
		A(in->format->number), A(asked_text(a, &in->asked)),
		arr_text(a, l.device, l.n), arr_text(a, l.sensor, l.n),
		arr_time(a, l.time, l.n), arr_text(a, l.value, l.n),
		arr_text(a, l.unit, l.n), arr_int(a, l.quality, l.n),
		arr_int(a, l.rev, l.n), arr_int(a, l.whole, l.n)));
	if (e == NULL && strange > 0)
		e = meet(tx, o, in, strange);
	return e != NULL ? err_pass(e) : NULL;
}

/*
 * A batch that is numbered tells of its neighbours: "gw7-183" is the 183rd
 * that begins with "gw7-".
 */
static void
sequence(struct batch *b, struct arena *a)
{
	size_t n = b->seq != NULL ? strlen(b->seq) : 0, digits = 0;

	while (digits < n && isdigit((unsigned char)b->seq[n - digits - 1]))
		digits++;
	if (digits == 0 || digits > SEQ_DIGITS)
		return;
	b->seq_of = arena_copy(a, b->seq, n - digits);
	b->seq_no = strtoll(b->seq + n - digits, NULL, 10);
}

static struct batch
batch_of(const struct origin *o, const struct taken *t)
{
	struct batch b = { .source = o->source,
		.received = t->in.now,
		.sent = t->sent,
		.rejected = t->rejected,
		.duplicate = t->duplicate,
		.thinned = t->in.let_go,
		.bytes = t->bytes,
		.format = t->in.format->number,
		.kind = (int)o->kind,
		.seq = t->in.batch };

	sequence(&b, t->in.arena);
	return b;
}

struct err *
keep_nothing(struct tx *tx, const struct origin *o, const struct taken *t)
{
	struct batch b = batch_of(o, t);
	struct readings none = { 0 };
	struct err *e;

	b.rejected = t->sent;
	b.duplicate = b.thinned = 0;
	e = store_append(tx, &b, &none);
	return e != NULL ? err_pass(e) : NULL;
}

/*
 * Remember the answer of a batch that has a number.  Two that come at once
 * meet here: the second waits for the first, and comes again.
 */
static struct err *
remember(struct tx *tx, const struct origin *o, const struct taken *t,
    int status, const char *reply)
{
	struct rows *r;
	struct err *e;

	if ((e = tx_rows(&r, tx, &q_ingest_replay_put,
		 ARGS(A((int)tx_who(tx)->tenant), A((int)o->source),
		     A(t->in.again), A(status), A(reply)))) != NULL)
		return err_pass(e);
	if (rows_count(r) == 0)
		return err_raise(ERR_BUSY,
		    "The same batch is being stored; please try again.",
		    "the same batch at once");
	return NULL;
}

struct err *
keep(struct tx *tx, const struct origin *o, struct taken *t, int status,
    const char *reply)
{
	struct batch b = batch_of(o, t);
	int64_t given_up = 0;
	struct err *e;

	if (t->in.again != NULL &&
	    (e = remember(tx, o, t, status, reply)) != NULL)
		return err_pass(e);
	if (t->rejected > 0 && (e = bury(tx, o, t)) != NULL)
		return err_pass(e);
	if (t->in.gaps > 0 && (e = gap_keep(&given_up, tx, o->source, t->in.gap,
				   t->in.gaps)) != NULL)
		return err_pass(e);
	/* What an agent gave up was sent, too, and left out. */
	b.sent += (size_t)given_up;
	b.thinned += (size_t)given_up;
	if ((e = fact_keep(tx, o->source, &t->in)) != NULL ||
	    (e = store_append(tx, &b, &t->r)) != NULL)
		return err_pass(e);
	if (t->remarks > 0 && (e = keep_remarks(tx, o, t)) != NULL)
		return err_pass(e);
	return NULL;
}
