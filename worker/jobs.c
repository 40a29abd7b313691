#include "worker/jobs.h"

#include "base/clock.h"

/* clang-format off */
const struct job jobs[JOBS] = {
	[JOB_TENANTS] = { "tenants", .work = job_tenants, .is_nobodys = true,
	    .every = CLOCK_S, .pause = 100 * CLOCK_MS, .retry = CLOCK_S,
	    .after = -1 },
	[JOB_DERIVE] = { "derive", .work = job_derive,
	    .every = CLOCK_S, .seldom = 10 * CLOCK_S,
	    .pause = 20 * CLOCK_MS, .rest = 60 * CLOCK_MS,
	    .retry = CLOCK_S, .after = -1 },
	[JOB_TIER] = { "tier", .work = job_tier,
	    .every = CLOCK_MIN, .pause = 100 * CLOCK_MS, .retry = CLOCK_S,
	    .after = JOB_DERIVE },
	[JOB_MERGE] = { "merge", .work = job_merge, .is_long = true,
	    .every = CLOCK_MIN, .pause = 100 * CLOCK_MS, .retry = CLOCK_S,
	    .after = JOB_TIER },
	[JOB_PACK] = { "pack", .work = job_pack, .is_long = true,
	    .every = CLOCK_MIN, .pause = CLOCK_S, .retry = 5 * CLOCK_S,
	    .after = JOB_MERGE },
	[JOB_STRAY] = { "stray", .work = job_stray,
	    .every = CLOCK_MIN, .retry = CLOCK_S, .after = -1 },
	[JOB_PARTITIONS] = { "partitions", .work = job_partitions,
	    .is_nobodys = true, .every = CLOCK_HOUR, .retry = CLOCK_MIN,
	    .after = -1 },
	[JOB_ANALYSE] = { "analyse", .work = job_analyse, .is_nobodys = true,
	    .is_long = true, .every = CLOCK_S, .rest = CLOCK_MIN,
	    .retry = CLOCK_MIN, .after = -1 },
	[JOB_ROLLUP] = { "rollup", .work = job_rollup, .is_long = true,
	    .every = CLOCK_S, .seldom = 10 * CLOCK_S, .retry = 5 * CLOCK_S,
	    .after = -1 },
	[JOB_UPKEEP] = { "upkeep", .run = job_upkeep, .is_long = true,
	    .every = CLOCK_HOUR, .retry = CLOCK_MIN, .after = -1 },
	[JOB_RETENTION] = { "retention", .work = job_retention,
	    .is_long = true, .every = CLOCK_HOUR, .pause = 5 * CLOCK_S,
	    .retry = CLOCK_MIN, .after = -1 },

	/* limits */
	[JOB_USAGE] = { "usage", .work = job_usage,
	    .every = CLOCK_MIN, .retry = CLOCK_MIN, .after = -1 },

	/* trace */
	[JOB_AUDIT] = { "audit", .work = job_audit,
	    .every = CLOCK_HOUR, .retry = CLOCK_MIN, .after = -1 },

	/* keys that end */
	[JOB_EXPIRE] = { "expire", .work = job_expire,
	    .every = CLOCK_HOUR, .retry = CLOCK_MIN, .after = -1 },

	/* mail */
	[JOB_MAIL] = { "mail", .work = job_mail, .is_nobodys = true,
	    .is_long = true, .every = CLOCK_S, .retry = CLOCK_MIN,
	    .after = -1 },

	/* tenants that leave, and what they take along */
	[JOB_ERASE] = { "erase", .work = job_erase, .is_nobodys = true,
	    .is_long = true, .every = CLOCK_S, .retry = CLOCK_MIN,
	    .after = -1 },
	/* spool */
	[JOB_STATE] = { "state", .work = job_state, .is_nobodys = true,
	    .every = CLOCK_S, .retry = CLOCK_S, .after = -1 },
	[JOB_SPOOL] = { "spool", .work = job_spool, .is_nobodys = true,
	    .every = CLOCK_S, .retry = CLOCK_S, .after = -1 },
	/* replay */
	[JOB_REPLAY] = { "replay", .work = job_replay, .is_long = true,
	    .every = 2 * CLOCK_S, .retry = CLOCK_S, .after = -1 },

	/* imports */
	[JOB_IMPORT] = { "import", .work = job_import, .is_nobodys = true,
	    .is_long = true, .every = CLOCK_S / 2, .pause = 100 * CLOCK_MS,
	    .retry = 5 * CLOCK_S, .after = -1 },
	[JOB_EXPORT] = { "export", .work = job_export, .is_nobodys = true,
	    .is_long = true, .every = CLOCK_S, .retry = CLOCK_MIN,
	    .after = -1 },
};
/* clang-format on */
