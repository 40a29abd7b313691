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

/* Registers that stand in a vector's runs, {"10": [words, ...]}; or NULL. */
static const uint16_t *
vector_words(const struct reader *r, json_t *runs, int address, int words)
{
	uint16_t *w = arena_array(r->arena, (size_t)words, sizeof(*w));
	const char *key;
	json_t *run;
	long first;
	int i;

	json_object_foreach(runs, key, run)
	{
		first = strtol(key, NULL, 10);
		if (address < first ||
		    address + words > first + (long)json_array_size(run))
			continue;
		for (i = 0; i < words; i++)
			w[i] = (uint16_t)json_integer_value(
			    json_array_get(run, (size_t)(address - first + i)));
		return w;
	}
	return NULL;
}

/* Runs are {"10": [words, ...]}, a word is 0..65535. */
static struct err *
runs_check(const struct reader *r, const char *name, json_t *runs)
{
	const char *key;
	json_t *run, *word;
	char *end;
	size_t i;

	json_object_foreach(runs, key, run)
	{
		(void)strtol(key, &end, 10);
		if (end == key || *end != 0 || !json_is_array(run))
			return profile_wrong(r, name,
			    "registers want {\"0\": [words]}");
		json_array_foreach(run, i, word)
		{
			if (!json_is_integer(word) ||
			    json_integer_value(word) < 0 ||
			    json_integer_value(word) > UINT16_MAX)
				return profile_wrong(r, name,
				    "a register is 0 to 65535");
		}
	}
	return NULL;
}

static const struct text *
text_named(const struct profile *p, const char *key)
{
	size_t i;

	for (i = 0; i < p->text_n; i++)
		if (strcmp(p->texts[i].key, key) == 0)
			return &p->texts[i];
	return NULL;
}

static struct err *
text_expect(const struct reader *r, const char *name, const struct text *t,
    json_t *runs, const json_t *want)
{
	char got[2 * TEXT_WORDS_MAX + 1] = "";
	const uint16_t *w = vector_words(r, runs, t->address, t->words);

	if (w != NULL)
		decode_text(got, w, t->words, t->order);
	if (json_is_string(want) && strcmp(json_string_value(want), got) == 0)
		return NULL;
	return err_raise(ERR_INPUT, "The device profile fails its own test.",
	    "profile %s: test \"%s\": %s came out as \"%s\"", r->p->id, name,
	    t->key, got);
}

static struct err *
point_expect(const struct reader *r, const char *name, const struct point *pt,
    const struct sample *got, const json_t *want, double tolerance)
{
	double v = got[pt - r->p->points].value;

	if (as_expected(pt, v, want, tolerance))
		return NULL;
	return err_raise(ERR_INPUT, "The device profile fails its own test.",
	    "profile %s: test \"%s\": %s came out as %.17g", r->p->id, name,
	    pt->key, v);
}

struct vector {
	const char *name;
	json_t *runs[FUNCTIONS]; /* by function */
	json_t *expect;
	double tolerance;
};

static struct err *
vector_take(struct vector *v, const struct reader *r, json_t *o)
{
	struct err *e;
	int f;

	v->tolerance = 1e-6;
	if ((e = json_take(r, "tests", o, "{s:s, s?o, s?o, s?o, s?o, s:o, s?F}",
		 "name", &v->name, "coil", &v->runs[READ_COILS], "discrete",
		 &v->runs[READ_DISCRETE], "holding", &v->runs[READ_HOLDING],
		 "input", &v->runs[READ_INPUT], "expect", &v->expect,
		 "tolerance", &v->tolerance)) != NULL)
		return err_pass(e);
	if (!json_is_object(v->expect) || json_object_size(v->expect) == 0)
		return profile_wrong(r, v->name, "expects nothing");
	for (f = READ_COILS; f < FUNCTIONS; f++) {
		if (v->runs[f] != NULL && !json_is_object(v->runs[f]))
			return profile_wrong(r, v->name,
			    "registers want {\"0\": [words]}");
		if ((e = runs_check(r, v->name, v->runs[f])) != NULL)
			return err_pass(e);
	}
	return NULL;
}

static struct err *
vector_run(const struct reader *r, json_t *o)
{
	struct profile *p = r->p;
	struct sample *got = arena_array(r->arena, p->n, sizeof(*got));
	const uint16_t **w = arena_array(r->arena, p->n, sizeof(*w));
	struct vector v = { .name = "?" };
	const struct point *pt;
	const struct text *t;
	const char *key;
	struct err *e;
	json_t *want;
	size_t i;

	if ((e = vector_take(&v, r, o)) != NULL)
		return err_pass(e);
	for (i = 0; i < p->n; i++)
		w[i] = vector_words(r, v.runs[p->points[i].function],
		    p->points[i].address, p->points[i].words);
	decode_frame(got, p, w);
	json_object_foreach(v.expect, key, want)
	{
		pt = profile_point(p, key);
		t = text_named(p, key);
		if (pt == NULL && t == NULL)
			return profile_wrong(r, v.name,
			    "expects no known point");
		e = pt != NULL
			? point_expect(r, v.name, pt, got, want, v.tolerance)
			: text_expect(r, v.name, t, v.runs[t->function], want);
		if (e != NULL)
			return err_pass(e);
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
