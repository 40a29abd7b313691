/*
 * trial_follow.h - the main loop's side of a plan on trial.
 */
#ifndef POLLER_TRIAL_FOLLOW_H
#define POLLER_TRIAL_FOLLOW_H

#include "loop.h"
#include "sink.h"
#include "trial.h"

/* Who applies plans. */
struct trial_host {
	struct loop *loop;
	struct err *(*apply)(void *, struct arena *, struct bytes plan);
	void *what;
};

/* As the settings of these names. */
struct trial_conf {
	const char *key_file; /* plan_key */
	int confirm_s, plan_refresh_s;
};

/*
 * Signed plans only, from now on; they need the file of a key, a server, to
 * know whose they must be, and a trial in whose half the server can answer.
 */
struct err *trial_make(struct arena *, struct https_conf *,
    const struct trial_conf *) MUST_CHECK;

/* Apply what has come, judge what is on trial, go back if it must be. */
void trial_follow(struct trial *, const struct trial_host *, struct arena *);

#endif
