/*
 * profile_test.c - device profiles: the shipped ones load with their vectors,
 * and a mistake in one is refused with its name.
 */
#include "model/profile.h"

#include <math.h>

#include "check.h"

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
	{ "{" HEAD "\"points\":[" POINT "],\"tests\":[{\"name\":\"seven\","
	  "\"holding\":{\"0\":[8]},\"expect\":{\"p\":7}}]}", "seven" },
	{ "{" HEAD "\"points\":[" POINT "],\"tests\":[{\"name\":\"t\","
	  "\"holding\":{\"0\":[8]},\"expect\":{\"q\":7}}]}", "no known point" },
	{ "{" HEAD "\"id\":\"b\",\"points\":[" POINT "]," VECTOR "}", "duplicate" },
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
		"nivus-nivuflow-750", "pump-station", "fluxline-float64x8" };
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
