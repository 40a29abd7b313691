/*
 * model/holes: numbers as they came, and which are missing.
 */
#include "check.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "model/holes.h"

enum { MOST = 64 };

/* "1 2 5" as batches of one gateway, in that order, a second apart. */
static size_t
batches(struct numbered *v, const char *numbers)
{
	size_t n = 0;
	int used;
	int no;

	while (sscanf(numbers, "%d%n", &no, &used) == 1) {
		v[n] = (struct numbered){ "gw-", no, (int64_t)n };
		n++;
		numbers += used;
	}
	return n;
}

static const char *
found(struct arena *a, const struct numbered *v, size_t n)
{
	struct buf b = buf_new(a, 64);
	struct holes h = { 0 };
	size_t i;

	holes_find(&h, a, v, n);
	for (i = 0; i < h.n; i++)
		buf_printf(&b, "%s%lld-%lld@%lld-%lld ", h.v[i].of,
		    (long long)h.v[i].low, (long long)h.v[i].high,
		    (long long)h.v[i].after, (long long)h.v[i].before);
	return b.n > 0 ? (const char *)b.p : "";
}

/* Numbers in the order in which they come, and what is missing then. */
static const struct {
	const char *came, *missing;
} cases[] = {
	{ "1 2 3 4", "" },
	{ "7 8 9", "" },
	{ "", "" },
	{ "5", "" },
	{ "1 2 3 5 6", "gw-4-4@2-3 " },
	{ "1 2 3 7 8 9", "gw-4-6@2-3 " },
	{ "1 2 4 5 3 6", "" },
	{ "1 2 6 7 8 4 9", "gw-3-3@1-2 gw-5-5@1-2 " },
	{ "1 2 6 7 8 3 9", "gw-4-5@1-2 " },
	{ "1 2 6 7 8 5 9", "gw-3-4@1-2 " },
	/* It counts anew after a reboot, from wherever. */
	{ "8 9 10 1 2 3", "" },
	{ "8 9 10 9 10 11 13 14", "gw-12-12@5-6 " },
	{ "1 2 4 5 1 2 3 5", "gw-3-3@1-2 gw-4-4@6-7 " },
	/* What closed a hole once is there: the next one is a new run. */
	{ "1 2 4 5 3 3 4 5", "" },
	/* Times are no numbers that count. */
	{ "100 110 120 130 141 151", "" },
	{ "3 2 1", "" },
};

TEST(a_number_that_never_came_is_a_hole)
{
	struct arena *a = arena_new();
	struct numbered v[MOST];
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		CHECK(strcmp(found(a, v, batches(v, cases[i].came)),
			  cases[i].missing) == 0);
	arena_free(a);
}

TEST(each_gateway_or_prefix_counts_for_itself)
{
	struct arena *a = arena_new();
	const struct numbered v[] = {
		{ "", 1, 0 },
		{ "", 2, 3 },
		{ "a", 1, 1 },
		{ "a", 2, 2 },
		{ "a", 4, 4 },
	};

	CHECK(strcmp(found(a, v, 5), "a3-3@2-4 ") == 0);
	arena_free(a);
}
