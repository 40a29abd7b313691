/*
 * trial.h - a signed plan on trial: applied, and kept only when it has proven
 * itself.
 *
 * For so long after it was applied it is watched.  When the link has not been
 * there in the second half of that, or a unit that answered before does not
 * answer, the agent goes back to the last plan that it kept, by itself.  No
 * version is tried twice, and none that is older than one that was tried.
 *
 * As long as none was kept there is nothing to go back to but silence: then a
 * plan stays on trial until the link is there, and one that a stop cut short
 * may come again.
 *
 * The courier brings plans and tells what became of them; the main loop
 * applies and judges.  It locks itself.
 */
#ifndef POLLER_TRIAL_H
#define POLLER_TRIAL_H

#include <stdbool.h>

#include "base/buf.h"

enum { TRIAL_WHY = 300 };

/* What the server is to be told; state NULL: nothing. */
struct trial_news {
	int64_t version;
	const char *state;
	char why[TRIAL_WHY];
};

/* A unit that is polled; more than one line may be asked for its units. */
struct trial_unit {
	int32_t tenant, device;
	const char *key;
	int64_t period;	  /* of what it is asked most often */
	int64_t answered; /* by env_mono, the last time; 0: not yet */
};

struct trial_units {
	const struct trial_unit *v;
	size_t n;
};

enum trial_act { TRIAL_REST, TRIAL_APPLY, TRIAL_BACK };

struct trial;

/* What is known of earlier runs is in the folder. */
struct trial *trial_open(struct arena *, const char *dir, int confirm_s);

/* ---- the courier ---- */

/*
 * A plan that was checked; false: it is busy with another one, or could not
 * write down that it tries it.  Ask again.
 */
bool trial_bring(struct trial *, int64_t version, struct bytes plan);

/* A version that is not to be had, and why; false: it is busy. */
bool trial_refuse(struct trial *, int64_t version, const char *why);

/* Is it the newest that was tried here, or the one that runs? */
bool trial_knows(struct trial *, int64_t version);

/* Is it older than one that was tried? */
bool trial_is_old(struct trial *, int64_t version);

/* The server has answered just now. */
void trial_linked(struct trial *);

/* What to tell it; told says that it has heard exactly that. */
bool trial_news(struct trial_news *, struct trial *);
void trial_told(struct trial *, const struct trial_news *);

/* ---- the main loop ---- */

/* The plan that was kept last; p NULL: none was. */
struct bytes trial_plan(struct trial *, struct arena *);

/*
 * What is to be done with the plan: apply it, then trial_applied; or go back to
 * it (p NULL: none was kept).
 */
enum trial_act trial_turn(struct trial *, struct bytes *plan, struct arena *,
    const struct trial_unit *, size_t n);

/* It was applied; these were the units before. */
void trial_applied(struct trial *, const struct trial_unit *before, size_t n);

/*
 * Of the units that a plan names, those that do not run now that it was
 * applied, in a sentence; "": they all do.
 */
void trial_missing(char why[TRIAL_WHY], const struct trial_units *named,
    const struct trial_units *now);

/* It could not be, or not all of it. */
void trial_failed(struct trial *, const char *why);

/* Is there anything to be done by trial_turn? */
bool trial_is_due(struct trial *);

#endif
