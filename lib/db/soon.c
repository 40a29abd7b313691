/* Transactions that begin without waiting for their gate. */
#include "db/internal.h"
#include "query.h"

/* What has been sent is not waited for longer than a gate is. */
static void
at_door(struct tx *tx)
{
	struct due *d;

	for (d = tx->first; d != NULL; d = d->next)
		d->at_door = true;
	tx->at_door = true;
}

/* A transaction of which nothing was sent yet, on a connection that is there.
 */
static struct err *
open_tx(struct tx **out, struct db *db, struct arena *a)
{
	struct tx *tx = arena_alloc(a, sizeof(*tx));
	struct err *e;
	bool fresh;

	tx->db = db;
	tx->home = tx->arena = a;
	tx->last = &tx->first;
	conn_check(db);
	if ((e = conn_ready(db, &fresh)) != NULL)
		return err_pass(e);
	*out = tx;
	return NULL;
}

/* What writes is answered together with what it writes. */
static struct err *
send_known(struct tx *tx, const struct known *v, size_t n, enum tx_mode mode)
{
	struct arena *a = tx->arena;
	struct bytes *key = arena_array(a, n, sizeof(*key));
	int32_t *tenant = arena_array(a, n, sizeof(*tenant));
	int32_t *device = arena_array(a, n, sizeof(*device));
	int64_t *can = arena_array(a, n, sizeof(*can));
	int64_t *registry = arena_array(a, n, sizeof(*registry));
	struct err *e;
	size_t i;

	for (i = 0; i < n; i++) {
		key[i] = v[i].key;
		tenant[i] = v[i].tenant;
		device[i] = v[i].device;
		can[i] = (int64_t)v[i].can;
		registry[i] = v[i].registry;
	}
	if ((e = tx_queue_begin(tx, mode)) != NULL ||
	    (e = tx_queue(tx, &q_gate_api_keys,
		 ARGS(arr_bytes(a, key, n), arr_int(a, tenant, n),
		     arr_int(a, device, n), arr_long(a, can, n),
		     arr_long(a, registry, n)))) != NULL)
		return err_pass(e);
	if (mode == TX_READ && (e = tx_ask_answers(tx)) != NULL)
		return err_pass(e);
	at_door(tx);
	return NULL;
}

struct err *
tx_begin_known(struct tx **out, struct db *db, struct arena *a,
    const struct known *v, size_t n, enum tx_mode mode)
{
	struct tx *tx;
	struct err *e;
	size_t i;

	if (n == 0)
		return err_raise(ERR_BUG, SAY_BUG, "nobody is known");
	if ((e = open_tx(&tx, db, a)) != NULL)
		return err_pass(e);
	tx->who = (struct who){ .tenant = v[0].tenant,
		.can = v[0].can,
		.registry = v[0].registry,
		.name = "",
		.tenant_name = "" };
	for (i = 1; i < n; i++)
		tx->who.can &= v[i].can;
	tx->who.wide = tx->who.can;
	if ((e = send_known(tx, v, n, mode)) != NULL) {
		conn_drop(db);
		return err_pass(e);
	}
	*out = tx;
	return NULL;
}

struct err *
tx_begin_soon(struct tx **out, struct db *db, struct arena *a, int32_t tenant,
    enum tx_mode mode)
{
	struct db *at = db;
	struct tx *tx;
	struct err *e;

	if ((e = db_place(&at, db, a, tenant)) != NULL ||
	    (e = open_tx(&tx, at, a)) != NULL)
		return err_pass(e);
	tx->who.tenant = tenant;
	if ((e = tx_queue_begin(tx, mode)) != NULL ||
	    (e = tx_queue(tx, &q_gate_worker, ARGS(A((int)tenant)))) != NULL) {
		conn_drop(at);
		return err_pass(e);
	}
	tx->gate = rows_new(a, NULL);
	tx->newest->rows = tx->gate;
	at_door(tx);
	*out = tx;
	return NULL;
}
