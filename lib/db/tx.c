#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/env.h"
#include "base/log.h"
#include "db/internal.h"
#include "query.h"

/* The statement behind each kind of gate. */
static const struct stmt *const gates[] = {
	[GATE_SESSION] = &q_gate_session,
	[GATE_API_KEY] = &q_gate_api_key,
	[GATE_TOKEN] = &q_gate_token,
	[GATE_CERT] = &q_gate_cert,
	[GATE_POLLER] = &q_gate_poller,
	[GATE_WORKER] = &q_gate_worker,
	[GATE_ADMIN] = &q_gate_admin,
};

static const struct stmt begin = { .name = "begin",
	.sql = "BEGIN",
	.index = STMT_BEGIN };
static const struct stmt begin_read = { .name = "begin_read",
	.sql = "BEGIN READ ONLY",
	.index = STMT_BEGIN_READ };
static const struct stmt commit = { .name = "commit",
	.sql = "COMMIT",
	.index = STMT_COMMIT };

static int64_t
until_ms(int ms)
{
	return env_mono() + ms * CLOCK_MS;
}

static void
expect(struct tx *tx, const struct stmt *s, bool prepare)
{
	struct due *d = arena_alloc(tx->home, sizeof(*d));

	d->stmt = s;
	d->prepare = prepare;
	*tx->last = tx->newest = d;
	tx->last = &d->next;
}

struct err *
tx_queue(struct tx *tx, const struct stmt *s, struct arg *args, int n)
{
	struct err *e;
	int results;

	if ((e = conn_send(&results, tx->db, tx->arena, s, args, n)) != NULL)
		return err_pass(e);
	if (results == 2)
		expect(tx, s, true);
	expect(tx, s, false);
	return NULL;
}

struct err *
tx_queue_begin(struct tx *tx, enum tx_mode mode)
{
	struct err *e =
	    tx_queue(tx, mode == TX_READ ? &begin_read : &begin, NULL, 0);

	return e != NULL ? err_pass(e) : NULL;
}

/* Give a result to who asked for it; false: nobody did. */
static bool
deliver(struct tx *tx, const struct due *d, PGresult *res)
{
	if (d->rows == NULL)
		return false;
	rows_take(d->rows, res);
	if (d->rows == tx->gate) {
		who_read(&tx->who, tx->gate);
		tx->gate = NULL;
	}
	return true;
}

/*
 * Take in every result that is due and not held; *last_res is the last one,
 * unless it went to who asked for it.  After an error the rest of the pipeline
 * is void, and only a rollback helps.
 */
static struct err *
collect(PGresult **last_res, struct tx *tx, int64_t until)
{
	int64_t door = until_ms(tx->db->door_ms);
	PGresult *res, *none;
	struct err *e = NULL;

	*last_res = NULL;
	while (tx->first != tx->held) {
		struct due *d = tx->first;
		const char *what = d->stmt->name;
		ExecStatusType s;

		if ((e = conn_result(&res, tx->db,
			 d->at_door && door < until ? door : until)) != NULL)
			break;
		if (res == NULL) {
			e = err_raise(ERR_BUG, SAY_BUG, "%s: no result", what);
			break;
		}
		s = PQresultStatus(res);
		if (s != PGRES_TUPLES_OK && s != PGRES_COMMAND_OK) {
			e = conn_error(tx->db, res, what);
			PQclear(res);
			break;
		}
		if (d->prepare)
			tx->db->prepared[d->stmt->index] = PREPARED_YES;
		PQclear(*last_res);
		*last_res = deliver(tx, d, res) ? NULL : res;
		if ((tx->first = d->next) == NULL)
			tx->last = &tx->first;
		tx->at_door &= d->next != NULL && d->next->at_door;
		if ((e = conn_result(&none, tx->db, until)) != NULL)
			break;
		PQclear(none); /* the NULL that ends each statement */
	}
	if (e == NULL)
		return NULL;
	PQclear(*last_res);
	*last_res = NULL;
	tx->failed = true;
	if (tx->at_door && tx->db->silent)
		conn_away(tx->db);
	return err_pass(e);
}

struct err *
tx_ask_answers(struct tx *tx)
{
	if (PQsendFlushRequest(tx->db->conn))
		return NULL;
	tx->failed = true;
	return err_raise(ERR_BUSY, SAY_BUSY, "flush request");
}

/* BEGIN and the gate, sent together. */
static struct err *
enter(PGresult **res, struct tx *tx, const struct gate *g, enum tx_mode mode)
{
	struct arg args[] = {
		g->secret.p != NULL ? A(g->secret) : A(g->tenant),
		A(g->addr),
		g->cert.n > 0 ? A(g->cert) : arg_null(),
	};
	int n = gates[g->kind]->params;
	struct err *e;

	if ((e = tx_queue_begin(tx, mode)) != NULL ||
	    (e = tx_queue(tx, gates[g->kind], args, n)) != NULL ||
	    (e = tx_ask_answers(tx)) != NULL ||
	    (e = collect(res, tx, until_ms(tx->db->door_ms))) != NULL)
		return err_pass(e);
	return NULL;
}

/* See tx_begin. */
struct err *
tx_begin_at(struct tx **out, struct db *db, struct arena *a,
    const struct gate *g, enum tx_mode mode)
{
	struct tx *tx = arena_alloc(a, sizeof(*tx));
	PGresult *res;
	struct err *e;
	bool fresh;

	tx->db = db;
	tx->home = tx->arena = a;
	for (;;) {
		tx->first = NULL;
		tx->last = &tx->first;
		tx->failed = false;
		if ((e = conn_ready(db, &fresh)) != NULL)
			return err_pass(e);
		if ((e = enter(&res, tx, g, mode)) == NULL)
			break;
		/* A connection that died while idle is replaced once. */
		if (fresh || db->silent || e->kind != ERR_BUSY) {
			if (db->silent)
				conn_away(db);
			tx_rollback(tx);
			return err_pass(e);
		}
		conn_drop(db);
	}
	who_read(&tx->who, rows_new(a, res));
	*out = tx;
	return NULL;
}

struct err *
tx_send(struct tx *tx, const struct stmt *s, struct arg *args, int n)
{
	struct err *e;

	if (tx->failed || tx->ending)
		return err_raise(ERR_BUG, SAY_BUG, "%s in a tx that %s",
		    s->name, tx->failed ? "failed" : "ends");
	if ((e = tx_queue(tx, s, args, n)) != NULL) {
		tx->failed = true;
		return err_pass(e);
	}
	return NULL;
}

struct err *
tx_ask(struct rows **out, struct tx *tx, const struct stmt *s, struct arg *args,
    int n)
{
	struct err *e;

	if ((e = tx_send(tx, s, args, n)) != NULL)
		return err_pass(e);
	*out = rows_new(tx->arena, NULL);
	tx->newest->rows = *out;
	return NULL;
}

struct err *
tx_rows(struct rows **out, struct tx *tx, const struct stmt *s,
    struct arg *args, int n)
{
	PGresult *none;
	struct err *e;

	if ((e = tx_ask(out, tx, s, args, n)) != NULL)
		return err_pass(e);
	if ((e = tx_ask_answers(tx)) != NULL ||
	    (e = collect(&none, tx, until_ms(tx->db->deadline_ms))) != NULL)
		return err_pass(e);
	return NULL;
}

/*
 * A commit that was answered with an error: something in the transaction was
 * refused, and the connection stays.  Without an answer it is not known
 * whether it was committed: a retry is safe.
 */
static void
refused(struct tx *tx)
{
	struct err under_way = err_keep();
	struct db *db = tx->db;

	tx->ending = false;
	if (db->silent || PQstatus(db->conn) != CONNECTION_OK ||
	    !conn_drain(db))
		conn_drop(db);
	err_restore(&under_way);
	tx_rollback(tx);
}

struct err *
tx_last(struct tx *tx)
{
	struct err *e;

	if (tx->failed || tx->ending)
		return err_raise(ERR_BUG, SAY_BUG, "commit of a tx that %s",
		    tx->failed ? "failed" : "ends");
	if ((e = tx_queue(tx, &commit, NULL, 0)) != NULL)
		return err_pass(e);
	if (!PQpipelineSync(tx->db->conn)) {
		tx->failed = true;
		return err_raise(ERR_BUSY, SAY_BUSY, "sync");
	}
	tx->ending = true;
	return NULL;
}

struct err *
tx_ready(struct tx *tx)
{
	PGresult *none;
	struct err *e;

	if ((e = tx_ask_answers(tx)) != NULL || (e = tx_last(tx)) != NULL)
		return err_pass(e);
	tx->held = tx->newest;
	e = collect(&none, tx, until_ms(tx->db->deadline_ms));
	tx->held = NULL;
	PQclear(none);
	if (e == NULL)
		return NULL;
	refused(tx);
	return err_pass(e);
}

struct err *
tx_commit(struct tx *tx)
{
	struct db *db = tx->db;
	PGresult *res;
	struct err *e;
	char tag[32];

	if (!tx->ending && (e = tx_last(tx)) != NULL)
		return err_pass(e);
	if ((e = collect(&res, tx, until_ms(db->deadline_ms))) != NULL) {
		refused(tx);
		return err_pass(e);
	}
	(void)strncpy(tag, PQcmdStatus(res), sizeof(tag) - 1);
	tag[sizeof(tag) - 1] = 0;
	PQclear(res);
	if ((e = conn_result(&res, db, until_ms(db->deadline_ms))) != NULL) {
		conn_drop(db);
		return strcmp(tag, "COMMIT") == 0 ? NULL : err_pass(e);
	}
	PQclear(res);
	tx->ending = false;
	tx->over = true;
	/* COMMIT of a failed transaction "succeeds" by rolling back. */
	if (strcmp(tag, "COMMIT") != 0)
		return err_raise(ERR_BUG, SAY_BUG, "commit answered %s", tag);
	return NULL;
}

void
tx_rollback(struct tx *tx)
{
	struct err under_way = err_keep();
	struct db *db;

	if (tx == NULL || tx->over || (db = tx->db)->conn == NULL)
		return;
	tx->over = true;
	if (tx->ending || !conn_roll_back(db))
		conn_drop(db);
	err_restore(&under_way);
}

/* One statement and the end of its round; *dead: the connection was. */
static struct err *
call(PGresult **res, bool *dead, struct tx *tx, const struct stmt *s,
    struct arg *args, int n)
{
	struct db *db = tx->db;
	PGresult *sync;
	struct err *e;
	bool fresh;

	*dead = false;
	*res = NULL;
	tx->last = &tx->first;
	if ((e = conn_ready(db, &fresh)) != NULL)
		return err_pass(e);
	if ((e = tx_queue(tx, s, args, n)) == NULL && !PQpipelineSync(db->conn))
		e = err_raise(ERR_BUSY, SAY_BUSY, "sync");
	if (e == NULL)
		e = collect(res, tx, until_ms(db->deadline_ms));
	if (e == NULL &&
	    (e = conn_result(&sync, db, until_ms(db->door_ms))) == NULL) {
		PQclear(sync);
		return NULL;
	}
	*dead = !fresh && !db->silent && e->kind == ERR_BUSY;
	if (db->silent)
		conn_away(db);
	PQclear(*res);
	conn_drop(db);
	return err_pass(e);
}

/* See db_call. */
struct err *
db_call_at(struct rows **out, struct db *db, struct arena *a,
    const struct stmt *s, struct arg *args, int n)
{
	struct tx first = { .db = db, .home = a, .arena = a }, again = first;
	PGresult *res;
	struct err *e;
	bool dead;

	if (!s->open)
		return err_raise(ERR_BUG, SAY_BUG, "%s needs a tenant",
		    s->name);
	/* A connection that died while idle is replaced once. */
	if ((e = call(&res, &dead, &first, s, args, n)) != NULL && dead)
		e = call(&res, &dead, &again, s, args, n);
	if (e != NULL)
		return err_pass(e);
	*out = rows_new(a, res);
	return NULL;
}
