#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/env.h"
#include "plant.h"
#include "store/store.h"

enum { SENSORS_MAX = 10000, BUCKETS_MAX = 100000, STATEMENT_MS = 60000 };

struct asker {
	const struct wish *wish;
	struct db *db;
	struct arena *arena, *scratch;
	struct tx *tx;
	struct bucket *bucket;
	int32_t *id;
	size_t n, readings;
};

static struct err *
ask(struct asker *k, struct tx *tx, int32_t sensor)
{
	const struct wish *w = k->wish;
	int64_t from = w->from_ms > 0 ? w->from_ms * CLOCK_MS
				      : env_now() - w->span_ms * CLOCK_MS;
	int64_t to = from + w->span_ms * CLOCK_MS;
	struct answer all = { 0 };
	struct err *e;
	int64_t i;

	k->readings = 0;
	if (strcmp(w->what, "raw") == 0) {
		if ((e = store_read(&all, tx, &sensor, 1, from, to)) != NULL)
			return err_pass(e);
		k->readings = all.r.n;
		return NULL;
	}
	if ((e = chart_ask(k->bucket, tx,
		 &(struct span){ sensor, from, to, (size_t)w->buckets })) !=
	    NULL)
		return err_pass(e);
	for (i = 0; i < w->buckets; i++)
		k->readings += k->bucket[i].count + k->bucket[i].bad;
	return NULL;
}

/* In a transaction that is open already. */
static struct err *
ask_inside(struct asker *k, int32_t sensor)
{
	struct arena *before = tx_use(k->tx, k->scratch);
	struct err *e = ask(k, k->tx, sensor);

	(void)tx_use(k->tx, before);
	if (e != NULL)
		return err_pass(e);
	arena_reset(k->scratch);
	return NULL;
}

static struct err *
begin(struct asker *k)
{
	struct gate g = { .kind = GATE_WORKER,
		.tenant = (int32_t)k->wish->tenant };
	struct err *e = tx_begin(&k->tx, k->db, k->arena, &g, TX_READ);

	return e != NULL ? err_pass(e) : NULL;
}

/* With the gate before and the commit behind, as a request does it. */
static struct err *
ask_whole(struct asker *k, int32_t sensor)
{
	struct err *e;

	if ((e = begin(k)) != NULL)
		return err_pass(e);
	if ((e = ask(k, k->tx, sensor)) != NULL ||
	    (e = tx_commit(k->tx)) != NULL) {
		tx_rollback(k->tx);
		return err_pass(e);
	}
	arena_reset(k->arena);
	return NULL;
}

static int
shorter(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static void
say(int64_t *took, size_t n, size_t readings)
{
	qsort(took, n, sizeof(*took), shorter);
	(void)printf("count=%zu p50_ms=%.4f p99_ms=%.4f max_ms=%.4f "
		     "readings=%zu\n",
	    n, (double)took[n / 2] / 1e3, (double)took[n * 99 / 100] / 1e3,
	    (double)took[n - 1] / 1e3, readings);
}

/* Waits for its turn when there is a rate, and asks for sensor after sensor. */
static struct err *
ask_all(struct asker *k)
{
	const struct wish *w = k->wish;
	int64_t *took =
	    arena_array(arena_new(), (size_t)w->count, sizeof(*took));
	int64_t began = env_mono(), due, i;
	struct err *e = NULL;

	for (i = 0; e == NULL && i < w->count; i++) {
		due = w->rate > 0 ? began + (int64_t)((double)i * 1e6 / w->rate)
				  : env_mono();
		if (due > env_mono())
			(void)usleep((useconds_t)(due - env_mono()));
		due = env_mono();
		e = w->open ? ask_inside(k, k->id[(size_t)i % k->n])
			    : ask_whole(k, k->id[(size_t)i % k->n]);
		took[i] = env_mono() - due;
	}
	if (e != NULL)
		return err_pass(e);
	say(took, (size_t)w->count, k->readings);
	return NULL;
}

struct err *
plant_ask(const struct wish *w)
{
	static int32_t id[SENSORS_MAX];
	static struct bucket bucket[BUCKETS_MAX];
	struct asker k = { .wish = w,
		.arena = arena_new(),
		.scratch = arena_new(),
		.bucket = bucket,
		.id = id };
	struct err *e;

	k.n = ids_read(id, SENSORS_MAX, w->ids);
	if (k.n == 0 || w->buckets > BUCKETS_MAX || w->count < 1)
		return err_raise(ERR_INPUT, "Nothing to ask for.", "no ids");
	k.db = db_open(w->database);
	db_deadline(k.db, STATEMENT_MS);
	if (w->open && (e = begin(&k)) != NULL)
		return err_pass(e);
	e = ask_all(&k);
	if (w->open)
		tx_rollback(k.tx);
	db_close(k.db);
	return e != NULL ? err_pass(e) : NULL;
}
