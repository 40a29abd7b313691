/*
 * jobs.h - what the worker does, as a table; one job, one file.
 *
 * A new job is a function and a line in jobs.c.  A child runs it for one
 * tenant at a time; no two children ever run the same job of one tenant.
 */
#ifndef WORKER_JOBS_H
#define WORKER_JOBS_H

#include "store/store.h"

enum { TENANTS_MAX = 10000 };

/* What the configuration says. */
struct settings {
	int pack_readings;   /* when to pack: so many a sensor */
	int pack_age_s;	     /* or after so long */
	const char *archive; /* the folder that retention puts readings into */
};

/* One order: whose turn it is, and what came of it. */
struct work {
	const struct settings *conf;
	int32_t tenant;		/* 0: of a job that is nobody's */
	bool force;		/* settle all there is, however little */
	struct horizon horizon; /* derive's, kept for the next order */

	bool did;	  /* something changed, so that others may follow */
	bool more;	  /* there is more of it: ask again */
	int32_t *tenants; /* room for TENANTS_MAX, who there is */
	size_t n_tenants;
};

/* A job that needs to know no more than whose turn it is. */
typedef struct err *job_run(struct db *, struct arena *, int32_t tenant);
typedef struct err *job_work(struct db *, struct arena *, struct work *);

struct job {
	const char *name;
	job_run *run; /* one of these two */
	job_work *work;
	int64_t every;	 /* at least so often, for each tenant */
	int64_t pause;	 /* from one start to the next, at least */
	int64_t retry;	 /* after a failure */
	int after;	 /* what asks for it when it did something, or -1 */
	bool is_long;	 /* never takes the last child */
	bool is_nobodys; /* runs once, and not for each tenant */
};

/* In the order of their weight; datagrams ask for JOB_DERIVE. */
enum {
	JOB_TENANTS,
	JOB_DERIVE,
	JOB_TIER,
	JOB_PACK,
	JOB_STRAY,
	JOB_PARTITIONS,
	JOB_ROLLUP,
	JOB_UPKEEP,
	JOB_RETENTION,
	JOBS
};
extern const struct job jobs[JOBS];

/* Who there is. */
struct err *job_tenants(struct db *, struct arena *, struct work *) MUST_CHECK;

/* One cycle: consume landing. */
struct err *job_derive(struct db *, struct arena *, struct work *) MUST_CHECK;

/* Look below what the cycles look at. */
struct err *job_stray(struct db *, struct arena *, struct work *) MUST_CHECK;

/* Merge small rows of fresh until no tier of them is full. */
struct err *job_tier(struct db *, struct arena *, struct work *) MUST_CHECK;

/* Turn fresh into chunks, when there is enough of it or it is old. */
struct err *job_pack(struct db *, struct arena *, struct work *) MUST_CHECK;

/* Bring hours and days further, and mend what late readings touched. */
struct err *job_rollup(struct db *, struct arena *, int32_t tenant) MUST_CHECK;

/* Partitions ahead of time; those that nobody has anything in go. */
struct err *job_partitions(struct db *, struct arena *,
    struct work *) MUST_CHECK;

/* Forget answers that nobody will ask for again. */
struct err *job_upkeep(struct db *, struct arena *, int32_t tenant) MUST_CHECK;

/* Once a day: delete what is older than its rule allows, in small steps. */
struct err *job_retention(struct db *, struct arena *,
    struct work *) MUST_CHECK;

#endif
