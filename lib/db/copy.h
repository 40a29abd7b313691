/*
 * copy.h - the rows of one tenant, from one database to another.
 */
#ifndef DB_COPY_H
#define DB_COPY_H

#include <libpq-fe.h>

#include "db/db.h"

struct copy {
	struct arena *arena;
	PGconn *from, *to;
	int32_t tenant;
	const char *base; /* the first number of those that are shared */
	void (*say)(const char *);
};

/* A connection as the owners need it. */
struct err *copy_connect(PGconn **, struct arena *,
    const char *conninfo) MUST_CHECK;

/* Text of ours, several statements at a time; *text: the last one's answer. */
struct err *copy_run(const char **text, struct arena *, PGconn *,
    const char *sql) MUST_CHECK;

/* The same in a transaction of its own, as the owner of the gate. */
struct err *copy_act(const char **text, struct arena *, PGconn *,
    const char *sql) MUST_CHECK;

/* Whatever is under way there is not. */
void copy_drop(PGconn *);

/* Wait for who was let in before. */
struct err *copy_fence(struct arena *, PGconn *) MUST_CHECK;

/* Everything but the tenant's own row; both are left in a transaction. */
struct err *copy_rows(struct copy *) MUST_CHECK;

/* Take away what the tenant has there, in slices. */
struct err *copy_erase(struct arena *, PGconn *, int32_t tenant) MUST_CHECK;

#endif
