/*
 * digest.c - what the store answers, as a line a sensor: its place in the
 * list, how many readings, and a hash of every bit of them.
 *
 *	digest DATABASE TENANT SENSORS FROM_MS SECONDS
 *
 * DATABASE says how to reach Postgres as fl_worker.  Read an hour at a time.
 */
#include <inttypes.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "store/store.h"

struct day {
	struct db *db;
	struct arena *arena;
	int32_t tenant;
	int64_t from, to;
};

static void
must(struct err *e, const char *what)
{
	if (e == NULL)
		return;
	log_err(e, "%s", what);
	exit(1);
}

/* A reading as bytes without padding, whoever's it is. */
static void
add(EVP_MD_CTX *hash, const struct reading *r)
{
	unsigned char b[19];

	memcpy(b, &r->time, 8);
	memcpy(b + 8, &r->value, 8);
	memcpy(b + 16, &r->rev, 2);
	b[18] = r->quality;
	(void)EVP_DigestUpdate(hash, b, sizeof(b));
}

static void
digest(const struct day *d, int place, int32_t sensor)
{
	struct gate g = { .kind = GATE_WORKER, .tenant = d->tenant };
	EVP_MD_CTX *hash = EVP_MD_CTX_new();
	unsigned char sum[EVP_MAX_MD_SIZE];
	struct answer a;
	struct tx *tx;
	size_t i, n = 0;
	int64_t t;

	(void)EVP_DigestInit_ex(hash, EVP_sha256(), NULL);
	for (t = d->from; t < d->to; t += CLOCK_HOUR) {
		must(tx_begin(&tx, d->db, d->arena, &g, TX_READ), "begin");
		must(store_read(&a, tx, &sensor, 1, t, t + CLOCK_HOUR), "read");
		must(tx_commit(tx), "commit");
		for (i = 0; i < a.r.n; i++)
			add(hash, &a.r.v[i]);
		n += a.r.n;
		arena_reset(d->arena);
	}
	(void)EVP_DigestFinal_ex(hash, sum, NULL);
	EVP_MD_CTX_free(hash);
	(void)printf("%d %zu ", place, n);
	for (i = 0; i < 16; i++)
		(void)printf("%02x", sum[i]);
	(void)putchar('\n');
}

int
main(int argc, char **argv)
{
	struct day d;
	const char *s;
	char *end;
	int place;

	if (argc != 6)
		return 2;
	log_name("digest");
	d.db = db_open(argv[1]);
	d.arena = arena_new();
	d.tenant = (int32_t)strtol(argv[2], NULL, 10);
	d.from = strtoll(argv[4], NULL, 10) * CLOCK_MS;
	d.to = d.from + strtoll(argv[5], NULL, 10) * CLOCK_S;
	for (s = argv[3], place = 0; *s != 0; s = end + (*end == ','), place++)
		digest(&d, place, (int32_t)strtol(s, &end, 10));
	arena_free(d.arena);
	db_close(d.db);
	return 0;
}
