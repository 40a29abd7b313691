#include "store/chunk.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "query.h"
#include "store/block.h"
#include "store/damage.h"

/* A chunk that is there, as far as the plan needs it. */
struct near {
	int32_t sensor;
	int64_t t_min, t_max;
	size_t n;
	bool is_taken; /* to be replaced */
};

/* Everything of a sensor up to an instant becomes chunks of its own. */
struct region {
	int32_t sensor;
	int64_t end;
};

struct join {
	struct tx *tx;
	struct arena *arena;
	const struct readings *add;
	struct near *near; /* by sensor, then by time */
	size_t nears;
	struct region *region;
	size_t regions;
};

/* Columns of the chunks to write. */
struct put {
	int32_t *sensor, *n, *start, *length;
	int64_t *t_min, *t_max;
	size_t chunks;
	struct buf runs;
};

int64_t
chunk_day(int64_t time)
{
	int64_t over = time % CLOCK_DAY;

	return time - (over < 0 ? over + CLOCK_DAY : over);
}

/* How many of the readings from i on are of its sensor and day. */
static size_t
of_day(const struct readings *r, size_t i)
{
	int64_t day = chunk_day(r->v[i].time);
	size_t n = 1;

	while (i + n < r->n && r->v[i + n].sensor == r->v[i].sensor &&
	       r->v[i + n].time - day < CLOCK_DAY)
		n++;
	return n;
}

static struct err *
load_near(struct join *j)
{
	const struct readings *add = j->add;
	int32_t *sensor = arena_array(j->arena, add->n, sizeof(*sensor));
	int64_t *day = arena_array(j->arena, add->n, sizeof(*day));
	struct rows *rows;
	struct err *e;
	size_t i, n = 0;

	for (i = 0; i < add->n; i += of_day(add, i)) {
		sensor[n] = add->v[i].sensor;
		day[n++] = chunk_day(add->v[i].time);
	}
	if ((e = tx_rows(&rows, j->tx, &q_store_chunk_near,
		 ARGS(A((int)tx_who(j->tx)->tenant),
		     arr_int(j->arena, sensor, n),
		     arr_time(j->arena, day, n)))) != NULL)
		return err_pass(e);
	j->nears = (size_t)rows_count(rows);
	j->near = arena_array(j->arena, j->nears, sizeof(*j->near));
	for (i = 0; i < j->nears; i++)
		j->near[i] = (struct near){
			.sensor = (int32_t)rows_int(rows, (int)i,
			    STORE_CHUNK_NEAR_SENSOR_ID),
			.t_min =
			    rows_time(rows, (int)i, STORE_CHUNK_NEAR_T_MIN),
			.t_max =
			    rows_time(rows, (int)i, STORE_CHUNK_NEAR_T_MAX),
			.n = (size_t)rows_int(rows, (int)i, STORE_CHUNK_NEAR_N),
		};
	/* A region a chunk and one a day, at most. */
	j->region = arena_array(j->arena, j->nears + n, sizeof(*j->region));
	return NULL;
}

/* A stretch of the day between two chunks that stay as they are. */
struct stretch {
	size_t first;  /* of the chunks in it */
	size_t sure;   /* readings it will hold at least */
	bool is_new;   /* something joins here */
	int64_t until; /* the last instant of its chunks */
};

/* The stretch ends before chunk e. */
static void
end_stretch(struct join *j, struct stretch *s, size_t e, int32_t sensor,
    int64_t end)
{
	size_t i;

	if (s->is_new) {
		for (i = s->first; i < e; i++)
			j->near[i].is_taken = true;
		j->region[j->regions++] = (struct region){ sensor, end };
	}
	*s = (struct stretch){ .first = e + 1, .until = INT64_MIN };
}

/*
 * Decide about one sensor and day: readings v[0..n) join the chunks from *e
 * on.  A large chunk that nothing falls into ends a stretch, unless what
 * stands before it would be too small to stand alone.
 */
static void
plan_day(struct join *j, size_t *e, const struct reading *v, size_t n)
{
	int64_t day = chunk_day(v->time);
	struct stretch s = { .first = *e, .until = INT64_MIN };
	size_t i = 0, inside;

	for (; *e < j->nears && j->near[*e].sensor == v->sensor &&
	       chunk_day(j->near[*e].t_min) == day;
	     (*e)++) {
		const struct near *c = &j->near[*e];

		for (; i < n && v[i].time < c->t_min; i++) {
			s.sure++;
			s.is_new = true;
		}
		for (inside = i; i < n && v[i].time <= c->t_max; i++)
			;
		inside = i - inside;
		if (inside == 0 && c->n >= CHUNK_MIN && c->t_min > s.until &&
		    (!s.is_new || s.sure >= CHUNK_MIN)) {
			end_stretch(j, &s, *e, v->sensor, c->t_min - 1);
			continue;
		}
		s.sure += c->n;
		s.is_new |= inside > 0;
		if (c->t_max > s.until)
			s.until = c->t_max;
	}
	s.is_new |= i < n;
	end_stretch(j, &s, *e, v->sensor, day + CLOCK_DAY - 1);
}

static void
plan(struct join *j)
{
	const struct readings *add = j->add;
	size_t i, n, e = 0;

	for (i = 0; i < add->n; i += n) {
		int64_t day = chunk_day(add->v[i].time);

		n = of_day(add, i);
		while (e < j->nears &&
		       (j->near[e].sensor < add->v[i].sensor ||
			   (j->near[e].sensor == add->v[i].sensor &&
			       j->near[e].t_min < day)))
			e++;
		plan_day(j, &e, add->v + i, n);
	}
}

static bool
is_as_told(const struct readings *r, const struct damage *d)
{
	return r->n > 0 && r->n == d->n && r->v[0].sensor == d->sensor &&
	       r->v[0].time == d->t_min && r->v[r->n - 1].time == d->t_max;
}

/* One chunk's readings; none, and a note, when it is damaged. */
static struct err *
decode(struct readings *out, struct join *j, const struct rows *rows, int r)
{
	struct bytes run = rows_bytes(rows, r, STORE_CHUNK_TAKE_RUN);
	struct damage d = {
		.level = "chunk",
		.sensor =
		    (int32_t)rows_int(rows, r, STORE_CHUNK_TAKE_SENSOR_ID),
		.t_min = rows_time(rows, r, STORE_CHUNK_TAKE_T_MIN),
		.t_max = rows_time(rows, r, STORE_CHUNK_TAKE_T_MAX),
		.n = (size_t)rows_int(rows, r, STORE_CHUNK_TAKE_N),
		.bytes = run,
	};
	struct err *e = run_decode(out, j->arena, run);

	if (e == NULL && is_as_told(out, &d))
		return NULL;
	d.why = damage_why(j->arena, e);
	*out = (struct readings){ 0 };
	e = damage_note(j->tx, &d);
	return e != NULL ? err_pass(e) : NULL;
}

/* Take the chunks that are to be replaced; their readings, settled. */
static struct err *
take(struct readings *old, struct join *j)
{
	int32_t *sensor = arena_array(j->arena, j->nears, sizeof(*sensor));
	int64_t *t_min = arena_array(j->arena, j->nears, sizeof(*t_min));
	struct readings one;
	struct rows *rows;
	struct err *e;
	size_t i, n = 0;
	int r;

	*old = (struct readings){ 0 };
	for (i = 0; i < j->nears; i++) {
		if (!j->near[i].is_taken)
			continue;
		sensor[n] = j->near[i].sensor;
		t_min[n++] = j->near[i].t_min;
	}
	if (n == 0)
		return NULL;
	if ((e = tx_rows(&rows, j->tx, &q_store_chunk_take,
		 ARGS(A((int)tx_who(j->tx)->tenant),
		     arr_int(j->arena, sensor, n),
		     arr_time(j->arena, t_min, n)))) != NULL)
		return err_pass(e);
	for (r = 0; r < rows_count(rows); r++) {
		if ((e = decode(&one, j, rows, r)) != NULL)
			return err_pass(e);
		readings_add(old, j->arena, &one);
	}
	(void)readings_settle(old, j->arena);
	return NULL;
}

static void
put_one(struct put *p, struct arena *a, const struct reading *v, size_t n)
{
	struct bytes run = run_encode(a, v, n);
	size_t k = p->chunks++;

	p->sensor[k] = v->sensor;
	p->t_min[k] = v->time;
	p->t_max[k] = v[n - 1].time;
	p->n[k] = (int32_t)n;
	p->start[k] = (int32_t)p->runs.n;
	p->length[k] = (int32_t)run.n;
	buf_put(&p->runs, run.p, run.n);
}

/* Cut each region's readings into chunks of about one size; how many in all. */
static size_t
cut(struct put *p, struct join *j, const struct readings *all)
{
	size_t i, k, n, done, at = 0;

	for (i = 0; i < j->regions; i++) {
		const struct region *g = &j->region[i];

		for (n = 0;
		     at + n < all->n && all->v[at + n].sensor == g->sensor &&
		     all->v[at + n].time <= g->end;
		     n++)
			;
		k = (n + CHUNK_MAX - 1) / CHUNK_MAX;
		for (done = 0; k > 0; k--) {
			size_t some = (n - done) / k;

			put_one(p, j->arena, all->v + at + done, some);
			done += some;
		}
		at += n;
	}
	return at;
}

static struct err *
write_all(size_t *written, struct join *j, const struct readings *all)
{
	size_t room = all->n / CHUNK_MIN + j->regions + 1;
	struct arena *a = j->arena;
	struct put p = {
		.sensor = arena_array(a, room, sizeof(*p.sensor)),
		.n = arena_array(a, room, sizeof(*p.n)),
		.start = arena_array(a, room, sizeof(*p.start)),
		.length = arena_array(a, room, sizeof(*p.length)),
		.t_min = arena_array(a, room, sizeof(*p.t_min)),
		.t_max = arena_array(a, room, sizeof(*p.t_max)),
		.runs = buf_new(a, all->n * 2 + 64),
	};
	struct rows *rows;
	struct err *e;
	size_t n;

	if ((n = cut(&p, j, all)) != all->n)
		return err_raise(ERR_BUG, "Something went wrong on our side.",
		    "%zu of %zu readings have a place", n, all->n);
	if ((e = tx_rows(&rows, j->tx, &q_store_chunk_put,
		 ARGS(A((int)tx_who(j->tx)->tenant),
		     arr_int(a, p.sensor, p.chunks),
		     arr_time(a, p.t_min, p.chunks),
		     arr_time(a, p.t_max, p.chunks), arr_int(a, p.n, p.chunks),
		     arr_int(a, p.start, p.chunks),
		     arr_int(a, p.length, p.chunks),
		     A(((struct bytes){ p.runs.p, p.runs.n }))))) != NULL)
		return err_pass(e);
	*written = p.chunks;
	return NULL;
}

struct err *
chunk_join(size_t *written, struct tx *tx, const struct readings *add)
{
	struct join j = { .tx = tx, .arena = tx_arena(tx), .add = add };
	struct readings in[2], all;
	struct err *e;

	*written = 0;
	if (add->n == 0)
		return NULL;
	if ((e = load_near(&j)) != NULL)
		return err_pass(e);
	plan(&j);
	if ((e = take(&in[0], &j)) != NULL)
		return err_pass(e);
	in[1] = *add;
	(void)readings_merge(&all, j.arena, in, 2);
	if ((e = write_all(written, &j, &all)) != NULL)
		return err_pass(e);
	return NULL;
}

struct err *
chunk_own(bool *own, struct tx *tx)
{
	struct arg tenant = A((int)tx_who(tx)->tenant);
	struct rows *rows;
	struct err *e;

	if ((e = tx_send(tx, &q_store_packing_make, &tenant, 1)) != NULL ||
	    (e = tx_rows(&rows, tx, &q_store_packing_own, &tenant, 1)) != NULL)
		return err_pass(e);
	*own = rows_count(rows) > 0;
	return NULL;
}

struct err *
chunk_remove(struct tx *tx, int32_t sensor, int64_t t_min)
{
	struct join j = { .tx = tx, .arena = tx_arena(tx) };
	struct near one = { sensor, t_min, t_min, 0, true };
	struct region all = { sensor, INT64_MAX };
	struct readings old;
	struct err *e;
	size_t n;
	bool own;

	if ((e = chunk_own(&own, tx)) != NULL)
		return err_pass(e);
	if (!own)
		return NULL;
	j.near = &one;
	j.nears = 1;
	if ((e = take(&old, &j)) != NULL)
		return err_pass(e);
	if (old.n == 0)
		return NULL;
	/* It was replaced while we were looking, and is well. */
	j.region = &all;
	j.regions = 1;
	e = write_all(&n, &j, &old);
	return e != NULL ? err_pass(e) : NULL;
}
