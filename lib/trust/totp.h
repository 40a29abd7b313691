/*
 * totp.h - six digits that a telephone shows (RFC 6238, SHA-1, half minutes).
 *
 * A code counts in its own half minute, in the one before and in the one
 * after, since clocks differ; and once only: the step of the last one that
 * was taken is kept by the caller, and nothing up to it is taken again.
 *
 * Recovery codes are 80 random bits, for who has lost the telephone.  Both
 * kinds of secret are written in base32, as people copy them.
 */
#ifndef TRUST_TOTP_H
#define TRUST_TOTP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

enum {
	TOTP_SECRET = 20, /* bytes */
	TOTP_DIGITS = 6,
	RECOVERY_BYTES = 10,
	RECOVERY_CODES = 10 /* a person */
};

/* The code of a step: digits and a NUL. */
void totp_code(char code[TOTP_DIGITS + 1], struct bytes secret, int64_t step);

/*
 * True when the code, which may have blanks, is of a step around the time and
 * after last_step; *step is that step.
 */
bool totp_match(int64_t *step, struct bytes secret, const char *code,
    int64_t now_us, int64_t last_step);

/* otpauth://totp/..., which authenticator programs read. */
const char *totp_uri(struct arena *, struct bytes secret, const char *address,
    const char *issuer);

/* Base32 in groups of four letters with blanks between. */
const char *base32_groups(struct arena *, struct bytes);

/*
 * Back to so many bytes exactly, whatever blanks, dashes and small letters
 * there are; false when it is something else.
 */
bool base32_read(unsigned char *out, size_t n, const char *text);

#endif
