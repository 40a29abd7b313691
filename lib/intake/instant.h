/*
 * instant.h - any way in which a sender may write an instant.
 *
 *	1763703600  1763703600.25  1763703600123     by magnitude, see clock.h
 *	2026-11-21T09:00:00.25Z  ...+03:00  ...+0300  ...+03
 *	2026-11-21 09:00:00                          a local time
 *	2026-11-21                                   midnight UTC
 *	Sat, 21 Nov 2026 06:00:00 GMT
 *	21/11/2026 09:00:00  21.11.2026  21-11-2026  local, the day first
 *
 * A local time is an instant only together with a zone, and a date in figures
 * only together with their order: neither is ever guessed.
 */
#ifndef INTAKE_INSTANT_H
#define INTAKE_INSTANT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/jscan.h"

enum instant {
	INSTANT_OK,
	INSTANT_NONE, /* it is no time */
	INSTANT_ZONE  /* it is a local time, and no zone is known */
};

/*
 * The instant in microseconds.  zone: of local times, by its IANA name; NULL:
 * not known.  day_first: this sender writes 27/08/2026; otherwise such a text
 * is no time.  Of an hour that comes twice the time is in one of them; one
 * that is left out moves on.
 */
enum instant instant_read(int64_t *us, struct slice, const char *zone,
    bool day_first);

#endif
