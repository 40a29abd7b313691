/* What is to be rolled, and what is known of the sensors. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/ids.h"
#include "base/zone.h"
#include "query.h"
#include "store/roll.h"

enum {
	SPANS_MAX = 50000, /* late spans at once, but for the last mark */
	HOLD_PERIODS = 3   /* a value holds so many periods of its device */
};

/* Late spans of a sensor that are no further apart are rolled as one. */
#define NEAR (6 * CLOCK_HOUR)

void
items_add(struct items *s, struct arena *a, const struct item *i)
{
	if (s->n == s->room) {
		struct item *v;

		s->room = s->room * 2 + 64;
		v = arena_array(a, s->room, sizeof(*v));
		if (s->n > 0)
			memcpy(v, s->v, s->n * sizeof(*v));
		s->v = v;
	}
	s->v[s->n++] = *i;
}

struct subject *
plan_subject(const struct plan *p, int32_t sensor)
{
	size_t low = 0, high = p->subjects;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (p->subject[middle].meaning.sensor < sensor)
			low = middle + 1;
		else
			high = middle;
	}
	return low < p->subjects && p->subject[low].meaning.sensor == sensor
		   ? &p->subject[low]
		   : NULL;
}

static struct err *
load_dues(struct plan *p)
{
	struct rows *rows;
	struct err *e;
	size_t i;

	if ((e = tx_rows(&rows, p->tx, &q_rollup_due,
		 ARGS(p->tenant, A(DUE_MAX)))) != NULL)
		return err_pass(e);
	p->dues = (size_t)rows_count(rows);
	p->due = arena_array(p->arena, p->dues, sizeof(*p->due));
	for (i = 0; i < p->dues; i++) {
		struct due *d = &p->due[i];
		int r = (int)i;

		d->device = (int32_t)rows_int(rows, r, ROLLUP_DUE_DEVICE_ID);
		d->version = rows_int(rows, r, ROLLUP_DUE_VERSION);
		d->n = rows_ints(&d->sensor, rows, r, ROLLUP_DUE_SENSOR);
		(void)rows_times(&d->time, rows, r, ROLLUP_DUE_TIME);
	}
	return NULL;
}

/* Every sensor that is spoken of, each once. */
static size_t
mentioned(int32_t **out, const struct plan *p, const struct rows *marks)
{
	size_t n = (size_t)rows_count(marks), i, k = 0;
	int32_t *v;

	for (i = 0; i < p->dues; i++)
		n += p->due[i].n;
	v = *out = arena_array(p->arena, n, sizeof(*v));
	for (i = 0; i < p->dues; i++) {
		memcpy(v + k, p->due[i].sensor, p->due[i].n * sizeof(*v));
		k += p->due[i].n;
	}
	for (i = 0; i < (size_t)rows_count(marks); i++)
		v[k++] =
		    (int32_t)rows_int(marks, (int)i, ROLLUP_TAKE_SENSOR_ID);
	return ids_settle(v, n);
}

static enum kind
kind_of(const char *text)
{
	static const char *const name[] = { "gauge", "counter", "state" };
	size_t k = sizeof(name) / sizeof(*name);

	while (k-- > 1)
		if (strcmp(text, name[k]) == 0)
			return (enum kind)k;
	return KIND_GAUGE;
}

static void
read_subject(struct subject *s, struct arena *a, const struct rows *rows, int r)
{
	double hold = rows_real(rows, r, ROLLUP_MEANING_PERIOD) * HOLD_PERIODS *
		      (double)CLOCK_S;

	s->meaning.sensor =
	    (int32_t)rows_int(rows, r, ROLLUP_MEANING_SENSOR_ID);
	s->meaning.kind = kind_of(rows_text(rows, r, ROLLUP_MEANING_KIND));
	s->meaning.counter.wrap = rows_real(rows, r, ROLLUP_MEANING_WRAP);
	s->meaning.hold = hold < (double)HOLD_MAX ? (int64_t)hold : HOLD_MAX;
	s->zone = arena_text(a, rows_text(rows, r, ROLLUP_MEANING_ZONE));
	s->was = s->upto = ROLLUP_NEVER;
	s->floor = ROLLUP_NEVER;
	if (rows_null(rows, r, ROLLUP_MEANING_FLOOR))
		return;
	zone_use(s->zone);
	s->floor = calendar_next(UNIT_HOUR,
	    rows_time(rows, r, ROLLUP_MEANING_FLOOR) - 1);
}

static struct err *
load_facets(struct plan *p, const int32_t *sensor, size_t n)
{
	struct facets all;
	struct err *e;
	size_t i;

	if ((e = facets_load(&all, p->tx, sensor, n)) != NULL)
		return err_pass(e);
	for (i = 0; i < all.n; i++) {
		struct subject *s = plan_subject(p, all.v[i].sensor);

		if (s != NULL)
			memcpy(s->facet, all.v[i].id, sizeof(s->facet));
	}
	return NULL;
}

static struct err *
load_swaps(struct plan *p, struct arg sensors)
{
	struct swap *swap;
	struct rows *rows;
	struct err *e;
	int r;

	if ((e = tx_rows(&rows, p->tx, &q_rollup_swaps,
		 ARGS(p->tenant, sensors))) != NULL)
		return err_pass(e);
	swap = arena_array(p->arena, (size_t)rows_count(rows), sizeof(*swap));
	for (r = 0; r < rows_count(rows); r++) {
		struct subject *s = plan_subject(p,
		    (int32_t)rows_int(rows, r, ROLLUP_SWAPS_SENSOR_ID));

		swap[r].at = rows_time(rows, r, ROLLUP_SWAPS_AT);
		swap[r].old_last = rows_real(rows, r, ROLLUP_SWAPS_OLD_LAST);
		swap[r].new_first = rows_real(rows, r, ROLLUP_SWAPS_NEW_FIRST);
		if (s == NULL)
			continue;
		if (s->meaning.counter.swaps++ == 0)
			s->meaning.counter.swap = &swap[r];
	}
	return NULL;
}

static struct err *
load_subjects(struct plan *p, const int32_t *sensor, size_t n)
{
	struct arg sensors = arr_int(p->arena, sensor, n);
	struct rows *rows;
	struct err *e;
	size_t i;
	int r;

	if ((e = tx_rows(&rows, p->tx, &q_rollup_meaning,
		 ARGS(p->tenant, sensors))) != NULL)
		return err_pass(e);
	p->subjects = (size_t)rows_count(rows);
	p->subject = arena_array(p->arena, p->subjects, sizeof(*p->subject));
	for (i = 0; i < p->subjects; i++)
		read_subject(&p->subject[i], p->arena, rows, (int)i);
	if ((e = load_facets(p, sensor, n)) != NULL ||
	    (e = load_swaps(p, sensors)) != NULL ||
	    (e = tx_rows(&rows, p->tx, &q_rollup_upto,
		 ARGS(p->tenant, sensors))) != NULL)
		return err_pass(e);
	for (r = 0; r < rows_count(rows); r++) {
		struct subject *s = plan_subject(p,
		    (int32_t)rows_int(rows, r, ROLLUP_UPTO_SENSOR_ID));

		if (s != NULL)
			s->was = s->upto = rows_time(rows, r, ROLLUP_UPTO_UPTO);
	}
	return NULL;
}

/* New readings go on where the rollups are; a new sensor is all late. */
static void
plan_newer(struct plan *p)
{
	size_t i, k;

	for (i = 0; i < p->dues; i++) {
		const struct due *d = &p->due[i];

		for (k = 0; k < d->n; k++) {
			struct subject *s = plan_subject(p, d->sensor[k]);
			struct item item = { .of = s, .last = d->time[k] };

			if (s == NULL || d->time[k] <= s->upto)
				continue;
			item.is_newer = s->was != ROLLUP_NEVER;
			item.from = s->was + 1;
			items_add(item.is_newer ? &p->newer : &p->late,
			    p->arena, &item);
			if (!item.is_newer)
				s->upto = d->time[k];
		}
	}
}

/* What is marked, up to where the rollups are; what is newer comes anyway. */
static void
plan_late(struct plan *p, const struct rows *marks)
{
	int r;

	for (r = 0; r < rows_count(marks); r++) {
		struct item item = {
			.of = plan_subject(p,
			    (int32_t)rows_int(marks, r, ROLLUP_TAKE_SENSOR_ID)),
			.from = rows_time(marks, r, ROLLUP_TAKE_T_MIN),
			.last = rows_time(marks, r, ROLLUP_TAKE_T_MAX),
		};

		if (item.of == NULL || item.of->was == ROLLUP_NEVER ||
		    (item.from > item.of->was && item.from <= item.last))
			continue;
		items_add(&p->late, p->arena, &item);
	}
}

/* Items that go back to the beginning begin where there is anything. */
static struct err *
find_first(struct plan *p)
{
	int32_t *sensor = arena_array(p->arena, p->late.n, sizeof(*sensor));
	struct rows *rows;
	struct err *e;
	size_t i, n = 0;
	int r;

	for (i = 0; i < p->late.n; i++)
		if (p->late.v[i].from <= ROLLUP_NEVER + 1)
			sensor[n++] = p->late.v[i].of->meaning.sensor;
	if (n == 0)
		return NULL;
	if ((e = tx_rows(&rows, p->tx, &q_rollup_first,
		 ARGS(p->tenant, arr_int(p->arena, sensor, n)))) != NULL)
		return err_pass(e);
	for (r = 0; r < rows_count(rows); r++) {
		struct subject *s = plan_subject(p,
		    (int32_t)rows_int(rows, r, ROLLUP_FIRST_SENSOR_ID));
		int64_t first = rows_time(rows, r, ROLLUP_FIRST_FIRST);

		if (rows_null(rows, r, ROLLUP_FIRST_FIRST))
			first = ROLLUP_EVER;
		for (i = 0; i < p->late.n; i++)
			if (p->late.v[i].of == s &&
			    p->late.v[i].from <= ROLLUP_NEVER + 1)
				p->late.v[i].from = first;
	}
	return NULL;
}

struct err *
plan_load(struct plan *p, bool due)
{
	struct rows *marks;
	struct err *e;
	int32_t *sensor;
	size_t n;

	if (due && (e = load_dues(p)) != NULL)
		return err_pass(e);
	if ((e = tx_rows(&marks, p->tx, &q_rollup_take,
		 ARGS(p->tenant, A(SPANS_MAX)))) != NULL)
		return err_pass(e);
	n = mentioned(&sensor, p, marks);
	if (n == 0)
		return NULL;
	if ((e = load_subjects(p, sensor, n)) != NULL)
		return err_pass(e);
	plan_late(p, marks);
	plan_newer(p);
	if ((e = find_first(p)) != NULL)
		return err_pass(e);
	return NULL;
}

static int
by_sensor_from(const void *a, const void *b)
{
	const struct item *x = a, *y = b;
	int32_t s = x->of->meaning.sensor, t = y->of->meaning.sensor;

	if (s != t)
		return s < t ? -1 : 1;
	return (x->from > y->from) - (x->from < y->from);
}

void
plan_tidy(struct plan *p)
{
	struct items *s = &p->late;
	size_t i, kept = 0;

	if (s->n > 1)
		qsort(s->v, s->n, sizeof(*s->v), by_sensor_from);
	for (i = 0; i < s->n; i++) {
		struct item item = s->v[i], *to;

		if (item.last > item.of->upto)
			item.last = item.of->upto;
		if (item.from == ROLLUP_EVER || item.last < item.of->floor)
			continue;
		to = kept > 0 ? &s->v[kept - 1] : NULL;
		if (to == NULL || to->of != item.of ||
		    item.from > to->last + NEAR) {
			s->v[kept++] = item;
			continue;
		}
		if (item.last > to->last)
			to->last = item.last;
	}
	s->n = kept;
}

static int64_t
month_of(int64_t us)
{
	time_t t = (time_t)(us / CLOCK_S);
	struct tm tm;

	(void)gmtime_r(&t, &tm);
	return (int64_t)tm.tm_year * 12 + tm.tm_mon;
}

size_t
plan_months(int64_t **out, const struct plan *p)
{
	const struct items *both[] = { &p->newer, &p->late };
	enum { YEARS = 300 };
	char *has = arena_alloc(p->arena, YEARS * 12);
	size_t i, k, n = 0;

	*out = arena_array(p->arena, YEARS * 12, sizeof(**out));
	for (k = 0; k < 2; k++) {
		for (i = 0; i < both[k]->n; i++) {
			const struct item *item = &both[k]->v[i];
			int64_t end = item->last + item->of->meaning.hold;
			/* a site's day may begin in the month before */
			int64_t t = item->from - CLOCK_DAY, m = -1;
			int64_t last = item->from > end ? m : month_of(end);

			for (; m < last; t += 27 * CLOCK_DAY) {
				if (t > end)
					t = end;
				m = month_of(t);
				if (m < 0 || m >= YEARS * 12 || has[m])
					continue;
				has[m] = 1;
				(*out)[n++] = t;
			}
		}
	}
	return n;
}

/* How far a device's sensors are; its version only when that is all. */
static struct err *
save_due(struct plan *p, const struct due *d)
{
	int32_t *sensor = arena_array(p->arena, d->n, sizeof(*sensor));
	int64_t *upto = arena_array(p->arena, d->n, sizeof(*upto));
	int64_t version = d->version;
	struct err *e;
	size_t i, n = 0;

	for (i = 0; i < d->n; i++) {
		const struct subject *s = plan_subject(p, d->sensor[i]);

		if (s == NULL)
			continue;
		if (s->upto < d->time[i])
			version = -1;
		sensor[n] = d->sensor[i];
		upto[n++] = s->upto;
	}
	e = tx_send(p->tx, &q_rollup_rolled,
	    ARGS(p->tenant, A((int)d->device), A((long)version),
		arr_int(p->arena, sensor, n), arr_time(p->arena, upto, n)));
	return e != NULL ? err_pass(e) : NULL;
}

struct err *
plan_save(struct plan *p)
{
	const struct items *both[] = { &p->late, &p->next };
	size_t n = p->late.n + p->next.n, i, k, left = 0;
	int32_t *sensor = arena_array(p->arena, n, sizeof(*sensor));
	int64_t *from = arena_array(p->arena, n, sizeof(*from));
	int64_t *last = arena_array(p->arena, n, sizeof(*last));
	struct err *e;

	for (i = 0; i < p->dues; i++)
		if ((e = save_due(p, &p->due[i])) != NULL)
			return err_pass(e);
	for (k = 0; k < 2; k++) {
		for (i = 0; i < both[k]->n; i++) {
			const struct item *item = &both[k]->v[i];

			if (item->from == ROLLUP_EVER)
				continue;
			sensor[left] = item->of->meaning.sensor;
			from[left] = item->from;
			last[left++] = item->last;
		}
	}
	if (left == 0)
		return NULL;
	e = tx_send(p->tx, &q_store_mark,
	    ARGS(p->tenant, arr_int(p->arena, sensor, left),
		arr_time(p->arena, from, left),
		arr_time(p->arena, last, left)));
	return e != NULL ? err_pass(e) : NULL;
}
