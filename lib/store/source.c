#include "store/source.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "query.h"

enum level { LEVEL_CHUNK, LEVEL_FRESH, LEVEL_LANDING, LEVEL_QUARANTINE };

static int
by_sensor(const void *a, const void *b)
{
	const struct source *x = a, *y = b;

	return (x->sensor > y->sensor) - (x->sensor < y->sensor);
}

struct source *
source_of(const struct sources *s, int32_t sensor)
{
	struct source key = { .sensor = sensor };

	return s->n == 0 ? NULL
			 : bsearch(&key, s->v, s->n, sizeof(key), by_sensor);
}

/* Say in the log what is damaged, and in the answer what is missing. */
static void
lose(struct sources *s, const struct err *why, struct lost lost)
{
	struct arena *a = tx_arena(s->tx);

	log_err(why, "tenant=%d sensor=%d from=%s to=%s", tx_who(s->tx)->tenant,
	    lost.sensor, clock_iso(a, lost.from), clock_iso(a, lost.to));
	losses_add(&s->lost, a, lost);
}

static struct err *
too_big(void)
{
	return err_raise(ERR_TOO_BIG,
	    "Too many readings in this span; ask for a shorter one.",
	    "more than %d readings", STORE_READ_MAX);
}

/* What of one sensor's readings, by time, lies in the window. */
static struct err *
put_more(struct sources *s, struct source *to, const struct reading *v,
    size_t n)
{
	size_t i = readings_from(v, n, s->from);
	size_t end = readings_from(v, n, s->to);
	struct readings part = { (struct reading *)v + i, end - i, 0 };

	s->size += part.n;
	if (s->size > STORE_READ_MAX)
		return too_big();
	if (part.n > 0)
		readings_add(&to->more, tx_arena(s->tx), &part);
	return NULL;
}

/* The readings of a block, shared out to the sensors that are asked for. */
static struct err *
share_out(struct sources *s, const struct readings *r)
{
	struct err *e;
	size_t i, n;

	for (i = 0; i < r->n; i += n) {
		struct source *to = source_of(s, r->v[i].sensor);

		n = readings_run(r->v + i, r->n - i);
		if (to != NULL && (e = put_more(s, to, r->v + i, n)) != NULL)
			return err_pass(e);
	}
	return NULL;
}

/* A run is left as it is, if it stands alone in its stretch of time. */
static bool
put_chunk(struct source *to, struct arena *a, struct chunk c)
{
	struct chunk *v;

	if (c.to < c.from || (to->n > 0 && c.from <= to->chunk[to->n - 1].to))
		return false;
	if (to->n == to->room) {
		to->room = to->room * 2 + 32;
		v = arena_array(a, to->room, sizeof(*v));
		if (to->n > 0)
			memcpy(v, to->chunk, to->n * sizeof(*v));
		to->chunk = v;
	}
	to->chunk[to->n++] = c;
	return true;
}

static struct err *
take_row(struct sources *s, const struct rows *rows, int i)
{
	int level = (int)rows_int(rows, i, STORE_PIECES_LEVEL);
	struct lost span = {
		.sensor = (int32_t)rows_int(rows, i, STORE_PIECES_SENSOR_ID),
		.from = rows_time(rows, i, STORE_PIECES_T_MIN),
		.to = rows_time(rows, i, STORE_PIECES_T_MAX),
	};
	struct bytes b = rows_bytes(rows, i, STORE_PIECES_PIECE);
	struct source *to = source_of(s, span.sensor);
	struct arena *a = tx_arena(s->tx);
	struct readings some;
	struct err *e;

	if (level == LEVEL_QUARANTINE) {
		losses_add(&s->lost, a, span);
		return NULL;
	}
	if (level == LEVEL_CHUNK && to != NULL &&
	    put_chunk(to, a, (struct chunk){ span.from, span.to, b }))
		return NULL;
	arena_reset(s->scratch);
	e = span.sensor == 0 ? block_decode(&some, s->scratch, b)
			     : run_decode(&some, s->scratch, b);
	if (e != NULL) {
		lose(s, e, span);
		return NULL;
	}
	(void)readings_settle(&some, s->scratch);
	if ((e = share_out(s, &some)) != NULL)
		return err_pass(e);
	return NULL;
}

struct err *
sources_load(struct sources *s, struct tx *tx, const int32_t *sensor, size_t n,
    int64_t from, int64_t to, bool landing)
{
	struct arena *a = tx_arena(tx);
	struct rows *rows;
	struct err *e;
	size_t k;
	int i;

	*s = (struct sources){ .tx = tx,
		.v = arena_array(a, n + 1, sizeof(*s->v)),
		.n = n,
		.from = from,
		.to = to };
	for (k = 0; k < n; k++)
		s->v[k].sensor = sensor[k];
	qsort(s->v, n, sizeof(*s->v), by_sensor);
	if ((e = tx_rows(&rows, tx, &q_store_pieces,
		 ARGS(A((int)tx_who(tx)->tenant), arr_int(a, sensor, n),
		     A_TIME(from), A_TIME(to), A(landing)))) != NULL)
		return err_pass(e);
	s->scratch = arena_new();
	for (i = 0; e == NULL && i < rows_count(rows); i++)
		e = take_row(s, rows, i);
	arena_free(s->scratch);
	if (e != NULL)
		return err_pass(e);
	for (k = 0; k < n; k++)
		(void)readings_settle(&s->v[k].more, a);
	return NULL;
}

/* The columns' part that lies in the window. */
static void
clip(struct run *r, int64_t from, int64_t to)
{
	size_t skip = 0;

	while (r->n > 0 && r->time[r->n - 1] >= to)
		r->n--;
	while (skip < r->n && r->time[skip] < from)
		skip++;
	r->n -= skip;
	r->time += skip;
	r->value += skip;
	r->quality += skip;
	r->rev += skip;
}

static void
from_columns(struct readings *out, struct arena *a, const struct run *r)
{
	size_t i;

	*out = (struct readings){ 0 };
	(void)readings_room(out, a, r->n);
	for (i = 0; i < r->n; i++)
		out->v[i] = (struct reading){ .time = r->time[i],
			.value = r->value[i],
			.sensor = r->sensor,
			.rev = r->rev[i],
			.quality = r->quality[i] };
	out->n = r->n;
}

/* A chunk, and what else there is of its stretch of time. */
static struct part
open_chunk(struct sources *s, struct source *from, const struct chunk *c,
    struct readings over, struct arena *scratch)
{
	struct run *r = arena_alloc(scratch, sizeof(*r));
	struct readings both[2], all;
	struct err *e;

	if ((e = run_columns(r, scratch, c->run)) != NULL) {
		lose(s, e, (struct lost){ from->sensor, c->from, c->to });
		return (struct part){ NULL, over.v, over.n };
	}
	clip(r, s->from, s->to);
	if (over.n == 0)
		return (struct part){ .run = r, .n = r->n };
	r->sensor = from->sensor;
	from_columns(&both[0], scratch, r);
	both[1] = over;
	(void)readings_merge(&all, scratch, both, 2);
	return (struct part){ NULL, all.v, all.n };
}

bool
source_next(struct part *out, struct sources *s, struct source *from,
    struct arena *scratch)
{
	struct reading *more = from->more.v + from->more_at;
	size_t left = from->more.n - from->more_at, n;

	arena_reset(scratch);
	if (from->at == from->n) {
		*out = (struct part){ NULL, more, left };
		from->more_at = from->more.n;
		return left > 0;
	}
	n = readings_from(more, left, from->chunk[from->at].from);
	if (n > 0) {
		*out = (struct part){ NULL, more, n };
	} else {
		const struct chunk *c = &from->chunk[from->at++];

		n = readings_from(more, left, c->to + 1);
		*out = open_chunk(s, from, c, (struct readings){ more, n, 0 },
		    scratch);
	}
	from->more_at += n;
	return true;
}

struct err *
source_rest(struct readings *out, struct arena *a, struct sources *s,
    struct source *from)
{
	struct arena *scratch = arena_new();
	struct err *e = NULL;
	struct part p;

	*out = (struct readings){ 0 };
	while (e == NULL && source_next(&p, s, from, scratch)) {
		struct readings r = { (struct reading *)p.v, p.n, 0 };

		if (out->n + p.n > STORE_READ_MAX) {
			e = too_big();
			break;
		}
		if (p.run != NULL)
			from_columns(&r, scratch, p.run);
		readings_add(out, a, &r);
	}
	arena_free(scratch);
	return e != NULL ? err_pass(e) : NULL;
}
