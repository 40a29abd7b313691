/* One transaction of the rollups: what is new, then what came late. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/zone.h"
#include "query.h"
#include "store/roll.h"
#include "store/rollup.h"

enum {
	PAUSE_S = 30,		/* between looks at what is new */
	READINGS_MAX = 1000000, /* a transaction reads about so many, */
	BUCKETS_MAX = 20000,	/* or writes so many, */
	PASSES_MAX = 200,	/* or takes so many passes */
	DENSE = 500000,		/* a pass that read more was too long, */
	SPARSE = 50000		/* one that read less too short */
};

#define STEP_MIN CLOCK_HOUR
#define STEP_MAX (32 * CLOCK_DAY)

/* How far the work of a list has come. */
struct work {
	struct plan *plan;
	struct rolled *out;
	struct items *next;
	int64_t step; /* how long a pass is */
	size_t readings, buckets, passes;
};

static int
by_zone_from(const void *a, const void *b)
{
	const struct item *x = a, *y = b;
	int zone = strcmp(x->of->zone, y->of->zone);

	if (zone != 0)
		return zone;
	if (x->from != y->from)
		return x->from < y->from ? -1 : 1;
	return (x->of->meaning.sensor > y->of->meaning.sensor) -
	       (x->of->meaning.sensor < y->of->meaning.sensor);
}

static int
by_sensor(const void *a, const void *b)
{
	const struct item *const *x = a, *const *y = b;
	int32_t s = (*x)->of->meaning.sensor, t = (*y)->of->meaning.sensor;

	return (s > t) - (s < t);
}

static bool
is_spent(const struct work *w)
{
	return w->readings >= READINGS_MAX || w->buckets >= BUCKETS_MAX ||
	       w->passes >= PASSES_MAX;
}

/* How many items from i on can go together. */
static size_t
group(struct work *w, const struct items *s, size_t i)
{
	size_t mark = ++w->plan->passes, n = 0;

	for (; i + n < s->n && n < PASS_SENSORS; n++) {
		struct item *item = &s->v[i + n];

		if (item->of->pass == mark ||
		    item->from >= s->v[i].from + w->step ||
		    strcmp(item->of->zone, s->v[i].of->zone) != 0)
			break;
		item->of->pass = mark;
	}
	return n;
}

/* Those of a group that this pass is about, and where it ends; 0: all done. */
static size_t
choose(struct item **out, int64_t *edge, struct item *v, size_t n, int64_t step)
{
	int64_t from = ROLLUP_EVER;
	size_t i, k = 0;

	for (i = 0; i < n; i++)
		if (v[i].from < from)
			from = v[i].from;
	if (from == ROLLUP_EVER)
		return 0;
	zone_use(v[0].of->zone);
	*edge = calendar_next(UNIT_HOUR, from + step - 1);
	for (i = 0; i < n; i++)
		if (v[i].from < *edge)
			out[k++] = &v[i];
	qsort(out, k, sizeof(*out), by_sensor);
	return k;
}

/* Roll a list, until it or the budget is at its end. */
static struct err *
roll(struct work *w, struct items *s)
{
	struct arena *a = w->plan->arena;
	struct item **some = arena_array(a, s->n, sizeof(struct item *));
	struct pass pass;
	struct err *e;
	size_t i, n, k;
	int64_t edge;

	if (s->n > 1)
		qsort(s->v, s->n, sizeof(*s->v), by_zone_from);
	for (i = 0; i < s->n && !is_spent(w); i += n) {
		n = group(w, s, i);
		while (!is_spent(w) &&
		       (k = choose(some, &edge, &s->v[i], n, w->step)) > 0) {
			if ((e = pass_run(&pass, w->plan, some, k, edge,
				 w->next)) != NULL)
				return err_pass(e);
			w->readings += pass.readings;
			w->buckets += pass.buckets;
			w->passes++;
			if (pass.readings > DENSE && w->step > STEP_MIN)
				w->step /= 2;
			if (pass.readings < SPARSE && w->step < STEP_MAX)
				w->step *= 2;
		}
	}
	w->out->readings += w->readings;
	w->out->buckets += w->buckets;
	w->out->more |= is_spent(w);
	return NULL;
}

/* The lists of the plan, one after the other. */
static struct err *
roll_all(struct rolled *out, struct plan *p)
{
	struct items none = { 0 };
	struct work newer = { p, out, &none, STEP_MIN, 0, 0, 0 };
	struct work late = { p, out, &p->next, STEP_MIN, 0, 0, 0 };
	struct work next = { p, out, &none, STEP_MIN, 0, 0, 0 };
	struct err *e;

	if ((e = roll(&newer, &p->newer)) != NULL)
		return err_pass(e);
	plan_tidy(p);
	if ((e = roll(&late, &p->late)) != NULL ||
	    (e = roll(&next, &p->next)) != NULL)
		return err_pass(e);
	return NULL;
}

/* Months that have no partition yet. */
static struct err *
missing(struct rolled *out, struct plan *p)
{
	struct rows *rows;
	struct err *e;
	int64_t *day;
	size_t n = plan_months(&day, p), i;

	if (n == 0)
		return NULL;
	if ((e = tx_rows(&rows, p->tx, &q_rollup_missing,
		 ARGS(arr_time(p->arena, day, n)))) != NULL)
		return err_pass(e);
	out->months = (size_t)rows_count(rows);
	out->month = out->months > 0 ? day : NULL;
	for (i = 0; i < out->months; i++)
		day[i] = rows_time(rows, (int)i, ROLLUP_MISSING_DAY);
	return NULL;
}

/* Is there more that is new than fitted into this transaction? */
static bool
is_behind(const struct plan *p)
{
	size_t i;

	for (i = 0; i < p->newer.n; i++)
		if (p->newer.v[i].from != ROLLUP_EVER)
			return true;
	return p->dues == DUE_MAX;
}

/* What the owner of the tenant's rollups does. */
static struct err *
work(struct rolled *out, struct plan *p, bool due, bool anywhere)
{
	struct err *e;

	if ((e = plan_load(p, due)) != NULL ||
	    (!anywhere && (e = missing(out, p)) != NULL))
		return err_pass(e);
	if (out->month != NULL)
		return NULL;
	if ((e = roll_all(out, p)) != NULL || (e = plan_save(p)) != NULL)
		return err_pass(e);
	if (!due)
		return NULL;
	/* Whoever is not done with what is new does not pause. */
	if (is_behind(p)) {
		out->more = true;
		return NULL;
	}
	if ((e = tx_send(p->tx, &q_rollup_done, ARGS(p->tenant))) != NULL)
		return err_pass(e);
	return NULL;
}

struct err *
store_rollup(struct rolled *out, struct tx *tx, bool anywhere)
{
	struct plan p = { .tx = tx,
		.arena = tx_arena(tx),
		.tenant = A((int)tx_who(tx)->tenant) };
	struct rows *own;
	struct err *e;

	*out = (struct rolled){ 0 };
	if ((e = tx_send(tx, &q_rollup_enter, ARGS(p.tenant))) != NULL ||
	    (e = tx_rows(&own, tx, &q_rollup_own,
		 ARGS(p.tenant, A(PAUSE_S)))) != NULL)
		return err_pass(e);
	if (rows_count(own) == 0)
		return NULL; /* nothing to do, or another worker is at it */
	p.scratch = arena_new();
	e = work(out, &p, rows_bool(own, 0, ROLLUP_OWN_DUE), anywhere);
	arena_free(p.scratch);
	return e != NULL ? err_pass(e) : NULL;
}
