/*
 * preview_test.c - the blocks of a draft: what is asked for, and what is asked
 * for the next time.
 *
 * link: poller/look.c
 */
#include "model/preview.h"

#include <string.h>

#include "../../poller/look.h"
#include "check.h"

enum { POINTS = 6 };

/* Three registers in a row, one far behind them, a coil, and a far coil. */
static struct point points[POINTS] = {
	{ .function = READ_HOLDING, .address = 11, .words = 1, .type = 1 },
	{ .function = READ_HOLDING, .address = 10, .words = 1, .type = 1 },
	{ .function = READ_HOLDING, .address = 12, .words = 2, .type = 3 },
	{ .function = READ_HOLDING, .address = 90, .words = 1, .type = 1 },
	{ .function = READ_COILS, .address = 0, .words = 1 },
	{ .function = READ_COILS, .address = 63, .words = 1 },
};
static const struct profile profile = {
	.points = points, .n = POINTS, .max_words = 125, .max_gap = 100
};
static const uint16_t words[PROBE_MOST] = { 1, 2, 3, 4 };

static const char *
text_of(struct arena *a, const struct blocks *s)
{
	static const char *const states[] = { "wanted", "open", "refused",
		"read" };
	struct buf b = buf_new(a, 128);
	size_t i;

	for (i = 0; i < s->n; i++)
		buf_printf(&b, "%s%d %d+%d %s", i > 0 ? ", " : "",
		    (int)s->v[i].function, s->v[i].address, s->v[i].quantity,
		    states[s->v[i].state]);
	return (const char *)b.p;
}

/* What the poller says of an exception. */
static const char *
refusal(struct arena *a, uint16_t code)
{
	struct look k = { .count = 1 };

	look_take(&k, BUS_EXCEPTION, &code, "");
	return arena_text(a, k.why);
}

/* No block is longer than a probe, whatever the profile would have. */
TEST(a_draft_is_read_in_the_planners_blocks)
{
	struct arena *a = arena_new();
	struct blocks s;

	preview_blocks(&s, a, &profile, NULL, 0);
	CHECK_TEXT(text_of(a, &s),
	    "1 0+64 wanted, 3 10+4 wanted, 3 90+1 wanted");
	CHECK(s.wanted == 3 && s.open == 0);
	arena_free(a);
}

TEST(what_is_refused_is_asked_for_in_halves_until_it_is_found)
{
	struct arena *a = arena_new();
	const char *no = refusal(a, 2);
	const struct preview_read reads[] = {
		{ READ_COILS, 0, 64, true, NULL, "" },
		{ READ_HOLDING, 10, 4, false, NULL, no },
		{ READ_HOLDING, 90, 1, false, NULL,
		    "Time-out: the device did not answer." },
		{ READ_HOLDING, 10, 1, false, words, "" },
		{ READ_HOLDING, 11, 3, false, NULL, no },
		{ READ_HOLDING, 11, 1, false, NULL, no },
	};
	struct blocks s;

	CHECK(probe_exception(no) == 2 && probe_exception("") == 0);
	preview_blocks(&s, a, &profile, reads, 2);
	CHECK_TEXT(text_of(a, &s),
	    "1 0+64 open, 3 10+1 wanted, 3 11+3 wanted, 3 90+1 wanted");
	/* Of a part that was not asked for yet there is what the whole said. */
	CHECK(s.v[1].read == &reads[1] && s.v[3].read == NULL);
	preview_blocks(&s, a, &profile, reads, 6);
	CHECK_TEXT(text_of(a, &s),
	    "1 0+64 open, 3 10+1 read, 3 11+1 refused, 3 12+2 wanted, "
	    "3 90+1 wanted");
	CHECK(s.wanted == 2 && s.open == 1);
	arena_free(a);
}

/* A time-out, and then an answer: the later one counts. */
TEST(each_point_has_its_own_registers_of_the_block)
{
	const struct preview_read reads[] = {
		{ READ_HOLDING, 10, 4, false, NULL, "Time-out" },
		{ READ_HOLDING, 10, 4, false, words, "" },
	};
	struct arena *a = arena_new();
	const uint16_t **w;
	struct blocks s;

	preview_blocks(&s, a, &profile, reads, 2);
	w = preview_words(a, &profile, &s);
	CHECK(w[1] == words && w[0] == words + 1 && w[2] == words + 2);
	CHECK(w[3] == NULL && w[4] == NULL);
	arena_free(a);
}

/* A point may be asked for alone that shares its register with others. */
TEST(bits_of_one_register_are_refused_each)
{
	struct point bits[2] = { points[3], points[3] };
	const struct profile p = { .points = bits, .n = 2, .max_words = 9 };
	struct arena *a = arena_new();
	struct preview_read read = { READ_HOLDING, 90, 1, false, NULL,
		refusal(a, 2) };
	struct blocks s;

	preview_blocks(&s, a, &p, &read, 1);
	CHECK_TEXT(text_of(a, &s), "3 90+1 refused, 3 90+1 refused");
	/* And none that is only busy. */
	read.why = refusal(a, 6);
	preview_blocks(&s, a, &p, &read, 1);
	CHECK_TEXT(text_of(a, &s), "3 90+1 wanted");
	arena_free(a);
}
