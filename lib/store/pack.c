/*
 * Packing: rows of fresh become chunks, sensor by sensor, in one transaction.
 *
 * It holds the tenant's row of flux.packing and not the cycle's, so derive
 * goes on meanwhile.  Memory is bounded by groups of sensors: of each row only
 * their slices are fetched.
 */
#include <string.h>

#include "query.h"
#include "store/chunk.h"
#include "store/fresh.h"
#include "store/tier.h"

enum {
	GROUP = 512 * 1024, /* readings that a group of sensors should have */
	TAKE_MIN = 1000000,
	TAKE_MAX = 32000000
};

/* UTC days whose partition is known to be there, ascending. */
struct days {
	int64_t *v;
	size_t n, room;
};

struct pack {
	struct tx *tx;
	struct arena *arena; /* of the whole transaction */
	bool any_month;
	struct packed *out;
	struct fresh_row *row; /* the older first */
	int64_t *id;
	size_t rows;
	int32_t *first; /* the first sensor of each range of sensors */
	size_t ranges;
	struct sieve bad;
	struct days days;
};

/* How many readings to take: as much as makes a chunk of each sensor. */
static size_t
take_of(const struct tier *t)
{
	size_t take = (size_t)t->sensors * CHUNK_MAX;

	if (take < TAKE_MIN)
		take = TAKE_MIN;
	return take < TAKE_MAX ? take : TAKE_MAX;
}

static struct err *
load_rows(struct pack *p, size_t take)
{
	int tenant = (int)tx_who(p->tx)->tenant;
	struct rows *rows;
	struct err *e;
	int i;

	if ((e = tx_rows(&rows, p->tx, &q_store_pack_list,
		 ARGS(A(tenant), A(STORE_PACK_TIER), A((long)take)))) != NULL)
		return err_pass(e);
	p->rows = (size_t)rows_count(rows);
	p->row = arena_array(p->arena, p->rows, sizeof(*p->row));
	p->id = arena_array(p->arena, p->rows, sizeof(*p->id));
	for (i = 0; i < rows_count(rows); i++) {
		p->row[i] = (struct fresh_row){
			.tier = (int)rows_int(rows, i, STORE_PACK_LIST_TIER),
			.id = rows_int(rows, i, STORE_PACK_LIST_FRESH_ID),
			.t_min = rows_time(rows, i, STORE_PACK_LIST_T_MIN),
			.t_max = rows_time(rows, i, STORE_PACK_LIST_T_MAX),
			.n = (size_t)rows_int(rows, i, STORE_PACK_LIST_N),
		};
		p->id[i] = p->row[i].id;
		p->out->readings += p->row[i].n;
	}
	p->out->rows = p->rows;
	if (p->rows == 0)
		return NULL;
	if ((e = tx_rows(&rows, p->tx, &q_store_pack_sensors,
		 ARGS(A(tenant), A(STORE_PACK_TIER),
		     arr_long(p->arena, p->id, p->rows)))) != NULL)
		return err_pass(e);
	p->ranges = rows_ints(&p->first, rows, 0, STORE_PACK_SENSORS_SENSORS);
	return NULL;
}

/* Slices of a group's sensors, merged; the older row wins. */
static struct err *
load_group(struct readings *all, struct pack *p, int32_t low, int32_t high)
{
	static const struct slice_columns columns = { STORE_PACK_SLICES_SENSORS,
		STORE_PACK_SLICES_LASTS, STORE_PACK_SLICES_OFFSETS,
		STORE_PACK_SLICES_PIECE };
	struct arena *a = tx_arena(p->tx);
	struct readings *in = arena_array(a, p->rows, sizeof(*in));
	struct slice slice;
	struct rows *rows;
	struct err *e;
	size_t k = 0;
	int i;

	if ((e = tx_rows(&rows, p->tx, &q_store_pack_slices,
		 ARGS(A((int)tx_who(p->tx)->tenant), A(STORE_PACK_TIER),
		     arr_long(a, p->id, p->rows), A((int)low),
		     A((int)high)))) != NULL)
		return err_pass(e);
	for (i = 0; i < rows_count(rows); i++) {
		while (
		    k < p->rows &&
		    p->id[k] != rows_int(rows, i, STORE_PACK_SLICES_FRESH_ID))
			k++;
		if (k == p->rows)
			break;
		slice_read(&slice, rows, i, &columns);
		fresh_parts(&in[k], &p->bad, a, &p->row[k], &slice, low, high);
	}
	(void)readings_merge(all, a, in, p->rows);
	return NULL;
}

/* True when the day was not in the list; then it is now. */
static bool
days_add(struct days *d, struct arena *a, int64_t day)
{
	size_t at = d->n;

	while (at > 0 && d->v[at - 1] >= day)
		at--;
	if (at < d->n && d->v[at] == day)
		return false;
	if (d->n == d->room) {
		size_t room = d->room * 2 + 32;
		int64_t *v = arena_array(a, room, sizeof(*v));

		if (d->n > 0)
			memcpy(v, d->v, d->n * sizeof(*v));
		d->v = v;
		d->room = room;
	}
	memmove(d->v + at + 1, d->v + at, (d->n - at) * sizeof(*d->v));
	d->v[at] = day;
	d->n++;
	return true;
}

/* Which months must get a partition before these can be written. */
static struct err *
find_missing(struct pack *p, const struct readings *r)
{
	struct arena *a = tx_arena(p->tx);
	int64_t *day = arena_array(a, r->n, sizeof(*day)), last = INT64_MIN;
	struct packed *out = p->out;
	struct rows *rows;
	struct err *e;
	size_t i, n = 0;

	for (i = 0; i < r->n; i++) {
		int64_t of = chunk_day(r->v[i].time);

		if (of != last && days_add(&p->days, p->arena, of))
			day[n++] = of;
		last = of;
	}
	if (n == 0)
		return NULL;
	if ((e = tx_rows(&rows, p->tx, &q_store_months_missing,
		 ARGS(arr_time(a, day, n)))) != NULL)
		return err_pass(e);
	out->months = (size_t)rows_count(rows);
	out->month = arena_array(p->arena, out->months, sizeof(*out->month));
	for (i = 0; i < out->months; i++)
		out->month[i] =
		    rows_time(rows, (int)i, STORE_MONTHS_MISSING_MONTH);
	return NULL;
}

/* The sensors of n ranges from the i-th on. */
static struct err *
pack_group(size_t *readings, struct pack *p, size_t i, size_t n)
{
	int32_t high = i + n < p->ranges ? p->first[i + n] - 1 : INT32_MAX;
	struct readings all;
	struct err *e;
	size_t written;

	if ((e = load_group(&all, p, p->first[i], high)) != NULL)
		return err_pass(e);
	*readings = all.n;
	if (!p->any_month && (e = find_missing(p, &all)) != NULL)
		return err_pass(e);
	if (p->out->months > 0)
		return NULL;
	if ((e = chunk_join(&written, p->tx, &all)) != NULL)
		return err_pass(e);
	p->out->chunks += written;
	return NULL;
}

/* Group after group, each in memory of its own. */
static struct err *
pack_groups(struct pack *p)
{
	size_t n = p->ranges * GROUP / (p->out->readings + 1) + 1;
	size_t i, got = 0;
	struct err *e = NULL;

	for (i = 0; e == NULL && i < p->ranges && p->out->months == 0;) {
		struct arena *scratch = arena_new();

		if (n > p->ranges - i)
			n = p->ranges - i;
		(void)tx_use(p->tx, scratch);
		e = pack_group(&got, p, i, n);
		(void)tx_use(p->tx, p->arena);
		arena_free(scratch);
		i += n;
		if (e == NULL && got > 2 * (size_t)GROUP && n > 1)
			n /= 2;
		else if (e == NULL && got < GROUP / 2)
			n *= 2;
	}
	return e != NULL ? err_pass(e) : NULL;
}

/* The rows have been read: note what was damaged, and take them away. */
static struct err *
clear(struct pack *p)
{
	int tenant = (int)tx_who(p->tx)->tenant;
	struct rows *rows;
	struct err *e;
	bool whole;
	size_t i;

	for (i = 0; i < p->rows; i++) {
		if ((e = fresh_close(&whole, p->tx, &p->bad, &p->row[i])) !=
		    NULL)
			return err_pass(e);
		if (!whole)
			continue;
		if ((e = tx_rows(&rows, p->tx, &q_store_fresh_block,
			 ARGS(A(tenant), A(STORE_PACK_TIER),
			     A((long)p->id[i])))) != NULL ||
		    (e = fresh_note(p->tx, &p->row[i],
			 rows_bytes(rows, 0, STORE_FRESH_BLOCK_BLOCK))) != NULL)
			return err_pass(e);
	}
	if ((e = tx_rows(&rows, p->tx, &q_store_fresh_drop,
		 ARGS(A(tenant), A(STORE_PACK_TIER),
		     arr_long(p->arena, p->id, p->rows)))) != NULL)
		return err_pass(e);
	if (rows_int(rows, 0, STORE_FRESH_DROP_ROWS) != (int64_t)p->rows)
		return err_raise(ERR_BUSY, "Please try again.",
		    "somebody else took rows of fresh");
	if ((e = tx_send(p->tx, &q_store_packed, ARGS(A(tenant)))) != NULL)
		return err_pass(e);
	return NULL;
}

struct err *
store_pack(struct packed *out, struct tx *tx, bool any_month)
{
	struct pack p = {
		.tx = tx,
		.arena = tx_arena(tx),
		.any_month = any_month,
		.out = out,
		.bad = { .keep = tx_arena(tx) },
	};
	struct tiers t;
	struct err *e;
	bool own;

	*out = (struct packed){ 0 };
	if ((e = tier_load(&t, tx, STORE_PACK_TIER, STORE_PACK_TIER + 1)) !=
	    NULL)
		return err_pass(e);
	if (t.n == 0)
		return NULL;
	if ((e = chunk_own(&own, tx)) != NULL)
		return err_pass(e);
	if (!own)
		return NULL;
	out->more = true;
	if ((e = load_rows(&p, take_of(&t.v[0]))) != NULL ||
	    (e = pack_groups(&p)) != NULL ||
	    (out->months == 0 && (e = clear(&p)) != NULL))
		return err_pass(e);
	return NULL;
}
