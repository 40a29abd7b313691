#include "intake/csv_feed.h"

#include <math.h>
#include <strings.h>

#include "base/clock.h"
#include "base/dates.h"
#include "base/hash.h"
#include "base/zone.h"
#include "intake/sane.h"

enum { TWINS_FIRST = 4096, ITEMS_FIRST = 64 };

/* Times beyond these are somebody's mistake. */
#define TIME_LEAST (-25567 * CLOCK_DAY) /* 1900 */
#define TIME_AHEAD CLOCK_DAY

/* Of a column of readings; NaN: there is none. */
struct bounds {
	double low, high;
};

/* A device and an instant, and how many rows had them. */
struct twin {
	uint64_t key; /* 0: free */
	uint32_t rows, content;
};

struct twins {
	struct twin *v;
	size_t n, room; /* room is a power of two */
};

void
plan_settle(struct plan *p, const struct look *l)
{
	size_t i;

	for (i = 0; i < p->n && i < l->n; i++)
		if (p->column[i].as == AS_TIME && p->order == 0 &&
		    (l->column[i].order & (l->column[i].order - 1)) == 0)
			p->order = l->column[i].order;
	if (p->decimal == 0)
		p->decimal = l->marks == MARK_COMMA ? ',' : '.';
}

void
feed_open(struct feed *f, struct arena *a, struct csv *csv,
    const struct plan *plan, const struct look *look, int64_t now)
{
	struct csv_row header;
	size_t i;

	*f = (struct feed){ .csv = csv,
		.plan = plan,
		.look = look,
		.arena = a,
		.seed = hash_seed(),
		.now = now,
		.last = INT64_MIN };
	f->twins = arena_alloc(a, sizeof(*f->twins));
	f->twins->room = TWINS_FIRST;
	f->twins->v = arena_array(a, TWINS_FIRST, sizeof(struct twin));
	f->bounds = arena_array(a, plan->n + 1, sizeof(*f->bounds));
	for (i = 0; i < plan->n; i++)
		if (!use_bounds(&f->bounds[i].low, &f->bounds[i].high,
			&plan->column[i]))
			f->bounds[i] = (struct bounds){ NAN, NAN };
	(void)clock_from_iso(&f->start, plan->start);
	zone_use(*plan->zone != 0 ? plan->zone : "UTC");
	csv_rewind(csv);
	if (look->header)
		(void)csv_next(&header, csv);
}

/* ---- when ---- */

static bool
refuse(struct fed *r, struct arena *a, const struct seen *at, const char *code,
    const char *say, struct slice cell)
{
	r->code = code;
	r->at = at;
	r->detail = cell.p == NULL ? say
				   : arena_printf(a, "\"%s\" %s",
					 text_clip(a, cell, 40), say);
	return false;
}

/* Of an hour that is there twice the second pass comes behind the first. */
static int64_t
of_two(struct feed *f, int64_t first, int64_t second)
{
	return first < f->last ? second : first;
}

static bool
date_read(struct fed *r, struct feed *f, struct arena *a, size_t column,
    struct slice clock)
{
	const struct seen *at = &f->look->column[column];
	struct slice cell = csv_trim(r->row.cell[column]);
	unsigned order = f->plan->order != 0 ? f->plan->order : DATE_ORDERS;
	int64_t again;
	struct stamp t;

	if (!stamp_read(&t, cell, order))
		return refuse(r, a, at, "bad_time", "is not a time", cell);
	if (clock.p != NULL && !stamp_time(&t, csv_trim(clock)))
		return refuse(r, a, at, "bad_time", "is not a time of day",
		    clock);
	if (!stamp_instant(&r->time, &again, &t))
		return refuse(r, a, at, "bad_time",
		    "is left out by the clocks of that day", cell);
	r->time = of_two(f, r->time, again);
	return true;
}

static bool
number_read(struct fed *r, struct feed *f, struct arena *a, size_t column)
{
	const struct seen *at = &f->look->column[column];
	struct slice cell = csv_trim(r->row.cell[column]);
	bool since = f->plan->column[column].as == AS_SECONDS;
	double v;

	if (!cell_number(&v, cell, f->plan->decimal) ||
	    (since && (v < -1e10 || v > 1e10)) ||
	    (!since && !clock_from_number(&r->time, v)))
		return refuse(r, a, at, "bad_time", "is not a time", cell);
	if (since)
		r->time = f->start +
			  (int64_t)(v * (double)CLOCK_S + (v < 0 ? -0.5 : 0.5));
	return true;
}

/* The cell of the column that is used so; p NULL: there is none. */
static struct slice
cell_as(const struct feed *f, const struct csv_row *row, enum column_as as,
    size_t *column)
{
	size_t i;

	for (i = 0; i < f->plan->n && i < row->n; i++)
		if (f->plan->column[i].as == as) {
			*column = i;
			return row->cell[i];
		}
	return (struct slice){ NULL, 0 };
}

static bool
when(struct fed *r, struct feed *f, struct arena *a)
{
	size_t column = 0, other = 0;
	struct slice cell = cell_as(f, &r->row, AS_TIME, &column);
	struct slice clock = cell_as(f, &r->row, AS_CLOCK, &other);
	bool ok;

	if (cell.p == NULL)
		cell = cell_as(f, &r->row, AS_SECONDS, &column);
	if (cell.p == NULL || csv_trim(cell).n == 0)
		return refuse(r, a, NULL, "no_time", "the row has no time",
		    (struct slice){ NULL, 0 });
	if (f->plan->column[column].as == AS_SECONDS ||
	    f->look->column[column].numbers > f->look->column[column].dates)
		ok = number_read(r, f, a, column);
	else
		ok = date_read(r, f, a, column, clock);
	if (!ok)
		return false;
	if (r->time < TIME_LEAST || r->time > f->now + TIME_AHEAD)
		return refuse(r, a, &f->look->column[column],
		    r->time < TIME_LEAST ? "clock_unset" : "clock_ahead",
		    "cannot be", csv_trim(cell));
	f->last = r->time;
	return true;
}

/* ---- rows at one instant ---- */

static void
put(struct twins *t, const struct twin *one)
{
	size_t i = one->key & (t->room - 1);

	while (t->v[i].key != 0)
		i = (i + 1) & (t->room - 1);
	t->v[i] = *one;
}

static void
grow(struct twins *t, struct arena *a)
{
	struct twin *old = t->v;
	size_t n = t->room, i;

	t->room *= 2;
	t->v = arena_array(a, t->room, sizeof(*t->v));
	for (i = 0; i < n; i++)
		if (old[i].key != 0)
			put(t, &old[i]);
}

static struct twin *
twin_of(struct twins *t, struct arena *a, uint64_t key)
{
	size_t i;

	if (t->n * 2 >= t->room)
		grow(t, a);
	for (i = key & (t->room - 1); t->v[i].key != 0;
	     i = (i + 1) & (t->room - 1))
		if (t->v[i].key == key)
			return &t->v[i];
	t->v[i].key = key;
	t->n++;
	return &t->v[i];
}

/* What the row says beside when and of what. */
static uint32_t
content(const struct feed *f, const struct csv_row *row)
{
	uint64_t h = f->seed;
	size_t i;

	for (i = 0; i < f->plan->n && i < row->n; i++)
		if (use_reads(&f->plan->column[i]))
			h = hash_bytes(h, row->cell[i].p, row->cell[i].n);
	return (uint32_t)h;
}

/* Another row of this device and instant?  Then as the plan has it. */
static void
settle_twin(struct fed *r, struct feed *f)
{
	size_t at = 0;
	struct slice name = cell_as(f, &r->row, AS_NAME, &at);
	uint64_t key = hash_bytes(f->seed, r->device.p, r->device.n);
	uint32_t says;
	struct twin *t;

	if (name.p != NULL)
		key = hash_bytes(key, name.p, name.n);
	key = hash_bytes(key, &r->time, sizeof(r->time)) | 1;
	t = twin_of(f->twins, f->arena, key);
	if (f->plan->same == SAME_KEEP)
		r->time += t->rows;
	if (f->plan->same == SAME_ASKED) {
		says = content(f, &r->row);
		if (t->rows == 0)
			t->content = says;
		else if (t->content != says && f->alike++ == 0)
			f->alike_line = r->row.line;
	}
	t->rows++;
}

/* ---- rows ---- */

static bool
whose(struct fed *r, struct feed *f, struct arena *a)
{
	static const struct slice none = { NULL, 0 };
	size_t column = 0;
	struct slice cell = cell_as(f, &r->row, AS_DEVICE, &column);

	if (cell.p == NULL || (cell = csv_trim(cell)).n == 0)
		cell =
		    (struct slice){ f->plan->device, strlen(f->plan->device) };
	if (cell.n == 0)
		return refuse(r, a, NULL, "no_device",
		    "the row names no device", none);
	r->device = cell;
	return true;
}

bool
feed_next(struct fed *r, struct feed *f, struct arena *a)
{
	static const struct slice none = { NULL, 0 };

	*r = (struct fed){ .code = NULL };
	f->csv->arena = a;
	if (!csv_next(&r->row, f->csv))
		return false;
	f->rows++;
	if (r->row.is_broken)
		(void)refuse(r, a, NULL, "bad_row",
		    "a quote is not closed, or text stands behind it", none);
	else if (whose(r, f, a) && when(r, f, a))
		settle_twin(r, f);
	return true;
}

static struct jvalue
value_of(struct slice cell, char decimal)
{
	struct jvalue v = { .kind = J_NULL, .raw = cell };

	if (cell_is_missing(cell))
		return v;
	v.kind = J_REAL;
	if (cell_number(&v.d, cell, decimal))
		return v;
	v.kind = J_TEXT;
	v.text = cell;
	if (cell.n == 4 && strncasecmp(cell.p, "true", 4) == 0)
		v.kind = J_TRUE;
	else if (cell.n == 5 && strncasecmp(cell.p, "false", 5) == 0)
		v.kind = J_FALSE;
	return v;
}

/* What is beyond the bounds that the plan gives is put aside. */
static void
put_aside(struct item *it, const struct bounds *b)
{
	double v = it->value.d;

	if (it->value.kind != J_REAL || !(v < b->low || v > b->high))
		return;
	it->was_value = v;
	it->has_was_value = true;
	it->value.kind = J_NULL;
	sane_flag(it, REASON_OUT_OF_RANGE);
}

/* Of which sensor the item is, and in which unit. */
static void
name_item(struct item *it, const struct use *u, struct slice name,
    struct slice unit)
{
	it->sensor = (struct slice){ u->key, strlen(u->key) };
	if (u->as == AS_VALUE)
		it->sensor = csv_trim(name);
	if (u->as != AS_VALUE && *u->unit != 0)
		it->unit = (struct slice){ u->unit, strlen(u->unit) };
	else if (u->as == AS_VALUE && unit.p != NULL && csv_trim(unit).n > 0)
		it->unit = csv_trim(unit);
}

void
feed_items(struct intake *in, struct feed *f, const struct fed *r)
{
	const struct plan *p = f->plan;
	size_t i, at = 0;
	struct slice name = cell_as(f, &r->row, AS_NAME, &at);
	struct slice unit = cell_as(f, &r->row, AS_UNIT, &at);

	if (in->v == NULL) {
		in->room = ITEMS_FIRST;
		in->v = arena_array(in->arena, in->room, sizeof(*in->v));
	}
	for (i = 0; i < p->n && i < r->row.n; i++) {
		const struct use *u = &p->column[i];
		struct slice cell = csv_trim(r->row.cell[i]);
		struct item *it;

		if (!use_reads(u) || (p->skips_empty && cell_is_missing(cell)))
			continue;
		it = intake_add(in);
		it->index = r->row.line;
		it->place = f->look->column[i].name;
		it->device = r->device;
		it->raw = cell;
		name_item(it, u, name, unit);
		it->value = value_of(cell, p->decimal);
		it->r.time = r->time;
		it->r.quality = QUALITY_GOOD;
		it->timed = true;
		put_aside(it, &f->bounds[i]);
	}
}
