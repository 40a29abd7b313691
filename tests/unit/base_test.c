/*
 * lib/base: arena, buf, clock, conf, err, log, utf8, zone.
 */
#include "check.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/conf.h"
#include "base/hex.h"
#include "base/log.h"
#include "base/utf8.h"
#include "base/zone.h"

static int closed;

static void
count_close(void *what)
{
	closed = closed * 10 + *(int *)what;
}

TEST(hex_is_written_in_lower_case_and_read_so_only)
{
	static const unsigned char bytes[] = { 0x00, 0x9a, 0xff };
	struct arena *a = arena_new();
	struct buf b = buf_new(a, 1);
	struct bytes v = { bytes, sizeof(bytes) }, back;
	char text[7];

	hex_write(text, bytes, sizeof(bytes));
	CHECK_TEXT(text, "009aff");
	CHECK_TEXT(hex_text(a, v), "009aff");
	buf_text(&b, "x");
	hex_put(&b, v);
	buf_text(&b, ".");
	CHECK_TEXT((const char *)b.p, "x009aff.");
	CHECK(hex_read(&back, a, "009aff", 6) && back.n == 3 &&
	      memcmp(back.p, bytes, 3) == 0);
	CHECK(!hex_read(&back, a, "009AFF", 6));
	CHECK(!hex_read(&back, a, "009", 3));
	CHECK(!hex_read(&back, a, "0g", 2));
	CHECK(
	    hex_digit('f') == 15 && hex_digit('F') == -1 && hex_digit(0) == -1);
	arena_free(a);
}

TEST(an_arena_closes_what_was_deferred_newest_first)
{
	struct arena *a = arena_new();
	int one = 1, two = 2;

	arena_defer(a, count_close, &one);
	arena_defer(a, count_close, &two);
	closed = 0;
	arena_reset(a);
	CHECK(closed == 21);
	arena_reset(a);
	CHECK(closed == 21);
	arena_free(a);
}

TEST(what_is_larger_than_a_block_leaves_room_in_the_one_in_use)
{
	struct arena *a = arena_small();
	char *before = arena_alloc(a, 16), *large = arena_alloc(a, 4096);
	char *after = arena_alloc(a, 16);

	CHECK(after == before + 16);
	memset(large, 1, 4096);
	CHECK(*after == 0 && *before == 0);
	arena_reset(a);
	CHECK(*(char *)arena_alloc(a, 16) == 0);
	arena_free(a);
}

TEST(an_arena_gives_zeroed_aligned_memory_of_any_size)
{
	struct arena *a = arena_new();
	size_t n, i;

	for (n = 1; n < 200000; n = n * 3 + 1) {
		unsigned char *p = arena_alloc(a, n);

		CHECK((uintptr_t)p % 16 == 0);
		for (i = 0; i < n; i++)
			CHECK(p[i] == 0);
		memset(p, 0xff, n);
	}
	arena_reset(a);
	CHECK(*(unsigned char *)arena_alloc(a, 8) == 0);
	arena_free(a);
}

TEST(a_buf_grows_and_stays_a_string)
{
	struct arena *a = arena_new();
	struct buf b = buf_new(a, 1);
	int i;

	for (i = 0; i < 1000; i++)
		buf_printf(&b, "%d,", i % 10);
	buf_be32(&b, 0x41424344);
	CHECK(b.n == 2004);
	CHECK_TEXT((char *)b.p + 2000, "ABCD");
	arena_free(a);
}

static const struct {
	const char *text;
	const char *iso; /* NULL: refused */
} times[] = {
	/* clang-format off */
	{ "2026-11-21T06:00:00Z",           "2026-11-21T06:00:00.000Z" },
	{ "2026-11-21T06:00:00.25Z",        "2026-11-21T06:00:00.250Z" },
	{ "2026-11-21T06:00:00.123456Z",    "2026-11-21T06:00:00.123456Z" },
	{ "2026-11-21T06:00:00.1234567Z",   "2026-11-21T06:00:00.123456Z" },
	{ "2026-11-21T09:00:00+03:00",      "2026-11-21T06:00:00.000Z" },
	{ "2026-11-21T09:00:00+0300",       "2026-11-21T06:00:00.000Z" },
	{ "2026-11-21 01:00:00-05",         "2026-11-21T06:00:00.000Z" },
	{ "2026-11-21T06:00Z",              "2026-11-21T06:00:00.000Z" },
	{ "2026-11-21",                     "2026-11-21T00:00:00.000Z" },
	{ "2028-02-29T00:00:00Z",           "2028-02-29T00:00:00.000Z" },
	{ "1969-12-31T23:59:59.5Z",         "1969-12-31T23:59:59.500Z" },
	{ "2026-02-29T00:00:00Z",           NULL },
	{ "2026-13-01T00:00:00Z",           NULL },
	{ "2026-11-21T06:00:00",            NULL }, /* no zone */
	{ "2026-11-21T24:00:00Z",           NULL },
	{ "2026-11-21T06:00:00Zx",          NULL },
	{ "21/11/2026 09:00:00",            NULL },
	{ "",                               NULL },
	{ "x",                              NULL },
	/* clang-format on */
};

TEST(iso_times_are_read_as_written_and_local_ones_refused)
{
	struct arena *a = arena_new();
	size_t i;
	int64_t us;

	for (i = 0; i < sizeof(times) / sizeof(*times); i++) {
		bool ok = clock_from_iso(&us, times[i].text);

		CHECK(ok == (times[i].iso != NULL));
		if (ok && times[i].iso != NULL)
			CHECK_TEXT(clock_iso(a, us), times[i].iso);
	}
	arena_free(a);
}

TEST(instants_of_all_years_are_written_as_the_system_reckons_them)
{
	int64_t step = 9 * CLOCK_DAY + 7 * CLOCK_HOUR + 1234567, us;
	int64_t from = -2200 * 366 * CLOCK_DAY, to = 9000 * 366 * CLOCK_DAY;
	struct arena *a = arena_new();
	char want[64];
	struct tm tm;
	time_t t;

	for (us = from; us < to; us += step) {
		t = (time_t)(us / CLOCK_S - (us % CLOCK_S < 0));
		(void)gmtime_r(&t, &tm);
		(void)snprintf(want, sizeof(want),
		    "%04d-%02d-%02dT%02d:%02d:%02d.", tm.tm_year + 1900,
		    tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min,
		    tm.tm_sec);
		if (strncmp(clock_iso(a, us), want, strlen(want)) != 0)
			break;
		arena_reset(a);
	}
	CHECK(us >= to);
	arena_free(a);
}

TEST(a_number_is_an_instant_by_its_magnitude)
{
	int64_t s, ms, us, ns, want = INT64_C(1763703600000000);

	CHECK(clock_from_number(&s, 1763703600.0) && s == want);
	CHECK(clock_from_number(&ms, 1763703600000.0) && ms == want);
	CHECK(clock_from_number(&us, 1763703600000000.0) && us == want);
	CHECK(clock_from_number(&ns, 1763703600000000000.0) && ns == want);
	CHECK(!clock_from_number(&s, -1));
	CHECK(!clock_from_number(&s, 0.0 / 0.0));
}

TEST(an_age_is_said_in_the_unit_that_fits)
{
	struct arena *a = arena_new();

	CHECK_TEXT(clock_age(a, 3 * CLOCK_S), "3 s");
	CHECK_TEXT(clock_age(a, 5 * CLOCK_MIN), "5 min");
	CHECK_TEXT(clock_age(a, 26 * CLOCK_HOUR), "26 h");
	CHECK_TEXT(clock_age(a, 4 * CLOCK_DAY), "4 d");
	CHECK_TEXT(clock_age(a, -CLOCK_S), "0 s");
	arena_free(a);
}

TEST(local_times_follow_the_clocks_of_the_place)
{
	struct arena *a = arena_new();
	int64_t us;

	zone_use("Europe/Berlin");
	CHECK(clock_from_iso(&us, "2026-07-01T12:00:00Z"));
	CHECK_TEXT(zone_text(a, "%H:%M", us), "14:00");
	CHECK(clock_from_iso(&us, "2026-12-01T12:00:00Z"));
	CHECK_TEXT(zone_text(a, "%H:%M", us), "13:00");
	CHECK(zone_from_form(&us, "2026-12-01T13:00"));
	CHECK_TEXT(clock_iso(a, us), "2026-12-01T12:00:00.000Z");
	CHECK(!zone_from_form(&us, "yesterday"));
	zone_use("UTC");
	arena_free(a);
}

struct some_conf {
	const char *name, *secret;
	int n;
};

static const struct conf_key some_keys[] = {
	{ "name", CONF_TEXT, offsetof(struct some_conf, name), NULL, 0, 0, "" },
	{ "secret", CONF_SECRET, offsetof(struct some_conf, secret), "", 0, 0,
	    "" },
	{ "n", CONF_INT, offsetof(struct some_conf, n), "4", 1, 9, "" },
};

/* Read a configuration of this text; the reason of a refusal, or NULL. */
static const char *
conf_of(struct some_conf *c, struct arena *a, const char *text)
{
	char path[] = "/tmp/fluxline-conf-XXXXXX";
	int fd = mkstemp(path);
	struct err *e;

	CHECK(fd >= 0 && write(fd, text, strlen(text)) >= 0);
	(void)close(fd);
	e = conf_read(c, a, path, some_keys, 3);
	(void)unlink(path);
	return e != NULL ? e->why : NULL;
}

TEST(a_configuration_is_read_or_refused_by_name)
{
	struct arena *a = arena_new();
	struct some_conf c;

	CHECK(conf_of(&c, a, "# hi\n name = a b = c \nn=7\n") == NULL);
	CHECK_TEXT(c.name, "a b = c");
	CHECK(c.n == 7);
	CHECK(conf_of(&c, a, "name = x\n") == NULL && c.n == 4);
	CHECK(strstr(conf_of(&c, a, "name = x\nnmae = y\n"), "nmae") != NULL);
	CHECK(strstr(conf_of(&c, a, "name = x\nn = 10\n"), "1 to 9") != NULL);
	CHECK(strstr(conf_of(&c, a, "name = x\nn = 1x\n"), "1x") != NULL);
	CHECK(strstr(conf_of(&c, a, "n = 1\n"), "name") != NULL);
	arena_free(a);
}

static struct err *
fails(void)
{
	return err_raise(ERR_MISSING, "There is no such thing here.", "row %d",
	    7);
}

TEST(an_error_keeps_what_to_say_apart_from_why)
{
	struct err *e = err_pass(fails());

	CHECK(err_status(e->kind) == 404);
	CHECK_TEXT(e->say, "There is no such thing here.");
	CHECK_TEXT(e->why, "row 7");
	CHECK(strstr(e->trace, "base_test.c:") != NULL);
	CHECK(strstr(e->trace, " < base_test.c:") != NULL);
}

TEST(a_quoted_log_value_stays_on_its_line)
{
	char s[LOG_QUOTED], large[1000];

	CHECK_TEXT(log_quote(s, "a\nb\"c"), "\"a b'c\"");
	memset(large, 'x', sizeof(large) - 1);
	large[sizeof(large) - 1] = 0;
	CHECK(strlen(log_quote(s, large)) < LOG_QUOTED);
}

static const struct {
	const char *text;
	bool valid;
} texts[] = {
	/* clang-format off */
	{ "",                     true },
	{ "flow",                 true },
	{ "\xc2\x80",             true },  /* U+0080, the least of two */
	{ "\xe0\xa0\x80",         true },  /* U+0800, the least of three */
	{ "\xf0\x90\x80\x80",     true },  /* U+10000, the least of four */
	{ "\xf4\x8f\xbf\xbf",     true },  /* U+10FFFF */
	{ "\xed\x9f\xbf",         true },  /* the last before the surrogates */
	{ "\xed\xa0\x80",         false }, /* a surrogate */
	{ "\xf4\x90\x80\x80",     false }, /* above U+10FFFF */
	{ "\xc0\xaf",             false }, /* overlong */
	{ "\xe0\x9f\xbf",         false },
	{ "\xf0\x8f\xbf\xbf",     false },
	{ "\x80",                 false }, /* no lead */
	{ "\xff",                 false },
	{ "a\xc3",                false }, /* cut */
	{ "a\xf0\x9f\x98",        false },
	{ "\xc3(",                false },
	/* clang-format on */
};

TEST(text_is_utf8_or_it_is_not)
{
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		CHECK(utf8_valid(texts[i].text) == texts[i].valid);
}

TEST(text_is_cut_between_characters)
{
	CHECK(utf8_whole("abc", 5) == 3);
	CHECK(utf8_whole("abc", 2) == 2);
	CHECK(utf8_whole("a\xc3\xa4z", 2) == 1);
	CHECK(utf8_whole("a\xc3\xa4z", 3) == 3);
	CHECK(utf8_whole("\xf0\x9f\x98\x80", 3) == 0);
	CHECK(utf8_whole("\xf0\x9f\x98\x80", 4) == 4);
}

TEST(what_is_said_of_an_error_is_whole_text)
{
	char long_name[300] = { 0 };
	struct err *e;
	size_t i;

	for (i = 0; i < 290; i += 2)
		memcpy(long_name + i, "\xc3\xa4", 2);
	e = err_say(err_raise(ERR_INPUT, "", "x"), "name %s", long_name);
	CHECK(utf8_valid(e->say));
	CHECK(strlen(e->say) > 180);
	e = err_raise(ERR_INPUT, "near '\xf0\x9f'", "x");
	CHECK(strcmp(e->say, "near '") == 0);
}
