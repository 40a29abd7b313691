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
