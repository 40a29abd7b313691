/*
 * settle.c - feed the store as fast as it goes, past HTTP.
 *
 *	settle CONNINFO WAKE TENANT FIRST SENSORS BATCH SECONDS DAYS
 *
 * Appends batches of BATCH readings of the tenant's sensors FIRST .. FIRST +
 * SENSORS - 1, one second of event time apart from DAYS days ago on, as the
 * operator's role, a transaction each.  Prints how many readings a second were
 * durable, and the time of an append.  What the worker makes of them is seen
 * from outside.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/env.h"
#include "base/wake.h"
#include "store/store.h"

struct feed {
	struct db *db;
	const char *wake;
	int32_t tenant, first, sensors;
	size_t batch;
	int64_t made; /* readings so far */
	int64_t start;
};

/* The next readings: every sensor in turn, then the next second. */
static void
make(struct readings *r, struct arena *a, struct feed *f)
{
	size_t i;

	*r = (struct readings){ 0 };
	(void)readings_room(r, a, f->batch);
	for (i = 0; i < f->batch; i++, f->made++) {
		int32_t k = (int32_t)(f->made % f->sensors);
		int64_t t = f->made / f->sensors;

		r->v[r->n++] = (struct reading){
			.sensor = f->first + k,
			.time = f->start + t * CLOCK_S,
			.value = round(500 + 400 * sin((double)t / 900 + k) +
				       (double)(f->made * 7 % 16)) /
				 10,
			.quality = QUALITY_GOOD,
		};
	}
}

static struct err *
append(struct feed *f, struct arena *a)
{
	struct gate g = { .kind = GATE_ADMIN, .tenant = f->tenant };
	struct batch b = { .received = env_now(), .sent = f->batch };
	struct readings r;
	struct tx *tx;
	struct err *e;

	make(&r, a, f);
	if ((e = tx_begin(&tx, f->db, a, &g, TX_WRITE)) != NULL)
		return err_pass(e);
	if ((e = store_append(tx, &b, &r)) != NULL ||
	    (e = tx_commit(tx)) != NULL) {
		tx_rollback(tx);
		return err_pass(e);
	}
	return NULL;
}

int
main(int argc, char **argv)
{
	struct arena *a = arena_new();
	struct feed f = { 0 };
	int64_t began, end, n = 0;
	struct err *e;
	int wake;

	if (argc != 9)
		return 2;
	f.db = db_open(argv[1]);
	f.wake = argv[2];
	f.tenant = (int32_t)strtol(argv[3], NULL, 10);
	f.first = (int32_t)strtol(argv[4], NULL, 10);
	f.sensors = (int32_t)strtol(argv[5], NULL, 10);
	f.batch = strtoul(argv[6], NULL, 10);
	f.start = env_now() - strtol(argv[8], NULL, 10) * CLOCK_DAY;
	wake = wake_sender();
	began = env_mono();
	end = began + strtol(argv[7], NULL, 10) * CLOCK_S;
	for (; env_mono() < end; n++) {
		if ((e = append(&f, a)) != NULL) {
			(void)fprintf(stderr, "%s %s\n", e->why, e->trace);
			return 1;
		}
		wake_send(wake, f.wake, f.tenant);
		arena_reset(a);
	}
	end = env_mono();
	(void)printf("%.0f readings/s, %lld appends of %zu, %.2f ms each\n",
	    (double)f.made * 1e6 / (double)(end - began), (long long)n, f.batch,
	    (double)(end - began) / 1e3 / (double)n);
	db_close(f.db);
	arena_free(a);
	return 0;
}
