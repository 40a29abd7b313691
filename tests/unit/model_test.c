/*
 * Rules, units, values as people read them.
 */
#include "check.h"

#include <math.h>

#include "model/fleet.h"
#include "model/rule.h"
#include "model/unit.h"

static enum rule_turn
step(struct rule *u, int64_t time, double value)
{
	struct reading r = { .time = time, .value = value, .sensor = 1 };

	return rule_step(u, &r);
}

TEST(an_alert_is_raised_once_and_ends_once)
{
	struct rule u = { .above = true, .threshold = 10 };

	CHECK(step(&u, 1, 10) == RULE_STAYS);
	CHECK(step(&u, 2, 11) == RULE_RAISES);
	CHECK(step(&u, 3, 12) == RULE_STAYS);
	CHECK(step(&u, 4, NAN) == RULE_STAYS);
	CHECK(step(&u, 5, 9) == RULE_ENDS);
	CHECK(step(&u, 6, 8) == RULE_STAYS);
}

TEST(a_late_reading_neither_ends_an_alert_nor_raises_one)
{
	struct rule u = { .above = true, .threshold = 10 };

	CHECK(step(&u, 100, 11) == RULE_RAISES);
	CHECK(step(&u, 50, 5) == RULE_STAYS);
	CHECK(step(&u, 100, 5) == RULE_STAYS);
	CHECK(step(&u, 150, 5) == RULE_ENDS);
	CHECK(step(&u, 120, 11) == RULE_STAYS);
}

TEST(spellings_of_a_unit_are_one_unit)
{
	CHECK(unit_same("degC", "Cel"));
	CHECK(unit_same("°C", "Cel"));
	CHECK(unit_same("PSI", "[psi]"));
	CHECK(unit_same("m³/h", "m3/h"));
	CHECK(!unit_same("degF", "Cel"));
	CHECK(!unit_same("furlong", "Cel"));
	CHECK(unit_same("furlong", "furlong"));
	CHECK_TEXT(unit_shown("Cel"), "°C");
	CHECK_TEXT(unit_shown("furlong"), "furlong");
}

static const struct {
	const char *from, *to;
	double value, gives;
} changes[] = {
	/* clang-format off */
	{ "psi",     "bar",    100,    6.894757293168361 },
	{ "kPa",     "bar",    250,    2.5 },
	{ "hPa",     "mbar",   1013,   1013 },
	{ "degF",    "Cel",    212,    100 },
	{ "degF",    "Cel",    -40,    -40 },
	{ "°C",      "[degF]", 37,     98.6 },
	{ "K",       "Cel",    0,      -273.15 },
	{ "K",       "[degF]", 273.15, 32 },
	{ "m3/s",    "m3/h",   0.5,    1800 },
	{ "l/s",     "m³/h",   10,     36 },
	{ "gpm",     "L/min",  1,      3.785411784 },
	{ "kWh",     "W.h",    1.5,    1500 },
	{ "MJ",      "kW.h",   3.6,    1 },
	{ "mph",     "km/h",   100,    160.9344 },
	{ "mA",      "A",      4,      0.004 },
	{ "rpm",     "Hz",     1500,   25 },
	{ "lb",      "kg",     1,      0.45359237 },
	{ "Celcius", "K",      0,      273.15 },
	/* clang-format on */
};

TEST(a_value_goes_from_unit_to_unit_and_back_to_1e_12)
{
	struct unit_change there, back;
	size_t i;

	for (i = 0; i < sizeof(changes) / sizeof(*changes); i++) {
		double v = changes[i].value, g;

		CHECK(unit_change(&there, changes[i].from, changes[i].to));
		CHECK(unit_change(&back, changes[i].to, changes[i].from));
		g = unit_apply(&there, v);
		CHECK(fabs(g - changes[i].gives) <=
		      1e-12 * fmax(1, fabs(changes[i].gives)));
		CHECK(
		    fabs(unit_apply(&back, g) - v) <= 1e-12 * fmax(1, fabs(v)));
	}
}

TEST(a_deviation_has_no_zero_to_shift)
{
	struct unit_change c;

	CHECK(unit_change(&c, "degF", "Cel"));
	CHECK(unit_apply_span(&c, 9) == 5);
}

TEST(a_unit_of_another_kind_becomes_nothing)
{
	struct unit_change c;

	CHECK(!unit_change(&c, "bar", "Cel"));
	CHECK(!unit_change(&c, "kW", "kW.h"));
	CHECK(!unit_change(&c, "kVA", "kW"));
	CHECK(!unit_change(&c, "%", "1"));
	CHECK(!unit_change(&c, "furlong", "m"));
	CHECK(!unit_change(&c, "bar", "furlong"));
}

TEST(capitals_count_where_they_tell_two_units_apart)
{
	CHECK(!unit_same("MW", "mW"));
	CHECK(!unit_same("mPa", "MPa"));
	CHECK(!unit_same("mpa", "MPa"));
	CHECK(!unit_same("S", "s"));
	CHECK(unit_same("KWH", "kW.h"));
	CHECK(unit_same("a", "A"));
}

TEST(a_value_is_shown_with_its_precision_or_as_its_state)
{
	struct arena *a = arena_new();
	struct sensor s = { .kind = "gauge", .states = "", .precision = 2 };
	struct sensor state = { .kind = "state",
		.states = "{\"0\": \"ok\", \"1\": \"warning\"}" };

	CHECK_TEXT(value_shown(a, &s, 118.449), "118.45");
	CHECK_TEXT(value_shown(a, &s, 1234.5), "1234.50");
	CHECK_TEXT(value_shown(a, &s, -1938283.349), "-1\xe2\x80\xaf"
						     "938\xe2\x80\xaf"
						     "283.35");
	CHECK_TEXT(number_shown(a, 12345, 0), "12\xe2\x80\xaf"
					      "345");
	CHECK_TEXT(number_shown(a, 9999.9, 0), "10\xe2\x80\xaf"
					       "000");
	CHECK_TEXT(value_shown(a, &s, NAN), "—");
	CHECK_TEXT(value_shown(a, &state, 1), "warning");
	CHECK_TEXT(value_shown(a, &state, 7), "7");
	CHECK_TEXT(quality_word(100), "good");
	CHECK_TEXT(quality_word(50), "uncertain");
	CHECK_TEXT(quality_word(0), "bad");
	arena_free(a);
}
