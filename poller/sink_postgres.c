#include "sink_postgres.h"

#include <stdlib.h>

#include "base/env.h"
#include "base/wake.h"
#include "intake/keep.h"
#include "query.h"
#include "store/store.h"

enum { TOGETHER = 1000, BACKOFF_CAP_MS = 5000, ORDERS_MS = 1000 };

static int
by_number(const void *a, const void *b)
{
	int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;

	return (x > y) - (x < y);
}

/* The sensors of simulated devices among them, ascending. */
static struct err *
played_sensors(int32_t **out, size_t *n, struct tx *tx,
    const struct readings *all)
{
	struct arena *a = tx_arena(tx);
	int32_t *sensor = arena_array(a, all->n, sizeof(*sensor));
	struct rows *r;
	struct err *e;
	size_t i, k = 0;

	for (i = 0; i < all->n; i += readings_run(&all->v[i], all->n - i))
		sensor[k++] = all->v[i].sensor;
	if ((e = tx_rows(&r, tx, &q_played_sensors,
		 ARGS(A((int)tx_who(tx)->tenant), arr_int(a, sensor, k)))) !=
	    NULL)
		return err_pass(e);
	*n = (size_t)rows_count(r);
	*out = sensor;
	for (i = 0; i < *n; i++)
		sensor[i] =
		    (int32_t)rows_int(r, (int)i, PLAYED_SENSORS_SENSOR_ID);
	return NULL;
}

/* Part what comes of simulated devices from what is real. */
static struct err *
part(struct readings *real, struct readings *played, struct tx *tx,
    const struct readings *all)
{
	int32_t *sensor;
	struct err *e;
	size_t i, n = 0;

	*real = *all;
	*played = (struct readings){ 0 };
	if (all->n == 0)
		return NULL;
	if ((e = played_sensors(&sensor, &n, tx, all)) != NULL)
		return err_pass(e);
	if (n == 0)
		return NULL;
	*real = (struct readings){ 0 };
	for (i = 0; i < all->n;) {
		struct readings some = { .v = &all->v[i],
			.n = readings_run(&all->v[i], all->n - i) };

		i += some.n;
		readings_add(bsearch(&some.v->sensor, sensor, n,
				 sizeof(*sensor), by_number) != NULL
				 ? played
				 : real,
		    tx_arena(tx), &some);
	}
	return NULL;
}

static struct err *
batch_append(struct tx *tx, int32_t source, struct readings *r,
    int64_t given_up)
{
	struct batch batch = { .source = source,
		.received = env_now(),
		.sent = r->n + (size_t)given_up,
		.thinned = (size_t)given_up,
		.format = FORMAT_POLLER,
		.kind = KIND_POLLER };
	struct err *e;

	if (batch.sent == 0)
		return NULL;
	e = store_append(tx, &batch, r);
	return e != NULL ? err_pass(e) : NULL;
}

static struct err *
shipment_store(struct tx *tx, const struct shipment *what)
{
	struct readings real, played;
	int64_t given_up = 0;
	struct err *e;

	if ((what->gaps > 0 && (e = gap_keep(&given_up, tx, SOURCE_POLLER,
				    what->gap, what->gaps)) != NULL) ||
	    (e = part(&real, &played, tx, what->r)) != NULL ||
	    (e = batch_append(tx, SOURCE_POLLER, &real, given_up)) != NULL ||
	    (e = batch_append(tx, SOURCE_PLAYED, &played, 0)) != NULL)
		return err_pass(e);
	return NULL;
}

static struct err *
postgres_send(struct sink *sink, struct arena *a, const struct shipment *what)
{
	struct postgres *to = (struct postgres *)sink;
	const struct gate gate = { .kind = GATE_POLLER,
		.tenant = what->tenant };
	struct err *e;
	struct tx *tx;

	if ((e = tx_begin(&tx, to->db, a, &gate, TX_WRITE)) != NULL)
		return err_pass(e);
	if ((e = shipment_store(tx, what)) != NULL) {
		tx_rollback(tx);
		return err_pass(e);
	}
	if ((e = tx_commit(tx)) != NULL)
		return err_pass(e);
	wake_send(to->wake_fd, to->wake, what->tenant);
	return NULL;
}

static void
postgres_close(void *db)
{
	db_close(db);
}

struct sink *
sink_postgres(struct arena *a, const char *database, const char *wake,
    struct commands *commands, struct looks *looks)
{
	struct postgres *to = arena_alloc(a, sizeof(*to));

	to->sink = (struct sink){ .send = postgres_send,
		.plan = postgres_plan,
		.orders = postgres_orders,
		.health = postgres_health,
		.together = TOGETHER,
		.orders_ms = ORDERS_MS,
		.cap_ms = BACKOFF_CAP_MS };
	to->db = db_open(database);
	arena_defer(a, postgres_close, to->db);
	postgres_errands(to, a, commands, looks);
	to->wake = wake;
	to->wake_fd = wake_sender();
	return &to->sink;
}
