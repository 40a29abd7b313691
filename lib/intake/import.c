#include "intake/import.h"

#include <math.h>
#include <string.h>

#include "base/env.h"
#include "intake/csv_feed.h"
#include "intake/list.h"
#include "query.h"

enum { NAMES_MAX = 10000 };

static struct err *
missing(int32_t id)
{
	return err_raise(ERR_MISSING, "There is no such import.", "import %d",
	    id);
}

/* ---- what there is ---- */

static struct import
import_of(struct arena *a, const struct rows *r, int i)
{
	return (struct import){
		.id = (int32_t)rows_int(r, i, IMPORT_LIST_IMPORT_ID),
		.name = arena_text(a, rows_text(r, i, IMPORT_LIST_NAME)),
		.kind = arena_text(a, rows_text(r, i, IMPORT_LIST_KIND)),
		.look = arena_text(a, rows_text(r, i, IMPORT_LIST_LOOK)),
		.plan = arena_text(a, rows_text(r, i, IMPORT_LIST_PLAN)),
		.state = arena_text(a, rows_text(r, i, IMPORT_LIST_STATE)),
		.why = arena_text(a, rows_text(r, i, IMPORT_LIST_WHY)),
		.made_at = rows_time(r, i, IMPORT_LIST_MADE_AT),
		.ended_at = rows_null(r, i, IMPORT_LIST_ENDED_AT)
				? 0
				: rows_time(r, i, IMPORT_LIST_ENDED_AT),
		.bytes = rows_int(r, i, IMPORT_LIST_BYTES),
		.rows = rows_int(r, i, IMPORT_LIST_ROWS),
		.done_rows = rows_int(r, i, IMPORT_LIST_DONE_ROWS),
		.readings = rows_int(r, i, IMPORT_LIST_READINGS),
		.stored = rows_int(r, i, IMPORT_LIST_STORED),
		.duplicate = rows_int(r, i, IMPORT_LIST_DUPLICATE),
		.missing = rows_int(r, i, IMPORT_LIST_MISSING),
		.bad = rows_int(r, i, IMPORT_LIST_BAD),
		.waiting = rows_int(r, i, IMPORT_LIST_WAITING),
	};
}

static struct arg
number_or_null(int32_t n)
{
	return n > 0 ? A((int)n) : arg_null();
}

static struct err *
load(struct imports *all, struct tx *tx, int32_t source, int32_t id,
    int32_t behind, int most)
{
	struct rows *r;
	struct err *e;
	size_t i;

	if ((e = tx_rows(&r, tx, &q_import_list,
		 ARGS(A((int)source), number_or_null(id),
		     number_or_null(behind), A(most)))) != NULL)
		return err_pass(e);
	all->n = (size_t)rows_count(r);
	all->v = arena_array(tx_arena(tx), all->n + 1, sizeof(*all->v));
	for (i = 0; i < all->n; i++)
		all->v[i] = import_of(tx_arena(tx), r, (int)i);
	return NULL;
}

struct err *
imports_load(struct imports *all, struct tx *tx, int32_t source, int32_t behind,
    int most)
{
	struct err *e = load(all, tx, source, 0, behind, most);

	return e != NULL ? err_pass(e) : NULL;
}

struct err *
import_load(struct import *to, struct tx *tx, int32_t source, int32_t id)
{
	struct imports all;
	struct err *e;

	if (id <= 0)
		return missing(id);
	if ((e = load(&all, tx, source, id, 0, 1)) != NULL)
		return err_pass(e);
	if (all.n == 0)
		return missing(id);
	*to = all.v[0];
	return NULL;
}

struct err *
import_errors_load(struct import_errors *all, struct tx *tx, int32_t source,
    int32_t id, int most)
{
	struct arena *a = tx_arena(tx);
	struct rows *r;
	struct err *e;
	size_t i;

	if ((e = tx_rows(&r, tx, &q_import_errors,
		 ARGS(A((int)source), A((int)id), A(-1), A(most)))) != NULL)
		return err_pass(e);
	all->n = (size_t)rows_count(r);
	all->v = arena_array(a, all->n + 1, sizeof(*all->v));
	for (i = 0; i < all->n; i++)
		all->v[i] = (struct import_error){
			.line = rows_int(r, (int)i, IMPORT_ERRORS_LINE),
			.column = arena_text(a,
			    rows_text(r, (int)i, IMPORT_ERRORS_COL)),
			.code = arena_text(a,
			    rows_text(r, (int)i, IMPORT_ERRORS_CODE)),
			.detail = arena_text(a,
			    rows_text(r, (int)i, IMPORT_ERRORS_DETAIL)),
			.cell = arena_text(a,
			    rows_text(r, (int)i, IMPORT_ERRORS_CELL)),
		};
	return NULL;
}

/* ---- a file ---- */

/* What it looks like; a file of people is none of these. */
static struct err *
looked_at(struct look *l, struct arena *a, struct bytes file)
{
	struct csv_row head;
	struct csv c;
	struct err *e;

	if ((e = csv_open(&c, a, file, 0)) != NULL)
		return err_pass(e);
	if (csv_next(&head, &c) && (e = list_no_people(&head)) != NULL)
		return err_pass(e);
	csv_rewind(&c);
	e = look_file(l, &c);
	return e != NULL ? err_pass(e) : NULL;
}

struct err *
import_open(int32_t *id, struct tx *tx, int32_t source, const char *name,
    const char *kind, struct bytes file)
{
	struct arena *a = tx_arena(tx);
	size_t n = (file.n + IMPORT_PART - 1) / IMPORT_PART, i;
	struct bytes *part = arena_array(a, n + 1, sizeof(*part));
	struct buf b = buf_new(a, 4096);
	struct look l;
	struct rows *r;
	struct err *e;

	if (file.n == 0)
		return err_raise(ERR_INPUT, "file: the file is empty.",
		    "no bytes");
	if ((e = looked_at(&l, a, file)) != NULL)
		return err_pass(e);
	look_put(&b, &l);
	for (i = 0; i < n; i++) {
		size_t at = i * IMPORT_PART;

		part[i] = (struct bytes){ file.p + at,
			file.n - at < IMPORT_PART ? file.n - at : IMPORT_PART };
	}
	if ((e = tx_rows(&r, tx, &q_import_open,
		 ARGS(A(*name != 0 ? name : "file"), A(kind), A((int)source),
		     A((const char *)b.p), arr_bytes(a, part, n)))) != NULL)
		return err_pass(e);
	*id = (int32_t)rows_int(r, 0, IMPORT_OPEN_IMPORT_ID);
	return NULL;
}

struct err *
import_look(struct look *l, struct csv *c, struct plan *suggested,
    struct tx *tx, int32_t source, int32_t id)
{
	struct arena *a = tx_arena(tx);
	struct bytes file;
	struct rows *r;
	struct err *e;

	if ((e = tx_rows(&r, tx, &q_import_file,
		 ARGS(A((int)source), A((int)id)))) != NULL)
		return err_pass(e);
	if (rows_null(r, 0, IMPORT_FILE_FILE))
		return err_raise(ERR_CONFLICT,
		    "The file of this import is not kept any more.",
		    "import %d", id);
	file = rows_bytes(r, 0, IMPORT_FILE_FILE);
	file.p = (unsigned char *)arena_copy(a, file.p, file.n);
	if ((e = csv_open(c, a, file, 0)) != NULL ||
	    (e = look_file(l, c)) != NULL)
		return err_pass(e);
	plan_suggest(suggested, a, l);
	return NULL;
}

/* ---- what is missing ---- */

/* Devices and sensors that a file names, each once. */
struct names {
	struct arena *arena;
	uint64_t seed;
	struct hashed seen;
	const char **device, **key, **name, **unit;
	size_t n;
	bool is_long; /* a column names the sensors */
};

static bool
is_seen(const struct names *s, const struct item *it, uint64_t h)
{
	size_t i, step = 0;

	while (hash_next(&i, &step, &s->seen, h))
		if (slice_is(it->device, s->device[i]) &&
		    slice_is(it->sensor, s->key[i]))
			return true;
	return false;
}

static const char *
text_of(struct arena *a, struct slice s)
{
	return s.p != NULL ? arena_copy(a, s.p, s.n) : "";
}

/* A column's name without its unit; the key when nothing is left of it. */
static const char *
title(struct arena *a, const char *column, const char *key)
{
	size_t n = strcspn(column, "[(");

	while (n > 0 && column[n - 1] == ' ')
		n--;
	return n > 0 ? arena_copy(a, column, n) : key;
}

/* An item's device and sensor; what can be no key is found by the dry run. */
static struct err *
name_seen(struct names *s, const struct item *it)
{
	uint64_t h = hash_bytes(hash_bytes(s->seed, it->device.p, it->device.n),
	    it->sensor.p, it->sensor.n);
	const char *device, *key;

	if (is_seen(s, it, h))
		return NULL;
	device = text_of(s->arena, it->device);
	key = text_of(s->arena, it->sensor);
	if (!key_is_good(device) || !key_is_good(key))
		return NULL;
	if (s->n == NAMES_MAX)
		return err_raise(ERR_REFUSED,
		    "The file names more than 10,000 sensors; make them first.",
		    "names");
	s->device[s->n] = device;
	s->key[s->n] = key;
	s->name[s->n] = s->is_long ? key : title(s->arena, it->place, key);
	s->unit[s->n] = text_of(s->arena, it->unit);
	hash_add(&s->seen, h, s->n++);
	return NULL;
}

static struct names
names_new(struct arena *a)
{
	struct names s = { .arena = a, .seed = hash_seed() };
	const char ***list[] = { &s.device, &s.key, &s.name, &s.unit };
	size_t i;

	s.seen = hash_table(a, NAMES_MAX);
	for (i = 0; i < sizeof(list) / sizeof(*list); i++)
		*list[i] = arena_array(a, NAMES_MAX, sizeof(char *));
	return s;
}

/* All names of the file. */
static struct err *
names_of(struct names *s, struct csv *c, const struct plan *p,
    const struct look *l)
{
	struct arena *scratch = arena_new();
	struct err *e = NULL;
	struct feed f;
	struct fed r;
	size_t i;

	for (i = 0; i < p->n; i++)
		s->is_long |= p->column[i].as == AS_NAME;
	feed_open(&f, s->arena, c, p, l, env_now());
	while (e == NULL && feed_next(&r, &f, scratch)) {
		struct intake in = { .arena = scratch };

		if (r.code == NULL)
			feed_items(&in, &f, &r);
		for (i = 0; e == NULL && i < in.n; i++)
			e = name_seen(s, &in.v[i]);
		arena_reset(scratch);
	}
	arena_free(scratch);
	c->arena = s->arena;
	return e != NULL ? err_pass(e) : NULL;
}

/* What the plan says of a sensor; of those that rows name, of all the same. */
static void
bounds_of(double *low, double *high, const struct plan *p, const char *key)
{
	size_t i;

	*low = *high = NAN;
	for (i = 0; i < p->n; i++)
		if (use_reads(&p->column[i]) &&
		    (!use_has_key(&p->column[i]) ||
			strcmp(p->column[i].key, key) == 0))
			(void)use_bounds(low, high, &p->column[i]);
}

static struct err *
make_missing(struct tx *tx, int32_t source, struct csv *c, const struct plan *p,
    const struct look *l)
{
	struct arena *a = tx_arena(tx);
	struct names s = names_new(a);
	double *low = arena_array(a, NAMES_MAX, sizeof(*low));
	double *high = arena_array(a, NAMES_MAX, sizeof(*high));
	struct rows *r;
	struct err *e;
	size_t i;

	if ((e = names_of(&s, c, p, l)) != NULL)
		return err_pass(e);
	for (i = 0; i < s.n; i++)
		bounds_of(&low[i], &high[i], p, s.key[i]);
	if ((e = tx_rows(&r, tx, &q_import_make,
		 ARGS(A(p->site), A((int)source), arr_text(a, s.device, s.n),
		     arr_text(a, s.key, s.n), arr_text(a, s.name, s.n),
		     arr_text(a, s.unit, s.n), arr_real(a, low, s.n),
		     arr_real(a, high, s.n)))) != NULL)
		return err_pass(e);
	return NULL;
}

/* ---- what is to be done ---- */

static struct err *
decide(struct tx *tx, int32_t source, int32_t id, const char *plan,
    const char *became)
{
	struct rows *r;
	struct err *e;

	if ((e = tx_rows(&r, tx, &q_import_decide,
		 ARGS(A((int)source), A((int)id), A(plan), A(became)))) != NULL)
		return err_pass(e);
	return rows_null(r, 0, IMPORT_DECIDE_DONE) ? missing(id) : NULL;
}

struct err *
import_decide(struct questions *q, struct tx *tx, int32_t source, int32_t id,
    struct plan *p, const char *became)
{
	struct buf b = buf_new(tx_arena(tx), 1024);
	struct plan suggested;
	struct look l;
	struct csv c;
	struct err *e;

	if (strcmp(became, "ready") == 0 && (tx_who(tx)->flags & WHO_OVER) != 0)
		return err_raise(ERR_QUOTA,
		    "The quota of the day is used up; it begins anew at "
		    "midnight UTC.",
		    "import over the quota");
	if ((e = import_look(&l, &c, &suggested, tx, source, id)) != NULL)
		return err_pass(e);
	plan_ask(q, tx_arena(tx), p, &l);
	if (q->n > 0)
		became = "looked";
	else
		plan_settle(p, &l);
	plan_put(&b, p);
	if (p->makes && strcmp(became, "ready") == 0 &&
	    (e = make_missing(tx, source, &c, p, &l)) != NULL)
		return err_pass(e);
	e = decide(tx, source, id, (const char *)b.p, became);
	return e != NULL ? err_pass(e) : NULL;
}

struct err *
import_cancel(struct tx *tx, int32_t source, int32_t id)
{
	struct err *e = decide(tx, source, id, NULL, "cancelled");

	return e != NULL ? err_pass(e) : NULL;
}
