/*
 * instant_test.c - times as senders write them, and what is none.
 */
#include "intake/instant.h"

#include <stdlib.h>

#include "base/clock.h"
#include "check.h"

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

/* The answer as a text: the instant, "none" or "zone". */
static const char *
read_as(struct arena *a, struct slice s, const char *zone, bool day_first)
{
	int64_t us = 0;

	switch (instant_read(&us, s, zone, day_first)) {
	case INSTANT_OK:
		return clock_iso(a, us);
	case INSTANT_ZONE:
		return "zone";
	default:
		return "none";
	}
}

static const struct {
	const char *text, *zone;
	bool day_first;
	const char *is;
} times[] = {
	/* clang-format off */
	{ "1763703600", NULL, false, "2025-11-21T05:40:00.000Z" },
	{ "1763703600.25", NULL, false, "2025-11-21T05:40:00.250Z" },
	{ "1763703600123", NULL, false, "2025-11-21T05:40:00.123Z" },
	{ "1763703600123.5", NULL, false, "2025-11-21T05:40:00.123500Z" },
	{ "1763703600123456", NULL, false, "2025-11-21T05:40:00.123456Z" },
	{ "1763703600123456789", NULL, false, "2025-11-21T05:40:00.123456Z" },
	{ "99999999999999999999", NULL, false, "none" },
	{ "12345678", NULL, false, "none" },
	{ "-1763703600", NULL, false, "none" },
	{ "1763703600x", NULL, false, "none" },
	{ "1763703600.", NULL, false, "none" },
	{ "2026-11-21T09:00:00+0300", NULL, false, "2026-11-21T06:00:00.000Z" },
	{ "2026-11-21T09:00:00+03:00", NULL, false, "2026-11-21T06:00:00.000Z" },
	{ "2026-11-21T09:00:00+03", NULL, false, "2026-11-21T06:00:00.000Z" },
	{ "2026-11-21 09:00:00 +0530", NULL, false, "2026-11-21T03:30:00.000Z" },
	{ "2026-11-21T06:00Z", NULL, false, "2026-11-21T06:00:00.000Z" },
	{ "2026-11-21T06:00:00,5z", NULL, false, "2026-11-21T06:00:00.500Z" },
	{ "2026-11-21 06:00:00 UTC", NULL, false, "2026-11-21T06:00:00.000Z" },
	{ "2026-11-21", "Asia/Kolkata", false, "2026-11-21T00:00:00.000Z" },
	{ "2026-11-21T09:00:00", NULL, false, "zone" },
	{ "2026-11-21T09:00:00", "Asia/Kolkata", false,
	  "2026-11-21T03:30:00.000Z" },
	{ "2026/11/21 09:00:00", "Asia/Kolkata", false,
	  "2026-11-21T03:30:00.000Z" },
	{ "2026-11/21 09:00:00", "Asia/Kolkata", false, "none" },
	{ "Sat, 21 Nov 2026 06:00:00 GMT", NULL, false,
	  "2026-11-21T06:00:00.000Z" },
	{ "1 Mar 2026 06:00:00 +0100", NULL, false, "2026-03-01T05:00:00.000Z" },
	{ "1 Mär 2026 06:00:00", "UTC", false, "none" },
	{ "27/08/2026 17:52:27", NULL, true, "zone" },
	{ "27/08/2026 17:52:27", "Asia/Kolkata", true,
	  "2026-08-27T12:22:27.000Z" },
	{ "27/08/2026 17:52:27", "Europe/Berlin", true,
	  "2026-08-27T15:52:27.000Z" },
	{ "27/08/2026 17:52:27", "Asia/Kolkata", false, "none" },
	{ "3/4/2026 00:00:00", "UTC", true, "2026-04-03T00:00:00.000Z" },
	{ "03.04.2026 00:00", "UTC", true, "2026-04-03T00:00:00.000Z" },
	{ "08/27/2026 17:52:27", "UTC", true, "none" },
	{ "31/04/2026 00:00:00", "UTC", true, "none" },
	{ "27/08-2026 17:52:27", "UTC", true, "none" },
	{ "27/08/26 17:52:27", "UTC", true, "none" },
	{ "27/08/2026 17:52:60", "UTC", true, "none" },
	{ "N/A", "UTC", true, "none" },
	{ "", "UTC", true, "none" },
	{ " ", "UTC", true, "none" },
	{ "2026-11-21T", "UTC", true, "none" },
	{ "2026-11-21T09:00:00 ", "UTC", true, "none" },
	{ "2026-11-21T09:00:00+0", "UTC", true, "none" },
	{ "2026-11-21T09:00:00+03:", "UTC", true, "none" },
	{ "2026-11-21T09:00:00.Z", "UTC", true, "none" },
	/* Of the hour that comes twice, one of the two. */
	{ "2026-03-29 02:30:00", "Europe/Berlin", false,
	  "2026-03-29T01:30:00.000Z" },
	{ "2026-02-28T23:59:60Z", NULL, false, "2026-03-01T00:00:00.000Z" },
	/* clang-format on */
};

TEST(a_time_is_read_as_the_table_says)
{
	struct arena *a = arena_new();
	size_t i;

	for (i = 0; i < COUNT(times); i++) {
		struct slice s = { times[i].text, strlen(times[i].text) };
		const char *got =
		    read_as(a, s, times[i].zone, times[i].day_first);

		if (strcmp(got, times[i].is) != 0)
			(void)printf("\"%s\" is %s\n", times[i].text, got);
		CHECK_TEXT(got, times[i].is);
	}
	arena_free(a);
}

/* In memory that ends where the text ends, for the sanitizer. */
TEST(no_byte_is_read_behind_a_time)
{
	struct arena *a = arena_new();
	size_t i, n;

	for (i = 0; i < COUNT(times); i++)
		for (n = 0; n <= strlen(times[i].text); n++) {
			char *cut = malloc(n + (n == 0));

			memcpy(cut, times[i].text, n);
			CHECK(*read_as(a, (struct slice){ cut, n }, "UTC",
				  true) != 0);
			free(cut);
		}
	arena_free(a);
}

TEST(every_day_of_four_centuries_is_the_day_that_libc_says)
{
	struct arena *a = arena_new();
	int64_t day;

	for (day = -11000; day < 140000; day += 1) {
		const char *iso = clock_iso(a, day * CLOCK_DAY);
		int64_t us = 0;

		CHECK(instant_read(&us, (struct slice){ iso, strlen(iso) },
			  NULL, false) == INSTANT_OK &&
		      us == day * CLOCK_DAY);
		if (day % 1000 == 0)
			arena_reset(a);
	}
	arena_free(a);
}

/* Invalid by the schema, and taken on purpose; see instant.h. */
static const char *const ours[] = {
	"1985-04-12T23:20:50+01",
	"2020-11-28T23:55:45Z",
	"2020-01-01 00:00:00Z",
};

static bool
is_ours(struct slice s)
{
	size_t i;

	for (i = 0; i < COUNT(ours); i++)
		if (slice_is(s, ours[i]))
			return true;
	return false;
}

/* The file's bytes; n = 0: it is not there. */
static struct bytes
file(struct arena *a, const char *name)
{
	const char *path = arena_printf(a, "../shared/data/formats/%s", name);
	struct bytes b = { NULL, 0 };
	unsigned char *p;
	FILE *f;

	if ((f = fopen(path, "rb")) == NULL)
		return b;
	p = arena_alloc(a, 1 << 20);
	b = (struct bytes){ p, fread(p, 1, 1 << 20, f) };
	(void)fclose(f);
	return b;
}

/* One test of the schema's: {"data": "...", "valid": true}. */
static void
judge(struct arena *a, struct jscan *s, int *seen)
{
	struct jvalue v, data = { .kind = J_NONE }, valid = { .kind = J_NONE };
	struct slice key;
	bool good;

	jscan_value(s, &v);
	while (jscan_member(s, &key)) {
		jscan_value(s, &v);
		jscan_pass(s, &v);
		if (slice_is(key, "data"))
			data = v;
		if (slice_is(key, "valid"))
			valid = v;
	}
	if (data.kind != J_TEXT)
		return;
	++*seen;
	good = strcmp(read_as(a, data.text, NULL, false), "none") != 0;
	if (good != (valid.kind == J_TRUE || is_ours(data.text)))
		(void)printf("%.*s: %s\n", (int)data.text.n, data.text.p,
		    good ? "was read" : "was refused");
	CHECK(good == (valid.kind == J_TRUE || is_ours(data.text)));
}

/* All tests of a file of the schema's; how many were texts. */
static int
judge_file(struct arena *a, const char *name)
{
	struct bytes body = file(a, name);
	struct slice key;
	struct jvalue v;
	struct jscan s;
	int seen = 0;

	if (body.n == 0)
		return -1;
	jscan_open(&s, a, body);
	jscan_value(&s, &v);
	while (jscan_item(&s)) {
		jscan_value(&s, &v);
		while (jscan_member(&s, &key)) {
			jscan_value(&s, &v);
			if (!slice_is(key, "tests"))
				jscan_pass(&s, &v);
			else
				while (jscan_item(&s))
					judge(a, &s, &seen);
		}
	}
	return seen;
}

TEST(the_schema_suites_times_are_read_and_its_mistakes_are_none)
{
	struct arena *a = arena_new();
	int dates = judge_file(a, "date.json");
	int both = judge_file(a, "date-time.json");

	if (dates < 0 || both < 0)
		(void)printf("skipped: there is no ../shared/data/formats\n");
	else
		CHECK(dates > 60 && both > 20);
	arena_free(a);
}
