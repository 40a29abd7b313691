/*
 * ledger.h - what became of what was sent.
 *
 * sent = stored + duplicate + rejected + thinned + lost + waiting, for every
 * line: all but the last are fixed when derive has consumed a batch.  Thinned
 * is what was left out on purpose, lost what was damaged while it lay in
 * landing.  Recovered are, of those stored, the ones that were refused first
 * and came again from the dead letters, as batches of their own.
 */
#ifndef MODEL_LEDGER_H
#define MODEL_LEDGER_H

#include "db/db.h"
#include "model/holes.h"

enum {
	LEDGER_LINES_MAX = 10000,
	LEDGER_BATCHES_MAX = 50,
	LEDGER_NUMBERED_MAX = 100000
};

struct account {
	const char *source; /* key of the gateway or device; "": the poller */
	const char *name;
	int64_t batches, sent, stored, duplicate, rejected, thinned, lost,
	    waiting, recovered, bytes;
	int64_t last; /* when the last batch came, or the day's beginning */
};

struct accounts {
	struct account *v;
	size_t n;
};

/* Batches received with from <= time < till, a line a gateway. */
struct err *ledger_load(struct accounts *, struct tx *, int64_t from,
    int64_t till) MUST_CHECK;

/* Those of one gateway, or with "" of all: a line a day of UTC, newest first.
 */
struct err *ledger_days(struct accounts *, struct tx *, const char *source,
    int64_t from, int64_t till) MUST_CHECK;

/* One batch, as its gateway's page shows it. */
struct entry {
	int64_t at;
	const char *number; /* the sender's; "": none */
	int format, kind;   /* see intake/format.h and intake/keep.h */
	int64_t sent, stored, duplicate, rejected, thinned, lost;
	bool is_waiting;
};

struct entries {
	struct entry *v;
	size_t n;
};

/* The newest LEDGER_BATCHES_MAX. */
struct err *ledger_batches(struct entries *, struct tx *, const char *source,
    int64_t from, int64_t till) MUST_CHECK;

/*
 * Which numbered batches of a gateway are missing.  *is_cut: there were more
 * than LEDGER_NUMBERED_MAX, and the last ones were not looked at.
 */
struct err *ledger_holes(struct holes *, bool *is_cut, struct tx *,
    const char *source, int64_t from, int64_t till) MUST_CHECK;

#endif
