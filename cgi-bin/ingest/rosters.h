/*
 * rosters.h - what the keys that came lately may write.
 *
 * Kept beside the connection and forgotten with it.  Which tenant a key has,
 * and whether its names are still the right ones, is for the gate to say: a
 * roster holds exactly while the tenant's registry has the same number.
 */
#ifndef INGEST_ROSTERS_H
#define INGEST_ROSTERS_H

#include "cgi-bin/ingest/roster.h"

struct guest {
	struct known known; /* for the gate to compare */
	const char *tenant_name;
	const struct roster *roster;
};

/* The key as it was the last time; NULL: it has not come lately. */
const struct guest *rosters_find(struct db *, struct bytes key);

/*
 * The roster of the credential of tx, whose key this is: remembered while it
 * holds, loaded and remembered otherwise.
 */
struct err *rosters_load(const struct roster **, struct tx *,
    struct bytes key) MUST_CHECK;

/* Somebody knows better. */
void rosters_forget(struct db *);

#endif
