#include "cgi-bin/ingest/keep.h"

#include <stdlib.h>

#include "base/env.h"
#include "cgi-bin/ingest/window.h"
#include "query.h"
#include "store/store.h"

enum { DEAD_BODY_MAX = 64 * 1024 };

struct err *
keep_body(struct tx *tx, struct bytes body, const struct err *why)
{
	const struct who *who = tx_who(tx);
	struct err *e;

	if (body.n > DEAD_BODY_MAX)
		body.n = DEAD_BODY_MAX;
	e = tx_send(tx, &q_ingest_dead_body,
	    ARGS(A((int)who->tenant), A_TIME(env_now()), A((int)who->device),
		A(err_code(why->kind)), A((const char *)why->say), A(body)));
	return e != NULL ? err_pass(e) : NULL;
}

struct err *
keep_replayed(int *status, const char **reply, struct tx *tx,
    const struct taken *t)
{
	const struct who *who = tx_who(tx);
	struct rows *r;
	struct err *e;

	*status = 0;
	if (t->in.again == NULL)
		return NULL;
	if ((e = tx_rows(&r, tx, &q_ingest_replay,
		 ARGS(A((int)who->tenant), A((int)who->device),
		     A(t->in.again)))) != NULL)
		return err_pass(e);
	if (rows_count(r) == 0)
		return NULL;
	*status = (int)rows_int(r, 0, INGEST_REPLAY_STATUS);
	*reply = rows_text(r, 0, INGEST_REPLAY_REPLY);
	return NULL;
}

static int
by_number(const void *a, const void *b)
{
	const int32_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* The sensors of the aggregates that lack facets, sorted, each once. */
static size_t
bare_sensors(int32_t *v, const struct intake *in)
{
	size_t i, n = 0, kept = 0;

	for (i = 0; i < in->n; i++)
		if (in->v[i].code == NULL && in->v[i].window != NULL &&
		    !window_is_whole(&in->v[i]))
			v[n++] = in->v[i].r.sensor;
	qsort(v, n, sizeof(*v), by_number);
	for (i = 0; i < n; i++)
		if (kept == 0 || v[kept - 1] != v[i])
			v[kept++] = v[i];
	return kept;
}

/* The row of this sensor, in rows sorted by sensor; -1: there is none. */
static int
row_of(const struct rows *r, int32_t sensor)
{
	int low = 0, high = rows_count(r);

	while (low < high) {
		int middle = low + (high - low) / 2;
		int64_t found = rows_int(r, middle, INGEST_FACETS_SENSOR_ID);

		if (found == sensor)
			return middle;
		if (found < sensor)
			low = middle + 1;
		else
			high = middle;
	}
	return -1;
}

static void
facets_put(struct item *it, const struct rows *r)
{
	static const int columns[FACETS] = { INGEST_FACETS_F_MIN,
		INGEST_FACETS_F_MAX, INGEST_FACETS_F_COUNT,
		INGEST_FACETS_F_STDDEV };
	int row = row_of(r, it->r.sensor);
	size_t f;

	for (f = 0; row >= 0 && f < FACETS; f++)
		it->window->facet[f] = (int32_t)rows_int(r, row, columns[f]);
}

struct err *
keep_facets(struct tx *tx, struct taken *t)
{
	struct intake *in = &t->in;
	int32_t *v = arena_array(in->arena, in->n, sizeof(*v));
	size_t n = bare_sensors(v, in), i;
	int tenant = tx_who(tx)->tenant;
	struct rows *r;
	struct err *e;

	if ((e = tx_rows(&r, tx, &q_ingest_facets_make,
		 ARGS(A(tenant), arr_int(in->arena, v, n)))) != NULL ||
	    (e = tx_rows(&r, tx, &q_ingest_facets,
		 ARGS(A(tenant), arr_int(in->arena, v, n)))) != NULL)
		return err_pass(e);
	for (i = 0; i < in->n; i++) {
		struct item *it = &in->v[i];

		if (it->code != NULL || it->window == NULL ||
		    window_is_whole(it))
			continue;
		facets_put(it, r);
		if (!window_is_whole(it))
			return err_raise(ERR_BUG, "Something is wrong here.",
			    "sensor %d has no facets", it->r.sensor);
	}
	in->bare = 0;
	take_settle(t);
	return NULL;
}

/*
 * What is kept of a refused item: the object it came in, as it came; of the
 * same object's further items only the value, or a body of many values in
 * one object would be kept as often as it has values.
 */
static const char *
remains(const struct intake *in, const struct item *it, struct slice before)
{
	struct slice kept = it->raw.p != before.p ? it->raw : it->value.raw;

	return arena_copy(in->arena, kept.p, kept.n);
}

/* Every refused item goes to dead_letter. */
static struct err *
bury(struct tx *tx, const struct taken *t)
{
	const struct intake *in = &t->in;
	const struct who *who = tx_who(tx);
	struct arena *a = in->arena;
	size_t n = t->rejected, i, k = 0;
	const char **place = arena_array(a, n, sizeof(*place));
	const char **code = arena_array(a, n, sizeof(*code));
	const char **detail = arena_array(a, n, sizeof(*detail));
	const char **body = arena_array(a, n, sizeof(*body));
	struct slice before = { NULL, 0 };
	struct err *e;

	for (i = 0; i < in->n; i++) {
		const struct item *it = &in->v[i];

		if (it->code == NULL)
			continue;
		place[k] = item_place(a, it);
		code[k] = it->code;
		detail[k] = it->detail;
		body[k++] = remains(in, it, before);
		before = it->raw;
	}
	e = tx_send(tx, &q_ingest_dead_letters,
	    ARGS(A((int)who->tenant), A_TIME(in->now), A((int)who->device),
		arr_text(a, place, k), arr_text(a, code, k),
		arr_text(a, detail, k), arr_text(a, body, k)));
	return e != NULL ? err_pass(e) : NULL;
}

struct err *
keep(struct tx *tx, struct taken *t, int status, const char *reply)
{
	const struct who *who = tx_who(tx);
	struct batch b = { .source = who->device,
		.received = t->in.now,
		.sent = t->sent,
		.rejected = t->rejected,
		.duplicate = t->duplicate,
		.seq = t->in.batch };
	struct err *e;

	if (t->rejected > 0 && (e = bury(tx, t)) != NULL)
		return err_pass(e);
	if ((e = store_append(tx, &b, &t->r)) != NULL)
		return err_pass(e);
	if (t->in.again != NULL &&
	    (e = tx_send(tx, &q_ingest_replay_put,
		 ARGS(A((int)who->tenant), A((int)who->device), A(t->in.again),
		     A(status), A(reply)))) != NULL)
		return err_pass(e);
	return NULL;
}
