/*
 * Buckets that children share, networks as people type them, and signatures.
 */
#include "check.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "web/gcra.h"
#include "web/issue.h"
#include "web/sign.h"

enum { START = 1000000 }; /* the clock at first, in seconds */

/* How many of n payments of one unit pass at that second. */
static int
passing(struct gcra *g, uint64_t lane, int64_t rate, int n, double second)
{
	int64_t now = START * CLOCK_S + (int64_t)(second * (double)CLOCK_S);
	int i, passed = 0;
	size_t refused;

	for (i = 0; i < n; i++) {
		struct toll t = { .lane = lane, .rate = rate, .cost = 1 };

		passed += gcra_pay(g, &t, 1, now, &refused);
	}
	return passed;
}

TEST(a_minutes_worth_passes_at_once_and_then_evenly)
{
	static const struct {
		double second;
		int passes;
	} steps[] = {
		{ 0, 10 },
		{ 0, 0 },
		{ 5.9, 0 },
		{ 6.1, 1 },
		{ 6.2, 0 },
		{ 18.2, 2 },
		{ 1000, 10 },
		{ 1000, 0 },
	};
	struct gcra *g = gcra_new();
	size_t i;

	for (i = 0; i < sizeof(steps) / sizeof(*steps); i++)
		CHECK(
		    passing(g, 1, 10, 30, steps[i].second) == steps[i].passes);
}

TEST(lanes_are_apart)
{
	struct gcra *g = gcra_new();
	uint64_t lane;

	/* As many credentials as the source document's tokens, and more. */
	for (lane = 1; lane <= 5000; lane++)
		CHECK(passing(g, lane, 10, 11, 0) == 10);
	for (lane = 1; lane <= 5000; lane++)
		CHECK(passing(g, lane, 10, 1, 1) == 0);
}

TEST(the_standing_is_told)
{
	struct toll t = { .lane = 7, .rate = 10, .cost = 1 };
	struct gcra *g = gcra_new();
	int64_t now = START * CLOCK_S;
	size_t refused = 9;
	int i;

	for (i = 9; i >= 0; i--) {
		CHECK(gcra_pay(g, &t, 1, now, &refused));
		CHECK(t.left == i);
		CHECK(t.full_us == (10 - i) * 6 * CLOCK_S);
		CHECK(t.retry_us == 0);
	}
	CHECK(!gcra_pay(g, &t, 1, now, &refused));
	CHECK(refused == 0 && t.left == 0);
	CHECK(t.retry_us >= 6 * CLOCK_S && t.retry_us <= 6 * CLOCK_S + 2);
	/* A refusal costs nothing, however often. */
	for (i = 0; i < 1000; i++)
		CHECK(!gcra_pay(g, &t, 1, now, &refused));
	CHECK(gcra_pay(g, &t, 1, now + t.retry_us, &refused));
}

TEST(what_is_refused_in_one_lane_costs_nothing_in_another)
{
	struct toll own = { .lane = 1, .rate = 100, .cost = 40 };
	struct toll all = { .lane = 2, .rate = 50, .cost = 40 };
	int64_t now = START * CLOCK_S;
	struct gcra *g = gcra_new();
	struct toll both[2] = { own, all };
	size_t refused = 9;

	CHECK(gcra_pay(g, both, 2, now, &refused));
	CHECK(both[0].left == 60 && both[1].left == 10);
	CHECK(!gcra_pay(g, both, 2, now, &refused) && refused == 1);
	CHECK(gcra_pay(g, &own, 1, now, &refused) && own.left == 20);
}

TEST(a_body_above_a_minutes_worth_passes_when_the_bucket_is_full)
{
	struct toll large = { .lane = 1, .rate = 1000, .cost = 5000 };
	struct toll one = { .lane = 1, .rate = 1000, .cost = 1 };
	int64_t now = START * CLOCK_S;
	struct gcra *g = gcra_new();
	size_t refused;

	CHECK(gcra_pay(g, &one, 1, now, &refused));
	CHECK(!gcra_pay(g, &large, 1, now, &refused));
	CHECK(large.retry_us > 0 && large.retry_us < CLOCK_S);
	now += large.retry_us;
	CHECK(gcra_pay(g, &large, 1, now, &refused));
	/* It took five minutes' worth; four of them are owed. */
	CHECK(!gcra_pay(g, &one, 1, now + 4 * CLOCK_MIN - CLOCK_S, &refused));
	CHECK(gcra_pay(g, &one, 1, now + 4 * CLOCK_MIN + CLOCK_S, &refused));
}

TEST(what_would_take_longer_than_the_clock_goes_is_far_away)
{
	struct toll t = { .lane = 4, .rate = 1, .cost = INT64_MAX };
	int64_t now = START * CLOCK_S;
	struct gcra *g = gcra_new();
	size_t refused;

	CHECK(gcra_pay(g, &t, 1, now, &refused) && t.full_us > 0);
	CHECK(!gcra_pay(g, &t, 1, now + CLOCK_MIN, &refused));
	CHECK(t.retry_us > 365 * CLOCK_DAY);
}

TEST(rates_from_one_to_the_largest_keep_to_themselves)
{
	static const int64_t rates[] = { 1, 7, 60, 999, 100000, 100000000,
		INT32_MAX };
	int64_t now = START * CLOCK_S;
	struct gcra *g = gcra_new();
	size_t i, refused;

	for (i = 0; i < sizeof(rates) / sizeof(*rates); i++) {
		struct toll t = { .lane = i + 1,
			.rate = rates[i],
			.cost = rates[i] };

		CHECK(gcra_pay(g, &t, 1, now, &refused) && t.left == 0);
		t.cost = rates[i] / 100 + 1;
		CHECK(!gcra_pay(g, &t, 1, now, &refused));
		CHECK(gcra_pay(g, &t, 1, now + 61 * CLOCK_S, &refused));
	}
}

TEST(more_lanes_than_there_is_room_for_are_forgotten_when_they_are_full)
{
	struct gcra *g = gcra_new();
	uint64_t lane;
	int wrong = 0;

	for (lane = 1; lane <= 3 * GCRA_LANES; lane++)
		wrong += passing(g, lane, 10, 1,
			     (double)(lane / GCRA_LANES) * 60) != 1;
	CHECK(wrong == 0);
	/* The last ones have found a place. */
	for (lane--; --lane > 3 * GCRA_LANES - 100;)
		wrong += passing(g, lane, 10, 20, 180) != 10;
	CHECK(wrong == 0);
}

TEST(children_count_together)
{
	struct gcra *g = gcra_new();
	int i, status, passed = 0;
	pid_t child[4];

	for (i = 0; i < 4; i++)
		if ((child[i] = fork()) == 0)
			_exit(passing(g, 3, 500, 400, 0) / 2);
	for (i = 0; i < 4; i++) {
		CHECK(waitpid(child[i], &status, 0) == child[i]);
		CHECK(WIFEXITED(status));
		passed += 2 * WEXITSTATUS(status);
	}
	/* Each rounds down to an even number, to fit its status. */
	CHECK(passed <= 500 && passed > 500 - 8);
	CHECK(passing(g, 3, 500, 1, 0) == 0);
}

TEST(networks_are_read_as_people_type_them)
{
	static const struct {
		const char *typed, *want; /* NULL: refused */
	} cases[] = {
		{ "", "" },
		{ "192.0.2.0/24", "192.0.2.0/24" },
		{ " 192.0.2.7 ,  2001:db8::/32\n", "192.0.2.7,2001:db8::/32" },
		{ "0.0.0.0/0", "0.0.0.0/0" },
		{ "::1/128", "::1/128" },
		{ "192.0.2.1/24", NULL }, /* something is set behind it */
		{ "192.0.2.0/33", NULL },
		{ "192.0.2.0/", NULL },
		{ "192.0.2.0/2x", NULL },
		{ "192.0.2.0/-1", NULL },
		{ "192.0.2", NULL },
		{ "2001:db8::/129", NULL },
		{ "example.org", NULL },
		{ "192.0.2.0/24;DROP", NULL },
		{ "192.0.2.0/99999999999999999999", NULL },
	};
	struct arena *a = arena_new();
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const char *got = issue_nets(a, cases[i].typed);

		if (cases[i].want == NULL || got == NULL)
			CHECK(cases[i].want == got);
		else
			CHECK_TEXT(got, cases[i].want);
	}
	arena_free(a);
}

TEST(a_signature_covers_all_of_the_request)
{
	/* Made by: printf '...' | openssl dgst -sha256 -hmac fls_secret */
	static const char good[] = "v1="
				   "291bd7bf99d38a3bd274268cbed17213"
				   "1b1f61f0b05c751661d1cdc9f3640c3e";
	static const struct signed_text all = { "1700000000",
		"0123456789abcdef", "POST", "/api/v1/ingest?strict=1",
		{ (const unsigned char *)"{}", 2 } };
	struct arena *a = arena_new();
	struct signed_text t;

	CHECK_TEXT(sign_make(a, "fls_secret", &all), good);
	CHECK(strcmp(sign_make(a, "fls_secres", &all), good) != 0);
#define OTHER(member, ...)      \
	t = all;                \
	t.member = __VA_ARGS__; \
	CHECK(strcmp(sign_make(a, "fls_secret", &t), good) != 0)
	OTHER(time, "1700000001");
	OTHER(nonce, "0123456789abcdeg");
	OTHER(verb, "PUT");
	OTHER(target, "/api/v1/ingest");
	OTHER(body.n, 1);
#undef OTHER
	arena_free(a);
}

TEST(a_nonce_and_a_time_are_of_their_letters)
{
	int64_t now = INT64_C(1700000000) * CLOCK_S;

	CHECK(sign_nonce("0123456789abcdef") && sign_nonce("ABC_xyz-01234567"));
	CHECK(!sign_nonce("") && !sign_nonce("0123456789abcde"));
	CHECK(!sign_nonce("0123456789abcdef "));
	CHECK(!sign_nonce("0123456789abcde\n"));
	CHECK(!sign_nonce("0123456789abcdef0123456789abcdef"
			  "0123456789abcdef0123456789abcdef0"));
	CHECK(sign_time("1700000000", now));
	CHECK(sign_time("1699999700", now) && sign_time("1700000300", now));
	CHECK(!sign_time("1699999699", now) && !sign_time("1700000301", now));
	CHECK(!sign_time("", now) && !sign_time("-1700000000", now));
	CHECK(
	    !sign_time(" 1700000000", now) && !sign_time("1700000000.5", now));
	CHECK(!sign_time("17000000000000000000", now));
}
