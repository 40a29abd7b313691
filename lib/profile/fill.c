/* fill.c - what importers say of a point, in our words. */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "profile/draft.h"

/* Our types, the registers of each and what they hold. */
static const struct {
	const char *type;
	int words;
	double low, high;
	const char *also[6];
} types[] = {
	/* clang-format off */
	{ "BIT",     1, 0, 1, { "bool", "boolean", "coil", "digital" } },
	{ "UINT8L",  1, 0, 255, { NULL } },
	{ "UINT8H",  1, 0, 255, { NULL } },
	{ "INT8L",   1, -128, 127, { NULL } },
	{ "INT8H",   1, -128, 127, { NULL } },
	{ "UINT16",  1, 0, 65535, { "u16", "word", "unsigned", "uint",
	    "unsigned16", "16uint" } },
	{ "INT16",   1, -32768, 32767, { "s16", "i16", "short", "int",
	    "signed16", "16int" } },
	{ "UINT32",  2, 0, 4294967295.0, { "u32", "dword", "ulong",
	    "unsigned32", "32uint" } },
	{ "INT32",   2, -2147483648.0, 2147483647.0, { "s32", "i32", "long",
	    "dint", "signed32", "32int" } },
	{ "UINT64",  4, 0, 1e19, { "u64", "qword", "64uint" } },
	{ "INT64",   4, -9e18, 9e18, { "s64", "i64", "64int" } },
	{ "FLOAT16", 1, -65504, 65504, { "16float", "half" } },
	{ "FLOAT32", 2, -3e38, 3e38, { "float", "real", "f32", "single",
	    "32float", "float32-ieee" } },
	{ "FLOAT64", 4, -1e308, 1e308, { "double", "f64", "lreal", "64float",
	    "float64-ieee" } },
	{ "STRING",  0, 0, 0, { "ascii", "text", "char" } },
	/* clang-format on */
};

enum { TYPES = sizeof(types) / sizeof(*types), DECIMALS_MAX = 9 };

static size_t
type_at(const char *name)
{
	size_t i, k;

	for (i = 0; i < TYPES; i++) {
		if (strcasecmp(types[i].type, name) == 0)
			return i;
		for (k = 0; k < 6 && types[i].also[k] != NULL; k++)
			if (strcasecmp(types[i].also[k], name) == 0)
				return i;
	}
	return TYPES;
}

const char *
draft_type(const char *written)
{
	size_t i = type_at(written);

	return i < TYPES ? types[i].type : NULL;
}

int
draft_words(const char *type)
{
	size_t i = type_at(type);

	return i < TYPES ? types[i].words : 0;
}

bool
draft_number(double *out, const char *s)
{
	char plain[64], *end, *comma;
	size_t n = strlen(s);

	if (n == 0 || n >= sizeof(plain))
		return false;
	memcpy(plain, s, n + 1);
	comma = strchr(plain, ',');
	if (comma != NULL && strchr(plain, '.') == NULL)
		*comma = '.';
	*out = strtod(plain, &end);
	return *end == 0 && end != plain && isfinite(*out);
}

void
draft_scale(json_t *point, double scale)
{
	int decimals = 0;

	while (decimals < DECIMALS_MAX && scale < 1 && scale > 0 &&
	       scale * pow(10, decimals) < 1 - 1e-9)
		decimals++;
	if (scale != 1)
		(void)json_object_set_new(point, "scale", json_real(scale));
	(void)json_object_set_new(point, "precision", json_integer(decimals));
}

void
draft_state(json_t *point, long value, const char *name)
{
	json_t *names = json_object_get(point, "enum");
	char number[24];

	if (names == NULL) {
		names = json_object();
		(void)json_object_set_new(point, "enum", names);
		(void)json_object_set_new(point, "kind", json_string("state"));
	}
	(void)snprintf(number, sizeof(number), "%ld", value);
	draft_text(names, number, name);
}

/* JSON has no infinity. */
static double
bounded(double v)
{
	return fmax(-DBL_MAX, fmin(DBL_MAX, v));
}

/* What the point can hold, in its unit. */
static void
span(double *low, double *high, const json_t *point)
{
	const json_t *scale = json_object_get(point, "scale");
	const char *type = json_string_value(json_object_get(point, "type")),
		   *number;
	json_t *names = json_object_get(point, "enum"), *name;
	double k = scale != NULL ? json_number_value(scale) : 1, v;
	double add = json_number_value(json_object_get(point, "offset"));
	size_t i = type_at(type);

	*low = *high = 0;
	json_object_foreach(names, number, name)
	{
		v = strtod(number, NULL);
		*low = fmin(*low, v);
		*high = fmax(*high, v);
	}
	if (names == NULL && i < TYPES) {
		v = types[i].low * k + add;
		*low = bounded(fmin(v, types[i].high * k + add));
		*high = bounded(fmax(v, types[i].high * k + add));
	}
}

void
draft_write(struct draft *d, json_t *point, double low, double high)
{
	const char *type = json_string_value(json_object_get(point, "type"));
	const char *key = json_string_value(json_object_get(point, "key"));
	bool coil = strcmp(type, "BIT") == 0;
	double least, most;

	if (draft_words(type) == 0 || json_object_get(point, "bit") != NULL) {
		draft_note(d, key,
		    "a text or a part of a register is not written");
		return;
	}
	if (json_object_get(point, "scale_from") != NULL) {
		draft_note(d, key, "what another point scales is not written");
		return;
	}
	if (!coil && (isnan(low) || isnan(high))) {
		span(&least, &most, point);
		low = isnan(low) ? least : low;
		high = isnan(high) ? most : high;
		draft_note(d, key,
		    "what may be written is not said there; "
		    "the type's or the states' range is taken");
	}
	(void)json_object_set_new(point, "write",
	    coil ? json_pack("{s:i}", "function", 5)
		 : json_pack("{s:i, s:[f, f]}", "function",
		       draft_words(type) == 1 ? 6 : 16, "range", low, high));
}
