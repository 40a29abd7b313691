/*
 * dispatch.h - the parent: hears who has something new, and gives it to its
 * children.
 *
 * It has no connection to Postgres and waits for nothing but its sockets.
 */
#ifndef WORKER_DISPATCH_H
#define WORKER_DISPATCH_H

#include "worker/child.h"

/*
 * Until SIGTERM or SIGINT; children finish what they have in hand.  SIGUSR1
 * settles everything there is, as if it were old enough.
 */
void dispatch(struct nursery *, struct arena *);

#endif
