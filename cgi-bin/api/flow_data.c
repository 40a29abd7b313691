/*
 * GET /api/flow-data?device_id=&start_time=&end_time=&limit=&format= - the
 * contract of the FluxIO document: a record an instant, newest first, each
 * measurement a member, or a column.  No more is read than the newest records
 * need.  A closed span of one device has an ETag.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/env.h"
#include "base/member.h"
#include "cgi-bin/api/ask.h"
#include "cgi-bin/api/source.h"
#include "cgi-bin/api/table.h"
#include "store/scan.h"
#include "web/web.h"

enum { LIMIT = 1000, LIMIT_MAX = 10000 };

handler api_flow_data;

struct flow {
	int64_t from, to, limit;
	const char *device; /* NULL: all of the tenant */
	bool is_closed;	    /* both ends are said, and past */
	bool is_table;	    /* not JSON */
};

/* The sensors that are asked for, by number, and whose they are. */
struct owner {
	int32_t id;
	const struct device *device;
	const struct sensor *sensor;
	size_t column; /* of those of values */
};

struct owners {
	struct owner *v;
	int32_t *id;
	size_t n;
	bool known;	       /* the device that is asked for */
	struct column *column; /* of values: one a name and unit */
	size_t columns;
};

/* One measurement at one instant; records are runs of the same instant. */
struct measure {
	const struct owner *of;
	struct reading r;
};

/* The records of a window. */
struct measures {
	struct measure *v;
	size_t n;
	struct measures *next; /* older ones; NULL: none */
};

/* What the answer has come to. */
struct page {
	struct measures *first;
	size_t n; /* records */
	bool simulated;
	struct losses lost;
};

static struct err *
ask_read(struct flow *q, const struct req *rq)
{
	int64_t now = env_now();
	struct err *e;

	q->device = req_query(rq, "device_id");
	if ((e = req_time(&q->to, rq, "end_time", now)) != NULL ||
	    (e = req_time(&q->from, rq, "start_time", q->to - CLOCK_DAY)) !=
		NULL ||
	    (e = req_int(&q->limit, rq, "limit", LIMIT, 1, LIMIT_MAX)) != NULL)
		return err_pass(e);
	if (q->from > q->to)
		return err_raise(ERR_INPUT,
		    "start_time must be before end_time.", "span");
	q->is_closed = ask_said(rq, "start_time") && ask_said(rq, "end_time") &&
		       q->to < now;
	return NULL;
}

static int
by_id(const void *a, const void *b)
{
	const struct owner *x = a, *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

static size_t
sensors_of(const struct fleet *f)
{
	size_t i, k, n = 0;

	for (i = 0; i < f->n; i++)
		for (k = 0; k < f->sites[i].n; k++)
			n += f->sites[i].devices[k].n;
	return n;
}

static void
own(struct owners *o, const struct flow *q, const struct device *d)
{
	size_t i;

	if (q->device != NULL && strcmp(q->device, d->key) != 0)
		return;
	o->known = true;
	for (i = 0; i < d->n; i++)
		o->v[o->n++] =
		    (struct owner){ d->sensors[i].id, d, &d->sensors[i], 0 };
}

static int
by_title(const struct owner *x, const struct owner *y)
{
	int order = strcmp(x->sensor->key, y->sensor->key);

	return order != 0 ? order : strcmp(x->sensor->unit, y->sensor->unit);
}

/* And of the same title, as they stand in the fleet. */
static int
by_title_and_place(const void *a, const void *b)
{
	const struct owner *x = *(struct owner *const *)a,
			   *y = *(struct owner *const *)b;
	int order = by_title(x, y);

	return order != 0 ? order : (x > y) - (x < y);
}

/*
 * Sensors of the same name and unit share a column, which stands where the
 * first of them does in the fleet, the order that they are in here.
 */
static void
columns_find(struct owners *o, struct arena *a)
{
	struct owner **v = arena_array(a, o->n + 1, sizeof(struct owner *));
	size_t *first = arena_array(a, o->n + 1, sizeof(*first)), i;

	for (i = 0; i < o->n; i++)
		v[i] = &o->v[i];
	qsort(v, o->n, sizeof(*v), by_title_and_place);
	for (i = 0; i < o->n; i++)
		first[v[i] - o->v] = i > 0 && by_title(v[i - 1], v[i]) == 0
					 ? first[v[i - 1] - o->v]
					 : (size_t)(v[i] - o->v);
	o->column = arena_array(a, o->n + 1, sizeof(*o->column));
	for (i = 0; i < o->n; i++) {
		const struct sensor *s = o->v[i].sensor;

		if (first[i] < i) {
			o->v[i].column = o->v[first[i]].column;
			continue;
		}
		o->v[i].column = o->columns;
		o->column[o->columns++] =
		    (struct column){ s->key, s->unit, CELL_REAL };
	}
}

static void
owners_find(struct owners *o, struct arena *a, const struct flow *q,
    const struct fleet *f)
{
	size_t room = sensors_of(f) + 1, i, k;

	*o = (struct owners){ .v = arena_array(a, room, sizeof(*o->v)),
		.id = arena_array(a, room, sizeof(*o->id)) };
	for (i = 0; i < f->n; i++)
		for (k = 0; k < f->sites[i].n; k++)
			own(o, q, &f->sites[i].devices[k]);
	if (q->is_table)
		columns_find(o, a);
	qsort(o->v, o->n, sizeof(*o->v), by_id);
	for (i = 0; i < o->n; i++)
		o->id[i] = o->v[i].id;
}

static int
newest_first(const void *a, const void *b)
{
	const struct measure *x = a, *y = b;

	if (x->r.time != y->r.time)
		return x->r.time > y->r.time ? -1 : 1;
	if (x->of->device != y->of->device)
		return x->of->device < y->of->device ? -1 : 1;
	return (x->of->sensor > y->of->sensor) -
	       (x->of->sensor < y->of->sensor);
}

/* Where the record ends that begins at measure i. */
static size_t
record_end(const struct measures *c, size_t i)
{
	const struct measure *first = &c->v[i];

	while (i < c->n && c->v[i].r.time == first->r.time &&
	       c->v[i].of->device == first->of->device)
		i++;
	return i;
}

/* The worst of a record's. */
static int
quality_of(const struct measures *c, size_t i, size_t end)
{
	int quality = QUALITY_GOOD;

	for (; i < end; i++)
		if (c->v[i].r.quality < quality)
			quality = c->v[i].r.quality;
	return quality;
}

/* A window's readings, the newest first. */
static struct measures *
arrange(struct arena *a, const struct samples *s, const struct owners *o)
{
	struct measures *c = arena_alloc(a, sizeof(*c));
	size_t i;

	c->v = arena_array(a, s->n + 1, sizeof(*c->v));
	c->n = s->n;
	for (i = 0; i < s->n; i++) {
		struct owner key = { .id = s->v[i].r.sensor };

		c->v[i].of = bsearch(&key, o->v, o->n, sizeof(key), by_id);
		c->v[i].r = s->v[i].r;
	}
	if (c->n > 1)
		qsort(c->v, c->n, sizeof(*c->v), newest_first);
	return c;
}

/* Of a window, no more records than are still wanted. */
static void
page_add(struct page *p, struct measures *c, size_t limit)
{
	size_t i;

	for (i = 0; i < c->n && p->n < limit; p->n++) {
		p->simulated |= c->v[i].of->device->simulated;
		i = record_end(c, i);
	}
	c->n = i;
}

/* Window by window, until there are as many records as were asked for. */
static struct err *
page_load(struct page *p, struct req *rq, const struct flow *q,
    const struct owners *o)
{
	/* end_time is inclusive in that document. */
	struct scan_of of = { o->id, o->n, q->from, q->to + 1, (size_t)q->limit,
		true };
	struct measures **end = &p->first;
	struct samples some;
	struct scan scan;
	bool more = true;
	struct err *e;

	if (o->n == 0)
		return NULL;
	if ((e = scan_begin(&scan, rq->tx, &of)) != NULL)
		return err_pass(e);
	while (more && p->n < (size_t)q->limit) {
		if ((e = scan_next(&more, &some, &p->lost, &scan)) != NULL)
			return err_pass(e);
		*end = arrange(rq->arena, &some, o);
		page_add(p, *end, (size_t)q->limit);
		end = &(*end)->next;
	}
	return NULL;
}

/* ---- as JSON ---- */

static void
say_record(struct buf *b, const struct measures *c, size_t i, size_t end)
{
	const struct measure *first = &c->v[i];
	int quality = quality_of(c, i, end);

	member_comma(b);
	buf_byte(b, '{');
	member_text(b, "device_id", first->of->device->key);
	member_text(b, "created_at", clock_iso(b->arena, first->r.time));
	for (; i < end; i++)
		member_real(b, c->v[i].of->sensor->key, c->v[i].r.value);
	member_int(b, "quality", quality);
	buf_byte(b, '}');
}

static void
say_json(struct buf *b, const struct page *p, const struct ask *span)
{
	const struct measures *c;
	size_t i, end;

	buf_text(b, "{\"data\":[");
	for (c = p->first; c != NULL; c = c->next) {
		for (i = 0; i < c->n; i = end) {
			end = record_end(c, i);
			say_record(b, c, i, end);
		}
	}
	buf_byte(b, ']');
	member_int(b, "count", (int64_t)p->n);
	if (p->lost.n > 0) {
		member_name(b, "gaps");
		buf_byte(b, '[');
		say_gaps(b, span, &p->lost, "damaged");
		buf_byte(b, ']');
	}
	buf_text(b, "}\n");
}

/* ---- as a table: a row a record, and behind them one a damaged span ---- */

enum {
	OWN_COLUMNS = 2, /* before the values; */
	LAST_COLUMNS = 2 /* behind them the quality, and the note */
};

static void
columns_set(struct table *t, const struct owners *o)
{
	static const struct column own[OWN_COLUMNS] = {
		{ "device_id", NULL, CELL_TEXT },
		{ "created_at", NULL, CELL_TIME },
	};
	static const struct column last[LAST_COLUMNS] = {
		{ "quality", NULL, CELL_INT },
		{ "note", NULL, CELL_TEXT },
	};
	struct column *c;

	t->n = OWN_COLUMNS + o->columns + LAST_COLUMNS;
	c = arena_array(t->rq->arena, t->n, sizeof(*c));
	memcpy(c, own, sizeof(own));
	memcpy(c + OWN_COLUMNS, o->column, o->columns * sizeof(*c));
	memcpy(c + OWN_COLUMNS + o->columns, last, sizeof(last));
	t->column = c;
}

/* A row of nothing yet but whose and when; lives until the next. */
static void
row_begin(struct cell *row, const struct table *t, const char *device,
    int64_t time)
{
	memset(row, 0, t->n * sizeof(*row));
	row[0] = cell_text(device);
	row[1] = cell_time(time);
}

static struct err *
record_row(struct table *t, struct cell *row, const struct measures *c,
    size_t i)
{
	size_t end = record_end(c, i), k;
	struct err *e;

	row_begin(row, t, c->v[i].of->device->key, c->v[i].r.time);
	for (k = i; k < end; k++)
		row[OWN_COLUMNS + c->v[k].of->column] =
		    cell_real(c->v[k].r.value);
	row[t->n - LAST_COLUMNS] = cell_int(quality_of(c, i, end));
	t->is_field = !c->v[i].of->device->simulated;
	e = table_row(t, row);
	return e != NULL ? err_pass(e) : NULL;
}

static struct err *
say_rows(struct table *t, const struct page *p, const struct flow *q,
    const struct ask *span)
{
	struct cell *row = arena_array(t->rq->arena, t->n, sizeof(*row));
	const struct measures *c;
	struct lost lost;
	struct err *e;
	size_t i;

	for (c = p->first; c != NULL; c = c->next)
		for (i = 0; i < c->n; i = record_end(c, i))
			if ((e = record_row(t, row, c, i)) != NULL)
				return err_pass(e);
	for (i = 0; i < p->lost.n; i++) {
		lost = ask_cut(span, p->lost.v[i]);
		row_begin(row, t, q->device, lost.from);
		row[t->n - 1] = cell_until(t->rq->arena, "damaged", lost.to);
		if ((e = table_row(t, row)) != NULL)
			return err_pass(e);
	}
	return NULL;
}

static struct err *
say_table(struct table *t, const struct page *p, const struct flow *q,
    const struct ask *span)
{
	struct err *e;

	t->name = "records";
	t->file = q->device != NULL
		      ? arena_printf(t->rq->arena, "%s-flow-data", q->device)
		      : "flow-data";
	if ((e = table_begin(t)) != NULL ||
	    (e = say_rows(t, p, q, span)) != NULL || (e = table_end(t)) != NULL)
		return err_pass(e);
	return NULL;
}

/* ---- the whole ---- */

/* Only of one device: a tenant's whole history would have to be looked at. */
static struct err *
known_already(bool *known, struct req *rq, struct res *rs, const struct flow *q,
    const struct owners *o)
{
	struct state_of of = { o->id, o->n, q->from, q->to + 1,
		arena_printf(rq->arena, "flow %lld",
		    (long long)rq->who.registry),
		false };
	struct err *e;

	*known = false;
	rs->cache = "private, no-cache";
	if (!q->is_closed || q->device == NULL)
		return NULL;
	e = state_known(known, rq, rs, &of);
	return e != NULL ? err_pass(e) : NULL;
}

struct err *
api_flow_data(struct req *rq, struct res *rs)
{
	struct table t = { .rq = rq, .rs = rs };
	struct page p = { 0 };
	struct fleet f = { 0 };
	struct flow q = { 0 };
	struct ask span;
	struct owners o;
	bool known;
	struct err *e;

	if ((e = form_read(&t.form, rq, FORMAT_JSON)) != NULL ||
	    (e = form_zone(&t.form, rq)) != NULL ||
	    (e = ask_read(&q, rq)) != NULL ||
	    (e = fleet_load(&f, rq->tx)) != NULL)
		return err_pass(e);
	q.is_table = t.form.format != FORMAT_JSON;
	owners_find(&o, rq->arena, &q, &f);
	if (q.device != NULL && !o.known)
		return err_raise(ERR_MISSING, "device_id: no such device.",
		    "device_id");
	if ((e = known_already(&known, rq, rs, &q, &o)) != NULL)
		return err_pass(e);
	if (known)
		return NULL;
	if ((e = page_load(&p, rq, &q, &o)) != NULL)
		return err_pass(e);
	res_source(rs, p.simulated);
	span = (struct ask){ .from = q.from, .to = q.to };
	if (!q.is_table) {
		say_json(&rs->body, &p, &span);
		return NULL;
	}
	columns_set(&t, &o);
	e = say_table(&t, &p, &q, &span);
	return e != NULL ? err_pass(e) : NULL;
}
