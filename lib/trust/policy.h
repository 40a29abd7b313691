/*
 * policy.h - which passwords are taken.
 *
 * As long as the tenant asks, and not what others try first: no common
 * password, however capitals, digits and signs dress it up, nothing repeated or
 * counted, not one's own name or address.  No rule asks for kinds of
 * characters, and long ones are welcome.  The common ones (tools/passwords.mjs)
 * are part of the program.
 */
#ifndef TRUST_POLICY_H
#define TRUST_POLICY_H

#include <stdint.h>

#include "base/err.h"

enum {
	PASSWORD_MIN = 12, /* characters; a tenant may ask for more */
	PASSWORD_MAX = 256 /* bytes */
};

/* Who chooses it; the texts may be "". */
struct chooser {
	const char *address, *name;
	int64_t least; /* characters; what is below PASSWORD_MIN is that */
};

/* ERR_REFUSED with a sentence for the person who chose it. */
struct err *policy_check(const char *password,
    const struct chooser *) MUST_CHECK;

#endif
