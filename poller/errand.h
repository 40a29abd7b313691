/*
 * errand.h - one kind of thing that goes between the poller and its databases:
 * commands, or what somebody wants to see.  Always the poller asks, so that it
 * may stand behind any firewall.
 *
 * Of the courier's thread.  A database that fails is named in the log, once
 * until it is back, and keeps no other one waiting.
 */
#ifndef POLLER_ERRAND_H
#define POLLER_ERRAND_H

#include "db/db.h"
#include "hold.h"

struct errand;

struct errand_kind {
	const char *name;	    /* "commands", as the log has it */
	const struct stmt *tenants; /* who has any; their only column */

	/* The oldest news of who is not held are in hand; false: none. */
	bool (*hear)(int32_t *tenant, void *what, const struct hold *);
	/* The database is told what is in hand. */
	struct err *(*say)(void *what, const struct errand *, struct arena *);
	/* It was not taken: it goes back to where it was. */
	void (*keep)(void *what);
	/* What is queued for a tenant is taken. */
	struct err *(*take)(void *what, const struct errand *, struct arena *,
	    int32_t tenant);
};

struct errand *errand_new(struct arena *, const struct errand_kind *,
    void *what, struct db *);

/* One statement, in a transaction of the tenant, wherever it lives. */
struct err *errand_ask(struct rows **, const struct errand *, struct arena *,
    int32_t tenant, const struct stmt *, struct arg *, int n) MUST_CHECK;

/*
 * News that a database did not take are told again the next time, and no
 * others of that tenant before; all other tenants' are told meanwhile.
 */
void errand_tell(struct errand *, struct arena *);

/* What is queued in all databases. */
void errand_take(struct errand *, struct arena *);

#endif
