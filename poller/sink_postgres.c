#include "base/env.h"
#include "base/wake.h"
#include "sink.h"
#include "store/store.h"

struct postgres {
	struct sink sink; /* first: it is one */
	struct db *db;
	const char *wake;
	int wake_fd;
};

static struct err *
postgres_send(struct sink *sink, struct arena *a, int32_t tenant,
    struct readings *r)
{
	struct postgres *to = (struct postgres *)sink;
	const struct gate gate = { .kind = GATE_POLLER, .tenant = tenant };
	const struct batch batch = { .received = env_now(), .sent = r->n };
	struct err *e;
	struct tx *tx;

	if ((e = tx_begin(&tx, to->db, a, &gate, TX_WRITE)) != NULL)
		return err_pass(e);
	if ((e = store_append(tx, &batch, r)) != NULL) {
		tx_rollback(tx);
		return err_pass(e);
	}
	if ((e = tx_commit(tx)) != NULL)
		return err_pass(e);
	wake_send(to->wake_fd, to->wake, tenant);
	return NULL;
}

static void
postgres_close(void *db)
{
	db_close(db);
}

struct sink *
sink_postgres(struct arena *a, const char *database, const char *wake)
{
	struct postgres *to = arena_alloc(a, sizeof(*to));

	to->sink.send = postgres_send;
	to->db = db_open(database);
	arena_defer(a, postgres_close, to->db);
	to->wake = wake;
	to->wake_fd = wake_sender();
	return &to->sink;
}
