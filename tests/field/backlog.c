/*
 * backlog.c - a poller's spool as a long outage has left it.
 *
 *	backlog DIR MAX_KB SEGMENT_KB TENANT FROM_MS STEP_MS COUNT SENSOR...
 *
 * COUNT polls, STEP_MS apart, of all the sensors; then what was given up is
 * printed as a number of readings.
 *
 * link: poller/spool.c
 * link: poller/spool_open.c
 * link: poller/spool_take.c
 * link: poller/spool_bound.c
 * link: poller/gaps.c
 * link: poller/segment.c
 * link: poller/waiting.c
 */
#include "../../poller/spool.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "store/block.h"

enum { FIXED = 8, KB = 1024 };

/* Three decimals that nobody can foretell, 0 to 5. */
static double
noise(uint64_t of)
{
	of *= UINT64_C(0x9E3779B97F4A7C15);
	of = (of ^ of >> 29) * UINT64_C(0xBF58476D1CE4E5B9);
	return (double)((of ^ of >> 32) % 5000) / 1000;
}

static void
poll(struct spool *s, int32_t tenant, int64_t time, char **sensor, size_t n)
{
	struct arena *a = arena_new();
	struct readings r = { 0 };
	struct reading *v = readings_room(&r, a, n);
	size_t i;

	for (i = 0; i < n; i++)
		v[i] = (struct reading){ .time = time,
			.value = noise((uint64_t)time + i),
			.sensor = atoi(sensor[i]),
			.quality = QUALITY_GOOD };
	r.n = n;
	(void)readings_settle(&r, a);
	spool_append(s, a, tenant, (uint32_t)n, block_encode(a, NULL, &r));
	arena_free(a);
}

int
main(int argc, char **argv)
{
	struct arena *a = arena_new();
	struct spool_conf conf = { 0 };
	int64_t given_up = 0;
	struct spool *s;
	struct gap *v;
	struct err *e;
	size_t i, n;
	long k;

	if (argc <= FIXED)
		return 2;
	conf.dir = argv[1];
	conf.max_bytes = atoll(argv[2]) * KB;
	conf.segment_bytes = (size_t)atoll(argv[3]) * KB;
	if ((e = spool_open(&s, a, &conf)) != NULL) {
		log_err(e, "backlog");
		return 1;
	}
	for (k = 0; k < atol(argv[7]); k++)
		poll(s, atoi(argv[4]),
		    (atoll(argv[5]) + k * atoll(argv[6])) * CLOCK_MS,
		    argv + FIXED, (size_t)(argc - FIXED));
	spool_sync(s);
	n = spool_gaps(&v, s, a, GAPS_READ_MAX);
	for (i = 0; i < n; i++)
		given_up += v[i].n;
	(void)printf("%lld\n", (long long)given_up);
	return 0;
}
