/*
 * csv_plan_test.c - what a file seems to be, what is asked about it, and the
 * items that it comes to.
 */
#include "intake/csv_plan.h"

#include <math.h>

#include "base/clock.h"
#include "base/dates.h"
#include "check.h"
#include "intake/csv_feed.h"
#include "intake/reason.h"

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

static struct bytes
bytes(const char *s)
{
	return (struct bytes){ (const unsigned char *)s, strlen(s) };
}

static struct slice
text(const char *s)
{
	return (struct slice){ s, strlen(s) };
}

static const struct {
	const char *cell;
	double dot, comma; /* NaN: it is no number */
} numbers[] = {
	/* clang-format off */
	{ "1", 1, 1 },
	{ "-0.054", -0.054, NAN },
	{ "1.66E-06", 1.66e-6, NAN },
	{ "1,5", NAN, 1.5 },
	{ "1.234", 1.234, 1234 },
	{ "1,234", 1234, 1.234 },
	{ "1,234.5", 1234.5, NAN },
	{ "1.234.567,25", NAN, 1234567.25 },
	{ "12,34", NAN, 12.34 },
	{ "+7", 7, 7 },
	{ ".5", .5, NAN },
	{ "5.", 5, NAN },
	{ "1e400", NAN, NAN },
	{ "0x10", NAN, NAN },
	{ "inf", NAN, NAN },
	{ "1 2", NAN, NAN },
	{ "-", NAN, NAN },
	{ ".", NAN, NAN },
	{ "", NAN, NAN },
	{ "1,2,3", NAN, NAN },
	{ "0,123", NAN, .123 },
	{ "--1", NAN, NAN },
	{ "e5", NAN, NAN },
	/* clang-format on */
};

TEST(a_cell_is_a_number_with_its_decimal_mark)
{
	size_t i;

	for (i = 0; i < COUNT(numbers); i++) {
		struct slice s = text(numbers[i].cell);
		double v = NAN;

		CHECK(cell_number(&v, s, '.') == !isnan(numbers[i].dot));
		CHECK(isnan(numbers[i].dot) || v == numbers[i].dot);
		CHECK(cell_number(&v, s, ',') == !isnan(numbers[i].comma));
		CHECK(isnan(numbers[i].comma) || v == numbers[i].comma);
	}
}

/* WaterML of one series of a daily mean, with these readings. */
#define WATER_OF(blocks)                                                    \
	"{\"value\":{\"timeSeries\":[{\"variable\":{\"unit\":{"             \
	"\"unitCode\":\"ft3/s\"},\"variableCode\":[{\"value\":\"00060\"}]," \
	"\"options\":{\"option\":[{\"optionCode\":\"00003\"}]},"            \
	"\"noDataValue\":-999999.0},\"values\":[" blocks "],"               \
	"\"sourceInfo\":{\"siteCode\":[{\"value\":\"0149\"}],"              \
	"\"siteProperty\":[{\"v\":1},{\"v\":2},{\"v\":3},{\"v\":4}]}}]}}"
#define WATER(readings) \
	WATER_OF("{\"value\":[" readings "],\"method\":[{\"methodID\":7}]}")

/* A file, what is likely of its columns, and what is open; or it has no row. */
static const struct {
	const char *file, *columns, *open;
} files[] = {
	/* clang-format off */
	{ "datetime;Pressure;Volume Flow [L/min]\n2020-03-09 10:14:33;0.1;32\n",
	    "time pressure volume_flow", "zone device " },
	{ "time,device,p\n2020-03-09T10:14:33Z,M-1,0.1\n", "time device p", "" },
	{ "DATETIME,L_T1\n06/01/14 00,0.5\n13/01/14 01,0.6\n", "time l_t1",
	    "order zone device " },
	{ "\"\",\"Date\",\"Time\",\"V\",\"DateTime\"\n"
	    "1,1/2/2007,00:00:00,243.1,2007-02-01 00:00:00\n",
	    "leave leave leave v time", "zone device " },
	{ "date\tQdaily\n10/1/1999\t3.0\n10/13/1999\t2.4\n", "time qdaily",
	    "zone device " },
	{ "time,device,sensor,value,unit,quality\n"
	    "2020-03-09T10:14:33Z,M-1,p,0.1,bar,100\n",
	    "time device name value unit leave", "" },
	{ "[{\"t\": \"Mon, 25 Mar 2019 16:24:42 GMT\", \"kWh\": 6.1}]",
	    "time kwh", "device " },
	{ "{\"value\":{\"timeSeries\":[{\"sourceInfo\":{}}]}}", NULL, NULL },
	{ WATER("{\"value\":\"4\",\"dateTime\":\"2020-02-14T00:00:00-05:00\"}"),
	    "time device name value unit leave", "" },
	{ "ts,p\n1700000000,1\n1700000001,2\n", "time p", "device " },
	{ "a (x),a (y)\n1.5,2\n3,4\n", "a a_2", "columns device " },
	{ "2020-03-09T10:14:33Z,1\n2020-03-09T10:14:34Z,2\n", "time leave",
	    "device columns " },
	/* clang-format on */
};

static const char *
columns(struct arena *a, const struct plan *p)
{
	struct buf b = buf_new(a, 64);
	size_t i;

	for (i = 0; i < p->n; i++)
		buf_printf(&b, "%s%s", i > 0 ? " " : "",
		    p->column[i].as == AS_SENSOR
			? p->column[i].key
			: column_as_name(p->column[i].as));
	return (const char *)b.p;
}

static const char *
open_fields(struct arena *a, const struct plan *p, const struct look *l)
{
	struct buf b = buf_new(a, 64);
	struct questions q;
	size_t i;

	plan_ask(&q, a, p, l);
	for (i = 0; i < q.n; i++)
		buf_printf(&b, "%s ", q.v[i].field);
	return (const char *)b.p;
}

TEST(what_is_likely_is_suggested_and_the_rest_is_asked)
{
	struct arena *a = arena_new();
	size_t i;

	for (i = 0; i < COUNT(files); i++) {
		struct plan p;
		struct look l;
		struct csv c;

		CHECK(csv_open(&c, a, bytes(files[i].file), 0) == NULL);
		CHECK((look_file(&l, &c) == NULL) == (files[i].open != NULL));
		if (files[i].open == NULL)
			continue;
		plan_suggest(&p, a, &l);
		CHECK_TEXT(columns(a, &p), files[i].columns);
		CHECK_TEXT(open_fields(a, &p, &l), files[i].open);
	}
	arena_free(a);
}

TEST(a_plan_is_read_as_it_was_written)
{
	static const char json[] =
	    "{\"columns\":[{\"as\":\"time\"},{\"as\":\"clock\"},"
	    "{\"as\":\"sensor\",\"key\":\"p\",\"unit\":\"bar\",\"low\":-1.5,"
	    "\"high\":1000},{\"as\":\"sensor\",\"key\":\"q\",\"low\":\"x\"},"
	    "{\"as\":\"value\",\"low\":0},{\"as\":\"seconds\",\"key\":\"s\"},{"
	    "\"as\":\"seconds\"},"
	    "{\"as\":\"leave\"}],\"decimal\":\",\",\"order\":\"dmy\","
	    "\"zone\":\"Europe/Berlin\",\"device\":\"M-1\","
	    "\"start\":\"2026-01-01T00:00:00Z\",\"same\":\"keep\","
	    "\"empty\":\"skip\",\"make\":true,\"site\":\"north\"}";
	struct arena *a = arena_new();
	struct buf b = buf_new(a, 256);
	struct plan p;

	CHECK(plan_read(&p, a, bytes(json)) == NULL);
	plan_put(&b, &p);
	CHECK_TEXT((const char *)b.p, json);
	arena_free(a);
}

TEST(what_is_no_plan_is_refused_with_its_member)
{
	static const struct {
		const char *json, *say;
	} bad[] = {
		{ "[]", "plan: " },
		{ "{\"orders\": \"dmy\"}", "orders: " },
		{ "{\"order\": \"myd\"}", "order: " },
		{ "{\"decimal\": \";\"}", "decimal: " },
		{ "{\"make\": 1}", "make: " },
		{ "{\"zone\": 1}", "zone: " },
		{ "{\"same\": \"last\"}", "same: " },
		{ "{\"empty\": \"zero\"}", "empty: " },
		{ "{\"columns\": {}}", "columns: " },
		{ "{\"columns\": [1]}", "columns: " },
		{ "{\"columns\": [{\"as\": \"x\"}]}", "as: " },
		{ "{\"columns\": [{\"name\": \"x\"}]}", "name: " },
		{ "{\"columns\": [{\"low\": true}]}", "columns: " },
		{ "{\"zone\": ", "The JSON " },
		{ "", "The JSON " },
	};
	struct arena *a = arena_new();
	struct plan p;
	size_t i;

	for (i = 0; i < COUNT(bad); i++) {
		struct err *e = plan_read(&p, a, bytes(bad[i].json));

		CHECK(e != NULL && e->kind == ERR_INPUT);
		CHECK(e != NULL &&
		      strncmp(e->say, bad[i].say, strlen(bad[i].say)) == 0);
	}
	arena_free(a);
}

/* The items of a file, "line time device.sensor value;" each. */
static const char *
items(struct arena *a, const char *file, const char *json)
{
	struct intake *in = arena_alloc(a, sizeof(*in));
	struct buf b = buf_new(a, 256);
	struct plan p;
	struct look l;
	struct feed f;
	struct csv c;
	struct fed r;
	size_t i;

	in->arena = a;
	CHECK(csv_open(&c, a, bytes(file), 0) == NULL);
	CHECK(look_file(&l, &c) == NULL);
	CHECK(plan_read(&p, a, bytes(json)) == NULL);
	plan_settle(&p, &l);
	feed_open(&f, a, &c, &p, &l, INT64_C(1800000000) * CLOCK_S);
	while (feed_next(&r, &f, a)) {
		if (r.code != NULL)
			buf_printf(&b, "%zu %s;", r.row.line, r.code);
		else
			feed_items(in, &f, &r);
	}
	for (i = 0; i < in->n; i++) {
		const struct item *it = &in->v[i];

		buf_printf(&b, "%zu %lld %.*s.%.*s %.*s", it->index,
		    (long long)(it->r.time / CLOCK_MS), (int)it->device.n,
		    it->device.p, (int)it->sensor.n, it->sensor.p,
		    (int)it->raw.n, it->raw.p);
		if (it->reason != REASON_NONE)
			buf_printf(&b, " %s was %g",
			    reason_of(it->reason)->word, it->was_value);
		if (it->value.kind == J_NULL)
			buf_text(&b, " null");
		buf_byte(&b, ';');
	}
	return (const char *)b.p;
}

#define T "{\"as\":\"time\"}"
#define P "{\"as\":\"sensor\",\"key\":\"p\"}"

TEST(rows_become_items_by_their_plan)
{
	struct arena *a = arena_new();

	CHECK_TEXT(items(a, "t,p\n1700000000,1\n1700000000500, 2 \n",
		       "{\"device\":\"M\",\"columns\":[" T "," P "]}"),
	    "2 1700000000000 M.p 1;3 1700000000500 M.p 2;");
	CHECK_TEXT(items(a, "d,s,v\nA,x,1\nB,y,2\n,z,3\n",
		       "{\"start\":\"2023-11-14T22:13:20Z\",\"columns\":["
		       "{\"as\":\"device\"},{\"as\":\"name\"},"
		       "{\"as\":\"value\"}]}"),
	    "2 no_time;3 no_time;4 no_device;");
	CHECK_TEXT(items(a, "s,p,q\n0.5,1,\n-0.5,,3\n",
		       "{\"start\":\"2023-11-14T22:13:20Z\",\"device\":\"M\","
		       "\"empty\":\"skip\",\"columns\":["
		       "{\"as\":\"seconds\"}," P
		       ",{\"as\":\"sensor\",\"key\":\"q\"}]}"),
	    "2 1700000000500 M.p 1;3 1699999999500 M.q 3;");
	CHECK_TEXT(items(a,
		       "t,p\n2300-01-01,1\n1850-01-01,2\nx,3\n,4\n"
		       "2023-11-14,\"5\n",
		       "{\"device\":\"M\",\"zone\":\"UTC\",\"columns\":[" T
		       "," P "]}"),
	    "2 clock_ahead;3 clock_unset;4 bad_time;5 no_time;6 bad_row;");
	arena_free(a);
}

TEST(rows_of_one_instant_are_told_or_kept_apart)
{
	static const char file[] = "t,p\n1700000000,1\n1700000000,1\n"
				   "1700000000,2\n";
	struct arena *a = arena_new();

	CHECK_TEXT(items(a, file,
		       "{\"device\":\"M\",\"same\":\"first\",\"columns\":[" T
		       "," P "]}"),
	    "2 1700000000000 M.p 1;3 1700000000000 M.p 1;"
	    "4 1700000000000 M.p 2;");
	arena_free(a);
}

TEST(what_is_beyond_the_bounds_of_a_plan_is_put_aside)
{
	static const char *const bad[] = { "\"low\":2,\"high\":1",
		"\"low\":\"zero\"", "\"high\":\"1e999\"" };
	struct arena *a = arena_new();
	struct look l = { .n = 1 };
	struct questions q;
	struct plan p;
	size_t i;

	CHECK_TEXT(items(a,
		       "t,p\n1700000000,-66\n1700000001,0\n1700000002,\n"
		       "1700000003,9.5\n",
		       "{\"device\":\"M\",\"columns\":[" T ",{\"as\":"
		       "\"sensor\",\"key\":\"p\",\"low\":0,\"high\":9}]}"),
	    "2 1700000000000 M.p -66 out_of_range was -66 null;"
	    "3 1700000001000 M.p 0;4 1700000002000 M.p  null;"
	    "5 1700000003000 M.p 9.5 out_of_range was 9.5 null;");
	for (i = 0; i < COUNT(bad); i++) {
		const char *json = arena_printf(a,
		    "{\"device\":\"M\",\"columns\":[{\"as\":\"sensor\","
		    "\"key\":\"p\",%s}]}",
		    bad[i]);

		CHECK(plan_read(&p, a, bytes(json)) == NULL);
		plan_ask(&q, a, &p, &l);
		CHECK(q.n == 2); /* and when */
		CHECK(strstr(q.v[1].ask, "from the lowest") != NULL);
	}
	arena_free(a);
}

TEST(seconds_with_a_key_are_readings_as_well)
{
	struct arena *a = arena_new();

	CHECK_TEXT(items(a, "s,p\n0.5,1\n",
		       "{\"start\":\"2023-11-14T22:13:20Z\",\"device\":\"M\","
		       "\"columns\":[{\"as\":\"seconds\",\"key\":\"run\"}," P
		       "]}"),
	    "2 1700000000500 M.run 0.5;2 1700000000500 M.p 1;");
	arena_free(a);
}

#define WATER_PLAN                                                   \
	"{\"columns\":[" T ",{\"as\":\"device\"},{\"as\":\"name\"}," \
	"{\"as\":\"value\"},{\"as\":\"unit\"},{\"as\":\"leave\"}]}"

TEST(each_series_of_waterml_is_a_sensor_of_its_site)
{
	struct arena *a = arena_new();

	CHECK_TEXT(items(a,
		       WATER("{\"value\":\"466\",\"qualifiers\":[\"P\",\"e\"],"
			     "\"dateTime\":\"2020-02-14T00:00:00Z\"},"
			     "{\"value\":\"-999999\",\"qualifiers\":\"A\","
			     "\"dateTime\":\"2020-02-15T00:00:00Z\"}"),
		       WATER_PLAN),
	    "1 1581638400000 0149.00060.00003 466;"
	    "2 1581724800000 0149.00060.00003  null;");
	CHECK_TEXT(items(a,
		       WATER_OF("{\"value\":[{\"value\":1,\"dateTime\":"
				"\"2020-02-14T00:00:00Z\"}],\"method\":[{"
				"\"methodID\":7}]},{\"value\":[{\"value\":2,"
				"\"dateTime\":\"2020-02-14T00:00:00Z\"}],"
				"\"method\":[{\"methodID\":8}]}"),
		       WATER_PLAN),
	    "1 1581638400000 0149.00060.00003.7 1;"
	    "2 1581638400000 0149.00060.00003.8 2;");
	arena_free(a);
}

TEST(waterml_that_was_damaged_is_refused_or_has_rows)
{
	static const char good[] =
	    WATER("{\"value\":\"466\",\"qualifiers\":[\"P\",\"e\"],"
		  "\"dateTime\":\"2020-02-14T00:00:00Z\"}");
	static const char put[] = "{}[]\",:0 ";
	size_t i, k, rows = 0;

	for (i = 0; i + 1 < sizeof(good); i++)
		for (k = 0; k + 1 < sizeof(put); k++) {
			struct arena *a = arena_new();
			char *file = arena_copy(a, good, sizeof(good) - 1);
			struct look l;
			struct csv c;

			file[i] = put[k];
			if (csv_open(&c, a, bytes(file), 0) == NULL &&
			    look_file(&l, &c) == NULL)
				rows += l.rows;
			arena_free(a);
		}
	CHECK(rows > 0);
}
