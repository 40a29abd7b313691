#include "model/unit.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

/* What a unit measures; only units of one kind become each other. */
enum kind {
	KIND_NONE, /* of its own: becomes nothing else */
	KIND_TEMPERATURE,
	KIND_FLOW,
	KIND_MASS_FLOW,
	KIND_VOLUME,
	KIND_PRESSURE,
	KIND_LENGTH,
	KIND_SPEED,
	KIND_CURRENT,
	KIND_VOLTAGE,
	KIND_POWER,
	KIND_REACTIVE,
	KIND_APPARENT,
	KIND_ENERGY,
	KIND_REACTIVE_ENERGY,
	KIND_APPARENT_ENERGY,
	KIND_FREQUENCY,
	KIND_TIME,
	KIND_MASS,
	KIND_CONDUCTIVITY,
	KIND_RESISTANCE
};

/*
 * One row a unit: its UCUM code, what is shown, other spellings; and what one
 * of it is of the kind's first unit, (value + before) * up / down.
 */
static const struct unit {
	const char *code;
	const char *shown;
	const char *also[4];
	enum kind kind;
	int64_t up, down;
	double before;
} units[] = {
	/* clang-format off */
	{ "Cel",     "°C",    { "degC", "C", "celsius", "Celcius" },
	    KIND_TEMPERATURE, 1, 1, 0 },
	{ "[degF]",  "°F",    { "degF", "F", "fahrenheit" },
	    KIND_TEMPERATURE, 5, 9, -32 },
	{ "K",       "K",     { "kelvin" }, KIND_TEMPERATURE, 1, 1, -273.15 },

	{ "m3/h",    "m³/h",  { "m^3/h", "cmh" }, KIND_FLOW, 1, 1, 0 },
	{ "m3/s",    "m³/s",  { "m^3/s" }, KIND_FLOW, 3600, 1, 0 },
	{ "m3/min",  "m³/min", { "m^3/min" }, KIND_FLOW, 60, 1, 0 },
	{ "m3/d",    "m³/d",  { "m^3/d" }, KIND_FLOW, 1, 24, 0 },
	{ "L/min",   "L/min", { "l/min", "lpm" }, KIND_FLOW, 3, 50, 0 },
	{ "L/s",     "L/s",   { "l/s", "lps" }, KIND_FLOW, 18, 5, 0 },
	{ "L/h",     "L/h",   { "l/h" }, KIND_FLOW, 1, 1000, 0 },
	{ "[gal_us]/min", "gal/min", { "gpm" },
	    KIND_FLOW, INT64_C(3785411784) * 60, INT64_C(1000000000000), 0 },
	{ "[cft_i]/min", "ft³/min", { "ft3/min", "cfm" },
	    KIND_FLOW, INT64_C(28316846592) * 60, INT64_C(1000000000000), 0 },
	{ "kg/h",    "kg/h",  { NULL }, KIND_MASS_FLOW, 1, 1, 0 },
	{ "kg/s",    "kg/s",  { NULL }, KIND_MASS_FLOW, 3600, 1, 0 },
	{ "t/h",     "t/h",   { NULL }, KIND_MASS_FLOW, 1000, 1, 0 },

	{ "m3",      "m³",    { "m^3" }, KIND_VOLUME, 1, 1, 0 },
	{ "L",       "L",     { "litre", "liter" }, KIND_VOLUME, 1, 1000, 0 },
	{ "mL",      "mL",    { NULL }, KIND_VOLUME, 1, 1000000, 0 },
	{ "ML",      "ML",    { NULL }, KIND_VOLUME, 1000, 1, 0 },
	{ "[gal_us]", "gal",  { "gallon" },
	    KIND_VOLUME, INT64_C(3785411784), INT64_C(1000000000000), 0 },
	{ "[cft_i]", "ft³",   { "ft3", "ft^3" },
	    KIND_VOLUME, INT64_C(28316846592), INT64_C(1000000000000), 0 },

	{ "bar",     "bar",   { NULL }, KIND_PRESSURE, 1, 1, 0 },
	{ "mbar",    "mbar",  { NULL }, KIND_PRESSURE, 1, 1000, 0 },
	{ "Pa",      "Pa",    { "pascal" }, KIND_PRESSURE, 1, 100000, 0 },
	{ "hPa",     "hPa",   { NULL }, KIND_PRESSURE, 1, 1000, 0 },
	{ "kPa",     "kPa",   { NULL }, KIND_PRESSURE, 1, 100, 0 },
	{ "MPa",     "MPa",   { NULL }, KIND_PRESSURE, 10, 1, 0 },
	{ "mPa",     "mPa",   { NULL }, KIND_PRESSURE, 1, 100000000, 0 },
	{ "[psi]",   "psi",   { "psi" }, KIND_PRESSURE,
	    INT64_C(44482216152605), INT64_C(645160000000000), 0 },
	{ "m[H2O]",  "mH₂O",  { "mH2O", "mWS" },
	    KIND_PRESSURE, 980665, 10000000, 0 },

	{ "m",       "m",     { "metre", "meter" }, KIND_LENGTH, 1, 1, 0 },
	{ "mm",      "mm",    { NULL }, KIND_LENGTH, 1, 1000, 0 },
	{ "cm",      "cm",    { NULL }, KIND_LENGTH, 1, 100, 0 },
	{ "km",      "km",    { NULL }, KIND_LENGTH, 1000, 1, 0 },
	{ "[in_i]",  "in",    { "inch" }, KIND_LENGTH, 127, 5000, 0 },
	{ "[ft_i]",  "ft",    { "foot" }, KIND_LENGTH, 381, 1250, 0 },
	{ "[mi_i]",  "mi",    { "mile" }, KIND_LENGTH, 201168, 125, 0 },

	{ "mm/s",    "mm/s",  { NULL }, KIND_SPEED, 1, 1000, 0 },
	{ "m/s",     "m/s",   { NULL }, KIND_SPEED, 1, 1, 0 },
	{ "km/h",    "km/h",  { "kmh", "kph" }, KIND_SPEED, 5, 18, 0 },
	{ "[mi_i]/h", "mph",  { NULL }, KIND_SPEED, 1397, 3125, 0 },
	{ "[kn_i]",  "kn",    { "knot" }, KIND_SPEED, 463, 900, 0 },

	{ "%",       "%",     { "percent", "pct" }, KIND_NONE, 1, 1, 0 },
	{ "A",       "A",     { "amp", "ampere" }, KIND_CURRENT, 1, 1, 0 },
	{ "mA",      "mA",    { NULL }, KIND_CURRENT, 1, 1000, 0 },
	{ "V",       "V",     { "volt" }, KIND_VOLTAGE, 1, 1, 0 },
	{ "mV",      "mV",    { NULL }, KIND_VOLTAGE, 1, 1000, 0 },
	{ "kV",      "kV",    { NULL }, KIND_VOLTAGE, 1000, 1, 0 },
	{ "MV",      "MV",    { NULL }, KIND_VOLTAGE, 1000000, 1, 0 },
	{ "Ohm",     "Ω",     { NULL }, KIND_RESISTANCE, 1, 1, 0 },
	{ "kOhm",    "kΩ",    { NULL }, KIND_RESISTANCE, 1000, 1, 0 },

	{ "W",       "W",     { "watt" }, KIND_POWER, 1, 1, 0 },
	{ "mW",      "mW",    { NULL }, KIND_POWER, 1, 1000, 0 },
	{ "kW",      "kW",    { NULL }, KIND_POWER, 1000, 1, 0 },
	{ "MW",      "MW",    { NULL }, KIND_POWER, 1000000, 1, 0 },
	{ "var",     "var",   { NULL }, KIND_REACTIVE, 1, 1, 0 },
	{ "kvar",    "kvar",  { NULL }, KIND_REACTIVE, 1000, 1, 0 },
	{ "V.A",     "VA",    { NULL }, KIND_APPARENT, 1, 1, 0 },
	{ "kV.A",    "kVA",   { NULL }, KIND_APPARENT, 1000, 1, 0 },

	{ "kW.h",    "kWh",   { "kWh" }, KIND_ENERGY, 1, 1, 0 },
	{ "W.h",     "Wh",    { NULL }, KIND_ENERGY, 1, 1000, 0 },
	{ "MW.h",    "MWh",   { NULL }, KIND_ENERGY, 1000, 1, 0 },
	{ "mW.h",    "mWh",   { NULL }, KIND_ENERGY, 1, 1000000, 0 },
	{ "J",       "J",     { "joule" }, KIND_ENERGY, 1, 3600000, 0 },
	{ "kJ",      "kJ",    { NULL }, KIND_ENERGY, 1, 3600, 0 },
	{ "MJ",      "MJ",    { NULL }, KIND_ENERGY, 5, 18, 0 },
	{ "mJ",      "mJ",    { NULL },
	    KIND_ENERGY, 1, INT64_C(3600000000), 0 },
	{ "GJ",      "GJ",    { NULL }, KIND_ENERGY, 2500, 9, 0 },
	{ "kvar.h",  "kvarh", { NULL }, KIND_REACTIVE_ENERGY, 1, 1, 0 },
	{ "var.h",   "varh",  { NULL }, KIND_REACTIVE_ENERGY, 1, 1000, 0 },
	{ "kV.A.h",  "kVAh",  { NULL }, KIND_APPARENT_ENERGY, 1, 1, 0 },
	{ "V.A.h",   "VAh",   { NULL }, KIND_APPARENT_ENERGY, 1, 1000, 0 },

	{ "Hz",      "Hz",    { "hertz" }, KIND_FREQUENCY, 1, 1, 0 },
	{ "kHz",     "kHz",   { NULL }, KIND_FREQUENCY, 1000, 1, 0 },
	{ "/min",    "1/min", { "rpm" }, KIND_FREQUENCY, 1, 60, 0 },
	{ "s",       "s",     { "sec", "second" }, KIND_TIME, 1, 1, 0 },
	{ "ms",      "ms",    { NULL }, KIND_TIME, 1, 1000, 0 },
	{ "min",     "min",   { "minute" }, KIND_TIME, 60, 1, 0 },
	{ "h",       "h",     { "hour" }, KIND_TIME, 3600, 1, 0 },
	{ "d",       "d",     { "day" }, KIND_TIME, 86400, 1, 0 },
	{ "kg",      "kg",    { NULL }, KIND_MASS, 1, 1, 0 },
	{ "g",       "g",     { "gram" }, KIND_MASS, 1, 1000, 0 },
	{ "t",       "t",     { "tonne" }, KIND_MASS, 1000, 1, 0 },
	{ "[lb_av]", "lb",    { "pound" },
	    KIND_MASS, 45359237, 100000000, 0 },
	{ "uS/cm",   "µS/cm", { NULL }, KIND_CONDUCTIVITY, 1, 1, 0 },
	{ "mS/cm",   "mS/cm", { NULL }, KIND_CONDUCTIVITY, 1000, 1, 0 },
	{ "S",       "S",     { "siemens" }, KIND_NONE, 1, 1, 0 },
	{ "1",       "",      { "" }, KIND_NONE, 1, 1, 0 },
	/* clang-format on */
};

enum { UNITS = sizeof(units) / sizeof(*units) };

typedef int compare(const char *, const char *);

static bool
is_named(const struct unit *u, const char *name, compare *differ)
{
	size_t k;

	if (differ(u->shown, name) == 0)
		return true;
	for (k = 0; k < 4 && u->also[k] != NULL; k++)
		if (differ(u->also[k], name) == 0)
			return true;
	return false;
}

/*
 * The unit's row; UNITS when nobody knows it.  As it is written first: mA and
 * MA are two units; one that only fits when capitals do not count must fit no
 * other.
 */
static size_t
row(const char *name)
{
	size_t i, found = UNITS;

	for (i = 0; i < UNITS; i++)
		if (strcmp(units[i].code, name) == 0 ||
		    is_named(&units[i], name, strcmp))
			return i;
	for (i = 0; i < UNITS; i++) {
		if (!is_named(&units[i], name, strcasecmp))
			continue;
		if (found < UNITS)
			return UNITS;
		found = i;
	}
	return found;
}

bool
unit_same(const char *a, const char *b)
{
	size_t i;

	if (strcmp(a, b) == 0)
		return true;
	i = row(a);
	return i < UNITS && i == row(b);
}

const char *
unit_code(const char *written)
{
	size_t i = row(written);

	return i < UNITS ? units[i].code : NULL;
}

const char *
unit_shown(const char *code)
{
	size_t i = row(code);

	return i < UNITS ? units[i].shown : code;
}

/* a / b * c / d as one ratio of doubles, each made of whole numbers. */
static void
ratio(struct unit_change *c, const struct unit *from, const struct unit *to)
{
	int64_t v[2][2] = { { from->up, to->up }, { from->down, to->down } };
	int i;

	for (i = 0; i < 2; i++) {
		int64_t a = v[i][0], b = v[i][1];

		while (b != 0) {
			int64_t rest = a % b;

			a = b;
			b = rest;
		}
		v[i][0] /= a;
		v[i][1] /= a;
	}
	c->up = (double)v[0][0] * (double)v[1][1];
	c->down = (double)v[1][0] * (double)v[0][1];
}

bool
unit_change(struct unit_change *c, const char *from, const char *to)
{
	size_t i = row(from), k = row(to);

	if (i == UNITS || k == UNITS || units[i].kind != units[k].kind ||
	    (i != k && units[i].kind == KIND_NONE))
		return false;
	ratio(c, &units[i], &units[k]);
	c->before = units[i].before;
	c->after = -units[k].before;
	return true;
}

double
unit_apply(const struct unit_change *c, double value)
{
	return (value + c->before) * c->up / c->down + c->after;
}

double
unit_apply_span(const struct unit_change *c, double difference)
{
	return difference * c->up / c->down;
}
