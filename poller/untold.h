/*
 * untold.h - what units counted in reports that nobody took down: it goes into
 * their next ones, so that a minute in which the other side was away is not
 * missing from what it adds up.
 *
 * Of a unit that is reported no more it is forgotten, and what comes when one
 * has a report full is not counted.
 */
#ifndef POLLER_UNTOLD_H
#define POLLER_UNTOLD_H

#include "line.h"

/* Of one thing in one report, as ingest takes it. */
enum { UNTOLD_MOST = 1000000 };

struct untold;

struct untold *untold_new(struct arena *);

/* Add to these reports what was not told before. */
void untold_add(const struct untold *, struct unit_report *, size_t n);

/* Keep the counts of those that are not told, and of nothing else. */
void untold_keep(struct untold *, const struct unit_report *, size_t n);

#endif
