/*
 * child.h - a process that executes orders, one at a time, on a connection of
 * its own.
 *
 * Parent and child talk over a socket pair, a message an order and a message a
 * report.  A child whose parent is gone finishes what it has in hand and ends.
 */
#ifndef WORKER_CHILD_H
#define WORKER_CHILD_H

#include <sys/types.h>

#include "worker/queue.h"

enum { CHILDREN_MAX = 64 };

struct child {
	pid_t pid; /* 0: there is none */
	int fd;
	int64_t born;
	bool is_busy;
	int32_t derived;    /* the tenant of its last cycle; 0: there is none */
	struct order order; /* what it is busy with */
	struct horizon given;
};

/* What children are made with; what is open of the parent's alone. */
struct nursery {
	const char *database;
	struct settings conf;
	int wake_fd, signal_fd;
	struct child *child;
	int n;
};

struct report {
	struct outcome was;
	struct horizon horizon;
	uint32_t tenants;
	int32_t tenant[TENANTS_MAX];
};

/* Fork; false, and a line in the log, when that is not possible. */
bool child_start(struct nursery *, int i);

/* False: it cannot be reached any more. */
bool child_order(struct child *, const struct order *, const struct horizon *);

/* Its report; false when it died instead. */
bool child_report(struct report *, const struct child *);

#endif
