/* finish.c - a draft's end: what does not load out, a test in. */
#include <math.h>
#include <string.h>

#include "model/decode.h"
#include "model/profile_json.h"
#include "profile/draft.h"

enum { REGISTERS = 65536, TEXT_WORD = 0x4142 };

#define GENERATED                                                       \
	"generated at import: how the registers are decoded, not what " \
	"a device has sent"

/* All registers of the device, by function. */
struct image {
	uint16_t *word[FUNCTIONS];
	bool *set[FUNCTIONS];
};

/* The object without member `without`, alone in a profile of its own. */
static struct err *
point_try(struct draft *d, json_t *point, const char *without)
{
	json_t *root = json_copy(d->root), *one = json_copy(point);
	struct profile *p;
	struct err *e;

	(void)json_object_del(one, without);
	(void)json_object_set_new(root, "points", json_pack("[o]", one));
	e = profile_draft(&p, d->arena, root);
	json_decref(root);
	if (e != NULL)
		return err_pass(e);
	return NULL;
}

/* Behind "profile ID: KEY: " stands what is wrong. */
static const char *
reason(const struct err *e)
{
	const char *at = strstr(e->why, ": ");

	if (at != NULL && strstr(at + 2, ": ") != NULL)
		at = strstr(at + 2, ": ");
	return at != NULL ? at + 2 : e->why;
}

/* Take out what does not load, each with a note. */
static void
points_sift(struct draft *d)
{
	const struct err *e;
	size_t i = 0;

	while (i < json_array_size(d->points)) {
		json_t *o = json_array_get(d->points, i);

		if ((e = point_try(d, o, "scale_from")) == NULL) {
			i++;
			continue;
		}
		draft_note(d, json_string_value(json_object_get(o, "key")),
		    reason(e));
		(void)json_array_remove(d->points, i);
	}
}

static uint16_t *
image_at(struct image *m, struct arena *a, enum point_function f, int address,
    int words)
{
	int i;

	if (m->word[f] == NULL) {
		m->word[f] = arena_array(a, REGISTERS, sizeof(**m->word));
		m->set[f] = arena_array(a, REGISTERS, sizeof(**m->set));
	}
	for (i = 0; i < words; i++)
		m->set[f][address + i] = true;
	return m->word[f] + address;
}

/* Small numbers, each point its own; a scale divides by ten. */
static void
image_fill(struct image *m, struct arena *a, const struct profile *p)
{
	uint16_t *w;
	size_t i;
	int k;

	for (i = 0; i < p->text_n; i++) {
		const struct text *t = &p->texts[i];

		w = image_at(m, a, t->function, t->address, t->words);
		for (k = 0; k < t->words; k++)
			w[k] = TEXT_WORD;
	}
	for (i = 0; i < p->n; i++) {
		struct point pt = p->points[i];

		w = image_at(m, a, pt.function, pt.address, pt.words);
		pt.scale = 1;
		pt.offset = 0;
		encode_point(w, &pt,
		    pt.part ? -1 : (double)(i % 100) + (i % 2 ? 1.5 : 1));
	}
}

/* {"10": [words], ...}: what is set of one function. */
static json_t *
runs_of(const struct image *m, struct arena *a, int f)
{
	json_t *runs = json_object(), *run = NULL;
	int i;

	for (i = 0; i < REGISTERS; i++) {
		if (!m->set[f][i]) {
			run = NULL;
			continue;
		}
		if (run == NULL) {
			run = json_array();
			(void)json_object_set_new(runs,
			    arena_printf(a, "%d", i), run);
		}
		(void)json_array_append_new(run, json_integer(m->word[f][i]));
	}
	return runs;
}

static json_t *
expected(const struct point *pt, double v)
{
	size_t i;

	for (i = 0; i < pt->state_n; i++)
		if (pt->state[i].value == v && pt->state[i].name != NULL)
			return json_string(pt->state[i].name);
	return isnan(v) ? json_null() : json_real(v);
}

static json_t *
expect_of(const struct image *m, struct arena *a, const struct profile *p)
{
	struct sample *got = arena_array(a, p->n + 1, sizeof(*got));
	const uint16_t **w = arena_array(a, p->n + 1, sizeof(*w));
	char text[2 * TEXT_WORDS_MAX + 1];
	json_t *o = json_object();
	size_t i;

	for (i = 0; i < p->n; i++)
		w[i] = m->word[p->points[i].function] + p->points[i].address;
	decode_frame(got, p, w);
	for (i = 0; i < p->n; i++)
		(void)json_object_set_new(o, p->points[i].key,
		    expected(&p->points[i], got[i].value));
	for (i = 0; i < p->text_n; i++) {
		const struct text *t = &p->texts[i];

		decode_text(text, m->word[t->function] + t->address, t->words,
		    t->order);
		(void)json_object_set_new(o, t->key, json_string(text));
	}
	return o;
}

static void
test_put(struct draft *d, const struct profile *p)
{
	json_t *test = json_pack("{s:s}", "name", GENERATED);
	struct image m = { { NULL }, { NULL } };
	int f;

	image_fill(&m, d->arena, p);
	for (f = READ_COILS; f < FUNCTIONS; f++)
		if (m.word[f] != NULL)
			(void)json_object_set_new(test,
			    point_function_name((enum point_function)f),
			    runs_of(&m, d->arena, f));
	(void)json_object_set_new(test, "expect", expect_of(&m, d->arena, p));
	(void)json_object_set_new(d->root, "tests", json_pack("[o]", test));
}

struct err *
draft_finish(struct map *out, struct draft *d)
{
	const size_t flags = JSON_INDENT(1);
	struct profile *p;
	struct err *e;
	json_t *copy;
	char *text;
	size_t n;

	points_sift(d);
	if (json_array_size(d->points) == 0)
		return draft_wrong(d, "no point of it can be used%s%s",
		    d->notes.n > 0 ? ", the first because " : "",
		    d->notes.n > 0
			? ((const struct map_note *)(void *)d->notes.p)->why
			: "");
	copy = json_deep_copy(d->root);
	e = profile_draft(&p, d->arena, copy);
	if (e == NULL)
		test_put(d, p);
	json_decref(copy);
	if (e != NULL)
		return err_pass(e);
	n = json_dumpb(d->root, NULL, 0, flags);
	text = arena_alloc(d->arena, n + 1);
	(void)json_dumpb(d->root, text, n, flags);
	if ((e = profile_parse(&p, d->arena, text, n)) != NULL)
		return err_pass(e);
	*out = (struct map){ .json = { (const unsigned char *)text, n },
		.notes = (struct map_note *)(void *)d->notes.p,
		.n = d->notes.n / sizeof(struct map_note),
		.points = json_array_size(d->points) };
	return NULL;
}
