#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/decode.h"
#include "model/profile_json.h"

/* One state's name, or "" when the value has none. */
static const char *
state_name(const struct point *pt, double value)
{
	size_t i;

	for (i = 0; i < pt->state_n; i++)
		if (pt->state[i].value == value && pt->state[i].name != NULL)
			return pt->state[i].name;
	return "";
}

static bool
as_expected(const struct point *pt, double got, const json_t *want, double tol)
{
	double v = json_number_value(want);

	if (json_is_null(want))
		return isnan(got);
	if (json_is_string(want))
		return strcmp(state_name(pt, got), json_string_value(want)) ==
		       0;
	return fabs(got - v) <= tol * fmax(1, fabs(v));
}

/* The words of a point in a vector's runs, {"10": [words, ...]}; or NULL. */
static const uint16_t *
vector_words(const struct reader *r, const struct point *pt, json_t *runs)
{
	uint16_t *w = arena_array(r->arena, POINT_WORDS_MAX, sizeof(*w));
	const char *key;
	json_t *run;
	long first;
	int i;

	json_object_foreach(runs, key, run)
	{
		first = strtol(key, NULL, 10);
		if (pt->address < first ||
		    pt->address + pt->words >
			first + (long)json_array_size(run))
			continue;
		for (i = 0; i < pt->words; i++)
			w[i] = (uint16_t)json_integer_value(json_array_get(run,
			    (size_t)(pt->address - first + i)));
		return w;
	}
	return NULL;
}

static struct err *
vector_run(const struct reader *r, json_t *o)
{
	struct profile *p = r->p;
	struct sample *got = arena_array(r->arena, p->n, sizeof(*got));
	const uint16_t **w = arena_array(r->arena, p->n, sizeof(*w));
	json_t *runs[FUNCTIONS] = { NULL }, *expect, *want;
	const char *name = "?", *key;
	const struct point *pt;
	double tolerance = 1e-6;
	struct err *e;
	size_t i;

	if ((e = json_take(r, "tests", o, "{s:s, s?o, s?o, s?o, s?o, s:o, s?F}",
		 "name", &name, "coil", &runs[READ_COILS], "discrete",
		 &runs[READ_DISCRETE], "holding", &runs[READ_HOLDING], "input",
		 &runs[READ_INPUT], "expect", &expect, "tolerance",
		 &tolerance)) != NULL)
		return err_pass(e);
	for (i = 0; i < p->n; i++)
		w[i] =
		    vector_words(r, &p->points[i], runs[p->points[i].function]);
	decode_frame(got, p, w);
	json_object_foreach(expect, key, want)
	{
		if ((pt = profile_point(p, key)) == NULL)
			return profile_wrong(r, name, "expects no known point");
		if (!as_expected(pt, got[pt - p->points].value, want,
			tolerance))
			return err_raise(ERR_INPUT,
			    "The device profile fails its own test.",
			    "profile %s: test \"%s\": %s came out as %.17g",
			    p->id, name, key, got[pt - p->points].value);
	}
	return NULL;
}

/* A profile without vectors, or with one that fails, is not used. */
struct err *
vectors_run(const struct reader *r, json_t *tests)
{
	struct err *e;
	json_t *o;
	size_t i;

	if (json_array_size(tests) == 0)
		return profile_wrong(r, "tests",
		    "a profile carries test vectors");
	json_array_foreach(tests, i, o)
	{
		if ((e = vector_run(r, o)) != NULL)
			return err_pass(e);
	}
	return NULL;
}
