#include "db/internal.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/env.h"
#include "base/log.h"

enum {
	DOOR_MS = 2000, /* a connection, and a gate */
	STATEMENT_MS = 6000,
	AWAY_MS = 500,
	CELL_AWAY_MS = 5000, /* others are served here meanwhile */
	LATE_MS = 100,
	GRACE_MS = DOOR_MS
};

/* How a class of SQLSTATE is told; the longest prefix stands first. */
static const struct {
	const char *prefix;
	enum err_kind kind;
	const char *say; /* NULL: what the database says, a text of ours */
} states[] = {
	/* clang-format off */
	{ "28000", ERR_LOGIN,     "This credential is not valid." },
	{ "23505", ERR_CONFLICT,  "This exists already." },
	{ "FX002", ERR_BUSY,      SAY_MOVING },
	{ "FX001", ERR_CONFLICT,  "Something has changed meanwhile." },
	{ "FX003", ERR_FORBIDDEN, "You may not do that." },
	{ "FX004", ERR_LIMIT,     "Too much at once; please wait a little." },
	{ "FX005", ERR_CONFLICT,  NULL },
	{ "FX006", ERR_INPUT,     NULL },
	{ "23503", ERR_CONFLICT,  "This refers to something that is not there." },
	{ "40",    ERR_BUSY,      SAY_BUSY }, /* serialisation, deadlock */
	{ "55P03", ERR_BUSY,      SAY_BUSY }, /* lock not available */
	{ "57",    ERR_BUSY,      SAY_BUSY }, /* cancelled, shutting down */
	{ "53",    ERR_BUSY,      SAY_BUSY }, /* out of something */
	{ "08",    ERR_BUSY,      SAY_BUSY }, /* connection */
	{ "25P03", ERR_BUSY,      SAY_BUSY }, /* idle too long */
	{ "",      ERR_BUG,       SAY_BUG },
	/* clang-format on */
};

struct db *
db_open(const char *conninfo)
{
	struct db *db = calloc(1, sizeof(*db));

	if (db == NULL || (db->conninfo = strdup(conninfo)) == NULL ||
	    (db->prepared = calloc(1, STMT_ALL)) == NULL)
		abort();
	db->cells = cells_new(db->conninfo);
	db->deadline_ms = STATEMENT_MS;
	db->door_ms = DOOR_MS;
	return db;
}

void
db_close(struct db *db)
{
	if (db == NULL)
		return;
	conn_drop(db);
	cells_free(db->cells);
	free(db->prepared);
	free(db->conninfo);
	free(db);
}

bool
db_is_moving(const struct err *e)
{
	return e->kind == ERR_BUSY && strcmp(e->say, SAY_MOVING) == 0;
}

void
db_deadline(struct db *db, int ms)
{
	size_t i;

	db->deadline_ms = ms;
	for (i = 0; db->cells != NULL && i < db->cells->n; i++)
		db->cells->db[i]->deadline_ms = ms;
}

void
db_patience(struct db *db, int ms)
{
	size_t i;

	db_deadline(db, ms);
	db->door_ms = ms;
	for (i = 0; db->cells != NULL && i < db->cells->n; i++)
		db->cells->db[i]->door_ms = ms;
}

void **
db_kept(struct db *db, void (*release)(void *))
{
	struct kept *k = db->kept;
	size_t i = 0;

	while (k[i].release != NULL && k[i].release != release) {
		i++;
		assert(i < KEPT_MAX);
	}
	k[i].release = release;
	return &k[i].what;
}

void
conn_drop(struct db *db)
{
	size_t i;

	for (i = 0; i < KEPT_MAX; i++) {
		if (db->kept[i].what != NULL)
			db->kept[i].release(db->kept[i].what);
		db->kept[i].what = NULL;
	}
	PQfinish(db->conn);
	db->conn = NULL;
	db->silent = false;
	memset(db->prepared, PREPARED_NOT, STMT_ALL);
}

void
conn_away(struct db *db)
{
	db->away_until =
	    env_mono() +
	    (db->cells != NULL ? AWAY_MS : CELL_AWAY_MS) * CLOCK_MS;
}

/* Milliseconds left, at least 0, as poll() wants them. */
static int
left_ms(int64_t until)
{
	int64_t left = (until - env_mono()) / CLOCK_MS;

	return left < 0 ? 0 : (int)left;
}

/*
 * Wait for the socket; false when the time is over.  Whoever wakes up long
 * after that stood still himself, and the database, which did so too, perhaps,
 * is given the time of a door once more.
 */
static bool
wait_for(const struct db *db, short events, int64_t until)
{
	struct pollfd p = { .fd = PQsocket(db->conn), .events = events };
	int r;

	do
		r = poll(&p, 1, left_ms(until));
	while (r < 0 && errno == EINTR);
	if (r == 0 && env_mono() > until + LATE_MS * CLOCK_MS)
		r = poll(&p, 1, GRACE_MS);
	return r == 1;
}

void
conn_check(struct db *db)
{
	struct pollfd p = { .events = POLLIN };

	if (db->conn == NULL)
		return;
	p.fd = PQsocket(db->conn);
	/* Its last words come first, and then its end. */
	while (db->conn != NULL && poll(&p, 1, 0) == 1)
		if (PQconsumeInput(db->conn) != 1)
			conn_drop(db);
}

static struct err *
lost(const struct db *db, const char *what)
{
	return err_raise(ERR_BUSY, SAY_BUSY, "%s: %s", what,
	    db->conn != NULL ? PQerrorMessage(db->conn) : "no connection");
}

struct err *
conn_ready(struct db *db, bool *fresh)
{
	int64_t until = env_mono() + db->door_ms * CLOCK_MS;
	PostgresPollingStatusType s = PGRES_POLLING_WRITING;
	struct err *e;

	*fresh = false;
	if (env_mono() < db->away_until)
		return err_raise(ERR_BUSY, SAY_BUSY,
		    "it was silent a moment ago");
	if (db->conn != NULL && PQstatus(db->conn) == CONNECTION_OK)
		return NULL;
	conn_drop(db);
	*fresh = true;
	db->conn = PQconnectStart(db->conninfo);
	while (db->conn != NULL && PQstatus(db->conn) != CONNECTION_BAD &&
	       s != PGRES_POLLING_OK && s != PGRES_POLLING_FAILED) {
		if (!wait_for(db, s == PGRES_POLLING_READING ? POLLIN : POLLOUT,
			until)) {
			conn_away(db);
			break;
		}
		s = PQconnectPoll(db->conn);
	}
	if (s == PGRES_POLLING_OK && PQsetnonblocking(db->conn, 1) == 0 &&
	    PQenterPipelineMode(db->conn) == 1)
		return NULL;
	e = lost(db, "connect");
	conn_drop(db);
	return e;
}

struct err *
conn_flush(struct db *db, int64_t until)
{
	int left;

	while ((left = PQflush(db->conn)) == 1) {
		if (!wait_for(db, POLLIN | POLLOUT, until)) {
			db->silent = true;
			return lost(db, "send timed out");
		}
		if (PQconsumeInput(db->conn) != 1)
			return lost(db, "send");
	}
	return left == 0 ? NULL : lost(db, "send");
}

struct err *
conn_result(PGresult **res, struct db *db, int64_t until)
{
	struct err *e;

	if ((e = conn_flush(db, until)) != NULL)
		return err_pass(e);
	while (PQisBusy(db->conn)) {
		if (!wait_for(db, POLLIN, until)) {
			db->silent = true;
			return lost(db, "no answer in time");
		}
		if (PQconsumeInput(db->conn) != 1)
			return lost(db, "receive");
	}
	*res = PQgetResult(db->conn);
	return NULL;
}

struct err *
conn_error(const struct db *db, const PGresult *res, const char *what)
{
	const char *state = PQresultErrorField(res, PG_DIAG_SQLSTATE);
	const char *text = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);
	size_t i = 0;

	if (state == NULL)
		return lost(db, what);
	while (strncmp(state, states[i].prefix, strlen(states[i].prefix)) != 0)
		i++;
	if (text == NULL)
		text = "";
	return err_raise(states[i].kind,
	    states[i].say != NULL ? states[i].say : text, "%s: %s %s", what,
	    state, text);
}

struct err *
conn_send(int *results, struct db *db, struct arena *a, const struct stmt *s,
    struct arg *args, int n)
{
	const char **p = arena_array(a, (size_t)n + 1, sizeof(*p));
	int *len = arena_array(a, (size_t)n + 1, sizeof(*len));
	int *format = arena_array(a, (size_t)n + 1, sizeof(*format));
	int i;

	if (n != s->params)
		return err_raise(ERR_BUG, SAY_BUG,
		    "%s: %d values for %d "
		    "parameters",
		    s->name, n, s->params);
	for (i = 0; i < n; i++) {
		p[i] = args[i].small ? args[i].text : args[i].p;
		len[i] = (int)args[i].n;
		format[i] = args[i].binary;
	}
	*results = 1;
	if (db->prepared[s->index] == PREPARED_NOT) {
		if (!PQsendPrepare(db->conn, s->name, s->sql, 0, NULL))
			return lost(db, s->name);
		db->prepared[s->index] = PREPARED_SENT;
		*results = 2;
	}
	if (!PQsendQueryPrepared(db->conn, s->name, n, p, len, format, 1))
		return lost(db, s->name);
	return NULL;
}
