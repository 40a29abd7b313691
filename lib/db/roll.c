/*
 * roll.c - a connection back to where the next transaction can begin.
 */
#include "base/clock.h"
#include "base/env.h"
#include "db/internal.h"

enum { ROLLBACK_MS = 1000 };

/* Pass over what is left of the pipeline's round, to its end. */
static struct err *
drain(struct db *db, int64_t until)
{
	PGresult *res;
	struct err *e;
	bool synced = false;

	while (!synced) {
		if (PQstatus(db->conn) != CONNECTION_OK)
			return err_raise(ERR_BUSY, SAY_BUSY, "it has hung up");
		if (env_mono() > until)
			return err_raise(ERR_BUSY, SAY_BUSY, "no end in time");
		if ((e = conn_result(&res, db, until)) != NULL)
			return err_pass(e);
		synced = PQresultStatus(res) == PGRES_PIPELINE_SYNC;
		PQclear(res);
	}
	return NULL;
}

/* End the pipeline's round, so that the next one starts clean. */
static struct err *
settle(struct db *db, int64_t until)
{
	struct err *e;

	if (!PQpipelineSync(db->conn))
		return err_raise(ERR_BUSY, SAY_BUSY, "sync");
	if ((e = drain(db, until)) != NULL)
		return err_pass(e);
	return NULL;
}

bool
conn_drain(struct db *db)
{
	return drain(db, env_mono() + ROLLBACK_MS * CLOCK_MS) == NULL;
}

/* Statements that were sent and void are to be prepared again. */
static void
forget_unproven(struct db *db)
{
	size_t i;

	for (i = 0; i < STMT_ALL; i++)
		if (db->prepared[i] == PREPARED_SENT)
			db->prepared[i] = PREPARED_NOT;
}

bool
conn_roll_back(struct db *db)
{
	int64_t until = env_mono() + ROLLBACK_MS * CLOCK_MS;

	forget_unproven(db);

	/* Nobody waits once more for one who has not answered. */
	return !db->silent && PQstatus(db->conn) == CONNECTION_OK &&
	       settle(db, until) == NULL &&
	       PQsendQueryParams(db->conn, "ROLLBACK", 0, NULL, NULL, NULL,
		   NULL, 1) == 1 &&
	       settle(db, until) == NULL &&
	       PQtransactionStatus(db->conn) == PQTRANS_IDLE;
}
