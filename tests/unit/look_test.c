/*
 * look_test.c - what somebody wants to see: the request for it, what is said
 * of each outcome, and the queue.
 *
 * link: poller/look.c
 */
#include "../../poller/look.h"

#include <string.h>

#include "check.h"

static const struct hold nobody = { .n = 0 };

static const struct {
	enum outcome outcome;
	uint16_t code;
	const char *cause; /* as bus_why has it */
	const char *why;
} ends[] = {
	/* clang-format off */
	{ BUS_ANSWER, 0, "", "" },
	{ BUS_EXCEPTION, 2, "", "Exception 2: the device has no such register." },
	{ BUS_EXCEPTION, 11, "",
	  "Exception 11: the unit behind the gateway does not answer." },
	{ BUS_EXCEPTION, 9, "", "Exception 9: the device says no." },
	{ BUS_EXCEPTION, 200, "", "Exception 200: the device says no." },
	{ BUS_SILENT, 0, BUS_LATE, "Time-out: the device did not answer." },
	{ BUS_SILENT, 0, "Hung up", "Hung up: the device did not answer." },
	{ BUS_GARBAGE, 0, "wrong unit",
	  "What came was no answer: wrong unit." },
	{ BUS_DOWN, 0, "wrong unit", "The line is down: wrong unit." },
	/* clang-format on */
};

TEST(the_exact_cause_is_said)
{
	size_t i;

	for (i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		const uint16_t words[2] = { ends[i].code, 7 };
		struct look k = { .count = 2 };

		look_take(&k, ends[i].outcome, words, ends[i].cause);
		CHECK(k.answered == (ends[i].outcome == BUS_ANSWER));
		CHECK(strcmp(k.why, ends[i].why) == 0);
		CHECK(k.words[1] == (k.answered ? 7 : 0));
	}
}

TEST(it_is_asked_for_as_it_was_wanted)
{
	const struct look k = { .function = 4, .address = 65530, .count = 6 };
	struct ask ask = look_ask(&k, 17);

	CHECK(ask.unit == 17 && ask.function == 4 && ask.put == NULL);
	CHECK(ask.address == 65530 && ask.count == 6);
}

TEST(each_goes_to_its_own_device_and_once)
{
	struct arena *a = arena_new();
	struct looks *s = looks_new(a);
	struct look k = { .id = 1, .tenant = 1, .device = 2, .expires = 10 };
	int i;

	CHECK(!looks_any(s) && looks_bring(s, &k) && looks_any(s));
	CHECK(!looks_next(&k, s, 1, 3) && !looks_next(&k, s, 2, 2));
	CHECK(looks_next(&k, s, 1, 2) && k.id == 1);
	CHECK(!looks_next(&k, s, 1, 2) && !looks_any(s));
	for (i = 0; i < LOOKS_MAX; i++)
		CHECK(looks_bring(s, &k));
	CHECK(!looks_bring(s, &k));
	CHECK(!looks_overdue(&k, s, 9) && looks_overdue(&k, s, 10));
	arena_free(a);
}

TEST(of_too_much_news_the_oldest_goes)
{
	struct arena *a = arena_new();
	struct looks *s = looks_new(a);
	struct look k = { .answered = true };

	for (k.id = 0; k.id <= LOOKS_MAX; k.id++)
		looks_tell(s, &k);
	CHECK(looks_news(&k, s, &nobody) && k.id == 1 && k.answered);
	looks_fail(s, &k, "no");
	for (; looks_news(&k, s, &nobody);)
		continue;
	CHECK(!k.answered && strcmp(k.why, "no") == 0);
	arena_free(a);
}

TEST(news_of_who_is_held_stay_in_their_order)
{
	const struct hold one = { .tenant = { 1 }, .n = 1 };
	struct arena *a = arena_new();
	struct looks *s = looks_new(a);
	struct look k = { .id = 1, .tenant = 1 };

	for (; k.id <= 4; k.id++, k.tenant = k.id == 3 ? 2 : 1)
		looks_tell(s, &k);
	CHECK(looks_news(&k, s, &nobody) && k.id == 1);
	looks_keep(s, &k);
	CHECK(looks_news(&k, s, &one) && k.id == 3);
	CHECK(!looks_news(&k, s, &one));
	CHECK(looks_news(&k, s, &nobody) && k.id == 1);
	CHECK(looks_news(&k, s, &nobody) && k.id == 2);
	arena_free(a);
}

/* A preview asks for ten at once, and a tenant for sixty in a minute. */
TEST(what_two_tenants_may_ask_for_in_a_minute_fits)
{
	enum { ALL = 2 * 60 };
	struct arena *a = arena_new();
	struct looks *s = looks_new(a);
	struct look k = { .tenant = 1 }, heard;

	for (k.id = 0; k.id < ALL; k.id++) {
		CHECK(looks_bring(s, &k));
		looks_tell(s, &k);
	}
	for (k.id = 0; k.id < ALL; k.id++)
		CHECK(looks_news(&heard, s, &nobody) && heard.id == k.id);
	arena_free(a);
}
