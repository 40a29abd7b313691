#include "store/lane.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "query.h"
#include "store/roll.h"

enum {
	PIECES_MAX = 64,   /* windows of raw readings; more become one */
	HOURS_MAX = 100000 /* that silence alone is worth */
};

/* A little more than the longest of its rows. */
static const struct {
	const struct stmt *stmt;
	int64_t reach, width;
	enum grain grain;
} levels[] = {
	[UNIT_HOUR] = { &q_lane_hours, 2 * CLOCK_HOUR, CLOCK_HOUR, GRAIN_HOUR },
	[UNIT_DAY] = { &q_lane_days, 50 * CLOCK_HOUR, 23 * CLOCK_HOUR,
	    GRAIN_DAY },
};

/* How one level of one lane is chosen. */
struct choice {
	struct lane *lane;
	const struct series *s;
	const struct grid *grid;
	struct arena *arena;
	enum unit unit;
	bool is_loose; /* silence within a row is not worth a look */
	bool is_new;   /* a counter has counted nothing yet since a piece */
	struct windows down;
};

size_t
grid_at(const struct grid *g, int64_t t)
{
	size_t low = 0, high = g->n;

	while (high - low > 1) {
		size_t mid = low + (high - low) / 2;

		if (g->edge[mid] <= t)
			low = mid;
		else
			high = mid;
	}
	return low;
}

static void
lane_add(struct lane *l, struct arena *a, const struct rollup *r)
{
	struct rollup *v;

	if (l->n == l->room) {
		l->room = l->room * 2 + 64;
		v = arena_array(a, l->room, sizeof(*v));
		if (l->n > 0)
			memcpy(v, l->row, l->n * sizeof(*v));
		l->row = v;
	}
	l->row[l->n++] = *r;
}

/* Nothing was silent in it for as long as a value holds, or all of it was. */
static bool
is_whole(const struct rollup *r)
{
	return r->held >= r->end - r->start || r->count + r->bad == 0;
}

static bool
is_inside(const struct grid *g, const struct rollup *r)
{
	return r->start >= g->edge[0] && r->start < g->edge[g->n] &&
	       r->end <= g->edge[grid_at(g, r->start) + 1];
}

/*
 * The first step of a counter behind a piece begins in it, or before the span:
 * the hour is counted by its readings.
 */
static bool
is_first(struct choice *c, const struct rollup *r)
{
	bool first =
	    c->s->is_counter && c->is_new && r->good_at != ROLLUP_NEVER;

	if (first)
		c->is_new = false;
	return first;
}

static void
take(struct choice *c, const struct rollup *r, bool is_exact)
{
	struct lane *l = c->lane;

	lane_add(l, c->arena, r);
	if (is_exact)
		return;
	if (levels[c->unit].grain > l->grain)
		l->grain = levels[c->unit].grain;
	if (r->end > l->coarse_to)
		l->coarse_to = r->end;
}

/* There are no readings any more to make it anew from. */
static bool
is_gone(const struct choice *c, const struct rollup *r)
{
	return (c->unit == UNIT_HOUR ? r->start + 1 : r->end) <= c->lane->floor;
}

/* A row into the lane, or what it stands for a level down. */
static void
choose(struct choice *c, const struct rollup *r)
{
	const struct grid *g = c->grid;
	struct lane *l = c->lane;
	bool whole = c->s->silence == 0 || is_whole(r);
	bool inside = is_inside(g, r), gone = is_gone(c, r);

	if (gone && c->unit == UNIT_HOUR) {
		l->gone_to = r->end;
		if (r->start >= g->edge[0])
			take(c, r, inside && whole);
		return;
	}
	if (!gone && (r->end > l->upto + 1 ||
			 windows_touch(&l->waits, r->start, r->end)))
		c->is_new = true;
	else if (inside && (whole || c->is_loose) &&
		 (gone || !is_first(c, r))) {
		take(c, r, whole);
		return;
	}
	windows_add(&c->down, c->arena,
	    r->start > g->edge[0] ? r->start : g->edge[0],
	    r->end < g->edge[g->n] ? r->end : g->edge[g->n]);
}

/* The windows of all lanes at one level, in one statement. */
static struct err *
fetch(struct rows **out, struct tx *tx, enum unit unit, const struct series *s,
    const struct windows *want, size_t n)
{
	struct arena *a = tx_arena(tx);
	int64_t *since, *from, *to, low = ROLLUP_EVER, high = ROLLUP_NEVER;
	size_t i, k, all = 0;
	struct err *e;
	int32_t *of;

	for (i = 0; i < n; i++)
		all += want[i].n;
	of = arena_array(a, all + 1, sizeof(*of));
	since = arena_array(a, all + 1, sizeof(*since));
	from = arena_array(a, all + 1, sizeof(*from));
	to = arena_array(a, all + 1, sizeof(*to));
	for (i = all = 0; i < n; i++)
		for (k = 0; k < want[i].n; k++, all++) {
			of[all] = s[i].sensor;
			from[all] = want[i].v[k].from;
			to[all] = want[i].v[k].to;
			since[all] = from[all] - levels[unit].reach;
			low = since[all] < low ? since[all] : low;
			high = to[all] > high ? to[all] : high;
		}
	*out = NULL;
	if (all > 0 &&
	    (e = tx_rows(out, tx, levels[unit].stmt,
		 ARGS(A((int)tx_who(tx)->tenant), arr_int(a, of, all),
		     arr_time(a, since, all), arr_time(a, from, all),
		     arr_time(a, to, all), A_TIME(low), A_TIME(high)))) != NULL)
		return err_pass(e);
	return NULL;
}

/* Rows of one sensor. */
struct some {
	struct rollup *v;
	size_t n;
};

/*
 * The rows by series.  Two windows of one row give it twice; it is taken once.
 */
static struct some *
sort_out(struct arena *a, const struct series *s, size_t n,
    const struct rows *rows)
{
	struct some *out = arena_array(a, n, sizeof(*out));
	size_t all = rows != NULL ? (size_t)rows_count(rows) : 0, i, k;
	struct rollup *v = arena_array(a, all + 1, sizeof(*v));
	struct some *of = NULL;

	for (i = 0; i < all; i++) {
		rollup_row(&v[i], a, rows, (int)i);
		if (i == 0 || v[i].sensor != v[i - 1].sensor) {
			for (k = 0; k + 1 < n && s[k].sensor != v[i].sensor;)
				k++;
			of = &out[k];
			of->v = &v[i];
		}
		if (of->n == 0 || v[i].start > of->v[of->n - 1].start)
			of->v[of->n++] = v[i];
	}
	return out;
}

/* What no row speaks for: too old for rollups, or waiting for them. */
static void
choose_windows(struct choice *c, const struct windows *want, int64_t first)
{
	const struct lane *l = c->lane;
	size_t i, k;

	for (i = 0; i < want->n; i++) {
		const struct window *w = &want->v[i];

		windows_add(&c->down, c->arena, w->from,
		    w->to < first ? w->to : first);
		for (k = 0; k < l->waits.n; k++) {
			const struct window *x = &l->waits.v[k];
			int64_t from = x->from > w->from ? x->from : w->from;

			windows_add(&c->down, c->arena,
			    from > l->floor ? from : l->floor,
			    x->to < w->to ? x->to : w->to);
		}
	}
}

/* One lane at one level; what is left for the next is in down. */
static void
choose_rows(struct choice *c, const struct some *rows,
    const struct windows *want)
{
	int64_t first = rows->n > 0 ? rows->v[0].start : ROLLUP_EVER;
	const struct windows *waits = &c->lane->waits;
	size_t i, k = 0, m = 0;

	c->down = (struct windows){ 0 };
	c->is_new = true;
	choose_windows(c, want, first);
	for (i = 0; i < rows->n; i++) {
		int64_t start = rows->v[i].start;

		for (; k < want->n && want->v[k].to <= start; k++)
			c->is_new = true;
		for (; m < waits->n && waits->v[m].from < start; m++)
			c->is_new = true;
		choose(c, &rows->v[i]);
	}
	windows_tidy(&c->down);
}

/*
 * The edges cut too many rows: of those that can be made from readings none
 * is worth it.
 */
static void
give_up(struct choice *c)
{
	struct lane *l = c->lane;
	struct windows left = { 0 };
	const int64_t *edge = c->grid->edge;
	int64_t from = l->floor > edge[0] ? l->floor : edge[0];
	size_t i, n = 0;

	for (i = 0; i < l->n; i++) {
		const struct rollup *r = &l->row[i];

		if (is_gone(c, r))
			l->row[n++] = *r;
		else
			windows_add(&left, c->arena, r->start,
			    r->end < l->floor ? r->end : l->floor);
	}
	l->n = n;
	for (i = 0; i < c->down.n; i++)
		windows_add(&left, c->arena, c->down.v[i].from,
		    c->down.v[i].to < l->floor ? c->down.v[i].to : l->floor);
	windows_tidy(&left);
	c->down = left;
	windows_add(&l->raw, c->arena, from, edge[c->grid->n]);
}

/* Everything that a choice is made of. */
struct chooser {
	struct tx *tx;
	const struct series *s;
	size_t n;
	const struct grid *grid;
	struct lane *lane;
	struct windows *want; /* of each, at this level */
};

/* What one lane makes of its rows at one level. */
static void
choose_lane(struct choice *c, const struct some *rows,
    const struct windows *want, int64_t *sum)
{
	const struct lane was = *c->lane;
	bool is_much;

	choose_rows(c, rows, want);
	*sum += windows_length(&c->down);
	is_much = c->unit == UNIT_DAY ? *sum > HOURS_MAX * CLOCK_HOUR
				      : c->down.n > PIECES_MAX;
	if (c->s->silence > 0 && is_much) {
		*c->lane = was;
		c->is_loose = true;
		choose_rows(c, rows, want);
	}
	if (c->down.n <= PIECES_MAX)
		return;
	*c->lane = was;
	c->is_loose = false;
	choose_rows(c, rows, want);
	give_up(c);
}

/* One level of all lanes, with as close a look at silence as is affordable. */
static struct err *
level(struct chooser *x, enum unit unit)
{
	struct arena *a = tx_arena(x->tx);
	struct rows *rows;
	struct some *some;
	int64_t sum = 0;
	struct err *e;
	size_t i;

	if ((e = fetch(&rows, x->tx, unit, x->s, x->want, x->n)) != NULL)
		return err_pass(e);
	some = sort_out(a, x->s, x->n, rows);
	for (i = 0; i < x->n; i++) {
		struct choice c = { .lane = &x->lane[i],
			.s = &x->s[i],
			.grid = x->grid,
			.arena = a,
			.unit = unit };

		choose_lane(&c, &some[i], &x->want[i], &sum);
		x->want[i] = c.down;
	}
	return NULL;
}

static int64_t
widest(const struct grid *g)
{
	int64_t width = 0;
	size_t i;

	for (i = 0; i < g->n; i++)
		if (g->edge[i + 1] - g->edge[i] > width)
			width = g->edge[i + 1] - g->edge[i];
	return width;
}

/* What the rollups may speak for, of each lane, and the rest is raw. */
static void
begin(struct chooser *x, int64_t width)
{
	const struct grid *g = x->grid;
	struct arena *a = tx_arena(x->tx);
	size_t i;

	for (i = 0; i < x->n; i++) {
		struct lane *l = &x->lane[i];
		int64_t to = width >= CLOCK_HOUR ? l->upto + 1 : l->floor;

		if (to < l->floor)
			to = l->floor;
		if (l->upto == ROLLUP_NEVER || to < g->edge[0])
			to = g->edge[0];
		if (to > g->edge[g->n])
			to = g->edge[g->n];
		windows_add(&x->want[i], a, g->edge[0], to);
		windows_add(&l->raw, a, to, g->edge[g->n]);
	}
}

static int
by_start(const void *a, const void *b)
{
	const struct rollup *x = a, *y = b;

	return (x->start > y->start) - (x->start < y->start);
}

/* What is left of all levels is raw; none of it lies under a row. */
static void
finish(struct lanes *out, const struct chooser *x)
{
	struct arena *a = tx_arena(x->tx);
	size_t i, k;

	for (i = 0; i < x->n; i++) {
		struct lane *l = &x->lane[i];
		struct windows *w = &x->want[i];

		for (k = 0; k < w->n; k++)
			windows_add(&l->raw, a, w->v[k].from, w->v[k].to);
		windows_tidy(&l->raw);
		for (k = 0; k < l->raw.n; k++) {
			struct window *p = &l->raw.v[k];

			if (p->to > l->floor && p->from < l->gone_to)
				p->from =
				    l->gone_to < p->to ? l->gone_to : p->to;
			windows_add(&out->walk, a, p->from, p->to);
		}
		if (l->n > 1)
			qsort(l->row, l->n, sizeof(*l->row), by_start);
	}
	windows_tidy(&out->walk);
	if (out->walk.n > PIECES_MAX) {
		out->walk.v[0].to = out->walk.v[out->walk.n - 1].to;
		out->walk.n = 1;
	}
}

struct err *
lanes_choose(struct lanes *out, struct tx *tx, const struct series *s, size_t n,
    const struct grid *grid)
{
	struct arena *a = tx_arena(tx);
	struct chooser x = { .tx = tx, .s = s, .n = n, .grid = grid };
	int64_t width = widest(grid);
	bool days = width >= levels[UNIT_DAY].width;
	struct err *e;

	*out = (struct lanes){ .v = arena_array(a, n, sizeof(*out->v)) };
	x.lane = out->v;
	x.want = arena_array(a, n, sizeof(*x.want));
	if ((e = lanes_cover(out->v, tx, s, n, grid)) != NULL)
		return err_pass(e);
	begin(&x, width);
	if ((days && (e = level(&x, UNIT_DAY)) != NULL) ||
	    (e = level(&x, UNIT_HOUR)) != NULL)
		return err_pass(e);
	finish(out, &x);
	return NULL;
}

void
lanes_plain(struct lanes *out, struct arena *a, size_t n, const struct grid *g)
{
	size_t i;

	*out = (struct lanes){ .v = arena_array(a, n, sizeof(*out->v)) };
	windows_add(&out->walk, a, g->edge[0], g->edge[g->n]);
	for (i = 0; i < n; i++)
		windows_add(&out->v[i].raw, a, g->edge[0], g->edge[g->n]);
}

const struct window *
lane_piece(struct lane *l, int64_t t)
{
	while (l->raw_at < l->raw.n && l->raw.v[l->raw_at].to <= t)
		l->raw_at++;
	return l->raw_at < l->raw.n ? &l->raw.v[l->raw_at] : NULL;
}
