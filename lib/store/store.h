/*
 * store.h - the way of a reading: landing, derive, fresh, pack, chunk, read.
 *
 *   store_append   one coded row in landing; durable when the tx commits
 *   store_derive   consumes landing into latest, ledger and fresh, in one tx
 *   store_tier     many small rows of fresh become one
 *   store_merge    so do large ones, until they are the packer's
 *   store_pack     fresh becomes chunk, sensor by sensor
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
	STORE_TIER_TAKE = 64,	   /* rows one merge takes at most */
	STORE_LARGE_TIER = 2,	   /* from here on rows are large */
	STORE_PACK_TIER = 9,	   /* these are the packer's */
	STORE_SMALL_MAX = 16384,   /* a larger row skips the tiers below it */
	STORE_MERGE_MAX = 1000000, /* readings of rows that become one */
	STORE_READ_MAX = 2000000   /* readings one answer may hold */
};

/* What came in with one batch; the ledger's row. */
struct batch {
	int32_t source;	    /* the gateway or device; not above 0: none */
	int64_t received;   /* when */
	size_t sent;	    /* readings in the batch */
	size_t rejected;    /* of them refused, see dead_letter */
	size_t duplicate;   /* of them doubled, and dropped already */
	size_t bytes;	    /* of the body that it came in */
	int format;	    /* see intake/format.h; 0: not said */
	int kind;	    /* how it came, see intake/keep.h; 0: a post */
	size_t thinned;	    /* of them left out on purpose */
	const char *seq;    /* the sender's own batch number, or NULL */
	const char *seq_of; /* and if it counts, what stands before ... */
	int64_t seq_no;	    /* ... its number; seq_of NULL: it does not */
};

/*
 * Put the readings into landing and the batch into the ledger.  Settles the
 * readings in place; those doubled inside the batch count as duplicates.
 */
struct err *store_append(struct tx *, const struct batch *,
    struct readings *) MUST_CHECK;

/* Readings as they go into landing. */
struct coded {
	struct bytes block;
	int64_t t_min, t_max;
	size_t n; /* 0: there is nothing but what was doubled */
	size_t duplicate;
};

/* All of it that can be done before there is a transaction. */
struct err *store_wrap(struct coded *, struct arena *,
    struct readings *) MUST_CHECK;

/*
 * The same for n batches that were posted and have no number, and what became
 * of the readings of each, in one statement.  Nothing is waited for.
 */
struct err *store_append_many(struct tx *, const struct batch *,
    const struct coded *, size_t n) MUST_CHECK;

/*
 * What a cycle need not look at again, handed from each to the next of the
 * tenant; all 0 at first, which looks at everything.  A lost one costs time
 * and nothing else.
 */
struct horizon {
	int64_t low;  /* no lower landing_id can still appear */
	int64_t seen; /* one that was there ... */
	int64_t xmax; /* ... before these transactions began */
};

struct derived {
	size_t batches;
	size_t stored;
	size_t duplicate;
	size_t lost;	      /* damaged in landing */
	int64_t came;	      /* when the first of them did; 0: there is none */
	int64_t version;      /* the tenant's from then on */
	bool is_full;	      /* there may be more */
	struct horizon after; /* true once the tx has been committed */
	struct readings r;    /* what is stored, settled; in the tx's arena */
};

/*
 * One cycle for the tenant of tx: own it and ask for what it may take, as
 * tx_ask, and when that is there, store it.  What else is done with the
 * readings, rules and alerts, belongs into the same transaction.  batches = 0:
 * there was nothing to do.
 */
struct err *store_take(struct rows **, struct tx *,
    const struct horizon *) MUST_CHECK;
struct err *store_derive(struct derived *, struct tx *, const struct rows *,
    const struct horizon *) MUST_CHECK;

/* It is committed: what the next cycle needs of it is kept at hand. */
void store_derived(struct tx *, const struct derived *);

/* Lower the horizon when, against all reckoning, something is below it. */
struct err *store_stray(struct horizon *, struct tx *) MUST_CHECK;

/*
 * Merge a full tier of the small ones, or make a large row of all of them when
 * one is older than that.  False: there was nothing to do.
 */
struct err *store_tier(bool *merged, struct tx *, int64_t age) MUST_CHECK;

/* When to pack. */
struct pack_rule {
	size_t readings; /* so many a sensor, on average */
	int64_t age;	 /* or when a row of fresh is so old */
};

struct merged {
	bool merged; /* rows of a full tier became one */
	bool handed; /* it is time to pack: rows are the packer's now */
};

/* Merge a full tier of the large ones, or hand over what is due. */
struct err *store_merge(struct merged *, struct tx *,
    const struct pack_rule *) MUST_CHECK;

struct packed {
	size_t rows, readings; /* taken from fresh */
	size_t chunks;	       /* written */
	bool more;	       /* something was done; there may be more */
	int64_t *month;	       /* partitions to be made first ... */
	size_t months;	       /* ... and then the tx is for a rollback */
};

/*
 * Pack what was handed over into chunks; any_month: do without partitions that
 * are missing.  Cycles and merges go on meanwhile.
 */
struct err *store_pack(struct packed *, struct tx *, bool any_month) MUST_CHECK;

/*
 * A span that cannot be answered because its bytes are damaged; sensor 0: of
 * several sensors, this one may be among them.
 */
struct lost {
	int32_t sensor;
	int64_t from, to; /* both inclusive */
};

/* Such spans, each once. */
struct losses {
	struct lost *v;
	size_t n, room;
};

void losses_add(struct losses *, struct arena *, struct lost);

/* What was asked for, settled, and what of it is missing. */
struct answer {
	struct readings r;
	struct lost *lost;
	size_t n_lost;
};

/*
 * Everything acknowledged of these sensors with from <= time < to: chunk,
 * fresh and landing merged.  Damage is named in the answer and logged, and
 * the rest is served.  ERR_TOO_BIG above STORE_READ_MAX.  Long spans are for
 * store/series.h (into buckets) and store/scan.h (window by window).
 */
struct err *store_read(struct answer *, struct tx *, const int32_t *sensor,
    size_t n, int64_t from, int64_t to) MUST_CHECK;

/* from <= time < to, and the part of it that chunks are in; empty: none are. */
struct extent {
	int64_t from, to;
	int64_t packed_from, packed_to;
};

/*
 * from and to narrowed to where something of these sensors may be, derived or
 * not, and the packed part of that; empty: there is nothing.
 */
struct err *store_narrow(struct extent *, struct tx *, const int32_t *sensor,
    size_t n) MUST_CHECK;

/*
 * A text that changes when anything in the span does, in any level, and now
 * and then when nothing did: for who has the answer already.  about: whatever
 * else the answer depends on.
 */
struct state_of {
	const int32_t *sensor;
	size_t n;
	int64_t from, to;
	const char *about;
	bool is_folded; /* the answer is one of store_series */
};
struct err *store_state(const char **, struct tx *,
    const struct state_of *) MUST_CHECK;

/* The same, to be read with the answer to what is asked next: see tx_ask. */
struct err *store_state_ask(struct rows **, struct tx *,
    const struct state_of *) MUST_CHECK;
const char *store_state_text(const struct rows *);

#endif
