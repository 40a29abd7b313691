/*
 * words_test.c - registers as gateways send them: where they are, how they
 * are written, and that they mean what the poller would have made of them.
 */
#include "intake/words.h"

#include <dirent.h>
#include <math.h>
#include <stdlib.h>

#include "check.h"
#include "store/reading.h"

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

enum { RUNS_MAX = 256, FILE_MAX = 256 * 1024 };

static struct slice
slice(const char *s)
{
	return (struct slice){ s, strlen(s) };
}

static const struct {
	const char *text;
	int base, function, address; /* address -1: it is none */
} places[] = {
	/* clang-format off */
	{ "300011", 1, READ_INPUT, 10 },
	{ "406109", 1, READ_HOLDING, 6108 },
	{ "465536", 1, READ_HOLDING, 65535 },
	{ "000001", 1, READ_COILS, 0 },
	{ "100017", 1, READ_DISCRETE, 16 },
	{ "30011", 1, READ_INPUT, 10 },
	{ "40001", 1, READ_HOLDING, 0 },
	{ "35201", 1, READ_INPUT, 5200 },
	{ "11", 1, FUNCTION_ANY, 10 },
	{ "0", 0, FUNCTION_ANY, 0 },
	{ "11", 0, FUNCTION_ANY, 11 },
	{ "40001", 0, FUNCTION_ANY, 40001 },
	{ "0", 1, 0, -1 },
	{ "400000", 1, 0, -1 },
	{ "200011", 1, 0, -1 },
	{ "500011", 1, 0, -1 },
	{ "465537", 1, 0, -1 },
	{ "3000011", 1, 0, -1 },
	{ "3000x1", 1, 0, -1 },
	{ "-1", 1, 0, -1 },
	{ "", 1, 0, -1 },
	/* clang-format on */
};

TEST(a_register_is_where_its_number_says)
{
	size_t i;

	for (i = 0; i < COUNT(places); i++) {
		struct words w = { .address = -1 };
		bool is =
		    words_place(&w, slice(places[i].text), places[i].base);

		CHECK(is == (places[i].address >= 0));
		CHECK(w.address == places[i].address);
		CHECK(!is || w.function == places[i].function);
	}
}

static const struct {
	const char *json, *words; /* "": it is something else */
} spellings[] = {
	/* clang-format off */
	{ "\"[15622,49703]\"", "15622 49703 " },
	{ "\"342,680,0,0,274\"", "342 680 0 0 274 " },
	{ "\"1533\"", "1533 " },
	{ "[211,538]", "211 538 " },
	{ "1533", "1533 " },
	{ "\"[ 1 , 2 ]\"", "1 2 " },
	{ "\"[-2]\"", "65534 " },
	{ "-32768", "32768 " },
	{ "65536", "" },
	{ "-32769", "" },
	{ "125.5", "" },
	{ "\"[0.0329]\"", "" },
	{ "[211,53.8]", "" },
	{ "[]", "" },
	{ "\"[]\"", "" },
	{ "\"\"", "" },
	{ "\"1,,2\"", "" },
	{ "\"1,\"", "" },
	{ "\"1 2\"", "" },
	{ "\"0x10\"", "" },
	{ "\"N/A\"", "" },
	{ "\"99999999999999999999\"", "" },
	{ "[[1]]", "" },
	{ "null", "" },
	{ "true", "" },
	{ "{}", "" },
	/* clang-format on */
};

TEST(registers_are_read_in_each_spelling_and_nothing_else_is)
{
	struct arena *a = arena_new();
	size_t i, k;

	for (i = 0; i < COUNT(spellings); i++) {
		const char *body = arena_printf(a, "[%s]", spellings[i].json);
		struct buf b = buf_new(a, 64);
		struct words w = { .n = 0 };
		struct jvalue v;
		struct jscan s;

		jscan_open(&s, a,
		    (struct bytes){ (const unsigned char *)body,
			strlen(body) });
		jscan_value(&s, &v);
		CHECK(jscan_item(&s));
		jscan_value(&s, &v);
		jscan_pass(&s, &v);
		CHECK(words_read(&w, a, &v) == (w.n > 0));
		for (k = 0; k < w.n; k++)
			buf_printf(&b, "%d ", w.w[k]);
		buf_text(&b, "");
		CHECK_TEXT((const char *)b.p, spellings[i].words);
	}
	arena_free(a);
}

/* A profile's vector: its runs, and what they are to come out as. */
struct vector {
	struct words runs[RUNS_MAX];
	size_t n;
	struct slice expect;
	double tolerance;
};

static void
open_raw(struct jscan *s, struct arena *a, struct slice raw)
{
	jscan_open(s, a, (struct bytes){ (const unsigned char *)raw.p, raw.n });
}

/* {"10": [49703, 15622]} */
static void
runs_read(struct vector *to, struct arena *a, int function, struct slice raw)
{
	struct slice key;
	struct jvalue v;
	struct jscan s;

	open_raw(&s, a, raw);
	jscan_value(&s, &v);
	while (jscan_member(&s, &key)) {
		struct words *w = &to->runs[to->n++];

		jscan_value(&s, &v);
		jscan_pass(&s, &v);
		CHECK(words_place(w, key, 0) && words_read(w, a, &v));
		w->function = function;
	}
	CHECK(jscan_close(&s) == NULL);
}

static void
vector_read(struct vector *to, struct arena *a, struct jscan *s)
{
	static const char *const names[] = { "", "coil", "discrete", "holding",
		"input" };
	struct slice key;
	struct jvalue v;
	int f;

	*to = (struct vector){ .tolerance = 1e-6 };
	jscan_value(s, &v);
	while (jscan_member(s, &key)) {
		jscan_value(s, &v);
		jscan_pass(s, &v);
		for (f = 1; f <= READ_INPUT; f++)
			if (slice_is(key, names[f]))
				runs_read(to, a, f, v.raw);
		if (slice_is(key, "expect"))
			to->expect = v.raw;
		if (slice_is(key, "tolerance"))
			to->tolerance = jvalue_number(&v);
	}
}

/* Each run as single registers, the last first. */
static void
in_pieces(struct vector *v)
{
	struct words runs[RUNS_MAX];
	size_t i, k, n = 0;

	for (i = v->n; i-- > 0;)
		for (k = v->runs[i].n; k-- > 0; n++)
			runs[n] = (struct words){ v->runs[i].function,
				v->runs[i].address + (int)k, 1,
				v->runs[i].w + k };
	memcpy(v->runs, runs, n * sizeof(*runs));
	v->n = n;
}

static const struct heard *
heard_of(const struct heard *all, size_t n, struct slice key)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (slice_is(key, all[i].point->key))
			return &all[i];
	return NULL;
}

static bool
as_expected(const struct heard *h, const struct jvalue *want, double tolerance)
{
	double v = jvalue_number(want);
	size_t i;

	if (want->kind == J_NULL)
		return h == NULL || isnan(h->value);
	if (h == NULL)
		return false;
	if (want->kind != J_TEXT)
		return fabs(h->value - v) <= tolerance * fmax(1, fabs(v));
	for (i = 0; i < h->point->state_n; i++)
		if (h->point->state[i].value == h->value)
			return slice_is(want->text, h->point->state[i].name);
	return false;
}

/* How many points of the vector came out as its profile says. */
static int
vector_holds(struct arena *a, const struct profile *p, const struct vector *v)
{
	struct heard *out = arena_array(a, p->n, sizeof(*out));
	bool used[RUNS_MAX];
	size_t n = words_decode(out, used, a, p, v->runs, v->n);
	struct slice key;
	struct jvalue want;
	struct jscan s;
	int right = 0;

	open_raw(&s, a, v->expect);
	jscan_value(&s, &want);
	while (jscan_member(&s, &key)) {
		bool is;

		jscan_value(&s, &want);
		is = as_expected(heard_of(out, n, key), &want, v->tolerance);
		if (!is)
			(void)printf("%s: %.*s\n", p->id, (int)key.n, key.p);
		CHECK(is);
		right += is;
	}
	return right;
}

/* All vectors of profiles/NAME: as they are, and register by register. */
static int
profile_holds(struct arena *a, const char *name)
{
	char *id = arena_copy(a, name, strlen(name) - strlen(".json"));
	struct bytes file = { arena_alloc(a, FILE_MAX), 0 };
	struct profile *p;
	struct slice key;
	struct vector v;
	struct jvalue j;
	struct jscan s;
	int right = 0;
	FILE *f;

	CHECK(profile_load(&p, a, "profiles", id) == NULL);
	f = fopen(arena_printf(a, "profiles/%s", name), "rb");
	file.n = fread((unsigned char *)file.p, 1, FILE_MAX, f);
	(void)fclose(f);
	jscan_open(&s, a, file);
	jscan_value(&s, &j);
	while (jscan_member(&s, &key)) {
		jscan_value(&s, &j);
		if (!slice_is(key, "tests"))
			jscan_pass(&s, &j);
		else
			while (jscan_item(&s)) {
				vector_read(&v, a, &s);
				right += vector_holds(a, p, &v);
				in_pieces(&v);
				right += vector_holds(a, p, &v);
			}
	}
	CHECK(jscan_close(&s) == NULL);
	return right;
}

TEST(raw_words_give_what_the_poller_gives)
{
	struct arena *a = arena_new();
	struct dirent *d;
	int right = 0;
	DIR *dir;

	dir = opendir("profiles");
	while ((d = readdir(dir)) != NULL)
		if (strstr(d->d_name, ".json") != NULL &&
		    strcmp(d->d_name, "schema.json") != 0) {
			int n = profile_holds(a, d->d_name);

			CHECK(n > 0);
			right += n;
		}
	(void)closedir(dir);
	CHECK(right >= 300);
	arena_free(a);
}

/* The seed's profile, and registers 0 to 10 of it. */
static size_t
seed(struct heard *out, bool *used, struct arena *a, const struct words *runs,
    size_t n)
{
	struct profile *p;

	CHECK(profile_load(&p, a, "profiles", "nivus-generic-seed") == NULL);
	return words_decode(out, used, a, p, runs, n);
}

TEST(a_value_across_two_runs_is_whole_and_half_a_value_is_none)
{
	static const uint16_t w[] = { 17132, 58982, 18656, 5379, 16834, 26214 };
	const struct words two[] = { { READ_HOLDING, 0, 3, w },
		{ READ_HOLDING, 3, 2, w + 3 } };
	struct arena *a = arena_new();
	struct heard out[4];
	bool used[2];
	size_t n;

	n = seed(out, used, a, two, 2);
	CHECK(n == 2 && used[0] && used[1]);
	CHECK(fabs(out[0].value - 118.45) < 1e-5 && out[0].run == 0);
	CHECK(out[1].value == 458920.09375 && out[1].run == 0);
	arena_free(a);
}

TEST(registers_of_another_function_or_place_are_not_used)
{
	static const uint16_t w[] = { 17132, 58982 };
	const struct words runs[] = { { READ_INPUT, 0, 2, w },
		{ READ_HOLDING, 100, 2, w }, { READ_HOLDING, -1, 2, w },
		{ READ_HOLDING, 1, 1, w } };
	struct arena *a = arena_new();
	struct heard out[4];
	bool used[4];

	CHECK(seed(out, used, a, runs, 4) == 0);
	CHECK(!used[0] && !used[1] && !used[2] && !used[3]);
	arena_free(a);
}

TEST(the_first_of_two_that_came_twice_counts)
{
	static const uint16_t w[] = { 17132, 58982, 0, 1 };
	const struct words runs[] = { { FUNCTION_ANY, 0, 2, w },
		{ READ_HOLDING, 0, 2, w + 2 } };
	struct arena *a = arena_new();
	struct heard out[4];
	bool used[2];

	CHECK(seed(out, used, a, runs, 2) == 1 && used[0] && !used[1]);
	CHECK(fabs(out[0].value - 118.45) < 1e-5);
	arena_free(a);
}

TEST(a_status_and_a_frame_of_zeros_lower_what_came_with_them)
{
	static const uint16_t fault[] = { 17132, 58982, 18656, 5379, 16834,
		26214, 0, 0, 0, 0, 1 };
	static const uint16_t zero[11] = { 0 };
	struct words run = { READ_HOLDING, 0, 11, fault };
	struct arena *a = arena_new();
	struct heard out[4];
	bool used;

	CHECK(seed(out, &used, a, &run, 1) == 4);
	CHECK(out[0].quality == QUALITY_UNCERTAIN && !out[0].zero);
	CHECK(out[3].quality == QUALITY_GOOD);
	run.w = zero;
	CHECK(seed(out, &used, a, &run, 1) == 4);
	CHECK(out[0].quality == QUALITY_UNCERTAIN && out[0].zero);
	CHECK(!out[3].zero && out[3].quality == QUALITY_GOOD);
	arena_free(a);
}
