/*
 * jobs.h - what the worker does, as a table; one job, one file.
 *
 * A new job is a function and a line in jobs.c.  A child runs it for one
 * tenant at a time; no two children ever run the same job of one tenant.
 */
#ifndef WORKER_JOBS_H
#define WORKER_JOBS_H

#include "store/store.h"

enum {
	TENANTS_MAX = 10000,
	/* In which no month could be made: rows go to the default partition;
	 * in one alone somebody else may just have made it. */
	MONTHS_IDLE = 2,
};

/* What the configuration says. */
struct settings {
	int pack_readings;    /* when to pack: so many a sensor */
	int pack_age_s;	      /* or after so long */
	const char *archive;  /* the folder that retention puts readings into */
	const char *exports;  /* folder of what tenants take along; "": none */
	const char *profiles; /* folder of the device profiles; "": none */
	const char *master_key; /* file of it; "": none */
	const char *audit_keys; /* folder: they sign the audit's head */
	const char *anchor;	/* folder that signed heads go to as well */
	const char *origin;	/* what links in mails begin with */
	const char *smtp;	/* "smtp://host:port"; "": no mail is sent */
	const char *smtp_login; /* file: our name and password there; "" */
	const char *smtp_ca;	/* file: whom to trust there; "": as usual */
	const char *mail_from;

	/* spool */
	const char *spool; /* folder of bodies that wait; "": there are none */
	const char *state; /* file in which it says how all is; "": nowhere */
	struct stats *stats; /* may be NULL */
	int spool_mb;

	/* imports */
	const char *wake; /* where it is told that a tenant has something new */
			  /* sanity */
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
	int64_t seldom;	 /* so often while it is still; 0: as ever */
	int64_t pause;	 /* from one start to the next, at least */
	int64_t rest;	 /* from its end, as long as it took, up to this */
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
	JOB_MERGE,
	JOB_PACK,
	JOB_STRAY,
	JOB_PARTITIONS,
	JOB_ANALYSE,
	JOB_ROLLUP,
	JOB_UPKEEP,
	JOB_RETENTION,
	JOB_USAGE,
	JOB_AUDIT,
	JOB_EXPIRE,
	JOB_MAIL,
	JOB_ERASE,
	JOB_EXPORT,
	/* spool */
	JOB_SPOOL,
	JOB_STATE,
	/* replay */
	JOB_REPLAY,
	/* imports */
	JOB_IMPORT,
	/* sanity */
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

/* Merge large ones, and hand them over when it is time to pack. */
struct err *job_merge(struct db *, struct arena *, struct work *) MUST_CHECK;

/* Turn what was handed over into chunks. */
struct err *job_pack(struct db *, struct arena *, struct work *) MUST_CHECK;

/* Bring hours and days further, and mend what late readings touched. */
struct err *job_rollup(struct db *, struct arena *, struct work *) MUST_CHECK;

/* Partitions ahead of time; those that nobody has anything in go. */
struct err *job_partitions(struct db *, struct arena *,
    struct work *) MUST_CHECK;

/* Let the planner know of sites, assets, devices and sensors that came. */
struct err *job_analyse(struct db *, struct arena *, struct work *) MUST_CHECK;

/* Forget answers that nobody will ask for again. */
struct err *job_upkeep(struct db *, struct arena *, int32_t tenant) MUST_CHECK;

/* Once a day: delete what is older than its rule allows, in small steps. */
struct err *job_retention(struct db *, struct arena *,
    struct work *) MUST_CHECK;

/* Count what the tenant has used, and say so when it is near its quota. */
struct err *job_usage(struct db *, struct arena *, struct work *) MUST_CHECK;

/* Sign the head of the audit's chain, and put it where we cannot reach. */
struct err *job_audit(struct db *, struct arena *, struct work *) MUST_CHECK;

/* Tell of keys and certificates that are about to end; forget what is over. */
struct err *job_expire(struct db *, struct arena *, struct work *) MUST_CHECK;

/* Send the mail that is due. */
struct err *job_mail(struct db *, struct arena *, struct work *) MUST_CHECK;
/* Some rows of the tenants that leave, until there are none. */
struct err *job_erase(struct db *, struct arena *, struct work *) MUST_CHECK;

/* One tenant's everything, if somebody asked for it. */
struct err *job_export(struct db *, struct arena *, struct work *) MUST_CHECK;

/* --- spool --- */

/* Bodies that came while the database was away, in the order they came. */
struct err *job_spool(struct db *, struct arena *, struct work *) MUST_CHECK;

/* Say how all of it is, for who cannot ask the database. */
struct err *job_state(struct db *, struct arena *, struct work *) MUST_CHECK;

/* --- replay --- */

/* Give in once more what was refused, if somebody asked for it. */
struct err *job_replay(struct db *, struct arena *, struct work *) MUST_CHECK;

/* --- imports --- */
/* The next file of readings that somebody has said what it is. */
struct err *job_import(struct db *, struct arena *, struct work *) MUST_CHECK;

/* --- sanity --- */

#endif
