#include "model/unit.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

/* One row a unit: its UCUM code, what is shown, and other spellings. */
static const struct {
	const char *code;
	const char *shown;
	const char *also[4];
} units[] = {
	/* clang-format off */
	{ "Cel",     "°C",    { "degC", "C", "celsius" } },
	{ "[degF]",  "°F",    { "degF", "F", "fahrenheit" } },
	{ "K",       "K",     { "kelvin" } },
	{ "m3/h",    "m³/h",  { "m^3/h", "cmh" } },
	{ "m3/s",    "m³/s",  { "m^3/s" } },
	{ "m3",      "m³",    { "m^3" } },
	{ "L/min",   "L/min", { "l/min", "lpm" } },
	{ "L/s",     "L/s",   { "l/s" } },
	{ "bar",     "bar",   { NULL } },
	{ "[psi]",   "psi",   { "psi" } },
	{ "mm/s",    "mm/s",  { NULL } },
	{ "m/s",     "m/s",   { NULL } },
	{ "%",       "%",     { "percent", "pct" } },
	{ "A",       "A",     { "amp", "ampere" } },
	{ "V",       "V",     { "volt" } },
	{ "kW.h",    "kWh",   { "kWh" } },
	{ "1",       "",      { "" } },
	/* clang-format on */
};

enum { UNITS = sizeof(units) / sizeof(*units) };

/* The unit's row; UNITS when nobody knows it. */
static size_t
row(const char *name)
{
	size_t i, k;

	for (i = 0; i < UNITS; i++) {
		if (strcmp(units[i].code, name) == 0 ||
		    strcasecmp(units[i].shown, name) == 0)
			return i;
		for (k = 0; k < 4 && units[i].also[k] != NULL; k++)
			if (strcasecmp(units[i].also[k], name) == 0)
				return i;
	}
	return UNITS;
}

bool
unit_same(const char *a, const char *b)
{
	size_t i = row(a);

	return strcmp(a, b) == 0 || (i < UNITS && i == row(b));
}

const char *
unit_shown(const char *code)
{
	size_t i = row(code);

	return i < UNITS ? units[i].shown : code;
}
