/*
 * device_bed.h - a device of the poller, a unit at its other end that may lack
 * registers or answers, and a clock that only the tests move.
 */
#ifndef TESTS_DEVICE_BED_H
#define TESTS_DEVICE_BED_H

#include <stdio.h>
#include <string.h>

#include "../../poller/device.h"
#include "base/clock.h"
#include "base/env.h"

enum { POINTS = 60, REGISTERS = 400, SENSORS = POINTS, ANSWER_US = 1000 };

/* A clock that only the tests move. */
static int64_t clock_us;

static inline int64_t
model_now(void)
{
	return clock_us + INT64_C(1700000000) * CLOCK_S;
}

static inline int64_t
model_mono(void)
{
	return clock_us;
}

/* The device at the other end. */
struct unit {
	bool gone[REGISTERS];
	int most;	 /* words of one request; 0: any */
	bool dead, mute; /* mute: too long a request is not answered */
	int requests;
};

struct bed {
	struct arena *arena;
	struct profile profile;
	struct point points[POINTS];
	struct sensor sensors[SENSORS];
	char keys[POINTS][8];
	struct target target;
	struct device device;
	struct unit unit;
	struct readings told;
};

static inline void
bed_make(struct bed *b, const int *addresses, const double *periods)
{
	static struct env env;

	env = env_real;
	env.now_us = model_now;
	env.mono_us = model_mono;
	env_use(&env);
	clock_us = CLOCK_S;
	memset(b, 0, sizeof(*b));
	b->arena = arena_new();
	b->profile = (struct profile){ .id = "p",
		.version = "1",
		.points = b->points,
		.poll_s = 1,
		.timeout_ms = 500,
		.max_words = 125,
		.max_gap = 8 };
	b->target = (struct target){ .tenant = 1,
		.device = 1,
		.key = "D",
		.unit = 1,
		.serial = "",
		.sensors = b->sensors };
	for (; addresses[b->profile.n] >= 0; b->profile.n++) {
		size_t i = b->profile.n;

		(void)snprintf(b->keys[i], sizeof(b->keys[i]), "p%zu", i);
		b->points[i] = (struct point){ .key = b->keys[i],
			.kind = "gauge",
			.function = READ_HOLDING,
			.address = addresses[i],
			.words = 1,
			.type = POINT_UINT16,
			.scale = 1,
			.low = -1,
			.high = 1e9,
			.poll_s = periods != NULL ? periods[i] : 1 };
		b->sensors[i] =
		    (struct sensor){ .id = (int32_t)i + 1, .key = b->keys[i] };
		b->target.n++;
	}
}

static inline void
bed_start(struct bed *b)
{
	device_make(&b->device, b->arena, &b->target, &b->profile, 0.25);
}

/* What the unit makes of a request. */
static inline enum outcome
answer(struct unit *u, uint16_t *words, const struct ask *ask)
{
	int i;

	u->requests++;
	if (u->dead || (u->mute && ask->count > u->most))
		return BUS_SILENT;
	words[0] = u->most > 0 && ask->count > u->most ? 3 : 2;
	if (words[0] == 3)
		return BUS_EXCEPTION;
	for (i = 0; i < ask->count; i++)
		if (u->gone[ask->address + i])
			return BUS_EXCEPTION;
	for (i = 0; i < ask->count; i++)
		words[i] = (uint16_t)(100 + ask->address + i);
	return BUS_ANSWER;
}

/* One poll, when it is due; its readings are in told. */
static inline enum outcome
poll_once(struct bed *b)
{
	struct device *d = &b->device;
	uint16_t words[FRAME_BITS_MAX];
	struct ask ask;
	enum outcome o;

	if (clock_us < device_due(d))
		clock_us = device_due(d);
	device_begin(d, true);
	while (device_ask(d, &ask)) {
		int64_t span = device_span(d, 0);

		o = answer(&b->unit, words, &ask);
		clock_us += o == BUS_SILENT ? span : ANSWER_US;
		device_take(d, &ask, o, words, ANSWER_US, false);
	}
	o = d->worst;
	b->told = (struct readings){ .n = 0 };
	device_end(d, &b->told, b->arena, "test");
	return o;
}

static inline int
values_told(const struct bed *b)
{
	int good = 0;
	size_t i;

	for (i = 0; i < b->told.n; i++)
		good += b->told.v[i].quality > 0;
	return good;
}

static inline size_t
reads(const struct bed *b)
{
	size_t i, n = 0;

	for (i = 0; i < b->device.n; i++)
		n += b->device.groups[i].plan.n;
	return n;
}

static inline void
bed_end(struct bed *b)
{
	arena_free(b->arena);
	env_use(&env_real);
}

/* n points in a row, with as much between them as is said. */
static inline int *
row_of(int n, int step)
{
	static int v[POINTS + 1];
	int i;

	for (i = 0; i < n; i++)
		v[i] = i * step;
	v[n] = -1;
	return v;
}

#endif
