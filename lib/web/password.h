/*
 * password.h - scrypt, the one slow thing we do on purpose.
 *
 * N = 2^15, r = 8, p = 3: about a quarter of a second and 32 MB.  At most two
 * run at once on a machine, so that a flood of logins cannot take it over.
 */
#ifndef WEB_PASSWORD_H
#define WEB_PASSWORD_H

#include "base/buf.h"

enum { SALT_BYTES = 16, PROOF_BYTES = 32 };

/*
 * The proof that a password and a salt make.  lock_dir holds the two locks;
 * "" takes none (the operator's tool).  ERR_BUSY when both stay taken.
 */
struct err *password_proof(unsigned char proof[PROOF_BYTES], const char *text,
    struct bytes salt, const char *lock_dir) MUST_CHECK;

/* What is stored: the SHA-256 of the proof. */
void password_verifier(unsigned char out[PROOF_BYTES],
    const unsigned char proof[PROOF_BYTES]);

#endif
