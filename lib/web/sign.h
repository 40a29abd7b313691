/*
 * sign.h - requests that carry a signature of their own.
 *
 * A key may have a secret, which its owner was shown once and which the
 * database keeps sealed.  Each of its requests then has
 *
 *	X-Flux-Time       seconds since 1970, at most 300 away from ours
 *	X-Flux-Nonce      16 to 64 letters, digits, "-" or "_", never twice
 *	X-Flux-Signature  v1= and the HMAC-SHA256 of the text, in hexadecimal
 *
 * and the text is time, nonce, verb, path with query as sent, and the SHA-256
 * of the body in hexadecimal, a line feed between any two.  The body is meant
 * as it is before compression.
 */
#ifndef WEB_SIGN_H
#define WEB_SIGN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

enum { SIGN_SKEW_S = 300 };

/* What a signature is made of. */
struct signed_text {
	const char *time, *nonce, *verb, *target; /* target: path?query */
	struct bytes body;
};

/* "v1=..." of this text under this secret. */
const char *sign_make(struct arena *, const char *secret,
    const struct signed_text *);

/* Is the nonce of the right letters and length? */
bool sign_nonce(const char *);

/* Are these digits a time that is near enough? */
bool sign_time(const char *, int64_t now);

/*
 * A new secret of a key: the text to be shown, and what the database keeps.
 * request_key: the file of the key that seals it; "": there is none, and
 * ERR_CONFLICT.
 */
struct err *sign_secret(const char **text, struct bytes *sealed, struct arena *,
    const char *request_key, int32_t tenant, const char *key_id) MUST_CHECK;

#endif
