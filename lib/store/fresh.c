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
		     A_TIME(t_max), A((long)r->n),
		     arr_int(a, dir.sensor, dir.n),
		     arr_int(a, dir.offset, dir.n + 1), A(block)))) != NULL)
		return err_pass(e);
	return NULL;
}

void
slice_read(struct slice *s, const struct rows *rows, int row, int sensor,
    int offset, int piece)
{
	size_t offsets;

	s->n = rows_ints(&s->sensor, rows, row, sensor);
	offsets = rows_ints(&s->offset, rows, row, offset);
	s->piece = rows_bytes(rows, row, piece);
	if (offsets != s->n + 1)
		s->n = 0;
}

/* Where run i is; empty when the directory does not fit the bytes. */
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
slice_run(struct readings *out, struct arena *a, const struct slice *s,
    size_t i)
{
	struct err *e;

	if ((e = run_decode(out, a, bytes_of(s, i))) != NULL)
		return err_pass(e);
	if (out->n > 0 && out->v[0].sensor != s->sensor[i])
		return err_raise(ERR_BUG, "Stored readings are damaged.",
		    "a run of sensor %d where %d should be", out->v[0].sensor,
		    s->sensor[i]);
	return NULL;
}

static void
sieve_add(struct sieve *s, const struct fresh_row *f, int32_t sensor,
    struct bytes b, const struct err *why)
{
	if (s->n == s->room) {
		size_t room = s->room * 2 + 8;
		struct damage *v = arena_array(s->keep, room, sizeof(*v));
		int64_t *row = arena_array(s->keep, room, sizeof(*row));

		if (s->n > 0) {
			memcpy(v, s->v, s->n * sizeof(*v));
			memcpy(row, s->row, s->n * sizeof(*row));
		}
		s->v = v;
		s->row = row;
		s->room = room;
	}
	s->row[s->n] = f->id;
	s->v[s->n++] = (struct damage){
		.level = "fresh",
		.sensor = sensor,
		.t_min = f->t_min,
		.t_max = f->t_max,
		.why = damage_why(s->keep, why),
		.bytes = { (unsigned char *)arena_copy(s->keep, b.p, b.n),
		    b.n },
	};
}

void
fresh_runs(struct readings *out, struct sieve *bad, struct arena *a,
    struct fresh_row *f, const struct slice *s)
{
	struct readings run;
	struct err *e;
	size_t i;

	*out = (struct readings){ 0 };
	for (i = 0; i < s->n; i++) {
		if ((e = slice_run(&run, a, s, i)) != NULL) {
			sieve_add(bad, f, s->sensor[i], bytes_of(s, i), e);
			continue;
		}
		f->got += run.n;
		readings_add(out, a, &run);
	}
	/* The runs of a directory that lies could stand in any order. */
	(void)readings_settle(out, a);
}

struct err *
fresh_close(bool *whole, struct tx *tx, struct sieve *bad,
    const struct fresh_row *f)
{
	size_t missing = f->n > f->got ? f->n - f->got : 0, k = 0, i;
	struct err *e;

	for (i = 0; i < bad->n; i++)
		k += bad->row[i] == f->id;
	*whole = k == 0 && missing > 0;
	for (i = 0; i < bad->n; i++) {
		if (bad->row[i] != f->id)
			continue;
		/* Nobody knows how they were spread over the runs. */
		bad->v[i].n = missing / k;
		missing -= missing / k;
		k--;
		if ((e = damage_note(tx, &bad->v[i])) != NULL)
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
