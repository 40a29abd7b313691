/* Some sensors' spans, rolled together over a piece of time. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/zone.h"
#include "query.h"
#include "store/roll.h"

/* How far back a value may still hold, in hours of any length. */
#define REACH (HOLD_MAX + CLOCK_DAY)

static int64_t
later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static int64_t
earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* Where a track begins and ends; up to `edge` in this pass. */
static void
lay(struct track *t, struct item *item, int64_t edge)
{
	const struct subject *of = item->of;
	int64_t end;

	*t = (struct track){ .item = item, .seen = ROLLUP_NEVER };
	t->carry.holds_to = t->carry.good.at = ROLLUP_NEVER;
	if (item->is_newer) {
		t->start = calendar_floor(UNIT_HOUR, of->upto);
		t->from = later(of->upto + 1, item->from);
		t->to = earlier(edge, item->last + 1);
		t->edge = ROLLUP_EVER;
		t->is_last = item->last < edge;
		return;
	}
	end = item->is_one ? item->last : item->last + of->meaning.hold;
	end = calendar_next(UNIT_HOUR, end);
	t->start = t->from =
	    calendar_floor(UNIT_HOUR, later(item->from, of->floor));
	t->edge = later(earlier(edge, end), t->start);
	t->to = earlier(t->edge, of->upto + 1);
	t->is_last = end <= edge;
}

/* A newer track that finds no hour to go on with makes it from the start. */
static void
start_over(struct track *t)
{
	t->start = later(t->start, t->item->of->floor);
	t->from = t->start;
}

/* The edges that the tracks may come to. */
static void
mark_out(struct pass *p)
{
	int64_t from = ROLLUP_EVER, to = ROLLUP_NEVER;
	size_t i;

	for (i = 0; i < p->n; i++) {
		const struct track *t = &p->track[i];

		from = earlier(from, t->start);
		to = later(to, later(t->to, t->start));
		if (t->edge != ROLLUP_EVER)
			to = later(to, t->edge);
		else
			to = later(to, t->to + t->item->of->meaning.hold);
	}
	/* The floor of a track that starts over may lie further on. */
	for (i = 0; i < p->n; i++)
		to = later(to, p->track[i].item->of->floor);
	p->edges = calendar_edges(p->plan->arena, UNIT_HOUR, from,
	    to + 2 * CLOCK_HOUR);
}

static struct track *
track_of(const struct pass *p, int32_t sensor)
{
	size_t low = 0, high = p->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (p->track[middle].item->of->meaning.sensor < sensor)
			low = middle + 1;
		else
			high = middle;
	}
	return &p->track[low];
}

/* The hours that newer tracks go on with. */
static struct err *
load_open(struct pass *p)
{
	struct plan *plan = p->plan;
	struct spans want = { 0 };
	struct rollup *hour;
	struct rows *rows;
	struct err *e;
	size_t i;
	int r;

	for (i = 0; i < p->n; i++)
		if (p->track[i].item->is_newer)
			spans_add(&want, plan->arena,
			    p->track[i].item->of->meaning.sensor,
			    p->track[i].start, 0);
	if (want.n == 0)
		return NULL;
	if ((e = tx_rows(&rows, plan->tx, &q_rollup_open,
		 ARGS(plan->tenant, arr_int(plan->arena, want.sensor, want.n),
		     arr_time(plan->arena, want.from, want.n)))) != NULL)
		return err_pass(e);
	hour =
	    arena_array(plan->arena, (size_t)rows_count(rows), sizeof(*hour));
	for (r = 0; r < rows_count(rows); r++) {
		rollup_row(&hour[r], plan->arena, rows, r);
		track_of(p, hour[r].sensor)->open = &hour[r];
	}
	for (i = 0; i < p->n; i++)
		if (p->track[i].item->is_newer && p->track[i].open == NULL)
			start_over(&p->track[i]);
	return NULL;
}

/* What holds on from before the tracks that begin anew. */
static struct err *
load_before(struct pass *p)
{
	struct plan *plan = p->plan;
	struct spans want = { 0 };
	struct rows *rows;
	struct err *e;
	size_t i;
	int r;

	for (i = 0; i < p->n; i++)
		if (p->track[i].open == NULL)
			spans_add(&want, plan->arena,
			    p->track[i].item->of->meaning.sensor,
			    p->track[i].start, 0);
	if (want.n == 0)
		return NULL;
	if ((e = tx_rows(&rows, plan->tx, &q_rollup_before,
		 ARGS(plan->tenant, arr_int(plan->arena, want.sensor, want.n),
		     arr_time(plan->arena, want.from, want.n),
		     A((long)(REACH / CLOCK_S))))) != NULL)
		return err_pass(e);
	for (r = 0; r < rows_count(rows); r++) {
		struct track *t = track_of(p,
		    (int32_t)rows_int(rows, r, ROLLUP_BEFORE_SENSOR_ID));

		t->carry.value = rows_real(rows, r, ROLLUP_BEFORE_LAST);
		t->carry.holds_to = rows_time(rows, r, ROLLUP_BEFORE_HOLDS_TO);
	}
	return NULL;
}

/* What counters count from, where it is not known; no older than `reach`. */
static struct err *
load_good(struct pass *p, int64_t reach)
{
	struct plan *plan = p->plan;
	struct spans want = { 0 };
	struct rows *rows;
	struct err *e;
	size_t i;
	int r;

	for (i = 0; i < p->n; i++) {
		const struct track *t = &p->track[i];

		if (t->item->of->meaning.kind == KIND_COUNTER &&
		    t->carry.good.at == ROLLUP_NEVER)
			spans_add(&want, plan->arena,
			    t->item->of->meaning.sensor, t->start, 0);
	}
	if (want.n == 0)
		return NULL;
	if ((e = tx_rows(&rows, plan->tx, &q_rollup_good,
		 ARGS(plan->tenant, arr_int(plan->arena, want.sensor, want.n),
		     arr_time(plan->arena, want.from, want.n),
		     A((long)(reach / CLOCK_S))))) != NULL)
		return err_pass(e);
	for (r = 0; r < rows_count(rows); r++)
		track_of(p, (int32_t)rows_int(rows, r, ROLLUP_GOOD_SENSOR_ID))
		    ->carry.good = (struct count){
			rows_time(rows, r, ROLLUP_GOOD_GOOD_AT),
			rows_real(rows, r, ROLLUP_GOOD_GOOD),
		};
	return NULL;
}

/* What the tracks begin with. */
static struct err *
load_carries(struct pass *p)
{
	struct err *e;
	size_t i;

	for (i = 0; i < p->n; i++) {
		struct track *t = &p->track[i];

		if (t->open != NULL && t->open->good_at != ROLLUP_NEVER)
			t->carry.good =
			    (struct count){ t->open->good_at, t->open->good };
	}
	/* Nearly always it is near. */
	if ((e = load_before(p)) != NULL || (e = load_good(p, REACH)) != NULL ||
	    (e = load_good(p, ROLLUP_EVER - ROLLUP_NEVER)) != NULL)
		return err_pass(e);
	return NULL;
}

static void
begin(struct pass *p)
{
	size_t i;

	for (i = 0; i < p->n; i++) {
		struct track *t = &p->track[i];

		t->roller.meaning = &t->item->of->meaning;
		t->roller.edges = &p->edges;
		t->roller.arena = p->plan->arena;
		if (t->open != NULL)
			roller_resume(&t->roller, t->open, &t->carry);
		else
			roller_begin(&t->roller, t->start, &t->carry);
	}
}

/* The hours that are no more, unless they came out again. */
static void
outdated(struct spans *gone, const struct track *t, struct arena *a)
{
	const struct subject *of = t->item->of;
	const struct roller *r = &t->roller;
	bool is_all = t->item->is_newer || (t->is_last && !t->item->is_one &&
					       t->item->last >= of->upto);

	if (t->open == NULL)
		spans_add(gone, a, of->meaning.sensor, t->start,
		    is_all ? ROLLUP_EVER : t->edge);
	else if (r->carry.holds_to < t->open->holds_to)
		spans_add(gone, a, of->meaning.sensor, r->open.end,
		    ROLLUP_EVER);
}

/* End the tracks, and note in their items how far they came. */
static void
finish(struct pass *p, int64_t edge, struct spans *gone, struct spans *after)
{
	size_t i;

	for (i = 0; i < p->n; i++) {
		struct track *t = &p->track[i];
		struct subject *of = t->item->of;

		roller_end(&t->roller, t->edge);
		p->buckets += t->roller.out.n;
		outdated(gone, t, p->plan->arena);
		if (t->is_last && !t->item->is_newer && !t->item->is_one &&
		    of->meaning.kind == KIND_COUNTER)
			spans_add(after, p->plan->arena, of->meaning.sensor,
			    t->edge, 0);
		if (t->item->is_newer) {
			of->upto = later(of->upto, t->seen);
			if (t->is_last)
				of->upto = later(of->upto, t->item->last);
		}
		t->item->from = t->is_last ? ROLLUP_EVER : edge;
	}
}

/* The hours of all tracks, by sensor and start, and of which kind each is. */
static void
collect(struct rollups *hours, int16_t **kind, const struct pass *p)
{
	size_t i, n = 0;

	for (i = 0; i < p->n; i++)
		n += p->track[i].roller.out.n;
	hours->v = arena_array(p->plan->arena, n, sizeof(*hours->v));
	hours->n = 0;
	*kind = arena_array(p->plan->arena, n, sizeof(**kind));
	for (i = 0; i < p->n; i++) {
		const struct rollups *out = &p->track[i].roller.out;
		size_t k;

		for (k = 0; k < out->n; k++) {
			(*kind)[hours->n] =
			    (int16_t)p->track[i].roller.meaning->kind;
			hours->v[hours->n++] = out->v[k];
		}
	}
}

static struct err *
clear(struct pass *p, const struct rollups *hours, struct spans *gone)
{
	struct plan *plan = p->plan;
	struct arena *a = plan->arena;
	struct spans kept = { 0 };
	int64_t from, to;
	struct err *e;
	size_t i;

	spans_reach(&from, &to, gone);
	for (i = 0; i < hours->n; i++)
		spans_add(&kept, a, hours->v[i].sensor, hours->v[i].start, 0);
	if ((e = tx_send(plan->tx, &q_rollup_clear,
		 ARGS(plan->tenant, arr_int(a, gone->sensor, gone->n),
		     arr_time(a, gone->from, gone->n),
		     arr_time(a, gone->to, gone->n),
		     arr_int(a, kept.sensor, kept.n),
		     arr_time(a, kept.from, kept.n), A_TIME(from),
		     A_TIME(to)))) != NULL)
		return err_pass(e);
	for (i = 0; i < gone->n; i++)
		gone->from[i] = calendar_floor(UNIT_DAY, gone->from[i]);
	e = tx_send(plan->tx, &q_rollup_clear_days,
	    ARGS(plan->tenant, arr_int(a, gone->sensor, gone->n),
		arr_time(a, gone->from, gone->n),
		arr_time(a, gone->to, gone->n)));
	return e != NULL ? err_pass(e) : NULL;
}

static struct err *
write_all(struct pass *p, struct spans *gone)
{
	struct plan *plan = p->plan;
	struct spans days = { 0 };
	struct rollups hours;
	int16_t *kind;
	struct err *e;

	if (p->is_lost)
		gone->n = 0;
	collect(&hours, &kind, p);
	pass_days_of(&days, p, &hours, gone);
	if ((e = rollup_put(plan->tx, UNIT_HOUR, &hours, kind, !p->is_lost)) !=
		NULL ||
	    (gone->n > 0 && (e = clear(p, &hours, gone)) != NULL) ||
	    (e = pass_days(p, &days)) != NULL)
		return err_pass(e);
	return NULL;
}

/* Hours whose first step goes back to before the end of what was made anew. */
static struct err *
find_next(struct items *next, const struct pass *p, const struct spans *after)
{
	struct plan *plan = p->plan;
	struct rows *rows;
	struct err *e;
	int r;

	if (after->n == 0)
		return NULL;
	if ((e = tx_rows(&rows, plan->tx, &q_rollup_after,
		 ARGS(plan->tenant,
		     arr_int(plan->arena, after->sensor, after->n),
		     arr_time(plan->arena, after->from, after->n)))) != NULL)
		return err_pass(e);
	for (r = 0; r < rows_count(rows); r++) {
		int64_t start = rows_time(rows, r, ROLLUP_AFTER_START);

		items_add(next, plan->arena,
		    &(struct item){
			.of = plan_subject(plan,
			    (int32_t)rows_int(rows, r, ROLLUP_AFTER_SENSOR_ID)),
			.from = start,
			.last = start,
			.is_one = true,
		    });
	}
	return NULL;
}

void
spans_add(struct spans *s, struct arena *a, int32_t sensor, int64_t from,
    int64_t to)
{
	struct spans old = *s;

	if (s->n == s->room) {
		s->room = s->room * 2 + 64;
		s->sensor = arena_array(a, s->room, sizeof(*s->sensor));
		s->from = arena_array(a, s->room, sizeof(*s->from));
		s->to = arena_array(a, s->room, sizeof(*s->to));
		if (s->n > 0) {
			memcpy(s->sensor, old.sensor,
			    s->n * sizeof(*s->sensor));
			memcpy(s->from, old.from, s->n * sizeof(*s->from));
			memcpy(s->to, old.to, s->n * sizeof(*s->to));
		}
	}
	s->sensor[s->n] = sensor;
	s->from[s->n] = from;
	s->to[s->n] = to;
	s->n++;
}

void
spans_reach(int64_t *from, int64_t *to, const struct spans *s)
{
	size_t i;

	*from = ROLLUP_EVER;
	*to = ROLLUP_NEVER;
	for (i = 0; i < s->n; i++) {
		*from = earlier(*from, s->from[i]);
		*to = later(*to, s->to[i]);
	}
}

struct err *
pass_run(struct pass *p, struct plan *plan, struct item **item, size_t n,
    int64_t edge, struct items *next)
{
	struct spans gone = { 0 }, after = { 0 };
	struct err *e;
	size_t i;

	*p = (struct pass){ .plan = plan, .n = n };
	p->track = arena_array(plan->arena, n, sizeof(*p->track));
	zone_use(item[0]->of->zone);
	for (i = 0; i < n; i++)
		lay(&p->track[i], item[i], edge);
	if ((e = load_open(p)) != NULL || (e = load_carries(p)) != NULL)
		return err_pass(e);
	mark_out(p);
	begin(p);
	if ((e = pass_feed(p)) != NULL)
		return err_pass(e);
	finish(p, edge, &gone, &after);
	if ((e = write_all(p, &gone)) != NULL ||
	    (e = find_next(next, p, &after)) != NULL)
		return err_pass(e);
	return NULL;
}
