/*
 * ledger.h - what became of what was sent, a line a gateway.
 *
 * sent = stored + duplicate + rejected + lost + waiting, for every line: all
 * but the last are fixed when derive has consumed a batch.  Lost is what was
 * damaged while it lay in landing.
 */
#ifndef MODEL_LEDGER_H
#define MODEL_LEDGER_H

#include "db/db.h"

enum { LEDGER_LINES_MAX = 10000 };

struct account {
	const char *source; /* key of the gateway or device; "": the poller */
	int64_t batches, sent, stored, duplicate, rejected, lost, waiting;
	int64_t last; /* when the last batch came */
};

struct accounts {
	struct account *v;
	size_t n;
};

/* Batches received with from <= time < till. */
struct err *ledger_load(struct accounts *, struct tx *, int64_t from,
    int64_t till) MUST_CHECK;

#endif
