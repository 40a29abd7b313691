/*
 * enrol.h - what the pages of enrolment share.
 */
#ifndef ADMIN_ENROL_H
#define ADMIN_ENROL_H

#include <stdint.h>

#include "base/arena.h"

enum { ENROL_MOST = 500 }; /* rows of a list */

/* "1 Mar 2026, 14:05 UTC"; nothing for no time. */
const char *enrol_when(struct arena *, int64_t us);

#endif
