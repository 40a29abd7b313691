/*
 * cluster.h - the two things to know about a Postgres cluster from outside,
 * both read from files it keeps in its data folder.
 */
#ifndef SUPERVISE_CLUSTER_H
#define SUPERVISE_CLUSTER_H

#include <stdbool.h>
#include <sys/types.h>

#define CLUSTER "pg"

/* True when the postmaster with this pid accepts connections. */
bool cluster_ready(pid_t postmaster);

/*
 * Remove a postmaster.pid whose process is gone, but whose number now belongs
 * to somebody else: Postgres alone would refuse to start.  While any process
 * stands in the data folder the file stays, for it guards the data.
 */
void cluster_clear(void);

#endif
