/*
 * What was refused is given in once more, since somebody has asked for it.
 *
 * A step takes some letters of an order: those that are taken now go into one
 * batch of their own, and in the same transaction it is written down what
 * became of each, so a reading is given in once.  A step that fails is tried
 * with one letter alone, and one that fails alone stays as it is.
 */
#include <string.h>

#include "base/env.h"
#include "intake/asked.h"
#include "intake/keep.h"
#include "intake/profiles.h"
#include "intake/take.h"
#include "query.h"
#include "worker/jobs.h"

enum { LETTERS_MAX = 500, TRIES_MAX = 4 };

static const struct format replayed = { FORMAT_REPLAY, "replay", NULL,
	{ NULL, NULL } };

/* A step of an order. */
struct step {
	struct tx *tx;
	struct arena *arena;
	int32_t tenant;
	int64_t order, behind;
	struct origin origin;
	struct profiles *profiles;
	const struct roster *roster;
	const struct rows *rows;
	int n_rows;  /* so many of them are of this step */
	int64_t *id; /* letters, and what became of each; code NULL: taken */
	const char **code, **detail;
	size_t n, recovered, refused;
};

static void
judge(struct step *s, int64_t id, const char *code, const char *detail)
{
	s->id[s->n] = id;
	s->code[s->n] = code;
	s->detail[s->n++] = detail;
	s->refused += code != NULL;
}

/* ---- readings ---- */

static bool
has_parts(const struct rows *r, int i)
{
	return !rows_null(r, i, REPLAY_LETTERS_SENSOR) &&
	       !rows_null(r, i, REPLAY_LETTERS_TIME) &&
	       !rows_null(r, i, REPLAY_LETTERS_VALUE);
}

static struct slice
slice_of(const struct rows *r, int i, int col)
{
	struct bytes b = rows_bytes(r, i, col);

	if (rows_null(r, i, col))
		return (struct slice){ NULL, 0 };
	return (struct slice){ (const char *)b.p, b.n };
}

/* The value as the first item of an array, which a body has to be. */
static struct jvalue
value_of(struct arena *a, const char *text)
{
	struct buf b = buf_new(a, strlen(text) + 2);
	struct jvalue top, v = { .kind = J_NONE };
	struct jscan s;

	buf_printf(&b, "[%s]", text);
	jscan_open(&s, a, (struct bytes){ b.p, b.n });
	jscan_value(&s, &top);
	if (top.kind == J_ARRAY && jscan_item(&s)) {
		jscan_value(&s, &v);
		jscan_pass(&s, &v);
	}
	return v;
}

static void
item_of(struct item *it, struct arena *a, const struct rows *r, int i)
{
	struct slice device = slice_of(r, i, REPLAY_LETTERS_DEVICE);

	it->device = device.n > 0 ? device : (struct slice){ NULL, 0 };
	it->sensor = slice_of(r, i, REPLAY_LETTERS_SENSOR);
	it->unit = slice_of(r, i, REPLAY_LETTERS_UNIT);
	it->value = value_of(a, rows_text(r, i, REPLAY_LETTERS_VALUE));
	it->place = rows_text(r, i, REPLAY_LETTERS_PLACE);
	it->timed = true;
	it->r.time = rows_time(r, i, REPLAY_LETTERS_TIME);
	it->r.quality = (uint8_t)rows_int(r, i, REPLAY_LETTERS_QUALITY);
	it->r.rev = (uint16_t)rows_int(r, i, REPLAY_LETTERS_REV);
}

/* Those that came at one instant are judged together, as they were then. */
static void
judge_together(const struct step *s, struct intake *all, const int *row)
{
	size_t i, n;

	for (i = 0; i < all->n; i += n) {
		struct intake in = *all;

		in.now = rows_time(s->rows, row[i], REPLAY_LETTERS_AT);
		for (n = 1; i + n < all->n && rows_time(s->rows, row[i + n],
						  REPLAY_LETTERS_AT) == in.now;)
			n++;
		in.v = all->v + i;
		in.n = n;
		take_judge(&in, (struct bytes){ NULL, 0 }, s->roster);
		all->let_go += in.let_go;
	}
}

/* All letters that are readings: one batch of what is taken of them. */
static struct err *
give_readings(struct step *s, int64_t now)
{
	struct taken t = { .in = { .arena = s->arena,
			       .now = now,
			       .tenant = s->tenant,
			       .format = &replayed } };
	int *row = arena_array(s->arena, LETTERS_MAX, sizeof(*row));
	struct intake *in = &t.in;
	struct err *e;
	size_t i, n = 0;
	int k;

	in->room = LETTERS_MAX;
	in->v = arena_array(s->arena, in->room, sizeof(*in->v));
	for (k = 0; k < s->n_rows; k++)
		if (has_parts(s->rows, k)) {
			row[in->n] = k;
			item_of(intake_add(in), s->arena, s->rows, k);
		}
	judge_together(s, in, row);
	for (i = 0; i < in->n; i++) {
		judge(s, rows_int(s->rows, row[i], REPLAY_LETTERS_DEAD_ID),
		    in->v[i].code, in->v[i].detail);
		if (in->v[i].code == NULL)
			in->v[n++] = in->v[i];
	}
	in->n = n;
	if (n == 0)
		return NULL;
	take_count(&t);
	if ((e = virtuals_compute(&t.made, in, roster_virtuals(s->roster))) !=
	    NULL)
		return err_pass(e);
	t.sent += t.made.n;
	take_settle(&t);
	s->recovered += n - in->let_go;
	e = keep(s->tx, &s->origin, &t, 0, NULL);
	return e != NULL ? err_pass(e) : NULL;
}

/* ---- bodies ---- */

/* An object of a body comes in as a whole or not at all. */
static const struct item *
first_refused(const struct taken *t, bool is_part)
{
	size_t i;

	for (i = 0; is_part && i < t->in.n; i++)
		if (t->in.v[i].code != NULL)
			return &t->in.v[i];
	return NULL;
}

/*
 * What reads it: the format that it came in; NULL, and the body tells, when it
 * was none of these.  An object of a Telegraf batch stands without the batch;
 * one of the native list is a body, too.
 */
static const struct format *
format_for(const struct rows *r, int i, bool is_part)
{
	const struct format *f =
	    format_numbered((int)rows_int(r, i, REPLAY_LETTERS_FORMAT));

	return is_part && f != NULL && f->decode == decode_telegraf_batch
		   ? format_named("telegraf")
		   : f;
}

/*
 * A body, or an object of one: read as it was meant, at its time; the batch
 * and what is said of it are of now.
 */
static struct err *
give_body(struct step *s, int i, int64_t now)
{
	const struct rows *r = s->rows;
	int64_t id = rows_int(r, i, REPLAY_LETTERS_DEAD_ID);
	bool is_part = *rows_text(r, i, REPLAY_LETTERS_PLACE) != 0;
	struct taken t = { .in = { .arena = s->arena,
			       .now = rows_time(r, i, REPLAY_LETTERS_AT),
			       .tenant = s->tenant,
			       .profiles = s->profiles,
			       .tenant_name = tx_who(s->tx)->tenant_name } };
	struct asked asked = { .format = format_for(r, i, is_part) };
	const struct item *bad;
	struct err *e;

	asked_read(&asked, s->arena, rows_text(r, i, REPLAY_LETTERS_QUERY));
	e = take(&t, rows_bytes(r, i, REPLAY_LETTERS_BODY), &asked, s->roster);
	if (e != NULL && e->kind != ERR_INPUT && e->kind != ERR_TOO_BIG &&
	    e->kind != ERR_FORBIDDEN)
		return err_pass(e);
	if (e != NULL) {
		judge(s, id, err_code(e->kind), arena_text(s->arena, e->say));
		return NULL;
	}
	if ((bad = first_refused(&t, is_part)) != NULL) {
		judge(s, id, bad->code, bad->detail);
		return NULL;
	}
	t.in.again = NULL; /* it was answered long ago */
	t.in.now = now;
	if ((t.in.bare > 0 && (e = keep_facets(s->tx, &t)) != NULL) ||
	    (e = keep(s->tx, &s->origin, &t, 0, NULL)) != NULL)
		return err_pass(e);
	judge(s, id, NULL, NULL);
	s->recovered += t.r.n + t.duplicate;
	return NULL;
}

/* ---- orders ---- */

static struct err *
give(struct step *s, int64_t now)
{
	struct err *e;
	int i;

	for (i = 0; i < s->n_rows; i++)
		if (!has_parts(s->rows, i) &&
		    (e = give_body(s, i, now)) != NULL)
			return err_pass(e);
	e = give_readings(s, now);
	return e != NULL ? err_pass(e) : NULL;
}

/* What became of the letters, and how far the order is. */
static struct err *
write_down(struct step *s)
{
	int last = s->n_rows - 1;
	struct err *e;

	if ((e = tx_send(s->tx, &q_replay_judge,
		 ARGS(arr_long(s->arena, s->id, s->n),
		     arr_text(s->arena, s->code, s->n),
		     arr_text(s->arena, s->detail, s->n)))) != NULL ||
	    (e = tx_send(s->tx, &q_replay_step,
		 ARGS(A((int)s->tenant), A((long)s->order),
		     A((long)rows_int(s->rows, last, REPLAY_LETTERS_DEAD_ID)),
		     A((long)s->n), A((long)s->recovered),
		     A((long)s->refused)))) != NULL)
		return err_pass(e);
	return NULL;
}

/*
 * What came at one instant is judged together, so a step that is full ends
 * where another instant begins, unless all of it is of one.
 */
static int
whole_instants(const struct rows *r, int most)
{
	int n = rows_count(r), i = n - 1;

	while (i > 0 && rows_time(r, i, REPLAY_LETTERS_AT) ==
			    rows_time(r, i - 1, REPLAY_LETTERS_AT))
		i--;
	return n == most && i > 0 ? i : n;
}

/* The order's next letters; none: it is at its end. */
static struct err *
look(struct step *s, int most)
{
	struct rows *r;
	struct err *e;

	if ((e = tx_rows(&r, s->tx, &q_replay_letters,
		 ARGS(A((int)s->tenant), A((long)s->order), A(most)))) != NULL)
		return err_pass(e);
	s->rows = r;
	s->n_rows = whole_instants(r, most);
	s->id = arena_array(s->arena, LETTERS_MAX, sizeof(*s->id));
	s->code = arena_array(s->arena, LETTERS_MAX, sizeof(*s->code));
	s->detail = arena_array(s->arena, LETTERS_MAX, sizeof(*s->detail));
	return NULL;
}

static struct err *
go_on(struct step *s, int tries)
{
	struct roster *roster;
	struct err *e;

	if ((e = look(s, tries == 1 ? LETTERS_MAX : 1)) != NULL)
		return err_pass(e);
	if (s->n_rows == 0) {
		e = tx_send(s->tx, &q_replay_end,
		    ARGS(A((int)s->tenant), A((long)s->order)));
		return e != NULL ? err_pass(e) : NULL;
	}
	if (tries > TRIES_MAX) {
		judge(s, rows_int(s->rows, 0, REPLAY_LETTERS_DEAD_ID),
		    rows_text(s->rows, 0, REPLAY_LETTERS_CODE),
		    "it was tried again and again in vain");
	} else {
		if ((e = roster_load(&roster, s->arena, s->tx,
			 s->origin.source)) != NULL)
			return err_pass(e);
		s->roster = roster;
		if ((e = give(s, env_now())) != NULL)
			return err_pass(e);
	}
	e = write_down(s);
	return e != NULL ? err_pass(e) : NULL;
}

/* The next order, and one try more, which counts even if this one fails. */
static struct err *
begin(bool *found, int *tries, struct step *s, struct db *db,
    const struct gate *g)
{
	struct rows *r;
	struct tx *tx;
	struct err *e;

	if ((e = tx_begin(&tx, db, s->arena, g, TX_WRITE)) != NULL)
		return err_pass(e);
	if ((e = tx_rows(&r, tx, &q_replay_begin, ARGS(A((int)s->tenant)))) !=
		NULL ||
	    (e = tx_commit(tx)) != NULL) {
		tx_rollback(tx);
		return err_pass(e);
	}
	*found = rows_count(r) > 0;
	if (!*found)
		return NULL;
	*tries = (int)rows_int(r, 0, REPLAY_BEGIN_TRIES);
	s->order = rows_int(r, 0, REPLAY_BEGIN_ORDER_ID);
	s->origin = (struct origin){
		.source = (int32_t)rows_int(r, 0, REPLAY_BEGIN_SOURCE_ID),
		.kind = KIND_REPLAY,
	};
	return NULL;
}

/* It was the database, not the letters: the try does not count. */
static struct err *
take_back(struct step *s, struct db *db, const struct gate *g)
{
	struct tx *tx;
	struct err *e;

	if ((e = tx_begin(&tx, db, s->arena, g, TX_WRITE)) != NULL)
		return err_pass(e);
	if ((e = tx_send(tx, &q_replay_untry,
		 ARGS(A((int)s->tenant), A((long)s->order)))) != NULL ||
	    (e = tx_commit(tx)) != NULL) {
		tx_rollback(tx);
		return err_pass(e);
	}
	return NULL;
}

/* A step in a transaction of its own. */
static struct err *
step(struct step *s, struct db *db, const struct gate *g, int tries)
{
	struct err *e, *failed, kept;

	if ((e = tx_begin(&s->tx, db, s->arena, g, TX_WRITE)) == NULL) {
		if ((e = go_on(s, tries)) == NULL &&
		    (e = tx_commit(s->tx)) == NULL)
			return NULL;
		tx_rollback(s->tx);
	}
	if (e->kind != ERR_BUSY)
		return err_pass(e);
	kept = err_keep();
	if ((failed = take_back(s, db, g)) != NULL)
		return err_pass(failed);
	err_restore(&kept);
	return err_pass(e);
}

struct err *
job_replay(struct db *db, struct arena *a, struct work *w)
{
	struct gate g = { .kind = GATE_WORKER, .tenant = w->tenant };
	struct step s = { .arena = a, .tenant = w->tenant };
	struct err *e;
	bool found = false;
	int tries = 0;

	if ((e = begin(&found, &tries, &s, db, &g)) != NULL)
		return err_pass(e);
	if (!found)
		return NULL;
	s.profiles = profiles_open(a, w->conf->profiles);
	if ((e = step(&s, db, &g, tries)) != NULL)
		return err_pass(e);
	w->did = w->more = true; /* of this order, or of another one */
	return NULL;
}
