/*
 * queue.h - whose turn it is: tenants stand in line for each job.
 *
 * Knows neither processes nor the database nor the clock.  A tenant stands at
 * most once in a job's line and is in at most one child's hands with it; who
 * is asked for meanwhile stands in line again afterwards.  Jobs go by their
 * weight, but nobody waits for more than PATIENCE once it is due.
 *
 * Everybody is looked at every so often, whether somebody asked or not; less
 * often who has been STILL: not asked for, and nothing found to do.  So tenants
 * that send nothing cost next to nothing, however many there are.
 */
#ifndef WORKER_QUEUE_H
#define WORKER_QUEUE_H

#include "base/clock.h"
#include "worker/jobs.h"

#define QUEUE_PATIENCE (2 * CLOCK_S)
#define QUEUE_STILL CLOCK_MIN

enum { QUEUE_NOBODY = 0 }; /* the tenant of a job that is nobody's */

struct queue;

struct order {
	int job;
	int32_t tenant;
	bool force;
};

struct outcome {
	bool ok, did, more;
};

/* For that many children; the table lives as long as the queue. */
struct queue *queue_new(struct arena *, const struct job *, int jobs,
    int children);

/* These tenants are there; each new one is asked for everything once. */
void queue_know(struct queue *, const int32_t *tenants, size_t n, int64_t now);

/*
 * And no others, in ascending order: nobody else is asked for any more, until
 * he is known again.
 */
void queue_only(struct queue *, const int32_t *tenants, size_t n);

/*
 * False when the tenant is not known, and nothing is asked for: who says its
 * number may be mistaken.  QUEUE_NOBODY asks for a job that is nobody's.
 */
bool queue_ask(struct queue *, int job, int32_t tenant, int64_t now,
    bool force);
void queue_ask_all(struct queue *, int job, int64_t now, bool force);

/* The next order; false when nobody's turn has come. */
bool queue_next(struct order *, struct queue *, int64_t now);

/* What came of it. */
void queue_done(struct queue *, const struct order *, struct outcome,
    int64_t now);

/* When to look again at the latest. */
int64_t queue_until(const struct queue *, int64_t now);

/* The tenant's, kept from cycle to cycle; NULL when it is not known. */
struct horizon *queue_horizon(struct queue *, int32_t tenant);

#endif
