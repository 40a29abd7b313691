/*
 * write_test.c - a command being carried out: what is asked of the line, and
 * what is said to be known at each step.
 *
 * link: poller/write.c
 * link: poller/command.c
 */
#include "../../poller/write.h"

#include <math.h>

#include "base/clock.h"
#include "base/env.h"
#include "check.h"

static struct profile *valve;
static bool read_only;
static struct device device;
static struct commands *queue;
static struct write in_hand;
static struct task news;

/* However long the machine takes from one step to the next. */
static int64_t
standing_still(void)
{
	return CLOCK_HOUR;
}

/* A command for the valve, 1 the value, on a line of TCP. */
static void
begin(struct arena *a, const char *point, double value, enum confirm confirm)
{
	static struct env env;
	struct task t = { .id = 1,
		.value = value,
		.confirm = confirm,
		.expires = CLOCK_HOUR + CLOCK_MIN };
	struct err *e = profile_load(&valve, a, "profiles", "fluxline-valve");

	CHECK(e == NULL);
	env = env_real;
	env.mono_us = standing_still;
	env_use(&env);
	(void)snprintf(t.point, sizeof(t.point), "%s", point);
	device = (struct device){ .key = "V", .unit = 1, .profile = valve };
	queue = commands_new(a, read_only);
	write_begin(&in_hand, &t, &device, queue);
}

/* The next request, and what comes of it; its function, 0: none. */
static int
step(enum outcome o, const uint16_t *words)
{
	static const uint16_t none[POINT_WORDS_MAX];
	const struct heard h = { o, words != NULL ? words : none, "why",
		o != BUS_DOWN };
	struct ask ask;

	if (!write_ask(&in_hand, &ask))
		return 0;
	write_take(&in_hand, queue, &h);
	return ask.function;
}

/* The last step, for which there is no time left to wait for a better one. */
static void
last_step(enum outcome o, const uint16_t *words)
{
	in_hand.task.expires = env_mono();
	(void)step(o, words);
}

static enum fate
told(void)
{
	news.fate = COMMAND_TAKEN;
	(void)commands_news(&news, queue, &(struct hold){ .n = 0 });
	return news.fate;
}

TEST(what_was_read_back_is_verified)
{
	struct arena *a = arena_new();
	const uint16_t remote[] = { 1 }, half[] = { 500 };

	begin(a, "position", 50, CONFIRM_SELF);
	CHECK(step(BUS_ANSWER, remote) == 3);
	CHECK(step(BUS_ANSWER, NULL) == WRITE_REGISTER);
	CHECK(told() == COMMAND_ACKNOWLEDGED);
	CHECK(step(BUS_ANSWER, half) == 3);
	CHECK(told() == COMMAND_VERIFIED && news.read_back == 50);
	CHECK(step(BUS_ANSWER, NULL) == 0 && in_hand.device == NULL);
	arena_free(a);
}

TEST(a_poller_that_only_reads_asks_nothing_of_the_line)
{
	struct arena *a = arena_new();

	read_only = true;
	begin(a, "position", 50, CONFIRM_SELF);
	read_only = false;
	CHECK(step(BUS_ANSWER, NULL) == 0 && told() == COMMAND_FAILED);
	CHECK(strcmp(news.why, "This poller only reads; it was not written.") ==
	      0);
	arena_free(a);
}

/* What came of interlock, write and reading back; how it ends and why. */
static const struct {
	const char *point;
	double value;
	enum confirm confirm;
	enum outcome look, put, back;
	uint16_t looked, said, read;
	enum fate fate;
	const char *why;
} ends[] = {
	/* clang-format off */
	{ "position", 50, CONFIRM_SELF, BUS_ANSWER, BUS_ANSWER, BUS_ANSWER, 0,
	  0, 0, COMMAND_FAILED, "Interlock: remote is 0, and must be 1." },
	{ "position", 50, CONFIRM_SELF, BUS_SILENT, BUS_ANSWER, BUS_ANSWER, 1,
	  0, 0, COMMAND_FAILED, "Interlock: remote cannot be read." },
	{ "position", 50, CONFIRM_SELF, BUS_ANSWER, BUS_ANSWER, BUS_ANSWER, 1,
	  0, 7, COMMAND_FAILED, "It was read back as 0.7." },
	{ "position", 50, CONFIRM_SELF, BUS_ANSWER, BUS_EXCEPTION, BUS_ANSWER, 1,
	  2, 0, COMMAND_FAILED, "The device refuses it: why." },
	{ "position", 50, CONFIRM_SELF, BUS_ANSWER, BUS_EXCEPTION, BUS_ANSWER, 1,
	  5, 500, COMMAND_VERIFIED, "" },
	{ "position", 50, CONFIRM_SELF, BUS_ANSWER, BUS_SILENT, BUS_ANSWER, 1,
	  0, 500, COMMAND_VERIFIED, "" },
	{ "position", 50, CONFIRM_SELF, BUS_ANSWER, BUS_SILENT, BUS_ANSWER, 1,
	  0, 7, COMMAND_FAILED,
	  "Nobody acknowledged it, and it was read back as 0.7." },
	{ "position", 50, CONFIRM_SELF, BUS_ANSWER, BUS_DOWN, BUS_ANSWER, 1,
	  0, 0, COMMAND_FAILED, "It was not written: why." },
	{ "position", 50, CONFIRM_SELF, BUS_ANSWER, BUS_SILENT, BUS_SILENT, 1,
	  0, 0, COMMAND_FAILED,
	  "Nobody knows whether it was written, and reading back failed: why." },
	{ "position", 50, CONFIRM_SELF, BUS_ANSWER, BUS_ANSWER, BUS_SILENT, 1,
	  0, 0, COMMAND_FAILED,
	  "The device took it, and reading back failed: why." },
	{ "position", 50, CONFIRM_NONE, BUS_ANSWER, BUS_ANSWER, BUS_ANSWER, 1,
	  0, 0, COMMAND_FAILED,
	  "Its profile wants it confirmed by now; ask anew." },
	{ "position", 101, CONFIRM_SELF, BUS_ANSWER, BUS_ANSWER, BUS_ANSWER, 1,
	  0, 0, COMMAND_FAILED, "The poller refuses it: value: it is outside "
	  "what may be written." },
	/* clang-format on */
};

TEST(no_state_says_more_than_is_known)
{
	size_t i;

	for (i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		struct arena *a = arena_new();

		begin(a, ends[i].point, ends[i].value, ends[i].confirm);
		(void)step(ends[i].look, &ends[i].looked);
		(void)step(ends[i].put, &ends[i].said);
		last_step(ends[i].back, &ends[i].read);
		if (told() == COMMAND_ACKNOWLEDGED)
			(void)told();
		CHECK(news.fate == ends[i].fate);
		if (strcmp(news.why, ends[i].why) != 0)
			(void)printf("%zu: %s\n", i, news.why);
		CHECK(strcmp(news.why, ends[i].why) == 0);
		arena_free(a);
	}
}

TEST(reading_back_is_tried_again_until_it_says_something)
{
	struct arena *a = arena_new();
	const uint16_t remote[] = { 1 }, half[] = { 500 };

	begin(a, "position", 50, CONFIRM_SELF);
	CHECK(step(BUS_ANSWER, remote) == 3);
	CHECK(step(BUS_SILENT, NULL) == WRITE_REGISTER);
	CHECK(write_due(&in_hand) <= env_mono());
	CHECK(step(BUS_DOWN, NULL) == 3);
	CHECK(told() == COMMAND_TAKEN);
	CHECK(write_due(&in_hand) > env_mono() + 400 * CLOCK_MS);
	CHECK(step(BUS_DOWN, NULL) == 3);
	CHECK(told() == COMMAND_TAKEN);
	CHECK(step(BUS_ANSWER, half) == 3);
	CHECK(told() == COMMAND_VERIFIED && news.read_back == 50);
	arena_free(a);
}

TEST(what_may_not_be_read_is_not_tried_again)
{
	struct arena *a = arena_new();
	const uint16_t remote[] = { 1 }, illegal[] = { 2 };

	begin(a, "position", 50, CONFIRM_SELF);
	CHECK(step(BUS_ANSWER, remote) == 3);
	CHECK(step(BUS_SILENT, NULL) == WRITE_REGISTER);
	CHECK(step(BUS_EXCEPTION, illegal) == 3);
	CHECK(told() == COMMAND_FAILED);
	CHECK(strncmp(news.why, "Nobody knows", 12) == 0);
	arena_free(a);
}

TEST(reading_back_again_is_not_later_than_the_commands_end)
{
	struct arena *a = arena_new();
	const uint16_t remote[] = { 1 };

	begin(a, "position", 50, CONFIRM_SELF);
	CHECK(step(BUS_ANSWER, remote) == 3);
	CHECK(step(BUS_ANSWER, NULL) == WRITE_REGISTER);
	in_hand.task.expires = env_mono() + 100 * CLOCK_MS;
	CHECK(step(BUS_SILENT, NULL) == 3);
	CHECK(write_due(&in_hand) <= env_mono() + 100 * CLOCK_MS);
	arena_free(a);
}

TEST(nothing_is_asked_while_a_polls_late_answer_may_come)
{
	struct arena *a = arena_new();
	struct write *all = NULL, *first, *second;
	struct device other = { .key = "W", .unit = 2 };
	int64_t soon = CLOCK_HOUR + CLOCK_S;

	begin(a, "position", 50, CONFIRM_SELF);
	device.lag = soon;
	CHECK(write_due(&in_hand) == soon);
	in_hand.next = soon + 1;
	CHECK(write_due(&in_hand) == soon + 1);
	/* Another device's does not wait for it. */
	first = write_room(&all, a);
	*first = (struct write){ .device = &device };
	second = write_room(&all, a);
	*second = (struct write){ .device = &other,
		.beside = second->beside,
		.next = 1 };
	CHECK(write_first(all) == second);
	arena_free(a);
}

TEST(one_command_waiting_does_not_keep_another_devices_waiting)
{
	struct arena *a = arena_new();
	struct write *all = NULL, *first, *second;
	struct device other = { .key = "W", .unit = 2 };

	first = write_room(&all, a);
	first->device = &device;
	first->next = 2;
	CHECK(write_any(all, &device) && !write_any(all, &other));
	second = write_room(&all, a);
	CHECK(second != first);
	second->device = &other;
	second->next = 1;
	CHECK(write_first(all) == second);
	second->device = NULL;
	CHECK(write_first(all) == first && write_room(&all, a) == second);
	arena_free(a);
}

TEST(what_is_in_hand_is_told_of_when_the_line_goes)
{
	struct arena *a = arena_new();
	const uint16_t remote[] = { 1 };
	struct ask ask;

	begin(a, "position", 50, CONFIRM_SELF);
	write_leave(&in_hand, queue);
	CHECK(told() == COMMAND_FAILED);
	CHECK(strncmp(news.why, "It was not written", 18) == 0);
	begin(a, "position", 50, CONFIRM_SELF);
	CHECK(step(BUS_ANSWER, remote) == 3 && write_ask(&in_hand, &ask));
	write_leave(&in_hand, queue);
	CHECK(told() == COMMAND_FAILED);
	CHECK(strncmp(news.why, "Nobody knows", 12) == 0);
	arena_free(a);
}

TEST(an_echo_of_a_serial_line_acknowledges_nothing)
{
	struct arena *a = arena_new();
	const uint16_t on[] = { 1 };

	begin(a, "running", 1, CONFIRM_NONE);
	device.late = true;
	CHECK(step(BUS_ANSWER, NULL) == WRITE_COIL);
	CHECK(told() == COMMAND_TAKEN);
	CHECK(step(BUS_ANSWER, on) == 1);
	CHECK(told() == COMMAND_VERIFIED);
	arena_free(a);
}
