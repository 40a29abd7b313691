/*
 * The models keep the laws of what they stand for, at any instant.
 */
#include "check.h"

#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "model/model.h"

#define START (INT64_C(1790000000) * CLOCK_S)

/* A total, what it is the integral of, and in what: 3600 a second. */
static const struct {
	const char *model, *rate, *total;
	double per, bound; /* of what a step may differ, of the trapezium */
} integrals[] = {
	/* clang-format off */
	{ "flow",      "flow_rate", "volume_total",   3600, 0.02 },
	{ "excavator", "fuel_rate", "fuel_used",      3600, 0.02 },
	{ "excavator", "state",     "engine_hours",   3600, 0.01 },
	{ "heater",    "power",     "energy",         3600, 0.01 },
	{ "vending",   "power",     "energy",         3600, 0.01 },
	{ "robot",     "power",     "energy",         3600, 0.01 },
	{ "robot",     "state",     "run_hours",      3600, 0.01 },
	{ "robot",     "state",     "parts",          30,   1.1 },
	{ "meter",     "power",     "energy",         3600, 0.02 },
	{ "charger",   "power",     "energy",         3600, 0.01 },
	{ "pump",      "running",   "run_hours",      3600, 0.01 },
	/* clang-format on */
};

static void
integrate(size_t i, uint64_t seed)
{
	int64_t t = START, step = 10 * CLOCK_S, end = START + CLOCK_DAY;
	double sum = 0, from, to;

	from = model_value(integrals[i].model, seed, integrals[i].total, t);
	for (; t < end; t += step)
		sum += 10 / integrals[i].per *
		       model_value(integrals[i].model, seed, integrals[i].rate,
			   t + step / 2);
	to = model_value(integrals[i].model, seed, integrals[i].total, end);
	CHECK(to > from);
	CHECK(fabs(to - from - sum) <= integrals[i].bound);
}

TEST(a_total_is_the_integral_of_what_it_counts)
{
	size_t i;

	for (i = 0; i < sizeof(integrals) / sizeof(*integrals); i++) {
		integrate(i, 1);
		integrate(i, 77);
	}
}

/* What changes only with inertia: not more than that in ten seconds. */
static const struct {
	const char *model, *key;
	double low, high, step;
} slow[] = {
	/* clang-format off */
	{ "excavator", "coolant_temperature", 5,   100, 1 },
	{ "heater",    "temperature",         40,  75,  0.2 },
	{ "vending",   "temperature",         -1,  11,  0.2 },
	{ "robot",     "joint_temperature",   22,  60,  0.3 },
	{ "charger",   "temperature",         5,   60,  0.5 },
	{ "meter",     "voltage",             220, 240, 1 },
	{ "meter",     "frequency",           49,  51,  0.1 },
	/* clang-format on */
};

TEST(temperatures_have_inertia_and_stay_where_they_belong)
{
	size_t i;
	int k;

	for (i = 0; i < sizeof(slow) / sizeof(*slow); i++) {
		double before =
		    model_value(slow[i].model, 3, slow[i].key, START);

		for (k = 1; k < 8640; k++) {
			double v = model_value(slow[i].model, 3, slow[i].key,
			    START + k * 10 * CLOCK_S);

			CHECK(v >= slow[i].low && v <= slow[i].high);
			CHECK(fabs(v - before) <= slow[i].step);
			before = v;
		}
	}
}

TEST(what_is_sold_is_no_longer_there)
{
	double sold = model_value("vending", 5, "sold", START);
	double stock = model_value("vending", 5, "stock", START);
	int k, filled = 0;

	for (k = 1; k < 1440; k++) {
		int64_t t = START + k * CLOCK_MIN;
		double s = model_value("vending", 5, "sold", t);
		double left = model_value("vending", 5, "stock", t);

		CHECK(s >= sold && left > 0 && left <= 400);
		filled += left > stock;
		if (left <= stock)
			CHECK(stock - left == s - sold);
		sold = s;
		stock = left;
	}
	CHECK(filled == 1);
}

TEST(a_charger_knows_a_car_only_while_it_is_there)
{
	int k, with = 0, without = 0;

	for (k = 0; k < 1440; k++) {
		int64_t t = START + k * CLOCK_MIN;
		bool on = model_value("charger", 2, "state", t) == 1;
		double soc = model_value("charger", 2, "soc", t);

		CHECK(on == !isnan(soc));
		CHECK(on == (model_value("charger", 2, "power", t) > 0));
		CHECK(!on || (soc >= 15 && soc <= 100));
		with += on;
		without += !on;
	}
	CHECK(with > 0 && without > 0);
}

TEST(one_seed_is_one_device_and_another_seed_another)
{
	CHECK(model_value("robot", 4, "parts", START) ==
	      model_value("robot", 4, "parts", START));
	CHECK(model_value("meter", 4, "power", START) !=
	      model_value("meter", 5, "power", START));
	CHECK_TEXT(model_for("ev-charger"), "charger");
	CHECK(model_known("excavator") && !model_known("unicorn"));
}
