/*
 * rosters.h - what the keys that came lately may write.
 *
 * Kept beside the connection and forgotten with it.  Which tenant a key has,
 * and whether its names are still the right ones, is for the gate to say: a
 * roster holds exactly while the tenant's registry has the same number.
 */
#ifndef INGEST_ROSTERS_H
#define INGEST_ROSTERS_H

#include "intake/profiles.h"
#include "intake/roster.h"

struct guest {
	struct known known; /* for the gate to compare */
	bool is_limited;    /* known.limits has one */
	/* From then on its own gate is due: it notes who was here, and when. */
	int64_t due;
	const char *tenant_name;
	const struct roster *roster;
	int64_t debug_till; /* its payloads are kept until then */
};

/* The key as it was the last time; NULL: it has not come lately. */
const struct guest *rosters_find(struct db *, struct bytes key);

/*
 * The roster of the credential of tx, whose key this is: remembered while it
 * holds, loaded and remembered otherwise.
 */
struct err *rosters_load(const struct roster **, struct tx *,
    struct bytes key) MUST_CHECK;

/*
 * The device profiles of the folder dir, kept beside the rosters and as long
 * as they; NULL when there are none yet.
 */
struct profiles *rosters_profiles(struct db *, const char *dir);

/* Somebody knows better. */
void rosters_forget(struct db *);

#endif
