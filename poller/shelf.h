/*
 * shelf.h - the device profiles in use, each read once for all its devices.
 *
 * A file that has changed since is read again, for whoever asks from then on;
 * what was read before stays, because devices point into it.
 */
#ifndef POLLER_SHELF_H
#define POLLER_SHELF_H

#include "model/profile.h"

struct shelf;

/* Of the profiles in that folder; all of them live as long as the arena. */
struct shelf *shelf_new(struct arena *, const char *dir);

/* text: the profile itself, when it is no file's; NULL: the file of that id. */
struct err *shelf_profile(const struct profile **, struct shelf *,
    const char *id, const char *text) MUST_CHECK;

#endif
