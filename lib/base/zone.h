/*
 * zone.h - instants as the clocks of a place show them.
 *
 * Uses the system's time zone database by way of TZ, so it belongs to
 * programs with one thread.
 */
#ifndef BASE_ZONE_H
#define BASE_ZONE_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "base/arena.h"

/* The zone that the calls below mean, until the next zone_use. */
void zone_use(const char *iana);

struct tm zone_local(int64_t us);

/* How far the local time is ahead of UTC, in microseconds. */
int64_t zone_offset(int64_t us);

/* strftime of the local time. */
const char *zone_text(struct arena *, const char *format, int64_t us);

/* The instant of a local time; what falls into a skipped hour moves on. */
int64_t zone_instant(struct tm local);

/* "2026-03-01T14:05", as a browser's form sends it. */
bool zone_from_form(int64_t *us, const char *);

#endif
