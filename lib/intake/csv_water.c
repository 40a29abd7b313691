/*
 * WaterML 1.1 as JSON, as the services of USGS answer: series, each of a
 * variable at a site, become one row a reading.
 *
 *	{"value": {"timeSeries": [{"sourceInfo": {"siteCode": [{"value"}]},
 *	 "variable": {"variableCode": [{"value"}], "unit": {"unitCode"},
 *	  "options": {"option": [{"optionCode"}]}, "noDataValue"},
 *	 "values": [{"method": [{"methodID"}],
 *	  "value": [{"value", "qualifiers", "dateTime"}]}]}]}}
 *
 * The sensor is the variable's code; behind it stand the code of a statistic
 * that is not the plain one, and of a series by several methods whose it is.
 */
#include <math.h>
#include <string.h>

#include "intake/csv.h"
#include "intake/csv_look.h"

enum { ROWS_FIRST = 256 };

#define PLAIN "00000" /* of statistics: none */

enum { AT, SITE, SENSOR, VALUE, UNIT, QUALIFIERS, COLUMNS };

static const char *const names[COLUMNS] = { "dateTime", "siteCode",
	"variableCode", "value", "unitCode", "qualifiers" };

struct water {
	struct arena *arena;
	struct slice *cell;
	size_t rows, room;
	/* Of the series in hand. */
	struct slice site, sensor, unit;
	bool by_method; /* it has several */
	double none;	/* stands for no value; NaN: nothing does */
};

static struct bytes
bytes_of(struct slice s)
{
	return (struct bytes){ (const unsigned char *)s.p, s.n };
}

/* A member, of an array of its first item; J_NONE: there is none. */
static struct jvalue
member(struct arena *a, struct slice in, const char *name, size_t n)
{
	struct jvalue whole, v;
	struct slice key;
	struct jscan s;

	jscan_open(&s, a, bytes_of(in));
	jscan_value(&s, &whole);
	if (whole.kind == J_ARRAY && jscan_item(&s))
		jscan_value(&s, &whole);
	while (whole.kind == J_OBJECT && jscan_member(&s, &key)) {
		jscan_value(&s, &v);
		jscan_pass(&s, &v);
		if (key.n == n && memcmp(key.p, name, n) == 0)
			return v;
	}
	return (struct jvalue){ .kind = J_NONE };
}

/* The member below members of these names; J_NONE: there is none. */
static struct jvalue
find(struct arena *a, struct slice in, const char *path)
{
	struct jvalue v = { .kind = J_OBJECT, .raw = in };

	while (*path != 0 && (v.kind == J_OBJECT || v.kind == J_ARRAY)) {
		size_t n = strcspn(path, " ");

		v = member(a, v.raw, path, n);
		path += n + (path[n] == ' ');
	}
	return *path == 0 ? v : (struct jvalue){ .kind = J_NONE };
}

static struct slice
text_at(struct arena *a, struct slice in, const char *path)
{
	struct jvalue v = find(a, in, path);

	return csv_json_cell(&v);
}

static struct slice
joined(struct arena *a, struct slice x, char mark, struct slice y)
{
	struct buf b = buf_new(a, x.n + y.n + 1);

	if (x.n == 0)
		return y;
	buf_put(&b, x.p, x.n);
	buf_byte(&b, (unsigned char)mark);
	buf_put(&b, y.p, y.n);
	return (struct slice){ (const char *)b.p, b.n };
}

static struct slice *
row_add(struct water *w)
{
	struct slice *to;

	if (w->rows == w->room) {
		size_t room = w->room > 0 ? w->room * 2 : ROWS_FIRST;

		to = arena_array(w->arena, room * COLUMNS, sizeof(*to));
		if (w->rows > 0)
			memcpy(to, w->cell, w->rows * COLUMNS * sizeof(*to));
		w->cell = to;
		w->room = room;
	}
	to = w->cell + w->rows++ * COLUMNS;
	to[SITE] = w->site;
	to[SENSOR] = w->sensor;
	to[UNIT] = w->unit;
	to[AT] = to[VALUE] = to[QUALIFIERS] = (struct slice){ "", 0 };
	return to;
}

/* A text, or all those of an array. */
static struct slice
words(struct arena *a, struct jscan *s, const struct jvalue *v)
{
	struct slice all = { "", 0 };
	struct jvalue one;

	if (v->kind != J_ARRAY)
		return csv_json_cell(v);
	while (jscan_item(s)) {
		jscan_value(s, &one);
		jscan_pass(s, &one);
		all = joined(a, all, ' ', csv_json_cell(&one));
	}
	return all;
}

typedef void take_one(struct water *, struct slice object);

/* The objects of an array; how many there are. */
static size_t
each(struct water *w, struct slice list, take_one *take)
{
	struct jvalue whole, v;
	struct jscan s;
	size_t n = 0;

	jscan_open(&s, w->arena, bytes_of(list));
	jscan_value(&s, &whole);
	while (whole.kind == J_ARRAY && jscan_item(&s)) {
		jscan_value(&s, &v);
		jscan_pass(&s, &v);
		if (v.kind != J_OBJECT)
			continue;
		n++;
		if (take != NULL)
			take(w, v.raw);
	}
	return n;
}

static void
reading(struct water *w, struct slice object)
{
	struct slice *to = row_add(w), key;
	struct jvalue v;
	struct jscan s;
	double number;

	jscan_open(&s, w->arena, bytes_of(object));
	jscan_value(&s, &v);
	while (jscan_member(&s, &key)) {
		jscan_value(&s, &v);
		if (slice_is(key, names[AT]))
			to[AT] = csv_json_cell(&v);
		else if (slice_is(key, names[VALUE]))
			to[VALUE] = csv_json_cell(&v);
		else if (slice_is(key, names[QUALIFIERS]))
			to[QUALIFIERS] = words(w->arena, &s, &v);
		if (!slice_is(key, names[QUALIFIERS]) || v.kind == J_OBJECT)
			jscan_pass(&s, &v);
	}
	if (cell_number(&number, to[VALUE], '.') && number == w->none)
		to[VALUE] = (struct slice){ "", 0 };
}

/* What one method has measured of the series in hand. */
static void
block(struct water *w, struct slice object)
{
	struct slice plain = w->sensor;

	if (w->by_method)
		w->sensor = joined(w->arena, plain, '.',
		    text_at(w->arena, object, "method methodID"));
	(void)each(w, find(w->arena, object, "value").raw, reading);
	w->sensor = plain;
}

static void
series(struct water *w, struct slice object)
{
	struct arena *a = w->arena;
	struct slice statistic =
	    text_at(a, object, "variable options option optionCode");
	struct slice values = find(a, object, "values").raw;
	struct jvalue none = find(a, object, "variable noDataValue");

	w->site = text_at(a, object, "sourceInfo siteCode value");
	w->sensor = text_at(a, object, "variable variableCode value");
	w->unit = text_at(a, object, "variable unit unitCode");
	w->none = jvalue_number(&none);
	if (statistic.n > 0 && !slice_is(statistic, PLAIN))
		w->sensor = joined(a, w->sensor, '.', statistic);
	w->by_method = each(w, values, NULL) > 1;
	(void)each(w, values, block);
}

bool
csv_water(struct csv *c)
{
	struct slice file = { (const char *)c->file.p, c->file.n };
	struct water w = { .arena = c->arena };
	struct jvalue all = find(c->arena, file, "value timeSeries");
	size_t i;

	if (find(c->arena, file, "value timeSeries sourceInfo").kind !=
	    J_OBJECT)
		return false;
	(void)each(&w, all.raw, series);
	c->name = arena_array(c->arena, COLUMNS, sizeof(*c->name));
	for (i = 0; i < COLUMNS; i++)
		c->name[i] = (struct slice){ names[i], strlen(names[i]) };
	c->n_names = COLUMNS;
	c->grid = w.cell;
	c->n_objects = w.rows;
	return true;
}
