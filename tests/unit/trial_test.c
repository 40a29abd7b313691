/*
 * trial_test.c - a plan on trial: when it is kept, when not, and what is said
 * of it, over restarts too.
 *
 * link: poller/trial.c
 * link: poller/trial_follow.c
 * link: poller/roster.c
 * link: poller/segment.c
 */
#include "../../poller/trial_follow.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/env.h"
#include "check.h"

enum { WINDOW_S = 100 };

static char dir[] = "/tmp/trial_test.XXXXXX";
static struct arena *arena;
static struct env env;
static int64_t now;
static struct trial *trial;

static int64_t
told(void)
{
	return now;
}

static void
begin(void)
{
	if (mkdtemp(dir) == NULL)
		abort();
	(void)!freopen("/dev/null", "w", stderr);
	arena = arena_new();
	env = env_real;
	env.mono_us = told;
	env_use(&env);
	now = CLOCK_HOUR;
	trial = trial_open(arena, dir, WINDOW_S);
}

static void
end(void)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "%s/bundle.json", dir);
	(void)unlink(path);
	(void)rmdir(dir);
	memcpy(dir + strlen(dir) - 6, "XXXXXX", 6);
	env_use(&env_real);
	arena_free(arena);
}

static struct bytes
text(const char *s)
{
	return (struct bytes){ (const unsigned char *)s, strlen(s) };
}

static enum trial_act
turn(struct bytes *plan, const struct trial_unit *v, size_t n)
{
	plan->p = NULL;
	return trial_turn(trial, plan, arena, v, n);
}

/* What it would tell the server now; "": nothing. */
static const char *
news(void)
{
	static struct trial_news what;

	return trial_news(&what, trial) ? what.state : "";
}

static const char *
why(void)
{
	static struct trial_news what;

	return trial_news(&what, trial) ? what.why : "";
}

/* One unit that answered just now, asked once a second. */
static struct trial_unit
alive(int32_t device)
{
	return (struct trial_unit){ 1, device, "U", CLOCK_S, now };
}

/* ---- the main loop's side, with these units in place of lines ---- */

static struct trial_unit running[4];
static size_t runs;
static struct bytes applied;

void
loop_each(struct loop *unused, void (*f)(struct line *, void *), void *what)
{
	(void)unused;
	f(NULL, what);
}

void
line_units(const struct line *unused, struct arena *a, struct buf *units)
{
	(void)unused;
	(void)a;
	buf_put(units, running, runs * sizeof(*running));
}

/* As if one device could be started, whatever the plan names. */
static struct err *
start_first(void *unused, struct arena *a, struct bytes plan)
{
	(void)unused;
	(void)a;
	applied = plan;
	return NULL;
}

#define DEVICE(id, key)                                              \
	"{\"tenant\":1,\"device\":" id ",\"key\":\"" key             \
	"\",\"profile\":\"p\",\"transport\":\"tcp\",\"host\":\"h\"," \
	"\"port\":1,\"line\":\"\",\"unit\":1,\"poll_ms\":0,\"sensors\":[]}"

/* Bring and apply a version, beside these units. */
static void
apply(int64_t version, const struct trial_unit *v, size_t n)
{
	struct bytes plan;

	CHECK(trial_bring(trial, version, text("[1]")));
	CHECK(turn(&plan, v, n) == TRIAL_APPLY);
	CHECK(plan.n == 3);
	trial_applied(trial, v, n);
	CHECK_TEXT(news(), "applied");
}

TEST(a_plan_that_proves_itself_is_kept_over_restarts)
{
	struct trial_unit u;
	struct bytes plan;

	begin();
	u = alive(1);
	apply(1, &u, 1);
	now += WINDOW_S * CLOCK_S - 1;
	CHECK(turn(&plan, &u, 1) == TRIAL_REST);
	CHECK_TEXT(news(), "applied");
	trial_linked(trial);
	u = alive(1);
	now++;
	CHECK(turn(&plan, &u, 1) == TRIAL_REST);
	CHECK_TEXT(news(), "confirmed");
	trial = trial_open(arena, dir, WINDOW_S);
	CHECK_TEXT(news(), "confirmed");
	CHECK(trial_plan(trial, arena).n == 3);
	CHECK(trial_knows(trial, 1));
	CHECK(!trial_is_due(trial));
	end();
}

/* A version that has proven itself, so that there is one to go back to. */
static void
keep(int64_t version, struct trial_unit *u)
{
	struct bytes plan;

	apply(version, u, 1);
	now += WINDOW_S * CLOCK_S;
	trial_linked(trial);
	*u = alive(u->device);
	CHECK(turn(&plan, u, 1) == TRIAL_REST);
	CHECK_TEXT(news(), "confirmed");
}

TEST(a_lost_link_or_a_silent_unit_goes_back)
{
	static const struct {
		bool linked, answers, slow, gone;
		const char *state, *why;
	} cases[] = {
		{ true, true, false, false, "confirmed", "" },
		{ false, true, false, false, "rolled_back",
		    "The link was lost." },
		{ true, false, false, false, "rolled_back",
		    "No answer any more: U" },
		{ true, false, true, false, "confirmed", "" },
		{ true, false, false, true, "confirmed", "" },
	};
	struct trial_unit u;
	struct bytes plan;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		begin();
		u = alive(1);
		keep(1, &u);
		if (cases[i].slow)
			u.period = CLOCK_HOUR;
		apply(2, &u, 1);
		now += WINDOW_S * CLOCK_S;
		if (cases[i].linked)
			trial_linked(trial);
		if (cases[i].answers)
			u.answered = now;
		(void)turn(&plan, &u, cases[i].gone ? 0 : 1);
		CHECK_TEXT(news(), cases[i].state);
		CHECK_TEXT(why(), cases[i].why);
		end();
	}
}

TEST(who_never_answered_proves_nothing)
{
	struct trial_unit u = { 1, 1, "U", CLOCK_S, 0 };
	struct bytes plan;

	begin();
	apply(1, &u, 1);
	now += WINDOW_S * CLOCK_S;
	trial_linked(trial);
	(void)turn(&plan, &u, 1);
	CHECK_TEXT(news(), "confirmed");
	end();
}

TEST(it_goes_back_to_the_plan_that_was_kept_and_tries_none_twice)
{
	struct trial_unit u;
	struct bytes plan;

	begin();
	u = alive(1);
	keep(1, &u);
	CHECK(trial_bring(trial, 2, text("[2,2]")));
	CHECK(!trial_bring(trial, 3, text("[3]"))); /* one at a time */
	CHECK(!trial_refuse(trial, 3, "no"));
	CHECK(turn(&plan, &u, 1) == TRIAL_APPLY);
	trial_applied(trial, &u, 1);
	now += WINDOW_S * CLOCK_S;
	CHECK(turn(&plan, &u, 1) == TRIAL_BACK);
	CHECK(plan.n == 3);
	CHECK(!trial_bring(trial, 2, text("[2,2]")));
	CHECK(trial_is_old(trial, 1) && !trial_is_old(trial, 2));
	CHECK(trial_bring(trial, 3, text("[3]")));
	end();
}

TEST(a_stop_while_on_trial_is_told_and_the_kept_one_runs)
{
	struct trial_news what;
	struct trial_unit u;

	begin();
	u = alive(1);
	keep(3, &u);
	apply(4, &u, 1);
	trial = trial_open(arena, dir, WINDOW_S);
	CHECK_TEXT(news(), "rolled_back");
	CHECK(trial_plan(trial, arena).n == 3);
	CHECK(!trial_bring(trial, 4, text("[]")));
	CHECK(trial_news(&what, trial));
	trial_told(trial, &what);
	CHECK_TEXT(news(), "");
	trial = trial_open(arena, dir, WINDOW_S);
	CHECK_TEXT(news(), "");
	end();
}

TEST(the_first_plan_is_tried_again_after_a_stop)
{
	struct trial_unit u;

	begin();
	u = alive(1);
	apply(4, &u, 1);
	trial = trial_open(arena, dir, WINDOW_S);
	CHECK_TEXT(news(), "");
	CHECK(trial_plan(trial, arena).p == NULL);
	CHECK(!trial_knows(trial, 4));
	CHECK(trial_is_old(trial, 2));
	CHECK(!trial_bring(trial, 3, text("[1]")));
	keep(4, &u);
	end();
}

TEST(the_first_plan_waits_for_the_link)
{
	struct trial_unit u;
	struct bytes plan;
	int i;

	begin();
	u = alive(1);
	apply(1, &u, 1);
	trial_linked(trial);
	for (i = 0; i < 3; i++) {
		now += WINDOW_S * CLOCK_S;
		CHECK(turn(&plan, &u, 1) == TRIAL_REST);
		CHECK_TEXT(news(), "applied");
		CHECK(!trial_is_due(trial));
	}
	now += WINDOW_S * CLOCK_S;
	trial_linked(trial);
	u = alive(1);
	CHECK(turn(&plan, &u, 1) == TRIAL_REST);
	CHECK_TEXT(news(), "confirmed");
	end();
}

TEST(a_plan_whose_units_cannot_be_started_is_refused)
{
	static const struct {
		const char *plan, *state, *why;
	} cases[] = {
		{ "[" DEVICE("1", "A") "]", "applied", "" },
		{ "[]", "applied", "" },
		{ "[" DEVICE("1", "A") "," DEVICE("2", "B") "]", "refused",
		    "Cannot be polled here: B" },
		{ "[" DEVICE("2", "B") "," DEVICE("3", "C") "," DEVICE("4",
		      "D") "," DEVICE("5", "E") "]",
		    "refused", "Cannot be polled here: B, C, D and 1 more" },
	};
	const struct trial_host host = { .apply = start_first };
	struct trial_unit u;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		begin();
		u = alive(1);
		keep(1, &u);
		running[0] = u;
		runs = 1;
		CHECK(trial_bring(trial, 2, text(cases[i].plan)));
		trial_follow(trial, &host, arena);
		CHECK_TEXT(news(), cases[i].state);
		CHECK_TEXT(why(), cases[i].why);
		if (cases[i].why[0] != 0)
			CHECK(applied.n == 3); /* the one that was kept */
		CHECK(trial_plan(trial, arena).n == 3);
		end();
	}
}

TEST(what_cannot_be_written_down_is_neither_begun_nor_confirmed)
{
	char away[sizeof(dir) + 8];
	struct trial_unit u;
	struct bytes plan;

	begin();
	(void)snprintf(away, sizeof(away), "%s.away", dir);
	u = alive(1);
	keep(1, &u);
	CHECK(rename(dir, away) == 0);
	CHECK(!trial_bring(trial, 2, text("[2,2]")));
	CHECK(!trial_is_due(trial) && !trial_knows(trial, 2));
	CHECK(rename(away, dir) == 0);
	apply(2, &u, 1);
	now += WINDOW_S * CLOCK_S;
	trial_linked(trial);
	u = alive(1);
	CHECK(rename(dir, away) == 0);
	CHECK(turn(&plan, &u, 1) == TRIAL_REST);
	CHECK_TEXT(news(), "applied");
	CHECK(!trial_is_due(trial)); /* on trial once more */
	CHECK(trial_plan(trial, arena).n == 3);
	CHECK(rename(away, dir) == 0);
	now += WINDOW_S * CLOCK_S;
	trial_linked(trial);
	u = alive(1);
	CHECK(turn(&plan, &u, 1) == TRIAL_REST);
	CHECK_TEXT(news(), "confirmed");
	end();
}

TEST(a_trial_too_short_to_hear_the_server_is_not_begun)
{
	static const struct {
		int confirm_s, plan_refresh_s, commands_s;
		bool short_;
	} cases[] = {
		{ 120, 10, 2, false },
		{ 120, 3600, 2, false },
		{ 120, 10, 3600, false },
		{ 120, 60, 60, true },
		{ 121, 60, 60, false },
		{ 2, 10, 2, true },
		{ 2, 1, 1, true },
	};
	struct https_conf https = { .server = "s", .gateway = "g" };
	struct trial_conf conf = { .key_file = "/nowhere" };
	struct err *e;
	size_t i;

	begin();
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		conf.confirm_s = cases[i].confirm_s;
		conf.plan_refresh_s = cases[i].plan_refresh_s;
		https.commands_s = cases[i].commands_s;
		e = trial_make(arena, &https, &conf);
		CHECK(e != NULL);
		CHECK((strstr(e->why, "confirm_s") != NULL) == cases[i].short_);
		CHECK((strstr(e->why, "/nowhere") != NULL) != cases[i].short_);
	}
	end();
}
