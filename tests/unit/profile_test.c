/*
 * profile_test.c - device profiles: the shipped ones load with their vectors,
 * and a mistake in one is refused with its name.
 */
#include "model/profile.h"

#include <math.h>

#include "check.h"
#include "model/changes.h"

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

#define HEAD                                                     \
	"\"fluxline_profile\":1,\"id\":\"a\",\"version\":\"1\"," \
	"\"vendor\":\"v\",\"model\":\"m\",\"protocol\":\"modbus\","
#define POINT "{\"key\":\"p\",\"address\":0,\"type\":\"UINT16\"}"
#define VECTOR                                                \
	"\"tests\":[{\"name\":\"t\",\"holding\":{\"0\":[7]}," \
	"\"expect\":{\"p\":7}}]"

/* What is wrong, and the word by which the error names it. */
static const struct {
	const char *json, *named;
} mistakes[] = {
	/* clang-format off */
	{ "{" HEAD "\"points\":[" POINT "]}", "tests" },
	{ "{" HEAD "\"points\":[" POINT "],\"tests\":[]}", "test vectors" },
	{ "{" HEAD "\"points\":[]," VECTOR "}", "points" },
	{ "{" HEAD "\"points\":[" POINT "," POINT "]," VECTOR "}", "twice" },
	{ "{" HEAD "\"colour\":1,\"points\":[" POINT "]," VECTOR "}", "colour" },
	{ "{" HEAD "\"points\":[{\"key\":\"p\",\"address\":0,\"type\":\"UINT16\","
	  "\"gain\":2}]," VECTOR "}", "gain" },
	{ "{" HEAD "\"points\":[{\"key\":\"p\",\"address\":0,\"type\":\"U16\"}],"
	  VECTOR "}", "type" },
	{ "{" HEAD "\"points\":[{\"key\":\"p\",\"address\":65536,"
	  "\"type\":\"UINT16\"}]," VECTOR "}", "address" },
	{ "{" HEAD "\"points\":[{\"key\":\"../p\",\"address\":0,"
	  "\"type\":\"UINT16\"}]," VECTOR "}", "key" },
	{ "{" HEAD "\"points\":[{\"key\":\"p\",\"address\":0,\"type\":\"BIT\"}],"
	  VECTOR "}", "BIT" },
	{ "{" HEAD "\"points\":[{\"key\":\"p\",\"address\":0,\"type\":\"UINT16\","
	  "\"range\":[5,1]}]," VECTOR "}", "range" },
	{ "{" HEAD "\"points\":[{\"key\":\"p\",\"address\":0,\"type\":\"UINT16\","
	  "\"poll_s\":0.001}]," VECTOR "}", "poll_s" },
	{ "{" HEAD "\"points\":[{\"key\":\"p\",\"address\":0,\"type\":\"UINT16\","
	  "\"window_s\":2}]," VECTOR "}", "window_s" },
	{ "{" HEAD "\"points\":[{\"key\":\"p\",\"address\":0,\"type\":\"UINT16\","
	  "\"report\":{\"deadband\":-1,\"max_s\":60}}]," VECTOR "}", "deadband" },
	{ "{" HEAD "\"points\":[" POINT "],\"tests\":[{\"name\":\"seven\","
	  "\"holding\":{\"0\":[8]},\"expect\":{\"p\":7}}]}", "seven" },
	{ "{" HEAD "\"points\":[" POINT "],\"tests\":[{\"name\":\"t\","
	  "\"holding\":{\"0\":[8]},\"expect\":{\"q\":7}}]}", "no known point" },
	{ "{" HEAD "\"id\":\"b\",\"points\":[" POINT "]," VECTOR "}", "duplicate" },
	{ "{" HEAD "\"points\":[{\"key\":\"p\",\"address\":0,"
	  "\"type\":\"STRING\",\"length\":1}]," VECTOR "}", "texts only" },
	{ "[]", "object" },
	{ "{", "line 1" },
	/* clang-format on */
};

TEST(a_mistake_is_refused_and_named)
{
	struct arena *a = arena_new();
	struct profile *p;
	struct err *e;
	size_t i;

	for (i = 0; i < COUNT(mistakes); i++) {
		e = profile_parse(&p, a, mistakes[i].json,
		    strlen(mistakes[i].json));
		CHECK(e != NULL && e->kind == ERR_INPUT);
		CHECK(e != NULL && strstr(e->why, mistakes[i].named) != NULL);
		if (e != NULL && strstr(e->why, mistakes[i].named) == NULL)
			(void)printf("%s: %s\n", mistakes[i].named, e->why);
	}
	arena_free(a);
}

/* All that may be said of a point and of the device, and said otherwise. */
#define OLD                                                                \
	"{" HEAD "\"points\":[{\"key\":\"p\",\"address\":0,"               \
	"\"type\":\"UINT16\",\"unit\":\"m3/h\"},{\"key\":\"c\","           \
	"\"address\":1,\"type\":\"UINT16\",\"kind\":\"counter\"},"         \
	"{\"key\":\"w\",\"address\":2,\"type\":\"UINT16\",\"write\":{"     \
	"\"function\":6,\"range\":[0,1],\"interlock\":{\"point\":\"p\","   \
	"\"is\":1}}},{\"key\":\"s\",\"address\":20,\"type\":\"STRING\","   \
	"\"length\":4},{\"key\":\"o\",\"address\":30,\"type\":\"STRING\"," \
	"\"length\":4}]," VECTOR "}"
#define NEW                                                                \
	"{" HEAD "\"transport\":{\"timeout_ms\":500},\"limits\":{"         \
	"\"max_gap\":0},\"points\":[{\"key\":\"p\",\"address\":0,"         \
	"\"type\":\"UINT16\",\"unit\":\"m3/h\",\"byte_order\":\"BADC\","   \
	"\"display_unit\":\"L/s\",\"window_s\":10,\"report\":{"            \
	"\"deadband\":1,\"max_s\":60},\"capability\":\"flow.rate\","       \
	"\"group\":\"g\",\"quality_map\":{\"3\":50}},{\"key\":\"c\","      \
	"\"address\":1,\"type\":\"UINT16\",\"kind\":\"counter\","          \
	"\"reset\":\"detect\",\"rollover\":65536,\"max_rate_per_s\":5},"   \
	"{\"key\":\"w\",\"address\":2,\"type\":\"UINT16\",\"write\":{"     \
	"\"function\":6,\"range\":[0,1],\"interlock\":{\"point\":\"p\","   \
	"\"is\":2}}},{\"key\":\"s\",\"address\":20,\"type\":\"STRING\","   \
	"\"length\":5},{\"key\":\"t\",\"address\":40,\"type\":\"STRING\"," \
	"\"length\":4}],\"zero_frame\":{\"suspect_if_all_zero\":[\"p\","   \
	"\"c\"]},\"tests\":[{\"name\":\"t\",\"holding\":{\"0\":["          \
	"1792]},\"expect\":{\"p\":7}}]}"

TEST(whatever_a_version_says_otherwise_is_told)
{
	static const char *const told[] = { "profile transport",
		"profile limits", "p order", "p report", "p window_s",
		"p quality_map", "p capability", "p group", "p display_unit",
		"p zero_frame", "c reset", "c rollover", "c max_rate_per_s",
		"c zero_frame", "w write", "s text", "t new", "o gone" };
	struct arena *a = arena_new();
	struct profile *was, *is;
	struct change *c;
	size_t i, n;

	CHECK(profile_parse(&was, a, OLD, strlen(OLD)) == NULL);
	CHECK(profile_parse(&is, a, NEW, strlen(NEW)) == NULL);
	n = profile_changes(&c, a, was, is);
	CHECK(n == COUNT(told));
	for (i = 0; i < n && i < COUNT(told); i++)
		CHECK_TEXT(arena_printf(a, "%s %s", c[i].key, c[i].what),
		    told[i]);
	CHECK(profile_changes(&c, a, is, is) == 0);
	arena_free(a);
}

TEST(notes_are_free)
{
	static const char json[] = "{" HEAD "\"x-note\":{\"a\":1},"
				   "\"points\":[" POINT "]," VECTOR "}";
	struct arena *a = arena_new();
	struct profile *p;

	CHECK(profile_parse(&p, a, json, strlen(json)) == NULL);
	arena_free(a);
}

TEST(the_shipped_profiles_load_with_their_vectors)
{
	static const char *const ids[] = { "nivus-generic-seed",
		"nivus-nivuflow-750", "pump-station", "fluxline-float64x8",
		"eastron-sdm630", "eastron-sdm120", "carlo-gavazzi-em24",
		"carlo-gavazzi-em340", "janitza-umg96", "schneider-iem3x55",
		"abb-b23", "sunspec-inverter", "sunspec-battery", "loop-4-20ma",
		"excavator", "water-heater", "vending-machine", "robot",
		"smart-meter", "ev-charger" };
	struct arena *a = arena_new();
	struct profile *p;
	struct err *e;
	size_t i;

	for (i = 0; i < COUNT(ids); i++) {
		e = profile_load(&p, a, "profiles", ids[i]);
		CHECK(e == NULL);
		if (e != NULL)
			(void)printf("%s\n", e->why);
	}
	arena_free(a);
}

/* FLEETOPS-08..12: unit, range and nominal rate of the five types. */
static const struct {
	const char *key, *unit;
	double low, high, hertz;
} types[] = {
	/* clang-format off */
	{ "temperature", "Cel",   -40,   150,   1 },
	{ "pressure",    "[psi]",   0,  1000,  10 },
	{ "vibration",   "mm/s",    0,   100, 100 },
	{ "flow",        "L/min",   0, 10000,   1 },
	{ "level",       "%",       0,   100,   0.1 },
	/* clang-format on */
};

TEST(each_sensor_type_has_its_unit_range_and_rate)
{
	struct arena *a = arena_new();
	struct profile *p;
	const struct point *t;
	size_t i;

	for (i = 0; i < COUNT(types); i++) {
		CHECK(profile_load(&p, a, "profiles",
			  arena_printf(a, "sensor-%s", types[i].key)) == NULL);
		t = profile_point(p, types[i].key);
		CHECK(t != NULL && t->low == types[i].low &&
		      t->high == types[i].high);
		CHECK_TEXT(t->unit, types[i].unit);
		CHECK(fabs(p->poll_s * types[i].hertz - 1) < 1e-9);
	}
	arena_free(a);
}

/* The points of a profile, and how long one of them may be silent. */
static const struct {
	const char *points;
	double poll_s, silence_s;
} silences[] = {
	/* clang-format off */
	{ "\"poll_s\":5", 0, 5 },
	{ "\"poll_s\":5", 2, 2 },
	{ "\"poll_s\":0.01,\"window_s\":10", 0, 10 },
	{ "\"report\":{\"deadband\":1,\"max_s\":60}", 0, 60 },
	{ "\"report\":{\"deadband\":1,\"max_s\":60}", 2, 60 },
	{ "\"report\":{\"deadband\":1,\"max_s\":60}", 300, 300 },
	/* clang-format on */
};

TEST(no_point_is_silent_for_longer_than_the_profile_says)
{
	struct arena *a = arena_new();
	struct profile *p;
	const char *json;
	size_t i;

	for (i = 0; i < COUNT(silences); i++) {
		json = arena_printf(a,
		    "{\"fluxline_profile\":1,\"id\":\"x\",\"version\":\"1\","
		    "\"vendor\":\"v\",\"model\":\"m\",\"protocol\":"
		    "\"modbus\",\"points\":[{\"key\":\"p\",\"address\":0,"
		    "\"type\":\"UINT16\",%s}],\"tests\":[{\"name\":\"n\","
		    "\"holding\":{\"0\":[1]},\"expect\":{\"p\":1}}]}",
		    silences[i].points);
		CHECK(profile_parse(&p, a, json, strlen(json)) == NULL);
		CHECK(profile_silence_s(p, silences[i].poll_s) ==
		      silences[i].silence_s);
	}
	arena_free(a);
}

TEST(modicon_numbers_become_function_and_register)
{
	struct arena *a = arena_new();
	const struct point *pt;
	struct profile *p;

	CHECK(profile_load(&p, a, "profiles", "nivus-nivuflow-750") == NULL);
	pt = profile_point(p, "volume_total");
	CHECK(pt->function == READ_INPUT && pt->address == 5200);
	CHECK(pt->order == ORDER_CDAB && pt->words == 2);
	CHECK(isnan(pt->low) && pt->states == NULL);
	CHECK(profile_load(&p, a, "profiles", "pump-station") == NULL);
	pt = profile_point(p, "pressure");
	CHECK(pt->function == READ_HOLDING && pt->address == 100);
	pt = profile_point(p, "running");
	CHECK_TEXT(pt->states,
	    "{\"0\":\"stopped\",\"1\":\"running\",\"2\":\"tripped\"}");
	CHECK(profile_point(p, "nothing") == NULL);
	arena_free(a);
}

TEST(an_id_cannot_leave_the_folder)
{
	static const char *const ids[] = { "../profiles/pump-station", "..",
		".", "", "/etc/passwd", "pump-station.json/", "nothing-here" };
	struct arena *a = arena_new();
	struct profile *p;
	struct err *e;
	size_t i;

	for (i = 0; i < COUNT(ids); i++) {
		e = profile_load(&p, a, "profiles", ids[i]);
		CHECK(e != NULL && e->kind == ERR_MISSING);
	}
	arena_free(a);
}
