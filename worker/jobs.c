#include "worker/jobs.h"

#include "base/clock.h"

/* clang-format off */
const struct job jobs[JOBS] = {
	[JOB_TENANTS] = { "tenants", .work = job_tenants, .is_nobodys = true,
	    .every = CLOCK_S, .retry = CLOCK_S, .after = -1 },
	[JOB_DERIVE] = { "derive", .work = job_derive,
	    .every = CLOCK_S, .pause = 20 * CLOCK_MS, .retry = CLOCK_S,
	    .after = -1 },
	[JOB_TIER] = { "tier", .work = job_tier,
	    .every = CLOCK_MIN, .pause = 100 * CLOCK_MS, .retry = CLOCK_S,
	    .after = JOB_DERIVE },
	[JOB_PACK] = { "pack", .work = job_pack, .is_long = true,
	    .every = CLOCK_MIN, .pause = CLOCK_S, .retry = 5 * CLOCK_S,
	    .after = JOB_TIER },
	[JOB_STRAY] = { "stray", .work = job_stray,
	    .every = CLOCK_MIN, .retry = CLOCK_S, .after = -1 },
	[JOB_PARTITIONS] = { "partitions", .work = job_partitions,
	    .is_nobodys = true, .every = CLOCK_HOUR, .retry = CLOCK_MIN,
	    .after = -1 },
	[JOB_ROLLUP] = { "rollup", .run = job_rollup, .is_long = true,
	    .every = CLOCK_S, .retry = 5 * CLOCK_S, .after = -1 },
	[JOB_UPKEEP] = { "upkeep", .run = job_upkeep, .is_long = true,
	    .every = CLOCK_HOUR, .retry = CLOCK_MIN, .after = -1 },
	[JOB_RETENTION] = { "retention", .work = job_retention,
	    .is_long = true, .every = CLOCK_HOUR, .retry = CLOCK_MIN,
	    .after = -1 },
};
/* clang-format on */
