/*
 * enrol.h - what claims and certificates share.
 */
#ifndef AUTH_ENROL_H
#define AUTH_ENROL_H

#include "base/err.h"
#include "trust/label.h"

enum { CLAIM_TEXT_MAX = 64 };

/* One answer for every label, device or certificate that may not enrol. */
struct err *enrol_refused(const char *why);

#endif
