/*
 * internal.h - what the files of lib/db share; nobody else includes it.
 */
#ifndef DB_INTERNAL_H
#define DB_INTERNAL_H

#include <libpq-fe.h>
#include <time.h>

#include "db/db.h"
#include "query.h"

#define SAY_BUSY "The database is not answering; please try again."
#define SAY_MOVING "This tenant is being moved; please try again in a moment."
#define SAY_BUG "Something went wrong on our side."

/* Postgres counts microseconds from 2000-01-01. */
#define EPOCH_2000 INT64_C(946684800000000)

enum { KEPT_MAX = 8 }; /* modules that keep something */

/* See db_kept. */
struct kept {
	void (*release)(void *);
	void *what;
};

enum prepared { PREPARED_NOT, PREPARED_SENT, PREPARED_YES };

/* What every transaction begins and ends with, prepared like any other. */
enum { STMT_BEGIN = STMT_COUNT, STMT_BEGIN_READ, STMT_COMMIT, STMT_ALL };

enum { CELLS_MAX = 16, HINTS = 256 };

/* Where a credential was let in last; only its hash is kept. */
struct hint {
	uint64_t hash;
	int64_t till;
	struct db *at;
};

/* See db_open; all of it is the first database's. */
struct cells {
	char *path; /* NULL: there can be none */
	struct timespec of;
	char *name[CELLS_MAX];
	char *differs[CELLS_MAX];
	struct db *db[CELLS_MAX];
	size_t n;
	uint64_t seed;
	struct hint hint[HINTS];
};

struct db {
	struct cells *cells; /* NULL: this is one */
	char *conninfo;
	PGconn *conn;	    /* NULL: not connected */
	char *prepared;	    /* an enum prepared a statement */
	int deadline_ms;    /* of any statement but the gate */
	int door_ms;	    /* of that, and of connecting */
	bool silent;	    /* it did not answer in time */
	int64_t away_until; /* not to be asked before */
	struct kept kept[KEPT_MAX];
};

/* A result that is still to come. */
struct due {
	struct due *next;
	const struct stmt *stmt;
	struct rows *rows; /* what it goes into; NULL: nobody asked for it */
	bool prepare;
	bool at_door; /* it is not waited for longer than for a gate */
};

struct tx {
	struct db *db;
	struct arena *home;  /* what lives as long as the transaction */
	struct arena *arena; /* what the caller uses now */
	struct who who;
	struct due *first, **last, *newest;
	struct rows *gate;	/* what who is to be read from; NULL: it was */
	const struct due *held; /* it is not waited for yet; NULL: none */
	bool failed;
	bool at_door; /* the gate's answer has not been waited for */
	bool ending;  /* the commit was sent, its answer is still to come */
	bool over;    /* committed or rolled back */
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

/* In this database and no other: what tx_begin and db_call come down to. */
struct err *tx_begin_at(struct tx **, struct db *, struct arena *,
    const struct gate *, enum tx_mode) MUST_CHECK;
struct err *db_call_at(struct rows **, struct db *, struct arena *,
    const struct stmt *, struct arg *, int n) MUST_CHECK;

/*
 * tx.c: send one statement, or BEGIN, behind what was sent, whatever has become
 * of that; and have what was sent answered without waiting for more.
 */
struct err *tx_queue(struct tx *, const struct stmt *, struct arg *,
    int n) MUST_CHECK;
struct err *tx_queue_begin(struct tx *, enum tx_mode) MUST_CHECK;
struct err *tx_ask_answers(struct tx *) MUST_CHECK;

/* cells.c: takes "cells=FILE" out of the conninfo. */
struct cells *cells_new(char *conninfo);
void cells_free(struct cells *);

/* Queue one statement, preparing it when this connection has not yet. */
struct err *conn_send(int *results, struct db *, struct arena *,
    const struct stmt *, struct arg *, int n) MUST_CHECK;

/* roll.c: false when the connection is not worth it. */
/* Pass over what is left of the pipeline's round. */
bool conn_drain(struct db *);
/* Back to no transaction. */
bool conn_roll_back(struct db *);

/* who.c: the answer of a gate; names live as long as it. */
void who_read(struct who *, const struct rows *);

/* Take a result in, now or later; the arena clears it. */
struct rows *rows_new(struct arena *, PGresult *);
void rows_take(struct rows *, PGresult *);

#endif
