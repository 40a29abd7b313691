/*
 * db.h - the only door to Postgres.
 *
 * A transaction belongs to a tenant, and the tenant comes from a credential:
 * tx_begin hands the credential to a gate inside the database, which looks up
 * the tenant and mints the context that every policy reads.  There is no way
 * to run a statement outside of one, except the few gateless statements
 * (login, listing tenants for the worker), which are functions with grants of
 * their own and say "open" in their SQL file.
 *
 * A tenant may live in a database of its own; which gate to ask is found
 * here, see db_open and docs/security.md.
 *
 * Statements are named constants made from the files of sql/query.  Everything
 * is pipelined and every wait has a deadline: a frozen database costs ERR_BUSY,
 * not a hang.
 * One struct db is used by one thread at a time.
 */
#ifndef DB_DB_H
#define DB_DB_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "db/can.h"

struct db;
struct tx;
struct rows;

/* By what it is found in which database an open statement runs. */
enum found {
	FOUND_HERE, /* in the first */
	FOUND_SECRET,
	FOUND_ADDRESS,
	FOUND_TENANT,
	FOUND_SLUG,
	FOUND_EVERYWHERE /* in all of them */
};

/* A statement of sql/query, made by tools/sqlgen.awk. */
struct stmt {
	const char *name; /* alert_list */
	const char *sql;
	int index;	   /* among all statements */
	int params;	   /* how many $n */
	int columns;	   /* how many it answers with */
	bool open;	   /* may run without a tenant */
	const char *roles; /* who runs it: "fl_page fl_api" */
	enum found found;  /* and by which of its parameters, from 1 */
	int by;
};

enum gate_kind {
	GATE_SESSION, /* secret: a session token */
	GATE_API_KEY, /* secret: an API key; addr and cert, for its conditions
		       */
	GATE_TOKEN,   /* secret: the sid of an access token */
	GATE_CERT,    /* secret: a device's certificate, DER */
	GATE_POLLER,  /* tenant, checked against the poller's grants */
	GATE_WORKER,  /* tenant; only the worker's role may */
	GATE_ADMIN    /* tenant; only the operator's tool may */
};

struct gate {
	enum gate_kind kind;
	struct bytes secret;
	int32_t tenant;
	const char *addr;  /* where the request came from; NULL: not known */
	struct bytes cert; /* that TLS was shown, DER; n = 0: none */
};

/* What else a gate says of a credential. */
enum who_flags {
	WHO_TOUCH = 1, /* its last use is a minute old */
	WHO_FRESH = 2, /* who it is was confirmed minutes ago */
	WHO_SIGNS = 4, /* its requests must be signed */
	WHO_APART = 8, /* it holds under conditions, and is asked each time */
	WHO_OVER = 16  /* its tenant has used up its quota of readings */
};

/* A minute; 0: no limit. */
struct limits {
	int32_t requests, readings;		  /* of the credential */
	int32_t tenant_requests, tenant_readings; /* of all of the tenant's */
};

struct who {
	int32_t tenant;
	int64_t user;	/* 0: not a person */
	int32_t device; /* the credential's gateway or device; 0: none */
	uint64_t can;	/* permissions, wherever they hold */
	uint64_t wide;	/* those that hold in the whole tenant */
	int64_t cred;	/* the session, key, certificate or family */
	unsigned flags; /* of enum who_flags */
	struct limits limits;
	const char *name; /* shown in the page head; in the tx's arena */
	const char *tenant_name;
	/*
	 * Counts the changes of the tenant's sites, assets, devices, sensors
	 * and facets.  Names that were read in a transaction with the same
	 * number, or a later statement of it, hold.
	 */
	int64_t registry;
};

/* An API key, and what its gate answered the last time. */
struct known {
	struct bytes key;
	int32_t tenant, device;
	uint64_t can;
	int64_t registry;
	int64_t cred; /* it and its limits change with the registry only */
	struct limits limits;
};

enum tx_mode { TX_NONE, TX_READ, TX_WRITE };

/*
 * Nothing is connected before the first use.
 *
 * The conninfo is libpq's, with one word of our own: "cells=FILE" names the
 * databases that single tenants have for themselves, a line "name = conninfo"
 * each, which says what is different there.  Who is not known in the first
 * database is looked for in them; each has a gate of its own, and only that
 * lets anybody in.  A new line counts at once, a changed one after a restart.
 */
struct db *db_open(const char *conninfo);
void db_close(struct db *);

/* The cells one after the other from 0 on; NULL: there are no more. */
struct db *db_cell(struct db *, size_t i);
const char *db_cell_name(struct db *, size_t i);
const char *db_cell_differs(struct db *, size_t i); /* its conninfo's words */

/* Where the tenant is: a cell, or the database itself. */
struct err *db_place(struct db **at, struct db *, struct arena *,
    int32_t tenant) MUST_CHECK;

/*
 * What a module keeps beside the connection from one transaction to the next:
 * its own pointer, NULL at first.  It is given to release when the connection
 * ends, which any tx_begin or tx_commit may find out, so nothing outlives a
 * crash of the database.  Each module has a release of its own.
 */
void **db_kept(struct db *, void (*release)(void *));

/* How long a statement may take before it is ERR_BUSY; 6 s at first. */
void db_deadline(struct db *, int ms);

/*
 * The same, and how long a connection and its gate may take; 2 s at first.  For
 * whoever has nobody waiting behind him.
 */
void db_patience(struct db *, int ms);

/*
 * Begin a transaction and pass the gate, in one round trip.  A refused
 * credential is ERR_LOGIN; a database that is away or slow is ERR_BUSY, and so
 * is a tenant that is being moved.  tx_db says where it is.
 */
struct err *tx_begin(struct tx **, struct db *, struct arena *,
    const struct gate *, enum tx_mode) MUST_CHECK;

/*
 * Begin for several API keys of one tenant, without waiting: what is known is
 * checked by the database before anything else is done, and if any of it is
 * not so any more, nothing is.  With tx_send only, everything goes in one
 * round trip, that of tx_commit.  What may then be wrong with it:
 *
 *   ERR_LOGIN     a key is not valid any more
 *   ERR_CONFLICT  it is, and another tenant, device, right or registry
 *                 is behind it
 *   ERR_BUSY      as ever; whether it was committed may not be known
 *
 * After the first two the transaction is rolled back, and each key's own
 * gate can tell what is what.  tx_who is of the tenant, with the rights that
 * all keys have, without device and names.
 */
struct err *tx_begin_known(struct tx **, struct db *, struct arena *,
    const struct known *, size_t n, enum tx_mode) MUST_CHECK;

/*
 * As tx_begin by GATE_WORKER, without waiting: the gate answers with whatever
 * is asked first, and its ERR_BUSY and ERR_LOGIN come there.  Before that
 * tx_who has the tenant only.
 */
struct err *tx_begin_soon(struct tx **, struct db *, struct arena *,
    int32_t tenant, enum tx_mode) MUST_CHECK;
const struct who *tx_who(const struct tx *);

/* A statement has just made this tenant, and the rest is done in it. */
void tx_in(struct tx *, int32_t tenant);

/*
 * Does row security narrow the tenant to what is below some assets?  The same
 * rule as ctx.scoped() of 0019.
 */
bool who_scoped(const struct who *);

/* Whether nothing has come back yet that says that what was known is so. */
bool tx_at_door(const struct tx *);
struct db *tx_db(const struct tx *);
struct arena *tx_arena(const struct tx *);

/*
 * Let what follows live in another arena, for work in slices; returns the one
 * before, to be put back before that other arena is reset.
 */
struct arena *tx_use(struct tx *, struct arena *);

/*
 * Nothing more will be asked: the commit is on its way while the answers are
 * worked on, and tx_commit waits for it.  For reading only, as a rollback
 * may come too late.
 */
struct err *tx_last(struct tx *) MUST_CHECK;

/*
 * Wait for the answers of all that was sent, while the commit is on its way
 * already: others that write may begin now, and the disk is all that tx_commit
 * still waits for.  Nothing more can be sent.  Not NULL: it is rolled back.
 */
struct err *tx_ready(struct tx *) MUST_CHECK;

/* Committed when it returns NULL, and only then.  The tx is gone either way. */
struct err *tx_commit(struct tx *) MUST_CHECK;

/* Safe on NULL and after an error. */
void tx_rollback(struct tx *);

/* Is it only that the tenant is being moved, for as long as that takes? */
bool db_is_moving(const struct err *);

/* One bound value.  Make them with A(), A_TIME(), A_BYTES() and arr_*(). */
struct arg {
	const void *p; /* NULL and not small: SQL NULL */
	size_t n;
	bool binary;
	bool small;    /* the value is in text */
	char text[32]; /* numbers live here */
};

struct arg arg_int(int64_t);
struct arg arg_i32(int);
struct arg arg_real(double);
struct arg arg_text(const char *); /* NULL is SQL NULL */
struct arg arg_bytes(struct bytes);
struct arg arg_time(int64_t us);
struct arg arg_bool(bool);
struct arg arg_null(void);

#define A(x) \
	_Generic((x),                                                          \
	    bool: arg_bool,                                                    \
	    int: arg_i32,                                                      \
	    long: arg_int,                                                     \
	    long long: arg_int,                                                \
	    double: arg_real,                                                  \
	    char *: arg_text,                                                  \
	    const char *: arg_text,                                            \
	    struct bytes: arg_bytes)(x)
#define A_TIME(us) arg_time(us)
#define ARGS(...)                        \
	((struct arg[]){ __VA_ARGS__ }), \
	    (int)(sizeof((struct arg[]){ __VA_ARGS__ }) / sizeof(struct arg))
#define NO_ARGS NULL, 0

/*
 * One-dimensional arrays for unnest and = ANY; they live in the arena.  A text
 * may be NULL.
 */
struct arg arr_int(struct arena *, const int32_t *, size_t n);
struct arg arr_long(struct arena *, const int64_t *, size_t n);
struct arg arr_small(struct arena *, const int16_t *, size_t n);
struct arg arr_real(struct arena *, const double *, size_t n);
struct arg arr_time(struct arena *, const int64_t *us, size_t n);
struct arg arr_text(struct arena *, const char *const *, size_t n);
struct arg arr_bytes(struct arena *, const struct bytes *, size_t n);

/* Queue a write; its failure shows at the next tx_rows or at the commit. */
struct err *tx_send(struct tx *, const struct stmt *, struct arg *,
    int n) MUST_CHECK;

/*
 * Ask, and go on: there is nothing in the rows before a later tx_rows, or the
 * tx_commit, has gone well.  They live in the transaction's arena, which is
 * not to be reset before that.
 */
struct err *tx_ask(struct rows **out, struct tx *, const struct stmt *,
    struct arg *, int n) MUST_CHECK;

/* Run and answer with the rows, which live in the transaction's arena. */
struct err *tx_rows(struct rows **, struct tx *, const struct stmt *,
    struct arg *, int n) MUST_CHECK;

/*
 * A gateless statement, committed by itself, where it says it is found.  What
 * is run everywhere answers as the first database does, or the first cell that
 * says yes where that one says no.
 */
struct err *db_call(struct rows **, struct db *, struct arena *,
    const struct stmt *, struct arg *, int n) MUST_CHECK;

/*
 * Row r, column c (an enum of the statement's columns).  The column's SQL
 * type must be what the name says; NULL reads as 0, "", no bytes.
 */
int rows_count(const struct rows *);
bool rows_null(const struct rows *, int r, int c);
int64_t rows_int(const struct rows *, int r, int c); /* int2, int4, int8 */
double rows_real(const struct rows *, int r, int c); /* float8 */
bool rows_bool(const struct rows *, int r, int c);
int64_t rows_time(const struct rows *, int r, int c);	    /* timestamptz */
const char *rows_text(const struct rows *, int r, int c);   /* text */
struct bytes rows_bytes(const struct rows *, int r, int c); /* bytea */

/* An array column; returns how many, *v in the tx's arena. */
size_t rows_ints(int32_t **v, const struct rows *, int r, int c);
size_t rows_smalls(int16_t **v, const struct rows *, int r, int c);
size_t rows_reals(double **v, const struct rows *, int r, int c);
size_t rows_times(int64_t **v, const struct rows *, int r, int c);

#endif
