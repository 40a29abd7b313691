#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/env.h"
#include "plant.h"
#include "store/store.h"

enum { SENSORS_MAX = 10000, BATCH = 100000, STATEMENT_MS = 60000 };

static struct err *
batch_put(struct db *db, struct arena *a, const struct wish *w,
    struct readings *r)
{
	struct gate g = { .kind = GATE_ADMIN, .tenant = (int32_t)w->tenant };
	struct batch b = { .received = env_now(), .sent = r->n };
	struct tx *tx;
	struct err *e;

	if ((e = tx_begin(&tx, db, a, &g, TX_WRITE)) != NULL)
		return err_pass(e);
	if ((e = store_append(tx, &b, r)) != NULL ||
	    (e = tx_commit(tx)) != NULL) {
		tx_rollback(tx);
		return err_pass(e);
	}
	return NULL;
}

size_t
ids_read(int32_t *v, size_t room, const char *text)
{
	char *end;
	size_t n = 0;

	for (; n < room && *text != 0; text = *end == ',' ? end + 1 : end) {
		v[n] = (int32_t)strtol(text, &end, 10);
		if (end == text)
			break;
		n++;
	}
	return n;
}

struct err *
plant_store(const struct wish *w)
{
	static struct trace s[SENSORS_MAX];
	static int32_t id[SENSORS_MAX];
	static struct reading room[BATCH];
	struct readings r = { .v = room };
	struct arena *a = arena_new();
	struct db *db = db_open(w->database);
	size_t i, n = ids_read(id, SENSORS_MAX, w->ids);
	int64_t t, end = (w->from_ms + w->seconds * 1000) * CLOCK_MS;
	struct err *e = NULL;

	db_deadline(db, STATEMENT_MS);
	for (i = 0; i < n; i++)
		trace_start(&s[i], (int)i);
	for (t = w->from_ms * CLOCK_MS; e == NULL && t < end; t += CLOCK_S) {
		for (i = 0; i < n; i++) {
			trace_next(&s[i]);
			r.v[r.n++] = (struct reading){ .time = t,
				.value = s[i].value,
				.sensor = id[i],
				.quality = s[i].quality };
		}
		if (r.n + n <= BATCH && t + CLOCK_S < end)
			continue;
		e = batch_put(db, a, w, &r);
		r.n = 0;
		arena_reset(a);
	}
	db_close(db);
	return e != NULL ? err_pass(e) : NULL;
}
