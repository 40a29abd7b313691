/* draw.h - numbers at random, from a seed so that a failure comes again. */
#ifndef TESTS_DRAW_H
#define TESTS_DRAW_H

#include <stddef.h>

#include "store/reading.h"

static inline uint64_t
draw(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

/* A plant's series: a step a second, a value of two decimals, rare marks. */
static inline void
draw_series(struct reading *v, size_t n, int32_t sensor)
{
	uint64_t seed = (uint64_t)sensor + 99;
	size_t i;

	for (i = 0; i < n; i++)
		v[i] = (struct reading){ .time = INT64_C(1763703600000000) +
						 (int64_t)i * 1000000,
			.value = (double)(draw(&seed) % 900) / 100,
			.sensor = sensor,
			.rev = (uint16_t)(i % 401 == 7),
			.quality = i % 301 == 3 ? 60 : 98 };
}

#endif
