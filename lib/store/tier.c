/* Many small rows of fresh become one larger one. */
#include "store/tier.h"

#include <stdlib.h>

#include "query.h"
#include "store/fresh.h"

/* Rows that hold more on average are packed and not merged. */
enum { LARGE = STORE_MERGE_MAX / 4 };

struct part {
	struct fresh_row row;
	struct bytes block;
	struct slice slice; /* all of its parts */
	struct readings r;
};

/* The older first: a higher tier, then a lower number. */
static int
by_age(const void *a, const void *b)
{
	const struct fresh_row *x = &((const struct part *)a)->row;
	const struct fresh_row *y = &((const struct part *)b)->row;

	if (x->tier != y->tier)
		return x->tier > y->tier ? -1 : 1;
	return (x->id > y->id) - (x->id < y->id);
}

/* A row's readings; of a damaged one, what can be saved. */
static struct err *
decode(struct part *p, struct tx *tx)
{
	struct sieve bad = { .keep = tx_arena(tx) };
	struct err *e;
	bool whole;

	if (block_decode(&p->r, tx_arena(tx), p->block) == NULL &&
	    p->r.n == p->row.n)
		return NULL;
	fresh_parts(&p->r, &bad, tx_arena(tx), &p->row, &p->slice, INT32_MIN,
	    INT32_MAX);
	if ((e = fresh_close(&whole, tx, &bad, &p->row)) != NULL ||
	    (whole && (e = fresh_note(tx, &p->row, p->block)) != NULL))
		return err_pass(e);
	return NULL;
}

/* Without what stands before the parts. */
static struct bytes
behind(struct bytes block, int32_t head)
{
	if (head < 0 || (size_t)head > block.n)
		return (struct bytes){ block.p, 0 };
	return (struct bytes){ block.p + head, block.n - (size_t)head };
}

static struct err *
load(struct part *p, struct tx *tx, const struct rows *rows, int r)
{
	static const struct slice_columns columns = { STORE_TIER_TAKE_SENSOR,
		STORE_TIER_TAKE_LAST, STORE_TIER_TAKE_OFFSET,
		STORE_TIER_TAKE_BLOCK };
	struct err *e;

	p->row = (struct fresh_row){
		.tier = (int)rows_int(rows, r, STORE_TIER_TAKE_TIER),
		.id = rows_int(rows, r, STORE_TIER_TAKE_FRESH_ID),
		.at = rows_time(rows, r, STORE_TIER_TAKE_AT),
		.t_min = rows_time(rows, r, STORE_TIER_TAKE_T_MIN),
		.t_max = rows_time(rows, r, STORE_TIER_TAKE_T_MAX),
		.n = (size_t)rows_int(rows, r, STORE_TIER_TAKE_N),
	};
	slice_read(&p->slice, rows, r, &columns);
	p->block = p->slice.piece;
	if (p->slice.n > 0)
		p->slice.piece = behind(p->block, p->slice.offset[0]);
	e = decode(p, tx);
	return e != NULL ? err_pass(e) : NULL;
}

struct err *
tier_merge(struct tx *tx, int from, int below, size_t rows_max,
    size_t readings_max)
{
	struct arena *a = tx_arena(tx);
	struct readings all, *in;
	struct rows *rows;
	struct part *part;
	int64_t at = 0;
	struct err *e;
	size_t n, i;

	if ((e = tx_rows(&rows, tx, &q_store_tier_take,
		 ARGS(A((int)tx_who(tx)->tenant), A(from), A(below),
		     A((long)rows_max), A((long)readings_max),
		     A(BLOCK_READINGS_MAX)))) != NULL)
		return err_pass(e);
	n = (size_t)rows_count(rows);
	part = arena_array(a, n, sizeof(*part));
	in = arena_array(a, n, sizeof(*in));
	for (i = 0; i < n; i++) {
		if ((e = load(&part[i], tx, rows, (int)i)) != NULL)
			return err_pass(e);
		if (i == 0 || part[i].row.at < at)
			at = part[i].row.at;
	}
	if (n > 1)
		qsort(part, n, sizeof(*part), by_age);
	for (i = 0; i < n; i++)
		in[i] = part[i].r;
	(void)readings_merge(&all, a, in, n);
	if (below < STORE_LARGE_TIER && all.n > STORE_SMALL_MAX)
		below = STORE_LARGE_TIER;
	e = fresh_put(tx, below, at, &all);
	return e != NULL ? err_pass(e) : NULL;
}

struct err *
tier_load(struct tiers *t, struct tx *tx, int from, int below)
{
	struct rows *rows;
	struct err *e;
	int i;

	if ((e = tx_rows(&rows, tx, &q_store_fresh_tiers,
		 ARGS(A((int)tx_who(tx)->tenant), A(from), A(below)))) != NULL)
		return err_pass(e);
	t->n = (size_t)rows_count(rows);
	t->v = arena_array(tx_arena(tx), t->n, sizeof(*t->v));
	for (i = 0; i < rows_count(rows); i++)
		t->v[i] = (struct tier){
			.tier = (int)rows_int(rows, i, STORE_FRESH_TIERS_TIER),
			.rows = rows_int(rows, i, STORE_FRESH_TIERS_ROWS),
			.readings =
			    rows_int(rows, i, STORE_FRESH_TIERS_READINGS),
			.sensors = rows_int(rows, i, STORE_FRESH_TIERS_SENSORS),
			.age = rows_int(rows, i, STORE_FRESH_TIERS_AGE),
		};
	return NULL;
}

static bool
is_full(const struct tier *t)
{
	return t->rows >= STORE_TIER_ROWS;
}

struct err *
store_tier(bool *merged, struct tx *tx, int64_t age)
{
	struct tiers t;
	struct err *e;
	size_t i;

	*merged = false;
	if ((e = tier_load(&t, tx, 0, STORE_LARGE_TIER)) != NULL)
		return err_pass(e);
	for (i = 0; i < t.n; i++) {
		if (!is_full(&t.v[i]))
			continue;
		*merged = true;
		e = tier_merge(tx, t.v[i].tier, t.v[i].tier + 1,
		    STORE_TIER_TAKE, STORE_MERGE_MAX);
		return e != NULL ? err_pass(e) : NULL;
	}
	for (i = 0; i < t.n && t.v[i].age < age; i++)
		;
	if (i == t.n)
		return NULL;
	*merged = true;
	e = tier_merge(tx, 0, STORE_LARGE_TIER, STORE_TIER_TAKE,
	    STORE_MERGE_MAX);
	return e != NULL ? err_pass(e) : NULL;
}

/*
 * From which tier on it is time to pack: all, or those whose rows are too
 * large to be one; STORE_PACK_TIER: none.
 */
static int
due_from(const struct tiers *t, const struct pack_rule *rule)
{
	int64_t sensors = 1, readings = 0;
	int from = STORE_PACK_TIER;
	size_t i;

	for (i = t->n; i-- > 0;) {
		const struct tier *v = &t->v[i];

		if (v->age >= rule->age)
			return STORE_LARGE_TIER;
		if (is_full(v) && v->readings / v->rows > LARGE)
			from = v->tier;
		readings += v->readings;
		if (v->sensors > sensors)
			sensors = v->sensors;
	}
	if (t->n > 0 && readings >= sensors * (int64_t)rule->readings)
		return STORE_LARGE_TIER;
	return from;
}

struct err *
store_merge(struct merged *out, struct tx *tx, const struct pack_rule *rule)
{
	struct tiers t;
	struct err *e;
	size_t i = 0;
	int from;

	*out = (struct merged){ 0 };
	if ((e = tier_load(&t, tx, STORE_LARGE_TIER, STORE_PACK_TIER)) != NULL)
		return err_pass(e);
	from = due_from(&t, rule);
	while (i < t.n && !is_full(&t.v[i]))
		i++;
	out->handed = from < STORE_PACK_TIER;
	out->merged = !out->handed && i < t.n;
	if (out->handed)
		e = tx_send(tx, &q_store_fresh_hand,
		    ARGS(A((int)tx_who(tx)->tenant), A(from),
			A(STORE_PACK_TIER)));
	else if (out->merged)
		e = tier_merge(tx, t.v[i].tier, t.v[i].tier + 1,
		    STORE_TIER_ROWS, STORE_MERGE_MAX);
	return e != NULL ? err_pass(e) : NULL;
}
