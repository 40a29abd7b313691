/*
 * landed.h - the batches that a cycle takes out of landing, and their account.
 *
 * Internal to lib/store.
 */
#ifndef STORE_LANDED_H
#define STORE_LANDED_H

#include "store/store.h"

/* A batch as it lay in landing. */
struct landed {
	int64_t id, at, batch;
	int32_t source;	   /* who sent it; 0: the poller */
	int32_t duplicate; /* found when it came in */
	int32_t stored;
	int32_t lost; /* damaged, and in quarantine */
	struct readings r;
};

struct catch
{
	struct landed *v; /* the oldest first */
	size_t n;
	int64_t version;      /* of the tenant, so far */
	int64_t seen;	      /* when the last of them came */
	struct horizon after; /* what to hand to the next cycle */
	bool is_full;	      /* there may be more */
};

/*
 * What store_take has answered.  *own is false, and nothing else set, when
 * another has the tenant's cycle.
 */
struct err *landed_read(bool *own, struct catch *, struct tx *,
    const struct rows *, const struct horizon *) MUST_CHECK;

/* All of them as one settled array. */
void landed_gather(struct readings *, struct arena *, const struct catch *);

/* Who sent them; gateways are seen although they measure nothing. */
size_t landed_sources(int32_t **, struct arena *, const struct catch *);

/* Balance the ledger: of all that came in, `stored` is what is stored. */
struct err *landed_account(struct tx *, struct catch *,
    const struct readings *stored) MUST_CHECK;

#endif
