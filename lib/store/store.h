/*
 * store.h - the way of a reading: landing, derive, fresh, pack, chunk, read.
 *
 *   store_append   one coded row in landing; durable when the tx commits
 *   store_derive   consumes landing into latest, ledger and fresh, in one tx
 *   store_read     chunk, fresh and landing merged, deduplicated: everything
 *                  acknowledged is seen, derived or not
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <stdbool.h>

#include "db/db.h"
#include "store/bucket.h"

enum {
	STORE_APPEND_MAX = 100000, /* readings in one append */
	STORE_TAKE_ROWS = 2048,	   /* landing rows a cycle takes */
	STORE_TAKE_MAX = 1000000,  /* and readings, but for the last row */
	STORE_TIER_ROWS = 16,	   /* rows that become one */
	STORE_TIER_MAX = 65536,	   /* rows of fresh above this rest */
	STORE_READ_MAX = 2000000   /* readings one answer may hold */
};

/* What came in with one batch; the ledger's row. */
struct batch {
	int32_t source;	  /* the credential's gateway or device */
	int64_t received; /* when */
	size_t sent;	  /* readings in the batch */
	size_t rejected;  /* of them refused, see dead_letter */
	const char *seq;  /* the sender's own batch number, or NULL */
};

/*
 * Put the readings into landing and the batch into the ledger.  Settles the
 * readings in place; those doubled inside the batch count as duplicates.
 */
struct err *store_append(struct tx *, const struct batch *,
    struct readings *) MUST_CHECK;

/*
 * The same for n batches and the readings of each, in one statement.  Nothing
 * is waited for.
 */
struct err *store_append_many(struct tx *, const struct batch *,
    struct readings *, size_t n) MUST_CHECK;

struct derived {
	size_t batches;
	size_t stored;
	size_t duplicate;
};

/*
 * What else a cycle does with the readings that it stores, in the same
 * transaction: rules, alerts.  They are settled: by sensor, then by time.
 */
typedef struct err *store_hook(struct tx *, const struct readings *);

/* One cycle for the tenant of tx.  batches = 0: there was nothing to do. */
struct err *store_derive(struct derived *, struct tx *,
    store_hook *) MUST_CHECK;

/* Merge full tiers of fresh, 16 rows into one.  False: nothing to merge. */
struct err *store_tier(bool *merged, struct tx *) MUST_CHECK;

/*
 * A span that cannot be answered because its bytes are damaged; sensor 0: of
 * several sensors, this one may be among them.
 */
struct lost {
	int32_t sensor;
	int64_t from, to; /* both inclusive */
};

/* What was asked for, settled, and what of it is missing. */
struct answer {
	struct readings r;
	struct lost *lost;
	size_t n_lost;
};

/*
 * Everything acknowledged of these sensors with from <= time < to: chunk,
 * fresh and landing merged.  Damage is named in the answer and logged, and
 * the rest is served.  ERR_TOO_BIG above STORE_READ_MAX.
 */
struct err *store_read(struct answer *, struct tx *, const int32_t *sensor,
    size_t n, int64_t from, int64_t to) MUST_CHECK;

/* One sensor's span in n equal buckets, in memory that does not grow with it.
 */
struct err *store_chart(struct bucket *, size_t n, struct tx *, int32_t sensor,
    int64_t from, int64_t to) MUST_CHECK;

#endif
