/*
 * device_test.c - a device that is asked: its groups keep their beat, what it
 * cannot answer is found out, and it costs no more than its answers.
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
#include "check.h"
#include "device_bed.h"

/* Polls until it gives all it has, in as few requests as that takes. */
static const struct {
	const char *what;
	int points, step, gone[4]; /* registers, from 1 on; 0 ends them */
	int most;
	bool mute;
	int good;     /* points with a value in the end */
	size_t reads; /* to get them */
	int requests; /* to find it out, at most */
} lessons[] = {
	/* clang-format off */
	{ "nothing to learn",      40, 1, { 0 },           0, false, 40, 1,  4 },
	{ "one point is missing",  40, 1, { 14 },          0, false, 39, 2, 20 },
	{ "the first is missing",  40, 1, { 1 },           0, false, 39, 1, 20 },
	{ "the last is missing",   40, 1, { 40 },          0, false, 39, 1, 20 },
	{ "two that are apart",    40, 1, { 5, 30 },       0, false, 38, 3, 34 },
	{ "two neighbours",        40, 1, { 5, 6 },        0, false, 38, 2, 34 },
	{ "a gap that is a hole",  20, 2, { 12 },          0, false, 20, 2, 20 },
	{ "three such gaps",       20, 2, { 4, 20, 36 },   0, false, 20, 4, 44 },
	{ "a gap and a point",     20, 2, { 12, 21 },      0, false, 19, 3, 36 },
	{ "16 words at most",      40, 1, { 0 },          16, false, 40, 3, 14 },
	{ "one word at a time",    10, 1, { 0 },           1, false, 10, 10, 20 },
	{ "16 and a hole",         40, 1, { 20 },         16, false, 39, 4, 34 },
	{ "silence above 10",      30, 1, { 0 },          10, true,  30, 3, 40 },
	/* clang-format on */
};

TEST(a_device_with_holes_ends_up_with_the_fewest_requests_that_work)
{
	int n, last, found;
	struct bed b;
	size_t i, k;

	for (i = 0; i < sizeof(lessons) / sizeof(*lessons); i++) {
		bed_make(&b, row_of(lessons[i].points, lessons[i].step), NULL);
		for (k = 0; k < 4 && lessons[i].gone[k] > 0; k++)
			b.unit.gone[lessons[i].gone[k] - 1] = true;
		b.unit.most = lessons[i].most;
		b.unit.mute = lessons[i].mute;
		bed_start(&b);
		for (n = 0, found = -1; n < 40; n++) {
			(void)poll_once(&b);
			if (found < 0 && reads(&b) == lessons[i].reads)
				found = b.unit.requests;
		}
		last = b.unit.requests;
		if (values_told(&b) != lessons[i].good ||
		    reads(&b) != lessons[i].reads ||
		    found > lessons[i].requests)
			(void)printf("%s: %d values, %zu reads, %d requests\n",
			    lessons[i].what, values_told(&b), reads(&b), found);
		CHECK(values_told(&b) == lessons[i].good);
		CHECK(reads(&b) == lessons[i].reads);
		CHECK(found >= 0 && found <= lessons[i].requests);
		(void)poll_once(&b);
		/* From then on no request is in vain. */
		CHECK(b.unit.requests - last == (int)lessons[i].reads);
		bed_end(&b);
	}
}

TEST(what_was_learned_is_used_at_the_next_start)
{
	struct taught taught;
	struct bed b;
	int n;

	bed_make(&b, row_of(40, 1), NULL);
	b.unit.gone[13] = true;
	bed_start(&b);
	for (n = 0; n < 40; n++)
		(void)poll_once(&b);
	taught = b.device.taught;
	CHECK(taught.n == 1 && taught.holes[0].address == 13);
	CHECK_TEXT(taught_holes(b.arena, &taught), "holding register 13");
	b.unit.requests = 0;
	bed_start(&b);
	device_know(&b.device, &taught, 1024);
	CHECK(reads(&b) == 2);
	CHECK(device_span(&b.device, 0) == 250 * CLOCK_MS);
	(void)poll_once(&b);
	CHECK(b.unit.requests == 2 && values_told(&b) == 39);
	/* A week later it is asked anew, and the hole is found again. */
	clock_us += 8 * CLOCK_DAY;
	b.unit.gone[13] = false;
	for (n = 0; n < 3; n++)
		(void)poll_once(&b);
	CHECK(reads(&b) == 1 && values_told(&b) == 40);
	bed_end(&b);
}

TEST(a_device_of_holes_only_is_believed_for_minutes)
{
	struct bed b;
	int n;

	bed_make(&b, row_of(4, 1), NULL);
	memset(b.unit.gone, true, sizeof(b.unit.gone));
	bed_start(&b);
	for (n = 0; n < 20; n++)
		(void)poll_once(&b);
	CHECK(reads(&b) == 0 && values_told(&b) == 0);
	memset(b.unit.gone, false, sizeof(b.unit.gone));
	for (n = 0; n < 400; n++)
		(void)poll_once(&b);
	CHECK(reads(&b) == 1 && values_told(&b) == 4);
	bed_end(&b);
}

TEST(points_of_equal_period_are_polled_together_and_never_drift)
{
	static const double periods[] = { 0.01, 1, 1, 60 };
	static const int64_t per[] = { 10, 1000, 1000, 60000 };
	int64_t last[4] = { 0 }, worst = 0, off;
	int polls[4] = { 0 };
	struct bed b;
	size_t i;

	bed_make(&b, row_of(4, 1), periods);
	bed_start(&b);
	CHECK(b.device.n == 3);
	while (clock_us < 121 * CLOCK_S) {
		(void)poll_once(&b);
		for (i = 0; i < b.told.n; i++) {
			int32_t k = b.told.v[i].sensor - 1;
			int64_t at = b.told.v[i].time;

			polls[k]++;
			/* On a grid of its own from the first on it. */
			if (polls[k] > 2) {
				off = (at - last[k]) % (per[k] * CLOCK_MS);
				off = off > per[k] * CLOCK_MS / 2
					  ? per[k] * CLOCK_MS - off
					  : off;
				worst = off > worst ? off : worst;
			}
			if (polls[k] == 2)
				last[k] = at;
		}
	}
	/* As much as another group's answer takes, and nothing adds up. */
	CHECK(worst <= 2 * ANSWER_US);
	CHECK(polls[0] >= 11990 && polls[0] <= 12001);
	CHECK(polls[1] >= 119 && polls[1] <= 121 && polls[1] == polls[2]);
	CHECK(polls[3] >= 2 && polls[3] <= 4);
	CHECK(b.device.tally.missed == 0);
	bed_end(&b);
}

TEST(the_devices_setting_stands_for_the_profiles_own_period_only)
{
	static const double periods[] = { 1, 60, 1 };
	struct bed b;

	bed_make(&b, row_of(3, 1), periods);
	b.target.poll_ms = 250;
	bed_start(&b);
	CHECK(b.device.n == 2);
	CHECK(b.device.groups[0].period == 250 * CLOCK_MS);
	CHECK(b.device.groups[1].period == 60 * CLOCK_S);
	CHECK(b.device.groups[0].in[2] && !b.device.groups[1].in[2]);
	bed_end(&b);
}

TEST(a_dead_device_costs_its_line_two_per_cent)
{
	int64_t began, lost = 0, at;
	struct bed b;
	int n;

	bed_make(&b, row_of(10, 1), NULL);
	b.unit.dead = true;
	bed_start(&b);
	for (n = 0; n < 4; n++)
		(void)poll_once(&b);
	began = clock_us;
	while (clock_us - began < 60 * CLOCK_S) {
		if (clock_us < device_due(&b.device))
			clock_us = device_due(&b.device);
		at = clock_us;
		CHECK(poll_once(&b) == BUS_SILENT);
		lost += clock_us - at;
	}
	CHECK(lost * 40 < clock_us - began);
	CHECK(b.device.offline);
	/* It is back within a minute. */
	b.unit.dead = false;
	at = clock_us;
	while (values_told(&b) < 10 && clock_us - at < 70 * CLOCK_S)
		(void)poll_once(&b);
	CHECK(values_told(&b) == 10 && clock_us - at < 62 * CLOCK_S);
	(void)poll_once(&b);
	CHECK(device_due(&b.device) - clock_us <= CLOCK_S);
	bed_end(&b);
}

TEST(a_deadline_is_four_times_what_nearly_all_answers_took)
{
	struct bed b;
	int n;

	bed_make(&b, row_of(10, 1), NULL);
	bed_start(&b);
	CHECK(device_span(&b.device, 0) == 500 * CLOCK_MS);
	for (n = 0; n < 100; n++)
		latency_add(&b.device.latency, 70 * CLOCK_MS);
	/* 4 x 131 ms is more than the profile allows. */
	CHECK(device_span(&b.device, 0) == 500 * CLOCK_MS);
	for (n = 0; n < 1000; n++)
		latency_add(&b.device.latency, 300);
	CHECK(device_span(&b.device, 0) == 500 * CLOCK_MS);
	for (n = 0; n < 20000; n++)
		latency_add(&b.device.latency, 300);
	CHECK(device_span(&b.device, 0) == 250 * CLOCK_MS);
	for (n = 0; n < 20000; n++)
		latency_add(&b.device.latency, 400 * CLOCK_MS);
	CHECK(device_span(&b.device, 0) == 500 * CLOCK_MS);
	/* Once it failed it has all the time there is. */
	b.device.failures = 1;
	latency_set(&b.device.latency, 300);
	CHECK(device_span(&b.device, 0) == 500 * CLOCK_MS);
	/* One that is away is waited for as for its neighbours. */
	b.device.away = true;
	CHECK(device_span(&b.device, 80 * CLOCK_MS) == 80 * CLOCK_MS);
	CHECK(device_span(&b.device, 10 * CLOCK_MS) == 25 * CLOCK_MS);
	/* In between it is what was measured. */
	b.device.away = false;
	b.device.failures = 0;
	latency_set(&b.device.latency, 65 * CLOCK_MS);
	b.profile.timeout_ms = 1000;
	CHECK(device_span(&b.device, 0) == 4 * 65536);
	bed_end(&b);
}

TEST(a_late_answer_is_waited_for_from_the_request_that_it_is_to)
{
	uint16_t words[FRAME_BITS_MAX];
	struct ask ask;
	struct bed b;

	bed_make(&b, row_of(2, 100), NULL);
	b.target.transport = TRANSPORT_RTU;
	bed_start(&b);
	clock_us = device_due(&b.device);
	device_begin(&b.device, true);
	CHECK(device_ask(&b.device, &ask));
	(void)answer(&b.unit, words, &ask);
	clock_us += 400 * CLOCK_MS;
	device_take(&b.device, &ask, BUS_ANSWER, words, ANSWER_US, false);
	CHECK(!device_lags(&b.device));
	CHECK(device_ask(&b.device, &ask));
	clock_us += 250 * CLOCK_MS;
	device_take(&b.device, &ask, BUS_SILENT, words, 0, false);
	device_end(&b.device, &b.told, b.arena, "test");
	CHECK(device_lags(&b.device));
	clock_us += 249 * CLOCK_MS;
	CHECK(device_lags(&b.device) && device_due(&b.device) > clock_us);
	clock_us += CLOCK_MS;
	CHECK(!device_lags(&b.device));
	bed_end(&b);
}

TEST(a_gateways_exception_is_the_units_silence)
{
	uint16_t words[FRAME_BITS_MAX] = { 0x0B };
	struct ask ask;
	struct bed b;

	bed_make(&b, row_of(10, 1), NULL);
	bed_start(&b);
	clock_us = device_due(&b.device);
	device_begin(&b.device, true);
	CHECK(device_ask(&b.device, &ask));
	device_take(&b.device, &ask, BUS_EXCEPTION, words, ANSWER_US, false);
	CHECK(!device_ask(&b.device, &ask));
	CHECK(b.device.worst == BUS_SILENT);
	CHECK(b.device.tally.exceptions[0x0B] == 1);
	device_end(&b.device, &b.told, b.arena, "test");
	CHECK(b.device.failures == 1);
	bed_end(&b);
}

TEST(a_point_of_another_group_is_not_told_again)
{
	static const double periods[] = { 1, 60 };
	struct bed b;
	int n, slow = 0;
	size_t i;

	bed_make(&b, row_of(2, 1), periods);
	bed_start(&b);
	for (n = 0; n < 50; n++) {
		(void)poll_once(&b);
		for (i = 0; i < b.told.n; i++)
			slow += b.told.v[i].sensor == 2;
	}
	CHECK(slow >= 1 && slow <= 3);
	bed_end(&b);
}

TEST(what_a_device_takes_of_its_line_follows_from_its_answers)
{
	struct bed b;
	int n;

	bed_make(&b, row_of(20, 20), NULL);
	b.profile.pause_ms = 4;
	bed_start(&b);
	for (n = 0; n < 10; n++)
		(void)poll_once(&b);
	/* Twenty requests a second, a millisecond and a pause each. */
	CHECK(device_load(&b.device) > 0.099);
	CHECK(device_load(&b.device) < 0.101);
	b.unit.dead = true;
	for (n = 0; n < 4; n++)
		(void)poll_once(&b);
	CHECK(device_load(&b.device) < 0.021);
	bed_end(&b);
}

TEST(a_silence_by_chance_teaches_nothing)
{
	struct bed b;
	int n;

	bed_make(&b, row_of(20, 1), NULL);
	bed_start(&b);
	/* Dead at first; then a part is answered, and the whole is not, once.
	 */
	b.unit.dead = true;
	for (n = 0; n < 3; n++)
		(void)poll_once(&b);
	b.unit.dead = false;
	(void)poll_once(&b);
	b.unit.dead = true;
	(void)poll_once(&b);
	CHECK(b.device.lesson.is_on);
	b.unit.dead = false;
	for (n = 0; n < 20; n++)
		(void)poll_once(&b);
	CHECK(b.device.taught.since == 0 && reads(&b) == 1);
	CHECK(values_told(&b) == 20);
	bed_end(&b);
}
