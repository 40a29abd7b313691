/*
 * odd_test.c - what is said of registers that a draft of a profile reads.
 */
#include "model/odd.h"

#include <math.h>
#include <string.h>

#include "check.h"

static const double no_value[] = { 65535 };
static const struct state states[] = { { 0, "off", -1 }, { 1, "on", -1 } };

#define FREE .low = NAN, .high = NAN
#define FLOAT .type = POINT_FLOAT32, .words = 2, .unit = "Cel", .scale = 1
#define WORD .type = POINT_UINT16, .words = 1, .unit = "", .scale = 1
#define LONG .type = POINT_UINT32, .words = 2, .unit = "", .scale = 1

/* A point, its registers, and what is said; order NULL: of none. */
static const struct {
	struct point point;
	uint16_t words[POINT_WORDS_MAX];
	const char *odd, *order;
	double value;
} cases[] = {
	/* clang-format off */
	{ { FLOAT, FREE }, { 0x4236, 0xCCCD }, "", NULL, 0 },
	{ { FLOAT, FREE }, { 0, 0 }, "", NULL, 0 },
	{ { FLOAT, FREE }, { 0xCCCD, 0x4236 },
	  "Few things have such a size.", "CDAB", 45.7 },
	{ { FLOAT, FREE }, { 0x3642, 0xCDCC },
	  "Few things have such a size.", "BADC", 45.7 },
	{ { FLOAT, .low = 0, .high = 100 }, { 0xCDCC, 0x3642 },
	  "-428263488 °C is outside 0 to 100.", "DCBA", 45.7 },
	{ { FLOAT, .low = NAN, .high = 100 }, { 0x42F6, 0 },
	  "123 °C is above 100.", NULL, 0 },
	{ { FLOAT, .low = 5, .high = NAN }, { 0x3F80, 0 },
	  "1 °C is below 5.", NULL, 0 },
	{ { FLOAT, FREE }, { 0x7FC0, 0 }, "It is not a number (NaN).", NULL,
	  0 },
	{ { FLOAT, FREE }, { 0x7F80, 0 }, "It is infinite.", NULL, 0 },
	{ { WORD, FREE, .invalid = no_value, .invalids = 1 }, { 65535 },
	  "The device says that it has no value (65535).", NULL, 0 },
	{ { WORD, FREE }, { 65535 }, "", NULL, 0 },
	{ { WORD, .low = 0, .high = 500 }, { 0x2C01 },
	  "11265  is outside 0 to 500.", "BADC", 300 },
	{ { WORD, FREE, .state = states, .state_n = 2 }, { 1 }, "", NULL, 0 },
	{ { WORD, FREE, .state = states, .state_n = 2 }, { 7 },
	  "No state has the number 7.", NULL, 0 },
	{ { WORD, FREE, .state = states, .state_n = 2 }, { 0x0100 },
	  "No state has the number 256.", "BADC", 1 },
	/* A small number with its registers turned round, and one that is. */
	{ { LONG, FREE }, { 45, 0 }, "", "CDAB", 45 },
	{ { LONG, FREE }, { 0, 45 }, "", NULL, 0 },
	{ { LONG, FREE }, { 0x00FF, 0x1234 }, "", NULL, 0 },
	/* clang-format on */
};

TEST(each_kind_of_oddity_is_named)
{
	struct arena *a = arena_new();
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct point point = cases[i].point;
		const struct profile p = { .points = &point, .n = 1 };
		const uint16_t *words[] = { cases[i].words };
		struct sample s;
		enum word_order order = ORDER_ABCD;
		double value = 0;
		bool turned;

		decode_frame(&s, &p, words);
		CHECK_TEXT(odd_text(a, &p, 0, words, &s), cases[i].odd);
		turned = odd_order(&order, &value, &p, 0, words);
		CHECK_TEXT(turned ? word_order_name(order) : "",
		    cases[i].order != NULL ? cases[i].order : "");
		CHECK(!turned || fabs(value - cases[i].value) < 1e-5);
	}
	arena_free(a);
}

TEST(a_power_of_ten_is_looked_for_in_the_frame)
{
	const struct point power = { .type = POINT_INT16,
		.words = 1,
		.unit = "",
		.scale = 1,
		FREE };
	struct point points[] = { power, { WORD, FREE } };
	const struct profile p = { .points = points, .n = 2 };
	const uint16_t high[] = { 99 }, w[] = { 7 };
	const uint16_t *words[] = { NULL, w };
	struct arena *a = arena_new();
	struct sample s[2];

	points[1].power = &points[0];
	points[1].scale_from = "sf";
	decode_frame(s, &p, words);
	CHECK_TEXT(odd_text(a, &p, 1, words, s),
	    "Its power of ten, sf, could not be read.");
	words[0] = high;
	decode_frame(s, &p, words);
	CHECK_TEXT(odd_text(a, &p, 1, words, s),
	    "Its power of ten is 99, which none is.");
	arena_free(a);
}

TEST(what_others_say_of_a_value_is_said)
{
	static const struct state fault = { 2, "fault", 0 };
	struct point points[] = { { WORD, FREE, .state = &fault, .state_n = 1 },
		{ WORD, FREE, .zero_suspect = true } };
	const struct profile p = { .points = points, .n = 2 };
	const uint16_t ill[] = { 2 }, none[] = { 0 }, some[] = { 3 };
	const uint16_t *words[] = { ill, some };
	struct arena *a = arena_new();
	struct sample s[2];

	decode_frame(s, &p, words);
	CHECK_TEXT(odd_text(a, &p, 1, words, s),
	    "A state of the device casts doubt on it.");
	words[0] = NULL;
	words[1] = none;
	decode_frame(s, &p, words);
	CHECK_TEXT(odd_text(a, &p, 1, words, s),
	    "It is zero together with all that should not be.");
	arena_free(a);
}
