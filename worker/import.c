/*
 * Imports of readings: a dry run, which says what a run would do, and a run,
 * some thousand rows a transaction.  A run that was cut short goes on behind
 * the last of them.
 */
#include <math.h>
#include <string.h>

#include "base/env.h"
#include "base/log.h"
#include "intake/csv_feed.h"
#include "intake/import.h"
#include "intake/import_roster.h"
#include "intake/reason.h"
#include "intake/resolve.h"
#include "query.h"
#include "worker/import.h"

enum {
	SLICE_ITEMS = 50000, /* readings of a transaction, and those of a row */
	READINGS_MAX = 4000000
};

struct work_on {
	struct db *db;
	struct arena *arena; /* of the whole import */
	struct tx *tx;
	int32_t tenant, id, source;
	bool is_dry;
	struct plan plan;
	struct look look;
	struct csv csv;
	struct feed feed;
	struct roster *roster;
	int32_t *account; /* of a device of the roster: its source */
	struct virtuals virtuals;
	size_t done_rows, readings, missing, bad;
	struct faults faults;
	struct readings all; /* dry: what would be stored */
	bool cancelled;	     /* or asked anew: it is not ours any more */
};

/* ---- what is wrong ---- */

/*
 * In a dry run that would make what is missing: a sensor that is not there yet
 * has a number of its own, below all others.
 */
static bool
is_to_be_made(const struct work_on *w, struct arena *a, struct item *it)
{
	bool is_unknown = strcmp(it->code, "unknown_device") == 0 ||
			  strcmp(it->code, "unknown_sensor") == 0;
	const struct jvalue *v = &it->value;
	uint64_t h = w->feed.seed;

	if (!w->is_dry || !w->plan.makes || !is_unknown)
		return false;
	it->code = NULL;
	if (v->kind == J_TEXT) {
		item_refuse(it, a, "not_a_number", "\"%s\" is not a number",
		    text_clip(a, v->text, 40));
		return false;
	}
	h = hash_bytes(h, it->device.p, it->device.n);
	h = hash_bytes(h, it->sensor.p, it->sensor.n);
	it->r.sensor = -(int32_t)(h % INT32_MAX) - 1;
	it->r.value = v->kind == J_NULL	  ? NAN
		      : v->kind == J_REAL ? v->d
					  : v->kind == J_TRUE;
	return true;
}

/* What the report says of a reading that has no value. */
static struct fault
without_value(const struct item *it)
{
	bool beyond = it->reason == REASON_OUT_OF_RANGE;

	return (struct fault){ it->index, it->place,
		beyond ? "out_of_range" : "no_value",
		beyond ? "is beyond its range; kept as a reading without a "
			 "value"
		       : "kept as a reading without a value",
		it->raw };
}

/*
 * Resolve the items; those that are refused leave, and are told, and so are
 * those without a value, which stay.
 */
static void
judge(struct work_on *w, struct intake *in)
{
	size_t i, n = 0;

	resolve(in, w->roster);
	for (i = 0; i < in->n; i++) {
		struct item *it = &in->v[i];

		if (it->code != NULL && !is_to_be_made(w, in->arena, it)) {
			fault_add(&w->faults, in->arena,
			    (struct fault){ it->index, it->place, it->code,
				it->detail, it->raw });
			w->bad++;
			continue;
		}
		if (isnan(it->r.value)) {
			fault_add(&w->faults, in->arena, without_value(it));
			w->missing++;
		}
		in->v[n++] = *it;
	}
	in->n = n;
	w->readings += n;
}

/* ---- a slice ---- */

/*
 * The next rows, as many as make a transaction; false: the file has ended.
 * Rows that an earlier run has done are passed over.
 */
static bool
slice(struct work_on *w, struct intake *in)
{
	struct fed r;

	while (in->n < SLICE_ITEMS) {
		if (!feed_next(&r, &w->feed, in->arena))
			return false;
		if (w->feed.rows <= w->done_rows)
			continue;
		if (r.code == NULL) {
			feed_items(in, &w->feed, &r);
			continue;
		}
		fault_add(&w->faults, in->arena,
		    (struct fault){ r.row.line, r.at != NULL ? r.at->name : "",
			r.code, r.detail, (struct slice){ NULL, 0 } });
		w->bad++;
	}
	return true;
}

/* What a run would store of a slice, and what it would compute from it. */
static struct err *
remember(struct work_on *w, const struct intake *in)
{
	struct readings *all = &w->all, made;
	struct reading *to;
	struct err *e;
	size_t i;

	if ((e = virtuals_compute(&made, in, &w->virtuals)) != NULL)
		return err_pass(e);
	if (all->n + in->n + made.n > READINGS_MAX)
		return err_raise(ERR_REFUSED,
		    "The file has more than 4,000,000 readings: cut it.",
		    "readings");
	to = readings_room(all, w->arena, in->n + made.n);
	for (i = 0; i < in->n; i++)
		to[i] = in->v[i].r;
	for (i = 0; i < made.n; i++)
		to[in->n + i] = made.v[i];
	all->n += in->n + made.n;
	w->readings += made.n;
	return NULL;
}

/*
 * How far it has come, unless somebody has cancelled it or asked anew.  Who
 * asks locks the import and then its turn, and so do we.
 */
static struct err *
step(struct work_on *w)
{
	bool ours = false;
	struct rows *r;
	struct err *e;

	if ((e = tx_rows(&r, w->tx, &q_import_step,
		 ARGS(A((int)w->tenant), A((int)w->id), A((long)w->feed.rows),
		     A((long)w->readings), A((long)w->missing), A((long)w->bad),
		     A(w->is_dry)))) != NULL ||
	    (rows_count(r) > 0 &&
		(e = import_ours(&ours, w->tx, w->id, false)) != NULL))
		return err_pass(e);
	w->cancelled = !ours;
	if (w->cancelled)
		return NULL;
	e = faults_put(&w->faults, w->tx, w->id);
	return e != NULL ? err_pass(e) : NULL;
}

static struct err *
begin(struct work_on *w, struct arena *a)
{
	struct gate g = { .kind = GATE_WORKER, .tenant = w->tenant };
	struct err *e = tx_begin(&w->tx, w->db, a, &g, TX_WRITE);

	return e != NULL ? err_pass(e) : NULL;
}

/* Commit when all went well; what was begun is over either way. */
static struct err *
finish(struct work_on *w, struct err *e)
{
	if (e == NULL && !w->cancelled)
		e = tx_commit(w->tx);
	if (e != NULL || w->cancelled)
		tx_rollback(w->tx);
	return e != NULL ? err_pass(e) : NULL;
}

/* A slice as it is kept. */
static struct err *
divide(struct parts *parts, struct work_on *w, const struct intake *in)
{
	const struct parts_of of = { w->roster, w->account, &w->virtuals,
		w->id };
	struct err *e = parts_make(parts, in, &of);

	if (e != NULL)
		return err_pass(e);
	w->readings += parts->made;
	return NULL;
}

/* One slice, from its rows to its commit. */
static struct err *
pass(struct work_on *w, struct arena *a, bool *more)
{
	struct intake in = { .arena = a,
		.now = env_now(),
		.tenant = w->tenant,
		.tenant_name = "" };
	struct parts parts;
	struct err *e;

	*more = slice(w, &in);
	if (w->feed.rows <= w->done_rows)
		return NULL;
	judge(w, &in);
	e = w->is_dry ? remember(w, &in) : divide(&parts, w, &in);
	if (e != NULL || (e = begin(w, a)) != NULL)
		return err_pass(e);
	e = step(w);
	if (e == NULL && !w->cancelled && !w->is_dry)
		e = parts_keep(w->tx, &parts);
	e = finish(w, e);
	return e != NULL ? err_pass(e) : NULL;
}

static struct err *
passes(struct work_on *w)
{
	struct arena *a = arena_new();
	struct err *e = NULL;
	bool more = true;

	while (e == NULL && more && !w->cancelled) {
		e = pass(w, a, &more);
		arena_reset(a);
	}
	arena_free(a);
	return e != NULL ? err_pass(e) : NULL;
}

/* ---- the end ---- */

static struct err *
end(struct work_on *w, const char *state, const char *why, size_t stored,
    size_t duplicate)
{
	bool ours = false;
	struct rows *r;
	struct err *e;

	if ((e = tx_rows(&r, w->tx, &q_import_end,
		 ARGS(A((int)w->tenant), A((int)w->id), A(state), A(why),
		     A((long)stored), A((long)duplicate), A(w->is_dry)))) !=
		NULL ||
	    (e = import_ours(&ours, w->tx, w->id, true)) != NULL)
		return err_pass(e);
	w->cancelled = rows_count(r) == 0 || !ours;
	if (w->cancelled)
		return NULL;
	if ((e = tx_send(w->tx, &q_import_forget, ARGS(A((int)w->tenant)))) !=
	    NULL)
		return err_pass(e);
	if (strcmp(state, "done") == 0 || strcmp(state, "failed") == 0)
		e = tx_send(w->tx, &q_import_parts_drop,
		    ARGS(A((int)w->tenant), A((int)w->id)));
	return e != NULL ? err_pass(e) : NULL;
}

static struct err *
ended(struct work_on *w)
{
	size_t n = 0, doubled;
	struct err *e;

	if (w->feed.alike > 0)
		return end(w, "asked",
		    arena_printf(w->arena,
			"same: %zu rows have the time of another one and "
			"other values, the first in line %zu.",
			w->feed.alike, w->feed.alike_line),
		    0, 0);
	if (!w->is_dry)
		return end(w, "done", "", 0, 0);
	doubled = readings_settle(&w->all, w->arena);
	if (w->all.n > 0 && (e = import_known(&n, w->tx, &w->all)) != NULL)
		return err_pass(e);
	return end(w, "tried", "", w->all.n - n, doubled + n);
}

/* In a transaction of its own. */
static struct err *
end_it(struct work_on *w, const struct err *why)
{
	struct err *e = begin(w, w->arena);

	if (e != NULL)
		return err_pass(e);
	if (w->cancelled) {
		bool ours;

		w->cancelled = false;
		e = import_ours(&ours, w->tx, w->id, true);
	} else if (why != NULL) {
		e = end(w, "failed", why->say, 0, 0);
	} else {
		e = ended(w);
	}
	e = finish(w, e);
	return e != NULL ? err_pass(e) : NULL;
}

/* ---- the beginning ---- */

static struct err *
load(struct work_on *w)
{
	struct arena *a = w->arena;
	struct bytes file, plan;
	struct rows *r;
	const char *state;
	struct err *e;

	if ((e = tx_rows(&r, w->tx, &q_import_load,
		 ARGS(A((int)w->tenant), A((int)w->id)))) != NULL)
		return err_pass(e);
	state = rows_count(r) > 0 ? rows_text(r, 0, IMPORT_LOAD_STATE) : "";
	w->is_dry = strcmp(state, "dry") == 0;
	w->cancelled = !w->is_dry && strcmp(state, "ready") != 0 &&
		       strcmp(state, "running") != 0;
	if (w->cancelled)
		return NULL;
	w->source = (int32_t)rows_int(r, 0, IMPORT_LOAD_SOURCE_ID);
	if (strcmp(state, "running") == 0) {
		w->done_rows = (size_t)rows_int(r, 0, IMPORT_LOAD_DONE_ROWS);
		w->readings = (size_t)rows_int(r, 0, IMPORT_LOAD_READINGS);
		w->missing = (size_t)rows_int(r, 0, IMPORT_LOAD_MISSING);
		w->bad = (size_t)rows_int(r, 0, IMPORT_LOAD_BAD);
		w->faults.seen = w->missing + w->bad;
	} else if ((e = tx_send(w->tx, &q_import_errors_drop,
			ARGS(A((int)w->tenant), A((int)w->id)))) != NULL) {
		return err_pass(e);
	}
	plan = rows_bytes(r, 0, IMPORT_LOAD_PLAN);
	file = rows_bytes(r, 0, IMPORT_LOAD_FILE);
	plan.p = (unsigned char *)arena_copy(a, plan.p, plan.n);
	file.p = (unsigned char *)arena_copy(a, file.p, file.n);
	if ((e = plan_read(&w->plan, a, plan)) != NULL ||
	    (e = csv_open(&w->csv, a, file, 0)) != NULL ||
	    (e = look_file(&w->look, &w->csv)) != NULL ||
	    (e = import_roster(&w->roster, &w->account, w->tx, w->source)) !=
		NULL ||
	    (e = virtuals_load(&w->virtuals, a, w->tx, w->source)) != NULL)
		return err_pass(e);
	plan_settle(&w->plan, &w->look);
	feed_open(&w->feed, a, &w->csv, &w->plan, &w->look, env_now());
	return NULL;
}

static struct err *
load_it(struct work_on *w)
{
	struct err *e = begin(w, w->arena);

	if (e != NULL)
		return err_pass(e);
	e = load(w);
	if (w->cancelled) {
		tx_rollback(w->tx);
		return NULL;
	}
	e = finish(w, e);
	return e != NULL ? err_pass(e) : NULL;
}

/*
 * A run that meets rows of one instant stores nothing before it has asked what
 * they are: it looks at the whole file first.
 */
static void
foresee(struct work_on *w)
{
	struct arena *a = arena_new();
	struct fed r;

	if (w->plan.same == SAME_ASKED && !w->is_dry && w->done_rows == 0)
		while (feed_next(&r, &w->feed, a))
			arena_reset(a);
	arena_free(a);
	if (w->feed.alike == 0 && w->feed.rows > 0)
		feed_open(&w->feed, w->arena, &w->csv, &w->plan, &w->look,
		    env_now());
}

/* Whether it is worth trying again. */
static bool
is_passing(const struct err *e)
{
	return e->kind == ERR_BUSY || e->kind == ERR_CONFLICT;
}

static struct err *
run(struct work_on *w)
{
	struct err *e = load_it(w), kept;

	if (e == NULL && !w->cancelled)
		foresee(w);
	if (e == NULL && !w->cancelled && w->feed.alike == 0)
		e = passes(w);
	if (e != NULL && is_passing(e)) {
		import_again(w->db, w->arena, w->tenant, w->id);
		return err_pass(e);
	}
	if (e != NULL)
		kept = err_keep();
	e = end_it(w, e != NULL ? &kept : NULL);
	return e != NULL ? err_pass(e) : NULL;
}

struct err *
import_run(struct db *db, struct arena *a, int32_t tenant, int32_t import)
{
	struct work_on w = { .db = db,
		.arena = a,
		.tenant = tenant,
		.id = import };
	struct err *e = run(&w);

	log_info("import tenant=%d import=%d rows=%zu readings=%zu bad=%zu",
	    w.tenant, w.id, w.feed.rows, w.readings, w.bad);
	return e != NULL ? err_pass(e) : NULL;
}
