/* roller_bench.h - a roller with all that it needs, for its unit tests. */
#ifndef TESTS_ROLLER_BENCH_H
#define TESTS_ROLLER_BENCH_H

#include <math.h>

#include "base/clock.h"
#include "base/zone.h"
#include "store/roller.h"
#include "store/sample.h"

/* A roller over 60 hours of UTC, from the first one on. */
struct bench {
	struct arena *arena;
	struct edges edges;
	struct roller roller;
	struct meaning meaning;
};

#define HOUR(h) ((h)*CLOCK_HOUR)

static const struct carry nothing = { 0, ROLLUP_NEVER, { ROLLUP_NEVER, 0 } };

static void
bench_begin(struct bench *b, enum kind kind, int64_t hold)
{
	*b = (struct bench){ .arena = arena_new() };
	zone_use("UTC");
	b->edges = calendar_edges(b->arena, UNIT_HOUR, 0, HOUR(60));
	b->meaning =
	    (struct meaning){ .sensor = 1, .kind = kind, .hold = hold };
	b->roller.meaning = &b->meaning;
	b->roller.edges = &b->edges;
	b->roller.arena = b->arena;
	roller_begin(&b->roller, 0, &nothing);
}

static struct bucket
one(int64_t time, double value, uint8_t quality)
{
	const struct sample s = {
		.r = { .time = time, .value = value, .quality = quality }
	};

	return sample_bucket(&s);
}

static void
put(struct bench *b, int64_t time, double value)
{
	struct bucket single = one(time, value, isnan(value) ? 0 : 100);

	roller_put(&b->roller, &single);
}

#endif
