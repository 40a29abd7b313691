/*
 * internal.h - what the files of lib/db share; nobody else includes it.
 */
#ifndef DB_INTERNAL_H
#define DB_INTERNAL_H

#include <libpq-fe.h>

#include "db/db.h"

#define SAY_BUSY "The database is not answering; please try again."
#define SAY_BUG "Something went wrong on our side."

/* Postgres counts microseconds from 2000-01-01. */
#define EPOCH_2000 INT64_C(946684800000000)

enum { KEPT_MAX = 4 }; /* modules that keep something */

/* See db_kept. */
struct kept {
	void (*release)(void *);
	void *what;
};

enum prepared { PREPARED_NOT, PREPARED_SENT, PREPARED_YES };

struct db {
	char *conninfo;
	PGconn *conn;	    /* NULL: not connected */
	char *prepared;	    /* an enum prepared a statement */
	int deadline_ms;    /* of any statement but the gate */
	bool silent;	    /* it did not answer in time */
	int64_t away_until; /* not to be asked before */
	struct kept kept[KEPT_MAX];
};

/*
 * Connect if there is no connection.  *fresh says that it was made now: a
 * failure of an older one may be retried.
 */
struct err *conn_ready(struct db *, bool *fresh) MUST_CHECK;
void conn_drop(struct db *);

/* Drop a connection that ended while nobody spoke; asks no one. */
void conn_check(struct db *);

/*
 * It was silent at the door: for a moment everybody is refused at once, so
 * that those who stand in line do not each wait for it.
 */
void conn_away(struct db *);

/* Send everything that is queued; wait for the next result until `until`. */
struct err *conn_flush(struct db *, int64_t until) MUST_CHECK;
struct err *conn_result(PGresult **, struct db *, int64_t until) MUST_CHECK;

/* A refused statement or a lost connection as our error. */
struct err *conn_error(const struct db *, const PGresult *, const char *what);

/* Queue one statement, preparing it when this connection has not yet. */
struct err *conn_send(int *results, struct db *, struct arena *,
    const struct stmt *, struct arg *, int n) MUST_CHECK;

/* roll.c: false when the connection is not worth it. */
/* Pass over what is left of the pipeline's round. */
bool conn_drain(struct db *);
/* Back to no transaction. */
bool conn_roll_back(struct db *);

/* Take a result in; the arena clears it. */
struct rows *rows_new(struct arena *, PGresult *);

#endif
