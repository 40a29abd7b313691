/*
 * tell_scene.h - one point, what it said, and what of it was told.
 */
#ifndef TESTS_TELL_SCENE_H
#define TESTS_TELL_SCENE_H

#include <math.h>
#include <string.h>

#include "../../poller/tell.h"
#include "arena.h"
#include "base/clock.h"
#include "check.h"

#define NOON (INT64_C(1763708400) * CLOCK_S)

enum { SENSOR = 7 };

static struct scene {
	struct point point;
	struct profile profile;
	struct sensor sensor;
	struct target target;
	struct teller *teller;
	struct readings told;
	int64_t now, mono, step;
} scene;

static void
begin(const char *kind, double deadband, double max_s)
{
	scene = (struct scene){ .point = { .key = "p",
				    .kind = kind,
				    .type = POINT_FLOAT32,
				    .poll_s = 1,
				    .deadband = deadband,
				    .max_s = max_s },
		.sensor = { SENSOR, "p", { 11, 12, 13, 14 } },
		.now = NOON,
		.mono = CLOCK_DAY,
		.step = CLOCK_S };
	scene.profile = (struct profile){ .points = &scene.point, .n = 1 };
	scene.target = (struct target){ .sensors = &scene.sensor, .n = 1 };
}

static void
sample(double value, uint8_t quality)
{
	static const bool asked[] = { true };
	const struct sample s = { value, quality };

	if (scene.teller == NULL)
		scene.teller = teller_new(arena, &scene.profile, &scene.target);
	teller_tell(&scene.told, arena, scene.teller, &s, asked, scene.now,
	    scene.mono);
	scene.now += scene.step;
	scene.mono += scene.step;
}

static void
good(double value)
{
	sample(value, QUALITY_GOOD);
}

/* The told readings as "0=10 5=10 6=11.2": seconds since the beginning. */
static const char *
told(void)
{
	static char text[512];
	size_t i, n = 0;

	text[0] = 0;
	for (i = 0; i < scene.told.n && n < sizeof(text) - 40; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%g=%g",
		    i > 0 ? " " : "",
		    (double)(scene.told.v[i].time - NOON) / CLOCK_S,
		    scene.told.v[i].value);
	return text;
}

/* The readings of a series, as told() says them. */
static const char *
series(int32_t sensor)
{
	struct readings all = scene.told;
	const char *text;
	size_t i;

	scene.told = (struct readings){ 0 };
	*readings_room(&scene.told, arena, all.n + 1) =
	    (struct reading){ .time = 0 };
	for (i = 0; i < all.n; i++)
		if (all.v[i].sensor == sensor)
			scene.told.v[scene.told.n++] = all.v[i];
	text = told();
	scene.told = all;
	return text;
}

#endif
