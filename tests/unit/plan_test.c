/*
 * plan_test.c - points become few requests, and every point is in one.
 */
#include "model/plan.h"

#include "check.h"

enum { POINTS_MAX = 8 };

/* Plan points given as {function, address, words}; a 0 function ends them. */
static struct plan
planned(struct arena *a, int max_words, int max_gap,
    const int rows[POINTS_MAX][3])
{
	struct point points[POINTS_MAX] = { { .key = NULL } };
	struct profile p = { .points = points,
		.max_words = max_words,
		.max_gap = max_gap };
	static const struct taught nothing = { .n = 0 };
	struct plan plan = { .n = 0 };

	for (; p.n < POINTS_MAX && rows[p.n][0] != 0; p.n++) {
		points[p.n].function = (enum point_function)rows[p.n][0];
		points[p.n].address = rows[p.n][1];
		points[p.n].words = rows[p.n][2];
		points[p.n].type =
		    rows[p.n][0] <= READ_DISCRETE ? POINT_BIT : POINT_UINT16;
	}
	plan_make(&plan, a, &p, NULL, &nothing);
	return plan;
}

/* The points of a request, by their place. */
static bool
holds(const struct plan *p, size_t read, const int *points, size_t n)
{
	size_t i;

	if (p->reads[read].n != n)
		return false;
	for (i = 0; i < n; i++)
		if (p->order[p->reads[read].first + i] != points[i])
			return false;
	return true;
}

TEST(close_points_are_one_request_with_the_gap_read_along)
{
	static const int rows[POINTS_MAX][3] = { { 3, 10, 1 }, { 3, 0, 2 },
		{ 3, 2, 2 }, { 3, 4, 2 } };
	struct arena *a = arena_new();
	struct plan p = planned(a, 125, 8, rows);

	CHECK(p.n == 1);
	CHECK(p.reads[0].function == READ_HOLDING);
	CHECK(p.reads[0].address == 0 && p.reads[0].count == 11);
	CHECK(holds(&p, 0, (const int[]){ 1, 2, 3, 0 }, 4));
	arena_free(a);
}

TEST(a_gap_too_wide_starts_another_request)
{
	static const int rows[POINTS_MAX][3] = { { 4, 10, 2 }, { 4, 21, 2 },
		{ 4, 32, 2 } };
	struct arena *a = arena_new();
	struct plan p = planned(a, 125, 9, rows);

	CHECK(p.n == 1);
	p = planned(a, 125, 8, rows);
	CHECK(p.n == 3);
	CHECK(p.reads[1].address == 21);
	CHECK(holds(&p, 1, (const int[]){ 1 }, 1));
	arena_free(a);
}

TEST(a_request_never_asks_for_more_than_the_device_gives)
{
	static const int rows[POINTS_MAX][3] = { { 3, 0, 4 }, { 3, 4, 4 },
		{ 3, 8, 4 } };
	struct arena *a = arena_new();
	struct plan p = planned(a, 8, 8, rows);

	CHECK(p.n == 2);
	CHECK(p.reads[0].count == 8 && p.reads[1].count == 4);
	/* A value is never split over two requests. */
	p = planned(a, 7, 8, rows);
	CHECK(p.n == 3 && p.reads[0].count == 4);
	arena_free(a);
}

TEST(functions_do_not_mix)
{
	static const int rows[POINTS_MAX][3] = { { 3, 0, 1 }, { 4, 1, 1 },
		{ 1, 2, 1 }, { 1, 3, 1 } };
	struct arena *a = arena_new();
	struct plan p = planned(a, 125, 8, rows);

	CHECK(p.n == 3);
	CHECK(p.reads[0].function == READ_COILS && p.reads[0].count == 2);
	CHECK(p.reads[2].function == READ_INPUT);
	arena_free(a);
}

TEST(points_may_overlap)
{
	static const int rows[POINTS_MAX][3] = { { 3, 0, 4 }, { 3, 1, 1 },
		{ 3, 3, 2 } };
	struct arena *a = arena_new();
	struct plan p = planned(a, 125, 0, rows);

	CHECK(p.n == 1 && p.reads[0].count == 5);
	CHECK(holds(&p, 0, (const int[]){ 0, 1, 2 }, 3));
	arena_free(a);
}
