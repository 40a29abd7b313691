/*
 * sink.h - where readings go from the spool.
 *
 * Sent means stored: NULL comes back only after the other side has committed.
 * ERR_BUSY is worth trying again; anything else will be said again.
 */
#ifndef POLLER_SINK_H
#define POLLER_SINK_H

#include "store/block.h"

struct sink {
	struct err *(*send)(struct sink *, struct arena *, int32_t tenant,
	    struct readings *);
};

/* Straight into this cell's database, and the worker woken. */
struct sink *sink_postgres(struct arena *, const char *database,
    const char *wake);

#endif
