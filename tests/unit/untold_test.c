/*
 * untold_test.c - counts of units that nobody took down are told once, later.
 * link: poller/untold.c
 */
#include "../../poller/untold.h"

#include "check.h"

/* Reports of so many devices of tenant 1 and 2, each with so many answers. */
static void
reports(struct unit_report *v, size_t n, uint32_t answers)
{
	size_t i;

	for (i = 0; i < n; i++)
		v[i] = (struct unit_report){ .tenant = 2 - (int)(i % 2),
			.device = (int32_t)(n - i),
			.tally = { .outcomes = { [BUS_ANSWER] = answers },
			    .exceptions = { [2] = 1 },
			    .corrupt = 1,
			    .missed = 1,
			    .answer_us = 10 } };
}

TEST(what_was_not_taken_down_is_told_once_with_the_next)
{
	struct arena *a = arena_new();
	struct untold *u = untold_new(a);
	struct unit_report v[6];
	size_t i;

	reports(v, 6, 5);
	untold_add(u, v, 6);
	CHECK(v[0].tally.outcomes[BUS_ANSWER] == 5);
	v[0].told = v[2].told = v[4].told = true;
	untold_keep(u, v, 6);
	reports(v, 6, 3);
	untold_add(u, v, 6);
	for (i = 0; i < 6; i++) {
		CHECK(v[i].tally.outcomes[BUS_ANSWER] == (i % 2 ? 8 : 3));
		CHECK(v[i].tally.exceptions[2] == (i % 2 ? 2 : 1));
		CHECK(v[i].tally.corrupt == (i % 2 ? 2 : 1));
		CHECK(v[i].tally.missed == (i % 2 ? 2 : 1));
		CHECK(v[i].tally.answer_us == (i % 2 ? 20 : 10));
	}
	untold_keep(u, v, 0);
	reports(v, 6, 3);
	untold_add(u, v, 6);
	CHECK(v[1].tally.outcomes[BUS_ANSWER] == 3);
	arena_free(a);
}

TEST(a_report_stays_one_that_is_taken)
{
	struct arena *a = arena_new();
	struct untold *u = untold_new(a);
	struct unit_report v[2];
	int i;

	for (i = 0; i < 3; i++) {
		reports(v, 2, UNTOLD_MOST / 2);
		untold_add(u, v, 2);
		untold_keep(u, v, 2);
	}
	CHECK(v[0].tally.outcomes[BUS_ANSWER] == UNTOLD_MOST);
	CHECK(v[0].tally.missed == 2 && v[0].tally.answer_us == 20);
	arena_free(a);
}

TEST(what_is_not_taken_twice_adds_up)
{
	struct arena *a = arena_new();
	struct untold *u = untold_new(a);
	struct unit_report v[2];
	int i;

	for (i = 0; i < 3; i++) {
		reports(v, 2, 1);
		untold_add(u, v, 2);
		untold_keep(u, v, 2);
	}
	CHECK(v[0].tally.outcomes[BUS_ANSWER] == 3);
	CHECK(v[1].tally.outcomes[BUS_ANSWER] == 3);
	arena_free(a);
}
