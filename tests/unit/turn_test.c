/*
 * turn_test.c - a line of thirty units of which some are away: how regularly
 * the others are asked, and when those that come back are found.
 *
 * link: poller/turn.c
 * link: poller/device.c
 * link: poller/device_take.c
 * link: poller/learn.c
 * link: poller/latency.c
 * link: poller/tell.c
 * link: poller/window.c
 * link: poller/grade.c
 * link: poller/bus.c
 * link: poller/dial.c
 */
#include "../../poller/turn.h"

#include <stdlib.h>

#include "check.h"
#include "device_bed.h"

enum { UNITS = 30, BEATS_MAX = 200000, STARTING_S = 20 };

#define GOLDEN 0.6180339887498949

/* How a unit answers. */
enum manner { WELL, DEAD, DRIPS, NOISY };

static struct scene {
	struct bed bed;
	struct device v[UNITS];
	enum manner manner[UNITS];
	int64_t takes[UNITS]; /* an answer; else ANSWER_US */
	int64_t last[UNITS], found[UNITS], held, longest;
	int polls[UNITS];
	int64_t off[BEATS_MAX]; /* from the period, of those that answer */
	size_t n;
	struct turn turn;
} s;

static void
scene_make(double poll_s)
{
	double phase = 0.1;
	size_t i;

	memset(&s, 0, sizeof(s));
	bed_make(&s.bed, row_of(20, 1), NULL);
	s.bed.profile.timeout_ms = 1000;
	s.bed.target.poll_ms = (int)(poll_s * 1000);
	for (i = 0; i < UNITS; i++) {
		s.bed.target.device = s.bed.target.unit = (int)i + 1;
		phase += GOLDEN;
		phase -= phase >= 1;
		device_make(&s.v[i], s.bed.arena, &s.bed.target, &s.bed.profile,
		    phase);
	}
	turn_init(&s.turn, s.v, UNITS);
}

/* How far it was off its beat, when it answered before and answers now. */
static void
note(size_t i, int64_t period)
{
	int64_t off = llabs(clock_us - s.last[i] - period);

	if (s.last[i] != 0 && s.manner[i] == WELL && s.n < BEATS_MAX &&
	    clock_us > STARTING_S * CLOCK_S)
		s.off[s.n++] = off;
	s.last[i] = clock_us;
}

/* What comes of a request, and the time it takes. */
static enum outcome
heard(size_t i, uint16_t *words, const struct ask *ask, int64_t span)
{
	int64_t takes = s.takes[i] > 0 ? s.takes[i] : ANSWER_US;

	if (s.manner[i] == NOISY) {
		clock_us += ANSWER_US;
		return BUS_GARBAGE;
	}
	if (s.manner[i] == WELL && takes <= span) {
		memset(words, 0, ask->count * sizeof(*words));
		clock_us += takes;
		return BUS_ANSWER;
	}
	clock_us += span;
	s.held += span;
	s.longest = span > s.longest ? span : s.longest;
	return s.manner[i] == DRIPS ? BUS_GARBAGE : BUS_SILENT;
}

static void
polled(struct device *d)
{
	uint16_t words[FRAME_BITS_MAX];
	size_t i = (size_t)(d - s.v);
	struct arena *a = arena_new();
	struct readings told = { .n = 0 };
	int64_t began = clock_us;
	struct ask ask;
	enum outcome o;

	s.polls[i]++;
	note(i, d->groups[0].period);
	while (device_ask(d, &ask)) {
		o = heard(i, words, &ask,
		    device_span(d, d->away ? turn_hint(&s.turn) : 0));
		device_take(d, &ask, o, words, clock_us - began,
		    s.manner[i] == NOISY);
	}
	if (d->worst == BUS_ANSWER && s.found[i] == 0)
		s.found[i] = clock_us;
	device_end(d, &told, a, "test");
	arena_free(a);
}

static void
run_until(int64_t second)
{
	struct device *d;
	int64_t wake;

	while (clock_us < second * CLOCK_S) {
		if ((d = turn_take(&s.turn, &wake)) != NULL)
			polled(d);
		else
			clock_us = wake;
	}
}

static int
by_size(const void *p, const void *q)
{
	int64_t a = *(const int64_t *)p, b = *(const int64_t *)q;

	return (a > b) - (a < b);
}

/* Of a thousand beats of those that answer, so many are closer to it. */
static int64_t
jitter(size_t of_thousand)
{
	CHECK(s.n > 0);
	if (s.n == 0)
		return INT64_MAX;
	qsort(s.off, s.n, sizeof(*s.off), by_size);
	return s.off[s.n * of_thousand / 1000];
}

/* clang-format off */
static const struct {
	const char *what;
	double poll_s;
	enum manner manner[3];
	int64_t p99_ms; /* of the others' beats, at most */
} lines[] = {
	{ "all answer",            0.5, { WELL,  WELL,  WELL  },  2 },
	{ "one is dead",           0.5, { DEAD,  WELL,  WELL  },  5 },
	{ "one drips",             0.5, { DRIPS, WELL,  WELL  },  5 },
	{ "one dead, one drips",   0.5, { DEAD,  DRIPS, WELL  }, 15 },
	{ "three are dead",        0.5, { DEAD,  DEAD,  DEAD  }, 15 },
	{ "one is noisy",          0.5, { NOISY, WELL,  WELL  },  2 },
	{ "one dead, beats of 5 s", 5,  { DEAD,  WELL,  WELL  },  3 },
	{ "all three, beats of 5 s", 5, { DEAD,  DRIPS, DEAD  },  3 },
};
/* clang-format on */

TEST(units_that_are_away_do_not_upset_the_beat_of_the_others)
{
	size_t i, k;

	for (i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		scene_make(lines[i].poll_s);
		for (k = 0; k < 3; k++)
			s.manner[7 + 6 * k] = lines[i].manner[k];
		/* As soon as they are known to be away. */
		run_until(STARTING_S + 60);
		if (jitter(990) > lines[i].p99_ms * CLOCK_MS)
			(void)printf("%s: p99 %lld us\n", lines[i].what,
			    (long long)jitter(990));
		CHECK(jitter(990) <= lines[i].p99_ms * CLOCK_MS);
		run_until(STARTING_S + 1800);
		if (jitter(990) > lines[i].p99_ms * CLOCK_MS)
			(void)printf("%s: p99 %lld us in the long run\n",
			    lines[i].what, (long long)jitter(990));
		CHECK(jitter(990) <= lines[i].p99_ms * CLOCK_MS);
		bed_end(&s.bed);
	}
}

TEST(a_line_is_held_for_one_per_cent_of_its_time_whoever_is_away)
{
	int64_t began;
	size_t i;

	scene_make(0.5);
	for (i = 0; i < 10; i++)
		s.manner[i] = i % 2 == 0 ? DEAD : DRIPS;
	run_until(60);
	began = clock_us;
	s.held = s.longest = 0;
	run_until(3600);
	CHECK(s.held * 100 < clock_us - began);
	/* And all its time is given to one now and then. */
	CHECK(s.longest == s.bed.profile.timeout_ms * CLOCK_MS);
	bed_end(&s.bed);
}

TEST(who_answers_wrongly_at_once_holds_up_nobody_and_keeps_its_beat)
{
	scene_make(0.5);
	s.manner[7] = NOISY;
	s.manner[8] = DRIPS;
	run_until(600);
	CHECK(s.v[7].offline && !s.v[7].away && s.polls[7] > 1190);
	CHECK(s.v[8].offline && s.v[8].away && s.polls[8] < 30);
	bed_end(&s.bed);
}

TEST(who_comes_back_is_found_within_a_minute)
{
	size_t i;

	scene_make(0.5);
	for (i = 0; i < 5; i++)
		s.manner[i] = DEAD;
	run_until(600);
	memset(s.manner, 0, sizeof(s.manner));
	run_until(665);
	for (i = 0; i < 5; i++)
		CHECK(s.found[i] > 600 * CLOCK_S && !s.v[i].away);
	bed_end(&s.bed);
}

/* On a line that has no room, and on one that has. */
TEST(who_needs_more_time_than_its_neighbours_is_found_too)
{
	static const struct {
		double poll_s;
		int64_t within_s;
	} of[] = { { 0.5, 1000 }, { 60, 300 } };
	size_t i;

	for (i = 0; i < 2; i++) {
		scene_make(of[i].poll_s);
		s.manner[3] = s.manner[4] = DEAD;
		s.takes[3] = 700 * CLOCK_MS;
		run_until(600);
		s.manner[3] = WELL;
		run_until(600 + of[i].within_s);
		CHECK(s.found[3] > 600 * CLOCK_S);
		bed_end(&s.bed);
	}
}
