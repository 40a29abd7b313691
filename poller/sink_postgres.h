/*
 * sink_postgres.h - the sink into Postgres: sink_postgres.c sends readings,
 * sink_errands.c does what else there is to do with the database.
 */
#ifndef POLLER_SINK_POSTGRES_H
#define POLLER_SINK_POSTGRES_H

#include "db/db.h"
#include "sink.h"

struct orders;
struct probes;

struct postgres {
	struct sink sink; /* first: it is one */
	struct db *db;
	struct orders *orders;
	struct probes *probes;
	const char *wake;
	int wake_fd;
};

/* Before the three below. */
void postgres_errands(struct postgres *, struct arena *, struct commands *,
    struct looks *);

/* As sink.h has them. */
struct err *postgres_plan(struct bytes *, struct sink *, struct arena *);
struct err *postgres_orders(struct sink *, struct arena *, bool last);
struct err *postgres_health(struct sink *, struct arena *, struct unit_report *,
    size_t n, uint64_t waiting);

#endif
