#include "store/fresh.h"

#include <string.h>

#include "query.h"

struct err *
fresh_put(struct tx *tx, int tier, int64_t at, const struct readings *r)
{
	struct arena *a = tx_arena(tx);
	struct directory dir;
	int64_t t_min, t_max;
	struct bytes block;
	struct err *e;

	if (r->n == 0)
		return NULL;
	readings_span(&t_min, &t_max, r);
	block = block_encode(a, &dir, r);
	if ((e = tx_send(tx, &q_store_fresh_put,
		 ARGS(A((int)tx_who(tx)->tenant), A(tier),
		     at != 0 ? A_TIME(at) : arg_null(), A_TIME(t_min),
		     A_TIME(t_max), A((long)r->n), A((long)dir.series),
		     arr_int(a, dir.sensor, dir.n), arr_int(a, dir.last, dir.n),
		     arr_int(a, dir.offset, dir.n + 1), A(block)))) != NULL)
		return err_pass(e);
	return NULL;
}

void
slice_read(struct slice *s, const struct rows *rows, int row,
    const struct slice_columns *at)
{
	size_t offsets, lasts;

	s->n = rows_ints(&s->sensor, rows, row, at->sensor);
	lasts = rows_ints(&s->last, rows, row, at->last);
	offsets = rows_ints(&s->offset, rows, row, at->offset);
	s->piece = rows_bytes(rows, row, at->piece);
	if (lasts != s->n || offsets != s->n + 1)
		s->n = 0;
}

/* Where part i is; empty when the directory does not fit the bytes. */
static struct bytes
bytes_of(const struct slice *s, size_t i)
{
	int64_t from = (int64_t)s->offset[i] - s->offset[0];
	int64_t to = (int64_t)s->offset[i + 1] - s->offset[0];

	if (from < 0 || to < from || to > (int64_t)s->piece.n)
		return (struct bytes){ s->piece.p, 0 };
	return (struct bytes){ s->piece.p + from, (size_t)(to - from) };
}

struct err *
slice_part(struct readings *out, struct arena *a, const struct slice *s,
    size_t i)
{
	bool is_run = s->sensor[i] == s->last[i];
	struct bytes b = bytes_of(s, i);
	struct err *e;

	e = is_run ? run_decode(out, a, b) : block_decode(out, a, b);
	if (e != NULL)
		return err_pass(e);
	if (out->n == 0 || out->v[0].sensor != s->sensor[i] ||
	    out->v[out->n - 1].sensor != s->last[i])
		return err_raise(ERR_BUG, "Stored readings are damaged.",
		    "other sensors where %d to %d should be", s->sensor[i],
		    s->last[i]);
	return NULL;
}

static void
sieve_add(struct sieve *bad, const struct fresh_row *f, const struct slice *s,
    size_t part, const struct err *why)
{
	struct bytes b = bytes_of(s, part);
	size_t i;

	for (i = 0; i < bad->n; i++)
		if (bad->v[i].row == f->id &&
		    bad->v[i].sensor == s->sensor[part])
			return;
	if (bad->n == bad->room) {
		size_t room = bad->room * 2 + 8;
		struct bad_part *v = arena_array(bad->keep, room, sizeof(*v));

		if (bad->n > 0)
			memcpy(v, bad->v, bad->n * sizeof(*v));
		bad->v = v;
		bad->room = room;
	}
	b.p = (unsigned char *)arena_copy(bad->keep, b.p, b.n);
	bad->v[bad->n++] = (struct bad_part){
		.row = f->id,
		.sensor = s->sensor[part],
		.damage = {
			.level = "fresh",
			.sensor = s->sensor[part] == s->last[part]
				      ? s->sensor[part]
				      : 0,
			.t_min = f->t_min,
			.t_max = f->t_max,
			.why = damage_why(bad->keep, why),
			.bytes = b,
		},
	};
}

/* Only the readings of the sensors from low to high. */
static struct readings
between(const struct readings *r, int32_t low, int32_t high)
{
	size_t i = 0, end = r->n;

	if (r->v[0].sensor < low)
		i = readings_place(r, low, INT64_MIN);
	if (r->v[end - 1].sensor > high)
		end = readings_place(r, high + 1, INT64_MIN);
	return (struct readings){ r->v + i, end - i, 0 };
}

void
fresh_parts(struct readings *out, struct sieve *bad, struct arena *a,
    struct fresh_row *f, const struct slice *s, int32_t low, int32_t high)
{
	struct readings part;
	struct err *e;
	size_t i;

	*out = (struct readings){ 0 };
	for (i = 0; i < s->n; i++) {
		if ((e = slice_part(&part, a, s, i)) != NULL) {
			sieve_add(bad, f, s, i, e);
			continue;
		}
		part = between(&part, low, high);
		f->got += part.n;
		readings_add(out, a, &part);
	}
	/* The parts of a directory that lies could stand in any order. */
	(void)readings_settle(out, a);
}

struct err *
fresh_close(bool *whole, struct tx *tx, struct sieve *bad,
    const struct fresh_row *f)
{
	size_t missing = f->n > f->got ? f->n - f->got : 0, k = 0, i;
	struct err *e;

	for (i = 0; i < bad->n; i++)
		k += bad->v[i].row == f->id;
	*whole = k == 0 && missing > 0;
	for (i = 0; i < bad->n; i++) {
		if (bad->v[i].row != f->id)
			continue;
		/* Nobody knows how they were spread over the parts. */
		bad->v[i].damage.n = missing / k;
		missing -= missing / k;
		k--;
		if ((e = damage_note(tx, &bad->v[i].damage)) != NULL)
			return err_pass(e);
	}
	return NULL;
}

struct err *
fresh_note(struct tx *tx, const struct fresh_row *f, struct bytes block)
{
	struct damage d = {
		.level = "fresh",
		.t_min = f->t_min,
		.t_max = f->t_max,
		.n = f->n - f->got,
		.why = "readings are missing",
		.bytes = block,
	};
	struct err *e = damage_note(tx, &d);

	return e != NULL ? err_pass(e) : NULL;
}
